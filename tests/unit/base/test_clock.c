/* test_clock.c - times as the API writes them, durations as kubectl takes them. */
#include "base/clock.h"

#include <criterion/criterion.h>

Test(time, is_read_with_fraction_and_offset) {
  cr_expect_eq(kr_time_parse("1970-01-01T00:00:01Z"), 1000);
  cr_expect_eq(kr_time_parse("1970-01-01T00:00:00.0459999Z"), 45);
  cr_expect_eq(kr_time_parse("1970-01-01T02:00:00+02:00"), 0);
  cr_expect_eq(kr_time_parse("2026-01-31T08:00:00Z"), 1769846400000);
}

Test(time, is_none_when_malformed) {
  static const char *const texts[] = {"",
                                      "today",
                                      "2026-01-31",
                                      "2026-01-31T08:00:00",
                                      "2026-13-01T00:00:00Z",
                                      "2026-01-31T08:00:00.Z",
                                      "2026-01-31T08:00:00Zx"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    cr_expect_eq(kr_time_parse(texts[i]), KR_TIME_NONE, "%s", texts[i]);
}

Test(time, is_written_in_whole_seconds_before_1970_too) {
  char text[KR_TIME_TEXT_MAX];
  cr_expect_str_eq(kr_time_format(1769846400999, text), "2026-01-31T08:00:00Z");
  cr_expect_str_eq(kr_time_format(-1, text), "1969-12-31T23:59:59Z");
}

Test(duration, takes_what_kubectl_takes) {
  cr_expect_eq(kr_duration_parse("1h30m"), 5400000);
  cr_expect_eq(kr_duration_parse("500ms"), 500);
  cr_expect_eq(kr_duration_parse("1d"), 86400000);
  cr_expect_eq(kr_duration_parse("30"), 30000);
  cr_expect_eq(kr_duration_parse("1.5s"), 1500);
}

Test(duration, is_none_when_malformed_or_without_end) {
  static const char *const texts[] = {"", "-1s", "s", "5 m", "5x", "1e300d", "1h-5m", "inf", "0x10s", "1e3", "1.2.3s"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    cr_expect_eq(kr_duration_parse(texts[i]), KR_TIME_NONE, "%s", texts[i]);
}
