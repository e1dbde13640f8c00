/* shard.c - see shard.h. */
#include "book/shard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define DIGITS 15 /* of the hash, as many as fit into 64 bits */

/* Digits alone, and at most KR_SHARDS_MAX; -1 when it is none of these. */
static int read_number(const char *text, size_t length) {
  char digits[8];
  if (length == 0 || length >= sizeof digits || strspn(text, "0123456789") < length) return -1;
  memcpy(digits, text, length);
  digits[length] = '\0';
  long value = strtol(digits, NULL, 10);
  return value > KR_SHARDS_MAX ? -1 : (int)value;
}

int kr_shard_parse(struct kr_shard *out, const char *text, struct kr_error *error) {
  const char *slash = strchr(text, '/');
  int index = slash ? read_number(text, (size_t)(slash - text)) : -1;
  int count = slash ? read_number(slash + 1, strlen(slash + 1)) : -1;
  if (index < 0 || count < 1 || index >= count)
    return kr_error_set(error, KR_EUSAGE,
                        "--shard takes INDEX/COUNT, such as 0/3, 1/3 and 2/3 (at most %d), not \"%.60s\"",
                        KR_SHARDS_MAX, text);
  *out = (struct kr_shard){index, count};
  return 0;
}

bool kr_shard_holds(const struct kr_shard *shard, const char *namespace_) {
  char digest[KR_HASH_TEXT_MAX], digits[DIGITS + 1];
  if (shard->count == 0) return true;
  if (*namespace_ == '\0') return shard->index == 0;
  kr_hash_sha256(namespace_, strlen(namespace_), digest);
  memcpy(digits, digest, DIGITS);
  digits[DIGITS] = '\0';
  return strtoull(digits, NULL, 16) % (unsigned long long)shard->count == (unsigned long long)shard->index;
}
