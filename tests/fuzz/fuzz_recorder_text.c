/* fuzz_recorder_text.c - an object that is cleaned as text is the same as one that is decoded and cleaned: no value
 * that a mask would hide gets by because its text is copied. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json_check.h"
#include "kube/recorder_clean.h"
#include "kube/recorder_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 1 << 24, FLAGS = JSON_ALLOW_NUL };

static void compare(const char *text, const char *end, const struct kr_mask *mask) {
  struct kr_buffer out;
  json_t *wanted = json_loadb(text, (size_t)(end - text), FLAGS, NULL);
  if (wanted == NULL) abort();
  kr_buffer_init(&out, TEXT_MAX);
  if (kr_recorder_text(&out, text, end, mask) != KR_OK || kr_recorder_clean(wanted, "Pod", mask, false) != KR_OK)
    abort();
  (void)json_object_del(wanted, "kind");
  (void)json_object_del(wanted, "apiVersion");
  json_t *got = json_loadb(kr_buffer_text(&out), out.length, FLAGS | JSON_REJECT_DUPLICATES, NULL);
  if (got == NULL || !json_equal(got, wanted)) abort();
  json_decref(got);
  json_decref(wanted);
  kr_buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct kr_mask *mask;
  const char *after;
  if (mask == NULL && kr_mask_new(&mask, NULL) != KR_OK) abort();
  char *text = malloc(size + (size == 0)); /* its own block: a byte too far is seen */
  if (text == NULL) abort();
  if (size > 0) memcpy(text, data, size);
  if (size > 0 && *text == '{' && kr_json_check(&after, text, text + size) == KR_JSON_GOOD) compare(text, after, mask);
  free(text);
  return 0;
}
