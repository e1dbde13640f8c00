/* request.h - requests that outlive the call that made them. */
#ifndef KR_KUBE_REQUEST_H
#define KR_KUBE_REQUEST_H

#include "kube/transport.h"

/* A copy with its strings, in one block: free(3) ends it. NULL when memory is refused. */
struct kr_request *kr_request_copy(const struct kr_request *request);

/* Appends a text that is the same for two requests only when they ask the same. 0, KR_ENOMEM, KR_ELIMIT. */
int kr_request_key(struct kr_buffer *out, const struct kr_request *request);

#endif
