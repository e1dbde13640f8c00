/* fuzz_clock.c - a time that is read and written reads as the same second again; durations never overflow. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char text[128], written[KR_TIME_TEXT_MAX];
  if (size >= sizeof text) return 0;
  if (size > 0) memcpy(text, data, size);
  text[size] = '\0';
  int64_t time = kr_time_parse(text);
  const int64_t year_0000 = -62167219200000, year_9999 = 253402300799999;
  if (time >= year_0000 && time <= year_9999 &&
      kr_time_parse(kr_time_format(time, written)) != time - ((time % 1000) + 1000) % 1000)
    abort();
  int64_t duration = kr_duration_parse(text);
  if (duration != KR_TIME_NONE && duration < 0) abort();
  return 0;
}
