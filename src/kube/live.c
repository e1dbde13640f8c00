/* live.c - the live transport: a queue before libcurl's multi handle, which keeps the connections. See live.h.
 *
 * An op is in one of three lists: queue (to be attempted when due, in the order they came), running, done (to be
 * delivered by wait). */
#define _POSIX_C_SOURCE 200809L
#include "kube/live.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "kube/answer.h"
#include "kube/live_failure.h"
#include "kube/live_private.h"
#include "kube/live_probe.h"
#include "kube/request.h"

enum { POLL_MAX_MS = 60000 };

static struct kr_live *live_of(struct kr_transport *transport) { return (struct kr_live *)transport; }

static void enqueue(struct kr_live *live, struct kr_live_op *op) {
  op->next = NULL;
  *live->queue_end = op;
  live->queue_end = &op->next;
}

static void finish(struct kr_live *live, struct kr_live_op *op) {
  op->next = NULL;
  *live->done_end = op;
  live->done_end = &op->next;
}

/* Out of the list; the end pointer of queue is put right. */
static void unlink_op(struct kr_live *live, struct kr_live_op **list, struct kr_live_op *op) {
  while (*list != op) list = &(*list)->next;
  *list = op->next;
  if (live->queue_end == &op->next) live->queue_end = list;
}

static void op_free(struct kr_live *live, struct kr_live_op *op) {
  kr_live_attempt_end(live, op);
  kr_reply_free(&op->reply);
  free(op->request);
  free(op);
}

static int live_submit(struct kr_transport *transport, const struct kr_request *request, kr_reply_fn reply, void *user,
                       struct kr_error *error) {
  struct kr_live *live = live_of(transport);
  struct kr_live_op *op = calloc(1, sizeof *op);
  if (op != NULL) op->request = kr_request_copy(request);
  if (op == NULL || op->request == NULL) {
    free(op);
    return kr_error_set(error, KR_ENOMEM, "out of memory");
  }
  op->deliver = reply;
  op->user = user;
  op->deadline = INT64_MAX;
  size_t most = live->options.body_max;
  if (request->verb == KR_VERB_LOGS && request->logs.limit_bytes > 0 && (uint64_t)request->logs.limit_bytes < most)
    most = (size_t)request->logs.limit_bytes;
  kr_buffer_init(&op->reply.body, most);
  enqueue(live, op);
  return KR_OK;
}

/* --- an attempt that ended --- */

static bool is_cut_log(const struct kr_live_op *op, CURLcode code) {
  return code == CURLE_WRITE_ERROR && !op->refused_memory && op->reply.status == 200 &&
         op->request->verb == KR_VERB_LOGS;
}

/* The server answered, with whatever; an error's body may have been cut at the bound. */
static bool is_answer(const struct kr_live_op *op, CURLcode code) {
  return code == CURLE_OK || is_cut_log(op, code) || (code == CURLE_WRITE_ERROR && op->reply.status >= 400);
}

/* How a transfer ended that is a whole request. */
static void note_end(struct kr_live_op *op, CURLcode code) {
  long status = 0;
  curl_off_t sent = 0, after = 0;
  (void)curl_easy_getinfo(op->easy, CURLINFO_RESPONSE_CODE, &status);
  (void)curl_easy_getinfo(op->easy, CURLINFO_PRETRANSFER_TIME_T, &sent);
  (void)curl_easy_getinfo(op->easy, CURLINFO_RETRY_AFTER, &after);
  op->end = (struct kr_live_end){.code = code,
                                 .status = (int)status,
                                 .retry_after_ms = after > 86400 ? (int64_t)86400 * 1000 : (int64_t)after * 1000,
                                 .connected = sent > 0};
}

