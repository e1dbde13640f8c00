/* progress.c - see progress.h. */
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

enum { FIRST_AFTER_MS = 1000, EVERY_MS = 250 };

/* A request under way, and who waits for it. */
struct passing {
  struct passing *next, **link;
  struct progress *progress;
  kr_reply_fn reply;
  void *user;
};

struct progress {
  struct kr_transport transport;
  struct kr_transport *inner;
  struct passing *under_way;
  size_t answered, waiting;
  int64_t began, shown;
  char last[128]; /* what was asked last */
};

static void show(struct progress *progress) {
  char line[512];
  int64_t now = kr_clock_monotonic();
  if (now - progress->began < FIRST_AFTER_MS || now - progress->shown < EVERY_MS || kr_cancelled()) return;
  (void)snprintf(line, sizeof line, "%lld s: %zu answers, %zu under way%s%s",
                 (long long)((now - progress->began) / 1000), progress->answered, progress->waiting,
                 *progress->last ? "; last asked: " : "", progress->last);
  kr_status_show(line);
  progress->shown = now;
}

static void unlink_passing(struct passing *passing) {
  *passing->link = passing->next;
  if (passing->next) passing->next->link = passing->link;
}

static void answered(void *user, struct kr_reply *reply) {
  struct passing *passing = user;
  struct progress *progress = passing->progress;
  progress->answered++;
  progress->waiting--;
  unlink_passing(passing);
  passing->reply(passing->user, reply);
  free(passing);
}

static struct progress *progress_of(struct kr_transport *transport) { return (struct progress *)transport; }

static int submit(struct kr_transport *transport, const struct kr_request *request, kr_reply_fn reply, void *user,
                  struct kr_error *error) {
  struct progress *progress = progress_of(transport);
  struct passing *passing = calloc(1, sizeof *passing);
  if (!passing) return kr_error_set(error, KR_ENOMEM, "out of memory for a request");
  *passing = (struct passing){.progress = progress, .reply = reply, .user = user};
  int code = kr_transport_submit(progress->inner, request, answered, passing, error);
  if (code) {
    free(passing);
    return code;
  }
  passing->next = progress->under_way;
  passing->link = &progress->under_way;
  if (passing->next) passing->next->link = &passing->next;
  progress->under_way = passing;
  progress->waiting++;
  if (request->resource)
    (void)snprintf(progress->last, sizeof progress->last, "%s%s%s", request->resource,
                   request->namespace_ ? " in " : "", request->namespace_ ? request->namespace_ : "");
  return 0;
}

/* In slices, so that the line changes though nothing comes. */
static int wait_for_replies(struct kr_transport *transport, int64_t milliseconds, struct kr_error *error) {
  struct progress *progress = progress_of(transport);
  int64_t until = kr_clock_monotonic() + milliseconds;
  for (;;) {
    int64_t left = milliseconds < 0 ? EVERY_MS : until - kr_clock_monotonic();
    if (left < 0) left = 0;
    int count = kr_transport_wait(progress->inner, left < EVERY_MS ? left : EVERY_MS, error);
    show(progress);
    if (count != 0 || progress->waiting == 0) return count;
    if (milliseconds >= 0 && kr_clock_monotonic() >= until) return 0;
  }
}

static int64_t now(struct kr_transport *transport) { return kr_transport_now(progress_of(transport)->inner); }

static struct kr_cluster_info info(struct kr_transport *transport) {
  return kr_transport_info(progress_of(transport)->inner);
}

static struct kr_spent spent(struct kr_transport *transport) {
  return kr_transport_spent(progress_of(transport)->inner);
}

static void free_progress(struct kr_transport *transport) {
  struct progress *progress = progress_of(transport);
  kr_transport_free(progress->inner);
  while (progress->under_way) {
    struct passing *next = progress->under_way->next;
    free(progress->under_way);
    progress->under_way = next;
  }
  kr_status_clear();
  free(progress);
}

static const struct kr_transport_vtable vtable = {
    .submit = submit, .wait = wait_for_replies, .now = now, .info = info, .spent = spent, .free = free_progress};

int kr_progress_new(struct kr_transport **out, struct kr_transport *inner, struct kr_error *error) {
  if (!kr_terminal_is(STDERR_FILENO)) {
    *out = inner;
    return 0;
  }
  struct progress *progress = calloc(1, sizeof *progress);
  if (!progress) {
    kr_transport_free(inner);
    return kr_error_set(error, KR_ENOMEM, "out of memory");
  }
  progress->transport.vtable = &vtable;
  progress->inner = inner;
  progress->began = kr_clock_monotonic();
  *out = &progress->transport;
  return 0;
}
