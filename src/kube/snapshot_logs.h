/* snapshot_logs.h - a container's log out of a snapshot: its text, or what the API said and would have said instead. */
#ifndef KR_KUBE_SNAPSHOT_LOGS_H
#define KR_KUBE_SNAPSHOT_LOGS_H

#include "kube/snapshot_store.h"
#include "kube/transport.h"

/* As kr_snapshot_answer. */
int kr_snapshot_answer_logs(struct kr_reply *reply, struct kr_snapshot_store *store, const struct kr_request *request);

#endif
