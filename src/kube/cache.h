/* cache.h - answers of this run, by what was asked; the oldest go when there is no more room. */
#ifndef KR_KUBE_CACHE_H
#define KR_KUBE_CACHE_H

#include "kube/client.h"

#define KR_CACHE_BYTES_MAX  ((size_t)5 << 20) /* about, all together */
#define KR_CACHE_ANSWER_MAX ((size_t)3 << 20) /* of one body: what is longer is read again */

struct kr_cache;

struct kr_cache *kr_cache_new(void); /* NULL when memory is refused */
void kr_cache_free(struct kr_cache *cache);
void kr_cache_clear(struct kr_cache *cache);

/* Borrowed until the next put; NULL when it is not there. */
struct kr_answer *kr_cache_find(const struct kr_cache *cache, const char *key);

/* Keeps it, sharing its body, where the answer is one that stays true: not what a retry might turn. */
void kr_cache_put(struct kr_cache *cache, const char *key, struct kr_answer *answer);

#endif
