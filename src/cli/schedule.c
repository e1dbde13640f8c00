/* schedule.c - see schedule.h. */
#define _GNU_SOURCE /* asprintf */
#include "cli/schedule.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "book/document.h"
#include "book/ignore.h"
#include "book/state.h"
#include "cli/outputs.h"

/* ---- before the run ---- */

/* Some time up to most milliseconds; Ctrl-C ends it. */
static int sleep_randomly(int64_t most, struct kr_error *error) {
  uint64_t random = 0;
  if (getrandom(&random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random)
    random = (uint64_t)kr_clock_monotonic() * 2654435761U; /* early at boot: it only has to differ */
  int64_t until = kr_clock_monotonic() + (int64_t)(random % ((uint64_t)most + 1));
  for (int64_t left = until - kr_clock_monotonic(); left > 0 && !kr_cancelled(); left = until - kr_clock_monotonic()) {
    struct pollfd cancel = {.fd = kr_cancel_fd(), .events = POLLIN};
    (void)poll(&cancel, 1, left > INT32_MAX ? INT32_MAX : (int)left);
  }
  return kr_cancelled() ? kr_error_set(error, KR_ECANCELLED, "interrupted before it began (--jitter)") : KR_OK;
}

static int check_state(const char *path, struct kr_error *error) {
  struct kr_state *state = NULL;
  int code = kr_state_load(&state, path, error);
  kr_state_free(state);
  return code;
}

int kr_schedule_begin(struct kr_schedule *schedule, const struct kr_schedule_flags *flags, struct kr_error *error) {
  int code = KR_OK;
  schedule->flags = flags;
  if (flags->only_new && !flags->state)
    return kr_error_set(error, KR_EUSAGE, "--only-new needs --state FILE, which remembers what was told");
  if (flags->state && !flags->only_new)
    return kr_error_set(error, KR_EUSAGE, "--state remembers what was told, for --only-new: give both");
  if (flags->ignore) code = kr_ignore_load(&schedule->ignore, flags->ignore, error);
  if (!code && flags->state) code = check_state(flags->state, error);
  if (!code && flags->jitter_ms > 0) code = sleep_randomly(flags->jitter_ms, error);
  if (!code && flags->lock && (code = kr_lock_try(&schedule->lock, flags->lock, error)))
    (void)kr_error_prefix(error, "--lock");
  return code;
}

/* ---- after the run ---- */

/* Rules that expired, and what the others ignore. */
static int ignore(struct kr_schedule *schedule, json_t **document, struct kr_report *report, struct kr_error *error) {
  int64_t now = kr_time_parse(kr_document_text(*document, "taken_at"));
  size_t at = 0;
  int code = kr_ignore_expire(schedule->ignore, report, now, error);
  if (code) return code;
  json_decref(*document);
  *document = json_incref((json_t *)kr_report_document(report));
  if (!*document) return kr_error_set(error, KR_ENOMEM, "out of memory");
  code = kr_ignore_apply(schedule->ignore, *document, error);
  for (int line = 1; !code && (line = kr_ignore_unused(schedule->ignore, &at)) > 0;)
    kr_log(1, "%s:%d: this rule matches no finding of this run", schedule->flags->ignore, line);
  return code;
}

/* Under the state's lock, so that of two runs at once each sees what the other told. */
static int tell_changes(const struct kr_schedule *schedule, int *status, const struct kr_invocation *invocation,
                        json_t *document, struct kr_error *error) {
  const char *path = schedule->flags->state;
  struct kr_telling telling = {.only_changes = true};
  struct kr_lock *lock = NULL;
  struct kr_state *state = NULL;
  char *beside = NULL;
  bool changed = false;
  int code = asprintf(&beside, "%s.lock", path) < 0 ? kr_error_set(error, KR_ENOMEM, "out of memory") : KR_OK;
  if (!code) code = kr_lock_wait(&lock, beside, error);
  if (!code) code = kr_state_load(&state, path, error);
  if (!code) code = kr_state_compare(state, &changed, document, error);
  if (!code) {
    telling.silent = telling.unchanged = !changed;
    *status = kr_outputs_write(invocation, document, &telling);
    /* What was not told is told the next time. */
    if (!telling.failed) code = kr_state_save(state, path, error);
  }
  kr_state_free(state);
  kr_lock_free(lock);
  if (beside) free(beside);
  return code;
}

/* The report as it is, and what kept it from being told as was asked. */
static int tell_failure(const struct kr_invocation *invocation, json_t *document, int status,
                        const struct kr_error *failure) {
  kr_cli_warn(invocation, failure);
  if (status >= 0) return status < KR_EXIT_CRITICAL ? KR_EXIT_UNKNOWN : status;
  struct kr_telling telling = {.silent = false};
  json_t *with = document ? kr_document_with_error(document, invocation->mask, failure) : NULL;
  status = kr_outputs_write(invocation, with, &telling);
  json_decref(with);
  return status;
}

int kr_schedule_tell(struct kr_schedule *schedule, const struct kr_invocation *invocation, struct kr_report *report) {
  struct kr_error error = KR_ERROR_INIT;
  json_t *document = json_incref((json_t *)kr_report_document(report));
  int status = -1, code = KR_OK;
  if (document && schedule->ignore) code = ignore(schedule, &document, report, &error);
  if (!code && document && schedule->flags->only_new) {
    code = tell_changes(schedule, &status, invocation, document, &error);
  } else if (!code) {
    struct kr_telling telling = {.silent = schedule->flags->quiet &&
                                           json_integer_value(json_object_get(document, "exit_code")) == 0};
    status = kr_outputs_write(invocation, document, &telling);
  }
  if (code) status = tell_failure(invocation, document, status, &error);
  json_decref(document);
  return status;
}

void kr_schedule_end(struct kr_schedule *schedule) {
  kr_ignore_free(schedule->ignore);
  kr_lock_free(schedule->lock);
}
