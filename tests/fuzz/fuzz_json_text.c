/* fuzz_json_text.c - no text is read beyond its end; a value ends within it; an array has as many elements as it says.
 * What is taken out of it leaves no more than there was, and is not there any more. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_nesting.h"
#include "base/json_text.h"
#include "kube/managed_fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_within(const char *at, const char *from, const char *end) {
  if (at != NULL && (at <= from || at > end)) abort();
}

static void check_array(const char *at, const char *end) {
  size_t count, seen = 0;
  const char *after = kr_json_array(&count, at, end), *last = at, *item;
  check_within(after, at, end);
  if (after == NULL) return;
  while ((item = kr_json_element(last, end)) != NULL) {
    last = kr_json_skip(item, end);
    check_within(last, item, end);
    if (last == NULL) abort();
    seen++;
  }
  if (seen != count) abort();
}

/* As json_nesting.h says it, byte by byte. */
static const char *nesting_end(const char *at, const char *end) {
  size_t depth = 0;
  bool inside = false;
  for (; at < end; at++) {
    if (*at == '"') inside = !inside;
    if (inside && *at == '\\' && at + 1 < end) at++;
    if (!inside && (*at == '{' || *at == '[')) depth++;
    if (!inside && (*at == '}' || *at == ']') && --depth == 0) return at + 1;
  }
  return NULL;
}

static void check_nesting(const char *at, const char *end) {
  for (; at < end; at++)
    if ((*at == '{' || *at == '[') && kr_json_nesting_end(at, end) != nesting_end(at, end)) abort();
}

/* In one pass the same is found. */
static void check_members(const char *at, const char *end) {
  static const char *const names[] = {"metadata", "items", "kind"};
  const char *values[3];
  kr_json_members(values, names, 3, at, end);
  for (int i = 0; i < 3; i++)
    if (values[i] != kr_json_member(at, end, names[i])) abort();
}

static void check_dropping(const char *text, size_t size, bool is_list) {
  struct kr_buffer body;
  kr_buffer_init(&body, size);
  if (kr_buffer_append(&body, text, size) != 0) abort();
  kr_managed_fields_drop(&body, is_list);
  size_t once = body.length;
  if (once > size) abort();
  kr_managed_fields_drop(&body, is_list);
  if (body.length != once) abort();
  kr_buffer_free(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size + (size == 0)); /* its own block: a byte too far is seen */
  if (text == NULL) abort();
  if (size > 0) memcpy(text, data, size);
  const char *end = text + size, *items = kr_json_member(text, end, "items");
  check_within(kr_json_skip(text, end), text, end);
  check_within(items, text, end);
  check_array(text, end);
  check_members(text, end);
  check_nesting(text, end);
  if (items != NULL) check_array(items, end);
  check_dropping(text, size, true);
  check_dropping(text, size, false);
  free(text);
  return 0;
}
