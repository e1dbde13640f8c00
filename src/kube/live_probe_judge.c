/* live_probe_judge.c - what a probe came to; see live_probe_private.h. */
#define _GNU_SOURCE /* strcasestr */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "kube/answer.h"
#include "kube/live_probe_private.h"

bool kr_live_probe_broke(struct kr_live_op *op, CURLcode code) {
  if (op->detail[0] == '\0') (void)snprintf(op->detail, sizeof op->detail, "%s", curl_easy_strerror(code));
  op->end = (struct kr_live_end){.code = code, .connected = op->probe->stage > KR_PROBE_CONNECTING};
  return true;
}

bool kr_live_probe_unknown(struct kr_live_op *op, enum kr_reason reason, const char *format, ...) {
  char words[KR_ERROR_MAX];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(words, sizeof words, format, arguments);
  va_end(arguments);
  (void)kr_reply_unknown(&op->reply, reason, "%s", words);
  op->end = (struct kr_live_end){.told = true};
  return true;
}

bool kr_live_probe_no_memory(struct kr_live_op *op) {
  return kr_live_probe_unknown(op, KR_REASON_LIMIT, "out of memory");
}

/* The outcome is the reply. */
static bool found(struct kr_live_op *op) {
  kr_buffer_clear(&op->reply.body);
  int status = kr_probe_outcome_write(&op->reply.body, &op->probe->outcome);
  if (status != KR_OK) return kr_live_probe_no_memory(op);
  op->reply.outcome = KR_FOUND;
  op->reply.reason = KR_REASON_NONE;
  op->end = (struct kr_live_end){.told = true, .status = op->probe->handshake.status};
  return true;
}

/* The same, where the port-forward told the result. */
static bool found_now(struct kr_live_op *op, enum kr_probe_result result) {
  struct kr_probe_outcome *outcome = &op->probe->outcome;
  outcome->result = result;
  if (op->probe->stage != KR_PROBE_TALKING) outcome->latency_ms = kr_clock_monotonic() - op->began;
  return found(op);
}

/* What the port-forward's error says of the port. The words are the container runtime's, and differ: only those of the
 * system's own errors are looked for. All else says that the forward failed, and nothing of the port. */
static bool judge_words(struct kr_live_op *op, const char *words) {
  static const char *const late[] = {"i/o timeout", "timed out", "deadline exceeded"};
  struct kr_probe_outcome *outcome = &op->probe->outcome;
  if (kr_probe_outcome_say(outcome, words) != KR_OK) return kr_live_probe_no_memory(op);
  words = kr_buffer_text(&outcome->message); /* on one line, and cut */
  for (size_t i = 0; i < sizeof late / sizeof *late; i++)
    if (strcasestr(words, late[i]) != NULL)
      return kr_live_probe_unknown(op, KR_REASON_TIMEOUT, "the port could not be forwarded: %s", words);
  if (strcasestr(words, "connection refused") != NULL) return found_now(op, KR_PROBE_REFUSED);
  if (strcasestr(words, "connection reset") != NULL) return found_now(op, KR_PROBE_RESET);
  if (strcasestr(words, "broken pipe") != NULL) return found_now(op, KR_PROBE_CLOSED);
  return kr_live_probe_unknown(op, KR_REASON_SERVER_ERROR, "the port could not be forwarded: %s", words);
}

/* The forward has ended without an error's words, and the port gave no answer. */
static bool judge_end(const struct kr_live *live, struct kr_live_op *op) {
  const struct kr_live_probe *probe = op->probe;
  struct kr_probe_outcome *outcome = &op->probe->outcome;
  const char *reason = NULL;
  int code = 0;
  if (!kr_port_forward_closed(probe->forward, &code, &reason))
    return kr_live_probe_unknown(op, KR_REASON_UNREACHABLE,
                                 "%s: the connection ended in the middle of the port-forward", live->config->server);
  if (code == 1000 && kr_port_forward_ready(probe->forward)) return found_now(op, KR_PROBE_CLOSED);
  if (kr_probe_outcome_say(outcome, reason) != KR_OK) return kr_live_probe_no_memory(op);
  return kr_live_probe_unknown(op, KR_REASON_SERVER_ERROR, "%s closed the port-forward (code %d)%s%s",
                               live->config->server, code, outcome->message.length == 0 ? "" : ": ",
                               kr_buffer_text(&outcome->message));
}

