/* json_value.c - see json_value.h. */
#include "base/json_value.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"

enum { DIGITS_MAX = 24 };

static const char *unless_null(const char *value) { return value != NULL && *value == 'n' ? NULL : value; }

const char *kr_json_get(const char *object, const char *end, const char *name) {
  return object == NULL ? NULL : unless_null(kr_json_member(object, end, name));
}

void kr_json_get_all(const char *values[], const char *const names[], size_t count, const char *object,
                     const char *end) {
  kr_json_members(values, names, count, object == NULL ? end : object, end);
  for (size_t i = 0; i < count; i++) values[i] = unless_null(values[i]);
}

const char *kr_json_next(const char **at, const char *end) {
  const char *item = *at == NULL ? NULL : kr_json_element(*at, end);
  *at = item == NULL ? NULL : kr_json_skip(item, end);
  return *at == NULL ? NULL : item;
}

struct kr_json_string kr_json_string_at(const char *value, const char *end) {
  const char *after = value == NULL || *value != '"' ? NULL : kr_json_skip(value, end);
  return after == NULL ? kr_json_string("") : (struct kr_json_string){value + 1, (size_t)(after - value) - 2};
}

bool kr_json_string_is(struct kr_json_string string, const char *text) {
  return string.length == strlen(text) && memcmp(string.text, text, string.length) == 0;
}

bool kr_json_string_same(struct kr_json_string left, struct kr_json_string right) {
  return left.length == right.length && memcmp(left.text, right.text, left.length) == 0;
}

int64_t kr_json_integer_at(const char *value, const char *end, int64_t otherwise) {
  char digits[DIGITS_MAX], *last;
  const char *after = value == NULL ? NULL : kr_json_skip(value, end);
  size_t length = after == NULL ? 0 : (size_t)(after - value);
  if (length == 0 || length >= sizeof digits) return otherwise;
  memcpy(digits, value, length);
  digits[length] = '\0';
  long long number = strtoll(digits, &last, 10);
  return *last == '\0' ? (int64_t)number : otherwise;
}

bool kr_json_is_true(const char *value, const char *end) {
  static const char word[] = "true";
  size_t length = sizeof word - 1;
  return value != NULL && (size_t)(end - value) >= length && memcmp(value, word, length) == 0;
}
