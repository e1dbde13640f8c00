/* clock.h - the two clocks, and the API's way of writing time (RFC 3339, UTC). Times are milliseconds. */
#ifndef KR_BASE_CLOCK_H
#define KR_BASE_CLOCK_H

#include <stdint.h>

#define KR_TIME_NONE     INT64_MIN
#define KR_TIME_TEXT_MAX 32

int64_t kr_clock_monotonic(void); /* never goes back; only differences mean anything */
int64_t kr_clock_now(void);       /* since 1970-01-01T00:00:00Z */

/* Reads "2026-01-31T08:00:00Z", with or without a fraction, with Z or an offset. KR_TIME_NONE when it is none of these.
 */
int64_t kr_time_parse(const char *text);

/* Writes "2026-01-31T08:00:00Z" (whole seconds) and returns text. */
const char *kr_time_format(int64_t milliseconds, char text[KR_TIME_TEXT_MAX]);

/* Reads kubectl's durations: "30s", "5m", "1h30m", "500ms", "1d"; a bare number is seconds.
 * Milliseconds, or KR_TIME_NONE. */
int64_t kr_duration_parse(const char *text);

#endif
