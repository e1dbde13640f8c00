/* fuzz_discovery.c - whatever a discovery document says, every kind it adds has names that could stand in a path, and
 * is found by them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kube/kinds_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(int holds) {
  if (!holds) abort();
}

static int fits(const char *text) { return text[0] != '\0' && text[0] != '.' && strpbrk(text, "/%\n\r ?#") == NULL; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_kinds *kinds;
  need(kr_kinds_new(&kinds, &error) == KR_OK);
  size_t known = kr_kinds_count(kinds);
  (void)kr_kinds_add_aggregated(kinds, (const char *)data, size, &error);
  (void)kr_kinds_add_resources(kinds, (const char *)data, size, &error);
  for (size_t i = known; i < kr_kinds_count(kinds); i++) {
    const struct kr_kind *kind = kr_kinds_at(kinds, i);
    need(fits(kind->resource) && fits(kind->versions) && (kind->group[0] == '\0' || fits(kind->group)));
    need(strchr(kind->resource, '.') != NULL || kr_kinds_find(kinds, kind->resource) != NULL);
  }
  (void)kr_kinds_nearest(kinds, "pod");
  kr_kinds_free(kinds);
  return 0;
}
