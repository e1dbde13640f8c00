/* url.h - from requests to addresses. Every name is checked and escaped, so that none can leave its place in a path. */
#ifndef KR_KUBE_URL_H
#define KR_KUBE_URL_H

#include "kube/transport.h"

/* A kubeconfig's server, taken apart. */
struct kr_server {
  bool https;
  char *host; /* an IPv6 address in brackets */
  char *port;
  char *path; /* "" or "/prefix", without a slash at the end */
};

/* KR_ECONFIG, KR_ENOMEM: out holds nothing then. */
int kr_server_parse(struct kr_server *out, const char *server, struct kr_error *error);
void kr_server_free(struct kr_server *server);

/* Appends path and query of a request. A log asks for log_max bytes at most. KR_EINVAL: no such name can be. */
int kr_url_append(struct kr_buffer *out, const struct kr_request *request, size_t log_max, struct kr_error *error);

/* Appends text percent-escaped but for letters, digits and "-._~". */
int kr_url_escape(struct kr_buffer *out, const char *text);

#endif
