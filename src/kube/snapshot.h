/* snapshot.h - the transport that answers from a folder, as the API would have. docs/snapshots.md describes the folder.
 */
#ifndef KR_KUBE_SNAPSHOT_H
#define KR_KUBE_SNAPSHOT_H

#include "kube/transport.h"

/* A malformed file is KR_EINVAL naming it and the place. Files are read when first asked for. */
int kr_snapshot_open(struct kr_transport **out, const char *folder, struct kr_error *error);

#endif
