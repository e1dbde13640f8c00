/* offline.c - a transport that answers every request with "unknown". */
#include "book/offline.h"

#include <stdlib.h>

#include "base/clock.h"

struct pending {
  struct pending *next;
  kr_reply_fn reply;
  void *user;
};

struct offline {
  struct kr_transport transport;
  struct pending *pending;
};

static int submit(struct kr_transport *transport, const struct kr_request *request, kr_reply_fn reply, void *user,
                  struct kr_error *error) {
  struct offline *offline = (struct offline *)transport;
  struct pending *one = calloc(1, sizeof *one);
  (void)request;
  if (!one) return kr_error_set(error, KR_ENOMEM, "out of memory");
  *one = (struct pending){.next = offline->pending, .reply = reply, .user = user};
  offline->pending = one;
  return 0;
}

static int wait_for(struct kr_transport *transport, int64_t milliseconds, struct kr_error *error) {
  struct offline *offline = (struct offline *)transport;
  int delivered = 0;
  (void)milliseconds, (void)error;
  while (offline->pending) {
    struct pending *one = offline->pending;
    struct kr_reply reply = {.outcome = KR_UNKNOWN, .reason = KR_REASON_UNREACHABLE};
    offline->pending = one->next;
    kr_buffer_init(&reply.body, 0);
    one->reply(one->user, &reply);
    kr_reply_free(&reply);
    free(one);
    delivered++;
  }
  return delivered;
}

static int64_t now(struct kr_transport *transport) {
  (void)transport;
  return kr_clock_now();
}

static struct kr_cluster_info info(struct kr_transport *transport) {
  (void)transport;
  return (struct kr_cluster_info){0};
}

static struct kr_spent spent(struct kr_transport *transport) {
  (void)transport;
  return (struct kr_spent){0};
}

static void offline_free(struct kr_transport *transport) {
  struct offline *offline = (struct offline *)transport;
  while (offline->pending) {
    struct pending *next = offline->pending->next;
    free(offline->pending);
    offline->pending = next;
  }
  free(offline);
}

int kr_offline_new(struct kr_transport **out, struct kr_error *error) {
  static const struct kr_transport_vtable vtable = {submit, wait_for, now, info, spent, offline_free};
  struct offline *offline = calloc(1, sizeof *offline);
  if (!offline) return kr_error_set(error, KR_ENOMEM, "out of memory");
  offline->transport.vtable = &vtable;
  *out = &offline->transport;
  return 0;
}
