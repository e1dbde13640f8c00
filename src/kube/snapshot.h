/* snapshot.h - the transport that answers from a folder, as the API would have. docs/snapshots.md describes the folder.
 */
#ifndef KR_KUBE_SNAPSHOT_H
#define KR_KUBE_SNAPSHOT_H

#include <stdbool.h>

#include "kube/transport.h"

/* A malformed file is KR_EINVAL naming it and the place. Files are read when first asked for. tables: lists may be
 * asked for as tables; of some kinds that is refused, as a server may. */
int kr_snapshot_open(struct kr_transport **out, const char *folder, bool tables, struct kr_error *error);

#endif