/* When the next attempt is due, or -1. */
static int64_t next_attempt(struct kr_live *live, struct kr_live_op *op, const struct kr_failure *failure) {
  const struct kr_live_end *end = &op->end;
  int64_t now = kr_clock_monotonic();
  if (end->code == CURLE_OK && end->status == 401 && !op->retry.signed_in_again && live->server.https &&
      kr_credentials_refused(live->credentials)) {
    op->retry.signed_in_again = true;
    return now;
  }
  live->random = live->random * 1103515245U + 12345U;
  const struct kr_attempt attempt = {
      .broken = end->code != CURLE_OK && !is_answer(op, end->code) && kr_failure_is_broken(failure),
      .status = is_answer(op, end->code) ? end->status : 0,
      .retry_after_ms = end->retry_after_ms,
      .left_ms = op->deadline == INT64_MAX ? INT64_MAX : op->deadline - now,
      .random = live->random >> 16,
  };
  int64_t delay = kr_retry_delay(&op->retry, &attempt);
  return delay < 0 ? -1 : now + delay;
}

static void try_again(struct kr_live *live, struct kr_live_op *op, int64_t due) {
  live->spent.retries++;
  op->due = due;
  op->reply.status = 0;
  kr_buffer_free(&op->reply.body);
  kr_live_attempt_end(live, op);
  enqueue(live, op);
}

/* What the attempt came to: another one, or the reply. */
static void attempt_ended(struct kr_live *live, struct kr_live_op *op) {
  const struct kr_live_end *end = &op->end;
  const int64_t waited = kr_clock_monotonic() - op->began;
  const struct kr_failure failure = {.code = end->code,
                                     .detail = op->detail,
                                     .server = live->config->server,
                                     .status = end->status,
                                     .connected = end->connected,
                                     .waited_ms = waited,
                                     .body_max = op->reply.body.limit};
  op->reply.status = end->status;
  live->spent.bytes += (int64_t)op->reply.body.length;
  const char *url = NULL;
  if (op->easy == NULL || curl_easy_getinfo(op->easy, CURLINFO_EFFECTIVE_URL, &url) != CURLE_OK) url = NULL;
  kr_log(2, "%s: HTTP %d, %zu bytes, %lld ms: %s", url == NULL ? "?" : url, end->status, op->reply.body.length,
         (long long)waited, end->code == CURLE_OK ? "answered" : curl_easy_strerror(end->code));
  int64_t due = end->told ? -1 : next_attempt(live, op, &failure);
  if (due >= 0) {
    try_again(live, op, due);
    return;
  }
  int told = KR_OK;
  if (end->told)
    told = KR_OK;
  else if (is_answer(op, end->code))
    told = kr_reply_classify(&op->reply, op->request);
  else if (op->refused_memory)
    told = kr_reply_unknown(&op->reply, KR_REASON_LIMIT, "out of memory for the answer");
  else
    told = kr_failure_tell(&op->reply, &failure);
  if (told == KR_OK && op->reply.reason == KR_REASON_UNAUTHORIZED)
    told = kr_failure_tell_unauthorized(&op->reply, live->config->server);
  if (told == KR_ENOMEM) (void)kr_reply_unknown(&op->reply, KR_REASON_LIMIT, "out of memory");
  kr_live_attempt_end(live, op);
  finish(live, op);
}

static void running_ended(struct kr_live *live, struct kr_live_op *op) {
  unlink_op(live, &live->running, op);
  live->in_flight--;
  attempt_ended(live, op);
}

static void collect(struct kr_live *live) {
  int left;
  for (CURLMsg *message; (message = curl_multi_info_read(live->multi, &left)) != NULL;) {
    if (message->msg != CURLMSG_DONE) continue;
    struct kr_live_op *op = NULL;
    CURL *easy = message->easy_handle; /* message is gone with the handle */
    CURLcode code = message->data.result;
    if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&op) != CURLE_OK || op == NULL) continue;
    if (op->probe == NULL)
      note_end(op, code);
    else if (!kr_live_probe_done(live, op, easy, code))
      continue;
    running_ended(live, op);
  }
}

