/* offline.h - a transport without a cluster: for runbooks that are only asked what they are. Each request is unknown.
 */
#ifndef KR_BOOK_OFFLINE_H
#define KR_BOOK_OFFLINE_H

#include "kube/transport.h"

int kr_offline_new(struct kr_transport **out, struct kr_error *error);

#endif
