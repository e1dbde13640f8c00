/* live.h - the transport that asks a real API server, on libcurl's multi interface. */
#ifndef KR_KUBE_LIVE_H
#define KR_KUBE_LIVE_H

#include "kube/kubeconfig.h"
#include "kube/transport.h"

struct kr_live_options {
  int64_t request_timeout_ms; /* of one request with its retries; 0: none (kubectl's --request-timeout) */
  int64_t connect_timeout_ms;
  size_t body_max;   /* bytes of one decoded body */
  int in_flight_max; /* requests at once */
  bool tables;       /* lists may be asked for as tables */
};

#define KR_LIVE_OPTIONS_DEFAULT                                                                                  \
  {                                                                                                              \
    .request_timeout_ms = 30000, .connect_timeout_ms = 10000, .body_max = (size_t)16 << 20, .in_flight_max = 32, \
    .tables = true                                                                                               \
  }

/* Takes config over, also when it fails. */
int kr_live_new(struct kr_transport **out, struct kr_kubeconfig *config, const struct kr_live_options *options,
                struct kr_error *error);

#endif
