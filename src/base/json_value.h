/* json_value.h - reads values from JSON text in place, without decoding it: for the few members of very many objects
 * that somebody looks at.
 *
 * A value is the place in the text where it begins; NULL is a member that is not there, or is null, and every function
 * takes it for a value. end is where the text ends. Strings are given as they are spelt, escapes and all. Nothing is
 * allocated. */
#ifndef KR_BASE_JSON_VALUE_H
#define KR_BASE_JSON_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A string's text, without its quotes. */
struct kr_json_string {
  const char *text;
  size_t length;
};

/* Such a string of text that needs no escapes. */
static inline struct kr_json_string kr_json_string(const char *text) {
  return (struct kr_json_string){text, strlen(text)};
}

/* The value of an object's member; of several of them, in one pass. */
const char *kr_json_get(const char *object, const char *end, const char *name);
void kr_json_get_all(const char *values[], const char *const names[], size_t count, const char *object,
                     const char *end);

/* The first element of the array at *at, and each time the next; NULL after the last. */
const char *kr_json_next(const char **at, const char *end);

/* The string; of length 0 where the value is none. */
struct kr_json_string kr_json_string_at(const char *value, const char *end);
bool kr_json_string_is(struct kr_json_string string, const char *text);
bool kr_json_string_same(struct kr_json_string left, struct kr_json_string right);

/* The whole number, or otherwise. */
int64_t kr_json_integer_at(const char *value, const char *end, int64_t otherwise);

bool kr_json_is_true(const char *value, const char *end);

#endif
