/* fuzz_text.c - whatever the bytes, what is made harmless holds no control character and is made no more harmless by
 * doing it again; wrapping and cleaning to UTF-8 keep their bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(int holds) {
  if (!holds) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct kr_buffer once, twice, clean, wrapped;
  kr_buffer_init(&once, 6 * size);
  kr_buffer_init(&twice, 6 * size);
  kr_buffer_init(&clean, 3 * size);
  kr_buffer_init(&wrapped, 64 * (size + 1));
  need(kr_text_harmless(&once, (const char *)data, size) == 0);
  for (size_t i = 0; i < once.length; i++) {
    unsigned char byte = (unsigned char)once.data[i];
    need((byte >= 0x20 && byte != 0x7F) || byte == '\n' || byte == '\t');
  }
  need(kr_text_harmless(&twice, kr_buffer_text(&once), once.length) == 0);
  need(once.length == twice.length && strcmp(kr_buffer_text(&once), kr_buffer_text(&twice)) == 0);
  need(kr_text_utf8(&clean, (const char *)data, size) == 0);
  need(kr_text_wrap(&wrapped, kr_buffer_text(&once), 20, 4) == 0);
  const char *name = kr_buffer_text(&once), *const candidates[] = {"pods", name, "services"};
  (void)kr_text_nearest("pod", candidates, 3);
  kr_buffer_free(&once);
  kr_buffer_free(&twice);
  kr_buffer_free(&clean);
  kr_buffer_free(&wrapped);
  return 0;
}
