/* fuzz_mask.c - masking any text writes no more than it hides, and nothing is hidden where it was said that nothing is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct kr_mask *mask;
  if (mask == NULL && kr_mask_new(&mask, NULL) != KR_OK) abort();
  struct kr_buffer out;
  /* A hidden byte becomes at most three, and no two hidden stretches touch. */
  kr_buffer_init(&out, 3 * size);
  if (kr_mask_apply(mask, &out, (const char *)data, size) != KR_OK) abort();
  bool same = out.length == size && (size == 0 || memcmp(out.data, data, size) == 0);
  if (!same && !kr_mask_may_hide(mask, (const char *)data, size)) abort();
  kr_buffer_free(&out);
  return 0;
}
