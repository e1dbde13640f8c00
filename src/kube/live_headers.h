/* live_headers.h - what a request says besides its address. */
#ifndef KR_KUBE_LIVE_HEADERS_H
#define KR_KUBE_LIVE_HEADERS_H

#include <curl/curl.h>

#include "kube/credentials.h"
#include "kube/transport.h"

/* Appends headers to list: what is accepted, the bearer token, whom to impersonate. credential may be NULL. KR_EAUTH
 * for values that cannot be in a header; the list is the caller's to free in any case. */
int kr_live_headers(struct curl_slist **list, const struct kr_request *request, const struct kr_kubeconfig *config,
                    const struct kr_credential *credential, struct kr_error *error);

/* The body of a SelfSubjectAccessReview; the caller frees it. NULL when memory is refused. */
char *kr_live_review(const struct kr_request *request);

#endif
