/* snapshot_probes.h - what a pod's port did, out of a snapshot: as it was recorded, or what the API would have said. */
#ifndef KR_KUBE_SNAPSHOT_PROBES_H
#define KR_KUBE_SNAPSHOT_PROBES_H

#include "kube/snapshot_store.h"
#include "kube/transport.h"

/* As kr_snapshot_answer. */
int kr_snapshot_answer_probe(struct kr_reply *reply, struct kr_snapshot_store *store, const struct kr_request *request);

#endif
