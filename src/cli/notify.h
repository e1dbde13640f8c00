/* notify.h - tells a web service of a report: --notify URL.
 *
 * This is no part of the way to a cluster: a transport of its own, that knows one URL, which the command line names,
 * and one request, the POST of a report. No runbook reaches it. */
#ifndef KR_CLI_NOTIFY_H
#define KR_CLI_NOTIFY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct kr_notify {
  const char *url;    /* or @FILE, whose first line it is; NULL: nobody is told */
  const char *format; /* NULL: json */
  int64_t timeout_ms; /* of all tries together; 0: 30 seconds */
};

/* The rows of a command's flags for a struct kr_notify that stands at offset in its settings. */
#define KR_NOTIFY_ROWS(offset)                                                                          \
  {0,                                                                                                   \
   "notify",                                                                                            \
   KR_OPTION_TEXT,                                                                                      \
   (offset) + offsetof(struct kr_notify, url),                                                          \
   "URL",                                                                                               \
   "post the report there; @FILE: to the URL in this file"},                                            \
      {0,                                                                                               \
       "notify-format",                                                                                 \
       KR_OPTION_TEXT,                                                                                  \
       (offset) + offsetof(struct kr_notify, format),                                                   \
       "FORMAT",                                                                                        \
       "json (the report), slack or alertmanager. Default: json"},                                      \
  {                                                                                                     \
    0, "notify-timeout", KR_OPTION_DURATION, (offset) + offsetof(struct kr_notify, timeout_ms), "TIME", \
        "of all tries to post together. Default: 30s"                                                   \
  }

/* Before the run, which is not begun where it could not be posted: *out is flags, or NULL where there is nobody to
 * tell. KR_EUSAGE: no such format, no URL. */
int kr_notify_check(const struct kr_notify **out, const struct kr_notify *flags, struct kr_error *error);

/* Whether who is told wants to be told again of what it knows: an Alertmanager forgets what is not. */
bool kr_notify_repeats(const struct kr_notify *notify);

/* Posts the report in the format; with Slack and Alertmanager only where there is something to tell. Tries again, a few
 * times and at growing intervals, what may go better then. KR_ECONNECT, KR_EAUTH, KR_EINVAL (refused), KR_ELIMIT
 * (timeout), KR_ECANCELLED; no message holds more of the URL than its host. */
int kr_notify_post(const struct kr_notify *notify, const json_t *document, struct kr_error *error);

#endif
