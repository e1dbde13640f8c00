/* snapshot.c - the transport that answers from a folder; see snapshot.h. Requests wait in a queue until wait(), so that
 * callers see the same order of things as live: first asked, later answered; and what nobody has waited for yet takes
 * no memory. */
#include "kube/snapshot.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "kube/answer.h"
#include "kube/request.h"
#include "kube/snapshot_answer.h"
#include "kube/snapshot_index.h"

enum { WAIT_BYTES = 1 << 20 }; /* delivered at a time, about */

struct pending {
  struct pending *next;
  kr_reply_fn fn;
  void *user;
  struct kr_request *request;
};

struct snapshot {
  struct kr_transport transport;
  struct kr_snapshot_store store;
  bool tables;
  struct pending *first, **last;
  struct kr_spent spent;
};

static void pending_free(struct pending *pending) {
  free(pending->request);
  free(pending);
}

static int submit(struct kr_transport *transport, const struct kr_request *request, kr_reply_fn fn, void *user,
                  struct kr_error *error) {
  struct snapshot *snapshot = (struct snapshot *)transport;
  struct pending *pending = calloc(1, sizeof *pending);
  if (pending != NULL) pending->request = kr_request_copy(request);
  if (pending == NULL || pending->request == NULL) {
    free(pending);
    return kr_error_set(error, KR_ENOMEM, "no memory for a request");
  }
  pending->fn = fn;
  pending->user = user;
  *snapshot->last = pending;
  snapshot->last = &pending->next;
  snapshot->spent.requests++;
  return KR_OK;
}

/* Answers and delivers; the bytes that took. */
static size_t deliver(struct snapshot *snapshot, const struct pending *pending) {
  struct kr_reply reply = {.outcome = KR_UNKNOWN, .reason = KR_REASON_CANCELLED};
  if (!kr_cancelled() && kr_snapshot_answer(&reply, &snapshot->store, pending->request) != KR_OK)
    (void)kr_reply_unknown(&reply, KR_REASON_LIMIT, "out of memory for the answer");
  size_t bytes = reply.body.length;
  snapshot->spent.bytes += (int64_t)bytes;
  pending->fn(pending->user, &reply);
  kr_reply_free(&reply);
  return bytes;
}

/* Delivers of what is queued now; what the callbacks submit waits for a later call. */
static int wait_for_replies(struct kr_transport *transport, int64_t milliseconds, struct kr_error *error) {
  struct snapshot *snapshot = (struct snapshot *)transport;
  struct pending **last = snapshot->last;
  size_t bytes = 0;
  int delivered = 0;
  (void)milliseconds, (void)error;
  struct pending *pending;
  bool all = false;
  for (; !all && bytes < WAIT_BYTES && (pending = snapshot->first) != NULL; delivered++) {
    all = &pending->next == last;
    snapshot->first = pending->next;
    if (snapshot->first == NULL) snapshot->last = &snapshot->first;
    bytes += deliver(snapshot, pending);
    pending_free(pending);
  }
  return delivered;
}

static int64_t now(struct kr_transport *transport) { return ((struct snapshot *)transport)->store.taken_at; }

/* Of a part of a cluster no tables are given: who goes by them asks namespace by namespace, where the list of all says
 * at once which there are. */
static struct kr_cluster_info info(struct kr_transport *transport) {
  const struct snapshot *snapshot = (struct snapshot *)transport;
  bool whole = kr_snapshot_is_covered(snapshot->store.index, "pods", NULL);
  return (struct kr_cluster_info){.server = json_string_value(json_object_get(snapshot->store.index, "server")),
                                  .snapshot = snapshot->store.folder,
                                  .tables = snapshot->tables && whole};
}

static struct kr_spent spent(struct kr_transport *transport) { return ((struct snapshot *)transport)->spent; }

static void free_snapshot(struct kr_transport *transport) {
  struct snapshot *snapshot = (struct snapshot *)transport;
  while (snapshot->first != NULL) {
    struct pending *next = snapshot->first->next;
    pending_free(snapshot->first);
    snapshot->first = next;
  }
  kr_snapshot_store_close(&snapshot->store);
  free(snapshot);
}

static const struct kr_transport_vtable vtable = {
    .submit = submit, .wait = wait_for_replies, .now = now, .info = info, .spent = spent, .free = free_snapshot};

int kr_snapshot_open(struct kr_transport **out, const char *folder, bool tables, struct kr_error *error) {
  struct snapshot *snapshot = calloc(1, sizeof *snapshot);
  if (snapshot == NULL) return kr_error_set(error, KR_ENOMEM, "no memory for a snapshot");
  snapshot->transport.vtable = &vtable;
  snapshot->tables = tables;
  snapshot->last = &snapshot->first;
  int status = kr_snapshot_store_open(&snapshot->store, folder, error);
  if (status == KR_OK)
    *out = &snapshot->transport;
  else
    free(snapshot);
  return status;
}
