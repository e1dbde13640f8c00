/* snapshot_table_pod.h - the row of a pod, as printPod of the API server (1.36) makes it. */
#ifndef KR_KUBE_SNAPSHOT_TABLE_POD_H
#define KR_KUBE_SNAPSHOT_TABLE_POD_H

#include "kube/snapshot_row.h"

/* kubectl's columns, and what its condition Ready says. */
extern const char *const kr_snapshot_table_pod_columns[];

void kr_snapshot_table_pod(struct kr_snapshot_row *row, const struct kr_snapshot_object *object);

#endif
