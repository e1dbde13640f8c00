/* recorder_names.c - see recorder_names.h. Names are told apart by 64 bits of their SHA-256, which nobody who names
 * objects can make two of; the bits are put where there is room from where they say on. */
#include "kube/recorder_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/hash.h"

enum { CAPACITY_FIRST = 1024, TEXT_MAX = 65536, HEX_DIGITS = 16, BASE = 16 };

void kr_recorder_names_free(struct kr_recorder_names *names) {
  free(names->hashes);
  *names = (struct kr_recorder_names){0};
}

static int hash_of(uint64_t *hash, const char *list, const char *name) {
  struct kr_buffer text;
  char digest[KR_HASH_TEXT_MAX];
  kr_buffer_init(&text, TEXT_MAX);
  int status = kr_buffer_printf(&text, "%s\n%s", list, name);
  (void)kr_hash_sha256(kr_buffer_text(&text), text.length, digest);
  kr_buffer_free(&text);
  digest[HEX_DIGITS] = '\0';
  *hash = strtoull(digest, NULL, BASE);
  if (*hash == 0) *hash = 1;
  return status == KR_OK ? KR_OK : KR_ENOMEM;
}

/* Where the hash is, or would be. */
static size_t slot_of(const uint64_t *hashes, size_t capacity, uint64_t hash) {
  size_t at = (size_t)hash & (capacity - 1);
  while (hashes[at] != 0 && hashes[at] != hash) at = (at + 1) & (capacity - 1);
  return at;
}

static int grow(struct kr_recorder_names *names) {
  if (names->count < names->capacity / 4 * 3) return KR_OK;
  size_t capacity = names->capacity == 0 ? CAPACITY_FIRST : names->capacity * 2;
  uint64_t *hashes = calloc(capacity, sizeof *hashes);
  if (hashes == NULL) return KR_ENOMEM;
  for (size_t i = 0; i < names->capacity; i++)
    if (names->hashes[i] != 0) hashes[slot_of(hashes, capacity, names->hashes[i])] = names->hashes[i];
  free(names->hashes);
  names->hashes = hashes;
  names->capacity = capacity;
  return KR_OK;
}

int kr_recorder_names_add(bool *known, struct kr_recorder_names *names, const char *list, const char *name) {
  uint64_t hash;
  int status = grow(names);
  if (status == KR_OK) status = hash_of(&hash, list, name);
  if (status != KR_OK) return status;
  uint64_t *slot = &names->hashes[slot_of(names->hashes, names->capacity, hash)];
  *known = *slot == hash;
  if (!*known) names->count++;
  *slot = hash;
  return KR_OK;
}
