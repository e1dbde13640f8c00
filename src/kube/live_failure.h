/* live_failure.h - what a transfer that broke means, in words that say what to do. */
#ifndef KR_KUBE_LIVE_FAILURE_H
#define KR_KUBE_LIVE_FAILURE_H

#include <curl/curl.h>

#include "kube/transport.h"

struct kr_failure {
  CURLcode code;
  const char *detail; /* libcurl's words; "" for none */
  const char *server; /* as the kubeconfig has it */
  int status;         /* HTTP's, when headers came; 0: none */
  bool connected;
  int64_t waited_ms;
  size_t body_max;
};

enum kr_reason kr_failure_reason(const struct kr_failure *failure);

/* Whether the connection is to blame, so that another one may do. */
bool kr_failure_is_broken(const struct kr_failure *failure);

/* Makes the reply say it. 0 or KR_ENOMEM. */
int kr_failure_tell(struct kr_reply *reply, const struct kr_failure *failure);

/* Says of a 401 what a person can do about it. 0 or KR_ENOMEM. */
int kr_failure_tell_unauthorized(struct kr_reply *reply, const char *server);

#endif