/* Probes have bytes to move by themselves. */
static void step_probes(struct kr_live *live) {
  for (struct kr_live_op *op = live->running, *next; op != NULL; op = next) {
    next = op->next;
    if (op->probe != NULL && kr_live_probe_step(live, op)) running_ended(live, op);
  }
}

/* --- an attempt that begins --- */

static enum kr_reason reason_not_begun(int status) {
  switch (status) {
    case KR_EAUTH:
      return KR_REASON_UNAUTHORIZED;
    case KR_EINVAL:
      return KR_REASON_BAD_REQUEST;
    case KR_ECANCELLED:
      return KR_REASON_CANCELLED;
    case KR_ENOMEM:
    case KR_ELIMIT:
      return KR_REASON_LIMIT;
    default:
      return KR_REASON_UNREACHABLE;
  }
}

static void begin(struct kr_live *live, struct kr_live_op *op) {
  struct kr_error error = KR_ERROR_INIT;
  int status = kr_live_attempt_begin(live, op, &error);
  if (status == KR_OK && curl_multi_add_handle(live->multi, op->easy) != CURLM_OK)
    status = kr_error_set(&error, KR_ENOMEM, "out of memory");
  if (status != KR_OK) {
    (void)kr_reply_unknown(&op->reply, reason_not_begun(status), "%s", error.message);
    kr_live_attempt_end(live, op);
    finish(live, op);
    return;
  }
  op->next = live->running;
  live->running = op;
  live->in_flight++;
  live->spent.requests++;
}

/* Begins what is due, in the order it came. Returns milliseconds until the next is due; POLL_MAX_MS when none is. */
static int64_t begin_due(struct kr_live *live) {
  int64_t now = kr_clock_monotonic(), soonest = POLL_MAX_MS;
  for (struct kr_live_op *op = live->queue, *next; op != NULL && live->in_flight < live->options.in_flight_max;
       op = next) {
    next = op->next;
    if (op->due <= now) {
      unlink_op(live, &live->queue, op);
      begin(live, op);
    } else if (op->due - now < soonest) {
      soonest = op->due - now;
    }
  }
  return soonest;
}

/* --- wait --- */

static void cancel_all(struct kr_live *live) {
  while (live->running != NULL) {
    struct kr_live_op *op = live->running;
    live->running = op->next;
    live->in_flight--;
    kr_live_attempt_end(live, op);
    (void)kr_reply_unknown(&op->reply, KR_REASON_CANCELLED, "cancelled");
    finish(live, op);
  }
  while (live->queue != NULL) {
    struct kr_live_op *op = live->queue;
    unlink_op(live, &live->queue, op);
    (void)kr_reply_unknown(&op->reply, KR_REASON_CANCELLED, "cancelled");
    finish(live, op);
  }
}

/* Only what is done by now: what callbacks submit is for later. */
static int deliver(struct kr_live *live) {
  int count = 0;
  struct kr_live_op *done = live->done;
  live->done = NULL;
  live->done_end = &live->done;
  for (struct kr_live_op *op = done, *next; op != NULL; op = next, count++) {
    next = op->next;
    op->deliver(op->user, &op->reply);
    op_free(live, op);
  }
  return count;
}

/* Until something can be done: pause is in milliseconds, and what probes wait for may end it earlier. */
static CURLMcode pause_for(struct kr_live *live, int64_t pause) {
  unsigned count = 0;
  if (kr_cancel_fd() >= 0) live->fds[count++] = (struct curl_waitfd){.fd = kr_cancel_fd(), .events = CURL_WAIT_POLLIN};
  for (struct kr_live_op *op = live->running; op != NULL; op = op->next)
    if (op->probe != NULL) count += kr_live_probe_waits(op, live->fds + count, &pause);
  return curl_multi_poll(live->multi, live->fds, count, (int)pause, NULL);
}

