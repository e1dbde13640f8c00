/* Answers of this run, within their bounds. */
#include "kube/cache.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "kube/answer.h"

static void put(struct kr_cache *cache, const char *key, size_t body_length) {
  struct kr_answer answer = {.reply = {.outcome = KR_FOUND}};
  kr_buffer_init(&answer.reply.body, body_length + 1);
  for (size_t i = 0; i < body_length; i++) cr_assert_eq(kr_buffer_append(&answer.reply.body, "x", 1), KR_OK);
  kr_cache_put(cache, key, &answer);
  kr_answer_free(&answer);
}

Test(cache, what_was_put_is_found) {
  struct kr_cache *cache = kr_cache_new();
  put(cache, "a", 3);
  const struct kr_answer *found = kr_cache_find(cache, "a");
  cr_assert_not_null(found);
  cr_assert_eq(found->reply.body.length, 3);
  cr_assert_null(kr_cache_find(cache, "b"));
  kr_cache_free(cache);
}

Test(cache, what_is_too_large_is_not_kept) {
  struct kr_cache *cache = kr_cache_new();
  put(cache, "a", KR_CACHE_ANSWER_MAX + 1);
  cr_assert_null(kr_cache_find(cache, "a"));
  kr_cache_free(cache);
}

Test(cache, long_questions_take_room_too) {
  struct kr_cache *cache = kr_cache_new();
  char key[10000];
  memset(key, 'x', sizeof key);
  for (int i = 0; i < 2000; i++) {
    (void)snprintf(key + sizeof key - 16, 16, "%d", i);
    put(cache, key, 1);
  }
  cr_assert_not_null(kr_cache_find(cache, key));
  (void)snprintf(key + sizeof key - 16, 16, "%d", 0);
  cr_assert_null(kr_cache_find(cache, key));
  kr_cache_free(cache);
}
