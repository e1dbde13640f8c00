/* fuzz_json_check.c - what is called good a strict decoder takes, to the same end, and it means the same without its
 * white space; what is called cut is not called wrong because something is missing. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json_check.h"
#include "base/json_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FLAGS = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY };

static void check_compact(const json_t *value, const char *text, const char *after) {
  struct kr_buffer compact;
  kr_buffer_init(&compact, (size_t)(after - text) + 1);
  if (kr_json_compact(&compact, text, after) != KR_OK) abort();
  json_t *again = json_loadb(kr_buffer_text(&compact), compact.length, FLAGS, NULL);
  if (again == NULL || !json_equal(value, again)) abort();
  json_decref(again);
  kr_buffer_free(&compact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size + (size == 0)); /* its own block: a byte too far is seen */
  const char *after;
  if (text == NULL) abort();
  if (size > 0) memcpy(text, data, size);
  enum kr_json_verdict verdict = kr_json_check(&after, text, text + size);
  if (after < text || after > text + size) abort();
  if (verdict == KR_JSON_GOOD) {
    json_error_t problem;
    json_t *value = json_loadb(text, (size_t)(after - text), FLAGS, &problem);
    if (value == NULL) abort();
    check_compact(value, text, after);
    json_decref(value);
    const char *nothing;
    for (size_t length = 0; length < (size_t)(after - text); length += 1 + length / 8)
      if (kr_json_check(&nothing, text, text + length) == KR_JSON_DOUBTFUL) abort();
  }
  free(text);
  return 0;
}
