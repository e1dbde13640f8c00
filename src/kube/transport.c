/* transport.c - calls through to whichever face of the transport there is; see transport.h. */
#include "kube/transport.h"

#include <stdlib.h>

const char *kr_reason_word(enum kr_reason reason) {
  switch (reason) {
    case KR_REASON_NONE:
      return "none";
    case KR_REASON_FORBIDDEN:
      return "forbidden";
    case KR_REASON_UNAUTHORIZED:
      return "unauthorized";
    case KR_REASON_TIMEOUT:
      return "timeout";
    case KR_REASON_UNREACHABLE:
      return "unreachable";
    case KR_REASON_TLS:
      return "tls";
    case KR_REASON_API_MISSING:
      return "api-missing";
    case KR_REASON_NOT_RECORDED:
      return "not-recorded";
    case KR_REASON_TOO_LARGE:
      return "too-large";
    case KR_REASON_RATE_LIMITED:
      return "rate-limited";
    case KR_REASON_SERVER_ERROR:
      return "server-error";
    case KR_REASON_BAD_REQUEST:
      return "bad-request";
    case KR_REASON_BAD_ANSWER:
      return "bad-answer";
    case KR_REASON_EXPIRED:
      return "expired";
    case KR_REASON_CANCELLED:
      return "cancelled";
    case KR_REASON_LIMIT:
      return "limit";
  }
  return "unknown";
}

void kr_reply_free(struct kr_reply *reply) {
  free(reply->message);
  free(reply->continue_token);
  reply->message = NULL;
  reply->continue_token = NULL;
  kr_buffer_free(&reply->body);
}

int kr_transport_submit(struct kr_transport *transport, const struct kr_request *request, kr_reply_fn reply, void *user,
                        struct kr_error *error) {
  return transport->vtable->submit(transport, request, reply, user, error);
}

int kr_transport_wait(struct kr_transport *transport, int64_t milliseconds, struct kr_error *error) {
  return transport->vtable->wait(transport, milliseconds, error);
}

int64_t kr_transport_now(struct kr_transport *transport) { return transport->vtable->now(transport); }

struct kr_cluster_info kr_transport_info(struct kr_transport *transport) {
  return transport->vtable->info(transport);
}

struct kr_spent kr_transport_spent(struct kr_transport *transport) {
  return transport->vtable->spent(transport);
}

void kr_transport_free(struct kr_transport *transport) {
  if (transport != NULL) transport->vtable->free(transport);
}
