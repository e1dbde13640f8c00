/* snapshot_row.h - the cells of a table's row, while it is written as JSON. Texts are spelt as in JSON already
 * (base/json_value.h): they are copied as they stand. */
#ifndef KR_KUBE_SNAPSHOT_ROW_H
#define KR_KUBE_SNAPSHOT_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/json_value.h"

struct kr_snapshot_row {
  struct kr_buffer *out;
  int64_t now; /* milliseconds: what ages are counted to */
  bool begun;  /* there is a cell already */
  int status;  /* of what failed first; nothing is written after it */
};

/* What rows are made of: where these members' values begin in an object's text. */
struct kr_snapshot_object {
  const char *metadata, *spec, *status;
  const char *end; /* of the text */
};

/* A cell each: a string, a number, "1/2", and how long ago a moment (milliseconds or KR_TIME_NONE) was: "3h20m". */
void kr_snapshot_row_string(struct kr_snapshot_row *row, struct kr_json_string string);
void kr_snapshot_row_integer(struct kr_snapshot_row *row, int64_t number);
void kr_snapshot_row_ratio(struct kr_snapshot_row *row, int64_t have, int64_t wanted);
void kr_snapshot_row_age(struct kr_snapshot_row *row, int64_t moment);

/* A string of several parts: begin, as many parts as there are, end. */
void kr_snapshot_row_begin(struct kr_snapshot_row *row);
void kr_snapshot_row_add(struct kr_snapshot_row *row, struct kr_json_string part);
void kr_snapshot_row_add_integer(struct kr_snapshot_row *row, int64_t number);
void kr_snapshot_row_add_age(struct kr_snapshot_row *row, int64_t moment);
void kr_snapshot_row_end(struct kr_snapshot_row *row);

/* The moment that an RFC 3339 string tells, in milliseconds, or KR_TIME_NONE. */
int64_t kr_snapshot_time_at(const char *value, const char *end);

/* Of an array of conditions the one of a type, or NULL. */
const char *kr_snapshot_condition(const char *conditions, const char *end, const char *type);

#endif
