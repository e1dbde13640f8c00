/* snapshot_row.c - see snapshot_row.h. */
#include "kube/snapshot_row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"

#define MINUTE ((int64_t)60) /* seconds */
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define YEAR   (365 * DAY)

enum { DIGITS_MAX = 24, AGE_MAX = 48 };

static void put(struct kr_snapshot_row *row, const char *text, size_t length) {
  if (row->status == KR_OK) row->status = kr_buffer_append(row->out, text, length);
}

static void begin_cell(struct kr_snapshot_row *row) {
  if (row->begun) put(row, ",", 1);
  row->begun = true;
}

void kr_snapshot_row_begin(struct kr_snapshot_row *row) {
  begin_cell(row);
  put(row, "\"", 1);
}

void kr_snapshot_row_end(struct kr_snapshot_row *row) { put(row, "\"", 1); }

void kr_snapshot_row_add(struct kr_snapshot_row *row, struct kr_json_string part) { put(row, part.text, part.length); }

void kr_snapshot_row_add_integer(struct kr_snapshot_row *row, int64_t number) {
  char digits[DIGITS_MAX];
  if (number >= 0 && number <= 9) { /* nearly all that is ever counted */
    digits[0] = (char)('0' + number);
    put(row, digits, 1);
    return;
  }
  int length = snprintf(digits, sizeof digits, "%" PRId64, number);
  put(row, digits, (size_t)length);
}

/* "3h20m": two units, the second only while it says something. */
static int pair(char text[AGE_MAX], int64_t many, char unit, int64_t few, char smaller) {
  return few == 0 ? snprintf(text, AGE_MAX, "%" PRId64 "%c", many, unit)
                  : snprintf(text, AGE_MAX, "%" PRId64 "%c%" PRId64 "%c", many, unit, few, smaller);
}

/* HumanDuration of k8s.io/apimachinery. */
static int write_duration(char text[AGE_MAX], int64_t seconds) {
  if (seconds < -1) return snprintf(text, AGE_MAX, "<invalid>");
  if (seconds < 0) return snprintf(text, AGE_MAX, "0s");
  if (seconds < 2 * MINUTE) return pair(text, seconds, 's', 0, 's');
  if (seconds < 10 * MINUTE) return pair(text, seconds / MINUTE, 'm', seconds % MINUTE, 's');
  if (seconds < 3 * HOUR) return pair(text, seconds / MINUTE, 'm', 0, 's');
  if (seconds < 8 * HOUR) return pair(text, seconds / HOUR, 'h', seconds / MINUTE % 60, 'm');
  if (seconds < 2 * DAY) return pair(text, seconds / HOUR, 'h', 0, 'm');
  if (seconds < 8 * DAY) return pair(text, seconds / DAY, 'd', seconds / HOUR % 24, 'h');
  if (seconds < 2 * YEAR) return pair(text, seconds / DAY, 'd', 0, 'h');
  return pair(text, seconds / YEAR, 'y', seconds < 8 * YEAR ? seconds / DAY % 365 : 0, 'd');
}

void kr_snapshot_row_add_age(struct kr_snapshot_row *row, int64_t moment) {
  char text[AGE_MAX] = "<unknown>";
  int64_t past = moment == KR_TIME_NONE ? 0 : row->now - moment;
  if (moment != KR_TIME_NONE) (void)write_duration(text, past / 1000 - (past % 1000 < 0));
  put(row, text, strlen(text));
}

void kr_snapshot_row_string(struct kr_snapshot_row *row, struct kr_json_string string) {
  kr_snapshot_row_begin(row);
  kr_snapshot_row_add(row, string);
  kr_snapshot_row_end(row);
}

void kr_snapshot_row_integer(struct kr_snapshot_row *row, int64_t number) {
  begin_cell(row);
  kr_snapshot_row_add_integer(row, number);
}

void kr_snapshot_row_ratio(struct kr_snapshot_row *row, int64_t have, int64_t wanted) {
  kr_snapshot_row_begin(row);
  kr_snapshot_row_add_integer(row, have);
  put(row, "/", 1);
  kr_snapshot_row_add_integer(row, wanted);
  kr_snapshot_row_end(row);
}

void kr_snapshot_row_age(struct kr_snapshot_row *row, int64_t moment) {
  kr_snapshot_row_begin(row);
  kr_snapshot_row_add_age(row, moment);
  kr_snapshot_row_end(row);
}

int64_t kr_snapshot_time_at(const char *value, const char *end) {
  char text[KR_TIME_TEXT_MAX * 2];
  struct kr_json_string string = kr_json_string_at(value, end);
  if (string.length == 0 || string.length >= sizeof text) return KR_TIME_NONE;
  memcpy(text, string.text, string.length);
  text[string.length] = '\0';
  return kr_time_parse(text);
}

const char *kr_snapshot_condition(const char *conditions, const char *end, const char *type) {
  const char *at = conditions, *item;
  while ((item = kr_json_next(&at, end)) != NULL)
    if (kr_json_string_is(kr_json_string_at(kr_json_get(item, end, "type"), end), type)) return item;
  return NULL;
}
