/* schedule.h - what a run needs that nobody watches: when it begins, that it is alone, and of what it tells. */
#ifndef KR_CLI_SCHEDULE_H
#define KR_CLI_SCHEDULE_H

#include "cli/command.h"

struct kr_schedule_flags {
  bool quiet, only_new;
  const char *state, *ignore, *lock; /* files; NULL where not given */
  int64_t jitter_ms;
};

#define KR_SCHEDULE_ROW(offset, name, type, member, value, help) \
  { 0, name, type, (offset) + offsetof(struct kr_schedule_flags, member), value, help }

/* The rows of a command's flags for a struct kr_schedule_flags that stands at offset in its settings: how it begins,
 * and of what it tells. */
#define KR_SCHEDULE_BEGIN_ROWS(offset)                                                                           \
  KR_SCHEDULE_ROW(offset, "lock", KR_OPTION_TEXT, lock, "FILE", "do nothing while another run holds this file"), \
      KR_SCHEDULE_ROW(offset, "jitter", KR_OPTION_DURATION, jitter_ms, "TIME",                                   \
                      "begin after a random time, at most this")
#define KR_SCHEDULE_TELL_ROWS(offset)                                                                          \
  KR_SCHEDULE_ROW(offset, "quiet", KR_OPTION_BOOL, quiet, NULL, "print nothing where the exit status is 0"),   \
      KR_SCHEDULE_ROW(offset, "only-new", KR_OPTION_BOOL, only_new, NULL,                                      \
                      "print what is new, worse or resolved since last time, and nothing else; with --state"), \
      KR_SCHEDULE_ROW(offset, "state", KR_OPTION_TEXT, state, "FILE", "what was told the last time; is made"), \
      KR_SCHEDULE_ROW(offset, "ignore", KR_OPTION_TEXT, ignore, "FILE", "rules for what is not to be told")

struct kr_ignore;
struct kr_lock;

/* Begins as {0}; ended by kr_schedule_end, also after an error. */
struct kr_schedule {
  const struct kr_schedule_flags *flags;
  struct kr_ignore *ignore;
  struct kr_lock *lock;
};

/* Before anything is asked: reads the rules and looks at the state, so that what is wrong with them is said at once,
 * waits for the jitter, takes the lock. KR_EUSAGE, KR_EINVAL, KR_EBUSY, KR_ECANCELLED. */
int kr_schedule_begin(struct kr_schedule *schedule, const struct kr_schedule_flags *flags, struct kr_error *error);

/* Tells of the report as the flags say, to where -o and --notify say; then, where all of it was told, keeps the state.
 * Returns the exit status, which is that of everything that is not ignored, told or not. */
int kr_schedule_tell(struct kr_schedule *schedule, const struct kr_invocation *invocation, struct kr_report *report);

void kr_schedule_end(struct kr_schedule *schedule);

#endif
