/* cache.c - see cache.h. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include "kube/cache.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kube/answer.h"

enum { BUCKETS = 4096, ENTRY_COST = 512 /* of an entry besides its body, about */ };

struct entry {
  struct entry *chain; /* of the bucket */
  struct entry *newer;
  uint64_t hash;
  char *key;
  struct kr_answer answer;
};

struct kr_cache {
  struct entry *buckets[BUCKETS];
  struct entry *oldest, *newest;
  size_t bytes;
};

struct kr_cache *kr_cache_new(void) {
  return calloc(1, sizeof(struct kr_cache));
}

static void entry_free(struct entry *entry) {
  if (entry == NULL) return;
  kr_answer_free(&entry->answer);
  free(entry->key);
  free(entry);
}

void kr_cache_free(struct kr_cache *cache) {
  if (cache == NULL) return;
  for (struct entry *entry = cache->oldest, *next; entry != NULL; entry = next) {
    next = entry->newer;
    entry_free(entry);
  }
  free(cache);
}

static uint64_t hash_of(const char *key) { /* FNV-1a */
  uint64_t hash = UINT64_C(14695981039346656037);
  for (; *key != '\0'; key++) hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
  return hash;
}

struct kr_answer *kr_cache_find(const struct kr_cache *cache, const char *key) {
  uint64_t hash = hash_of(key);
  for (struct entry *entry = cache->buckets[hash % BUCKETS]; entry != NULL; entry = entry->chain)
    if (entry->hash == hash && strcmp(entry->key, key) == 0) return &entry->answer;
  return NULL;
}

static size_t cost(const char *key, const struct kr_answer *answer) {
  return answer->reply.body.length + strlen(key) + ENTRY_COST;
}

static void drop_oldest(struct kr_cache *cache) {
  struct entry *entry = cache->oldest, **link = &cache->buckets[entry->hash % BUCKETS];
  while (*link != entry) link = &(*link)->chain;
  *link = entry->chain;
  cache->oldest = entry->newer;
  if (cache->oldest == NULL) cache->newest = NULL;
  cache->bytes -= cost(entry->key, &entry->answer);
  entry_free(entry);
}

void kr_cache_clear(struct kr_cache *cache) {
  while (cache->oldest != NULL) drop_oldest(cache);
}

static bool stays_true(const struct kr_reply *reply) {
  if (reply->outcome != KR_UNKNOWN) return true;
  return reply->reason == KR_REASON_FORBIDDEN || reply->reason == KR_REASON_API_MISSING ||
         reply->reason == KR_REASON_NOT_RECORDED || reply->reason == KR_REASON_BAD_REQUEST;
}

void kr_cache_put(struct kr_cache *cache, const char *key, struct kr_answer *answer) {
  if (!stays_true(&answer->reply) || answer->reply.body.length > KR_CACHE_ANSWER_MAX) return;
  if (kr_cache_find(cache, key) != NULL) return;
  while (cache->oldest != NULL && cache->bytes + cost(key, answer) > KR_CACHE_BYTES_MAX) drop_oldest(cache);
  struct entry *entry = calloc(1, sizeof *entry);
  if (entry == NULL) return; /* then it is asked again */
  entry->key = strdup(key);
  if (entry->key == NULL || kr_answer_share(&entry->answer, answer) != KR_OK) {
    entry_free(entry);
    return;
  }
  entry->hash = hash_of(key);
  entry->chain = cache->buckets[entry->hash % BUCKETS];
  cache->buckets[entry->hash % BUCKETS] = entry;
  if (cache->newest != NULL) cache->newest->newer = entry;
  if (cache->oldest == NULL) cache->oldest = entry;
  cache->newest = entry;
  cache->bytes += cost(key, answer);
}