bool kr_live_probe_failed(const struct kr_live *live, struct kr_live_op *op, const struct kr_error *error) {
  if (error->code == KR_ENOMEM) return kr_live_probe_no_memory(op);
  return kr_live_probe_unknown(op, error->code == KR_EIO ? KR_REASON_LIMIT : KR_REASON_BAD_ANSWER,
                               "%s: the port-forward failed: %s", live->config->server, error->message);
}

static bool spoke(struct kr_live_op *op, const char *bytes, size_t count) {
  struct kr_probe_outcome *outcome = &op->probe->outcome;
  outcome->has_body = true;
  outcome->truncated = count > outcome->body.limit;
  if (kr_buffer_append(&outcome->body, bytes, outcome->truncated ? outcome->body.limit : count) != KR_OK)
    return kr_live_probe_no_memory(op);
  return found_now(op, KR_PROBE_OPEN);
}

/* Whatever the port says shows that it is open; so does silence, after a while. */
bool kr_live_probe_judge(const struct kr_live *live, struct kr_live_op *op) {
  struct kr_live_probe *probe = op->probe;
  const char *bytes, *words = kr_port_forward_error(probe->forward);
  size_t count = kr_port_forward_data(probe->forward, &bytes);
  bool listens = probe->stage == KR_PROBE_LISTENING;
  if (listens && count > 0) return spoke(op, bytes, count);
  if (words != NULL) return judge_words(op, words);
  if (probe->over || kr_port_forward_closed(probe->forward, NULL, NULL)) return judge_end(live, op);
  if (!listens || kr_clock_monotonic() < probe->silent_until) return false;
  probe->outcome.result = KR_PROBE_OPEN;
  return found(op);
}

bool kr_live_probe_late(struct kr_live_op *op) {
  int64_t waited = kr_clock_monotonic() - op->began;
  if (op->probe->stage <= KR_PROBE_ASKING) return kr_live_probe_broke(op, CURLE_OPERATION_TIMEDOUT);
  if (op->probe->stage == KR_PROBE_TALKING)
    return kr_probe_http_timed_out(&op->probe->http) == KR_OK ? found(op) : kr_live_probe_no_memory(op);
  return kr_live_probe_unknown(op, KR_REASON_TIMEOUT, "the port-forward was not there within %" PRId64 ".%" PRId64 " s",
                               waited / 1000, waited % 1000 / 100);
}

/* What was no HTTP is shown as it came. */
static int show_seen(struct kr_live_op *op) {
  struct kr_probe_outcome *outcome = &op->probe->outcome;
  const struct kr_probe_bridge *bridge = &op->probe->bridge;
  if (op->request->probe.scheme != KR_PROBE_HTTP || bridge->seen_length == 0) return KR_OK;
  outcome->has_body = true;
  kr_buffer_clear(&outcome->body);
  return kr_buffer_append(&outcome->body, bridge->seen, bridge->seen_length);
}

bool kr_live_probe_answered(const struct kr_live *live, struct kr_live_op *op, CURLcode code) {
  struct kr_live_probe *probe = op->probe;
  struct kr_probe_outcome *outcome = &probe->outcome;
  struct kr_error error = KR_ERROR_INIT;
  const char *words = kr_port_forward_error(probe->forward);
  int status = kr_probe_http_ended(&probe->http, code, &error);
  if (status == KR_EINVAL) return kr_live_probe_unknown(op, KR_REASON_BAD_REQUEST, "%s", error.message);
  if (status == KR_OK && outcome->result == KR_PROBE_CLOSED) {
    if (words != NULL) return judge_words(op, words);
    if (probe->over || kr_port_forward_closed(probe->forward, NULL, NULL)) return judge_end(live, op);
  }
  if (status == KR_OK && outcome->result == KR_PROBE_NOT_HTTP) status = show_seen(op);
  /* An answer that broke off: the runtime knows more about why than libcurl. */
  if (status == KR_OK && outcome->result == KR_PROBE_ANSWERED && outcome->message.length > 0 && words != NULL)
    status = kr_probe_outcome_say(outcome, words);
  return status == KR_OK ? found(op) : kr_live_probe_no_memory(op);
}
