/* snapshot.c - the transport that answers from a folder; see snapshot.h. Answers are made in submit() and wait in a
 * queue, so that callers see the same order of things as live: first asked, later answered. */
#include "kube/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "kube/snapshot_answer.h"

struct pending {
  struct pending *next;
  kr_reply_fn fn;
  void *user;
  struct kr_reply reply;
};

struct snapshot {
  struct kr_transport transport;
  struct kr_snapshot_store store;
  struct pending *first, **last;
  struct kr_spent spent;
};

static void pending_free(struct pending *pending) {
  kr_reply_free(&pending->reply);
  free(pending);
}

static int submit(struct kr_transport *transport, const struct kr_request *request, kr_reply_fn fn, void *user,
                  struct kr_error *error) {
  struct snapshot *snapshot = (struct snapshot *)transport;
  struct pending *pending = calloc(1, sizeof *pending);
  if (pending == NULL) return kr_error_set(error, KR_ENOMEM, "no memory for a request");
  if (kr_snapshot_answer(&pending->reply, &snapshot->store, request) != KR_OK) {
    pending_free(pending);
    return kr_error_set(error, KR_ENOMEM, "no memory to answer from the snapshot");
  }
  pending->fn = fn;
  pending->user = user;
  *snapshot->last = pending;
  snapshot->last = &pending->next;
  snapshot->spent.requests++;
  snapshot->spent.bytes += (int64_t)pending->reply.body.length;
  return KR_OK;
}

static void cancel(struct kr_reply *reply) {
  kr_reply_free(reply);
  reply->outcome = KR_UNKNOWN;
  reply->reason = KR_REASON_CANCELLED;
}

/* Delivers what is queued now; what the callbacks submit waits for the next call. */
static int wait_for_replies(struct kr_transport *transport, int64_t milliseconds, struct kr_error *error) {
  struct snapshot *snapshot = (struct snapshot *)transport;
  struct pending *pending = snapshot->first;
  int delivered = 0;
  (void)milliseconds, (void)error;
  snapshot->first = NULL;
  snapshot->last = &snapshot->first;
  while (pending != NULL) {
    struct pending *next = pending->next;
    if (kr_cancelled()) cancel(&pending->reply);
    pending->fn(pending->user, &pending->reply);
    pending_free(pending);
    pending = next;
    delivered++;
  }
  return delivered;
}

static int64_t now(struct kr_transport *transport) { return ((struct snapshot *)transport)->store.taken_at; }

static struct kr_cluster_info info(struct kr_transport *transport) {
  const struct kr_snapshot_store *store = &((struct snapshot *)transport)->store;
  return (struct kr_cluster_info){
      .context = NULL, .server = json_string_value(json_object_get(store->index, "server")), .snapshot = store->folder};
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

int kr_snapshot_open(struct kr_transport **out, const char *folder, struct kr_error *error) {
  struct snapshot *snapshot = calloc(1, sizeof *snapshot);
  if (snapshot == NULL) return kr_error_set(error, KR_ENOMEM, "no memory for a snapshot");
  snapshot->transport.vtable = &vtable;
  snapshot->last = &snapshot->first;
  int status = kr_snapshot_store_open(&snapshot->store, folder, error);
  if (status == KR_OK)
    *out = &snapshot->transport;
  else
    free(snapshot);
  return status;
}
