/* snapshot_answer.h - one request answered from a snapshot's store, as the API would have answered it then. */
#ifndef KR_KUBE_SNAPSHOT_ANSWER_H
#define KR_KUBE_SNAPSHOT_ANSWER_H

#include "kube/snapshot_store.h"
#include "kube/transport.h"

/* Fills the reply; what the folder does not cover is KR_REASON_NOT_RECORDED. KR_ENOMEM alone is an error. */
int kr_snapshot_answer(struct kr_reply *reply, struct kr_snapshot_store *store, const struct kr_request *request);

#endif
