/* fuzz_ignore.c - any bytes are rules or an error that names a line; rules ignore a finding or leave it, never lose it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "book/ignore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *document(void) {
  return json_loads(
      "{\"sections\": [{\"cluster\": {\"context\": \"prod\"}, \"findings\": [{\"code\": \"oom-killed\", \"severity\": "
      "\"critical\", \"object\": {\"kind\": \"Pod\", \"namespace\": \"shop\", \"name\": \"web-1\", \"labels\": "
      "{\"app\": \"web\"}, \"owner\": {\"kind\": \"Deployment\", \"namespace\": \"shop\", \"name\": \"web\"}}, "
      "\"objects\": [{\"kind\": \"Pod\", \"namespace\": \"shop\", \"name\": \"web-1\"}]}]}]}",
      0, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_ignore *ignore = NULL;
  int status = kr_ignore_parse(&ignore, size > 0 ? (const char *)data : "", size, "rules", &error);
  if ((status == KR_OK) != (ignore != NULL) || (status != KR_OK && strncmp(error.message, "rules:", 6) != 0)) abort();
  if (ignore == NULL) return 0;
  json_t *made = document();
  if (made == NULL || kr_ignore_apply(ignore, made, &error) != KR_OK) abort();
  const json_t *section = json_array_get(json_object_get(made, "sections"), 0);
  if (json_array_size(json_object_get(section, "findings")) + json_array_size(json_object_get(section, "ignored")) != 1)
    abort();
  json_decref(made);
  kr_ignore_free(ignore);
  return 0;
}
