/* fuzz_needs.c - any text is a need or an error with words; what comes of it is a role in which nothing writes. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "book/needs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lines of the input are needs. */
static json_t *list_of(const uint8_t *data, size_t size) {
  json_t *list = json_array();
  size_t from = 0;
  for (size_t i = 0; list != NULL && i <= size; i++) {
    if (i < size && data[i] != '\n') continue;
    json_t *line = json_stringn((const char *)data + from, i - from);
    if (line != NULL && json_array_append_new(list, line) != 0) abort(); /* NULL: it is not UTF-8 */
    from = i + 1;
  }
  return list;
}

/* A resource may be called so; a verb must not. */
static bool writes(const char *role) {
  static const char verbs[] = "verbs: [";
  for (const char *at = role; (at = strstr(at, verbs)) != NULL; at += sizeof verbs - 1) {
    size_t length = strcspn(at, "\n");
    for (const char *verb = at; (verb = strstr(verb, "\"")) != NULL && verb < at + length; verb++)
      if (strncmp(verb, "\"delete\"", 8) == 0 || strncmp(verb, "\"patch\"", 7) == 0) return true;
  }
  return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_needs *needs = NULL;
  struct kr_buffer out;
  json_t *list = list_of(data, size);
  kr_buffer_init(&out, (size_t)1 << 20);
  if (list == NULL || kr_needs_new(&needs, &error) != 0) abort();
  int code = kr_needs_add(needs, list, &error);
  if (code != 0 && error.message[0] == '\0') abort();
  if (kr_needs_cluster_role(&out, needs, "fuzzed") != 0 || kr_needs_role(&out, needs, "fuzzed", NULL) != 0) abort();
  if (writes(kr_buffer_text(&out))) abort();
  kr_buffer_free(&out);
  kr_needs_free(needs);
  json_decref(list);
  return 0;
}
