/* probe_http.h - the request that a probe sends to an application, on libcurl, over a Unix socket; and what its end
 * means. Nothing of the cluster's credentials is in it. */
#ifndef KR_KUBE_PROBE_HTTP_H
#define KR_KUBE_PROBE_HTTP_H

#include <curl/curl.h>

#include "kube/probe_outcome.h"
#include "kube/transport.h"

struct kr_probe_http {
  CURL *easy; /* for the caller to drive; CURLINFO_PRIVATE is the caller's too */
  /* private */
  struct curl_slist *headers;
  struct kr_probe_outcome *outcome; /* borrowed */
  size_t head;                      /* bytes of headers so far */
  bool head_whole, head_flood, no_memory;
  char detail[CURL_ERROR_SIZE];
};

/* Sets the transfer up; outcome is filled as it goes, and outlives it. socket_name: of an abstract Unix socket.
 * KR_EINVAL: no such host or path can be; KR_ENOMEM. To be freed in any case. */
int kr_probe_http_init(struct kr_probe_http *http, const struct kr_request *request, const char *socket_name,
                       struct kr_probe_outcome *outcome, struct kr_error *error);
void kr_probe_http_free(struct kr_probe_http *http); /* removed from its multi handle before */

/* What the ended transfer means: fills the outcome's result, latency and message. KR_ENOMEM; KR_EINVAL: the transfer
 * could not be made, which says nothing of the application. */
int kr_probe_http_ended(struct kr_probe_http *http, CURLcode code, struct kr_error *error);

/* The same where it was ended early: in time is up. 0 or KR_ENOMEM. */
int kr_probe_http_timed_out(struct kr_probe_http *http);

#endif