static int drive(struct kr_live *live, int64_t left, struct kr_error *error) {
  int running = 0;
  (void)begin_due(live);
  CURLMcode result = curl_multi_perform(live->multi, &running);
  collect(live);
  step_probes(live);
  int64_t pause = begin_due(live); /* what ended made room, or is to be tried again */
  if (left >= 0 && left < pause) pause = left;
  if (result == CURLM_OK && live->done == NULL && (live->running != NULL || live->queue != NULL))
    result = pause_for(live, pause);
  return result == CURLM_OK ? KR_OK : kr_error_set(error, KR_ECONNECT, "libcurl: %s", curl_multi_strerror(result));
}

static int live_wait(struct kr_transport *transport, int64_t milliseconds, struct kr_error *error) {
  struct kr_live *live = live_of(transport);
  int64_t until = kr_clock_monotonic() + milliseconds;
  for (;;) {
    if (kr_cancelled()) cancel_all(live);
    int count = deliver(live);
    if (count > 0 || (live->running == NULL && live->queue == NULL)) return count;
    int64_t left = milliseconds < 0 ? -1 : until - kr_clock_monotonic();
    int status = drive(live, left < 0 && milliseconds >= 0 ? 0 : left, error);
    if (status != KR_OK) return status;
    if (milliseconds >= 0 && left <= 0 && live->done == NULL) return 0;
  }
}

/* --- the rest of the face --- */

static int64_t live_now(struct kr_transport *transport) {
  (void)transport;
  return kr_clock_now();
}

static struct kr_cluster_info live_info(struct kr_transport *transport) {
  const struct kr_live *live = live_of(transport);
  return (struct kr_cluster_info){
      .context = live->config->context, .server = live->config->server, .tables = live->options.tables};
}

static struct kr_spent live_spent(struct kr_transport *transport) { return live_of(transport)->spent; }

static void free_list(struct kr_live *live, struct kr_live_op *list) {
  for (struct kr_live_op *op = list, *next; op != NULL; op = next) {
    next = op->next;
    op_free(live, op);
  }
}

static void live_free(struct kr_transport *transport) {
  struct kr_live *live = live_of(transport);
  free_list(live, live->running);
  free_list(live, live->queue);
  free_list(live, live->done);
  (void)curl_multi_cleanup(live->multi);
  kr_credentials_free(live->credentials);
  kr_kubeconfig_free(live->config);
  kr_server_free(&live->server);
  free(live->fds);
  free(live);
  curl_global_cleanup();
}

static const struct kr_transport_vtable vtable = {.submit = live_submit,
                                                  .wait = live_wait,
                                                  .now = live_now,
                                                  .info = live_info,
                                                  .spent = live_spent,
                                                  .free = live_free};

int kr_live_new(struct kr_transport **out, struct kr_kubeconfig *config, const struct kr_live_options *options,
                struct kr_error *error) {
  struct kr_live *live = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? calloc(1, sizeof *live) : NULL;
  *out = NULL;
  if (live == NULL) {
    kr_kubeconfig_free(config);
    return kr_error_set(error, KR_ENOMEM, "out of memory");
  }
  live->transport.vtable = &vtable;
  live->config = config;
  live->options = *options;
  live->queue_end = &live->queue;
  live->done_end = &live->done;
  live->random = (unsigned)kr_clock_now();
  live->multi = curl_multi_init();
  live->fds = calloc((size_t)options->in_flight_max * KR_PROBE_FDS + 1, sizeof *live->fds);
  int status = live->multi == NULL || live->fds == NULL ? kr_error_set(error, KR_ENOMEM, "out of memory") : KR_OK;
  if (status == KR_OK) status = kr_server_parse(&live->server, config->server, error);
  if (status == KR_OK) status = kr_credentials_new(&live->credentials, config, error);
  if (status == KR_OK && curl_multi_setopt(live->multi, CURLMOPT_MAXCONNECTS, (long)options->in_flight_max) != CURLM_OK)
    status = kr_error_set(error, KR_ENOMEM, "out of memory");
  if (status == KR_OK)
    *out = &live->transport;
  else
    live_free(&live->transport);
  return status;
}
