/* Shards: how they are written, and that each namespace is in one. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "book/shard.h"

Test(shard, is_an_index_and_a_count) {
  struct kr_shard shard = {0, 0};
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_shard_parse(&shard, "2/3", &error), 0);
  cr_assert(shard.index == 2 && shard.count == 3);
  static const char *const wrong[] = {"",      "1",          "3/3",  "/3",    "1/",     "-1/3",
                                      "1/0",   "1/3 ",       "a/3",  "1/3/4", "1/1001", "0x1/3",
                                      "1.0/3", "00000001/3", " 1/3", "+1/3",  "1/",     "99999999999999999999/3"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    cr_assert_eq(kr_shard_parse(&shard, wrong[i], &error), KR_EUSAGE, "%s", wrong[i]);
}

Test(shard, each_namespace_is_in_one_and_they_are_spread) {
  int held[3] = {0};
  for (int number = 0; number < 300; number++) {
    char name[32];
    int holders = 0;
    (void)snprintf(name, sizeof name, "team-%d", number);
    for (int index = 0; index < 3; index++) {
      bool holds = kr_shard_holds(&(struct kr_shard){index, 3}, name);
      holders += holds;
      held[index] += holds;
    }
    cr_assert_eq(holders, 1, "%s", name);
  }
  for (int index = 0; index < 3; index++) cr_assert(held[index] > 70, "%d", held[index]);
}

Test(shard, is_the_same_on_every_machine) {
  /* Shards of one run are made by programs that may not even be of one version. */
  cr_assert(kr_shard_holds(&(struct kr_shard){0, 3}, "default"));
  cr_assert(kr_shard_holds(&(struct kr_shard){0, 3}, "kube-system"));
}

Test(shard, what_is_of_no_namespace_is_in_the_first) {
  cr_assert(kr_shard_holds(&(struct kr_shard){0, 3}, ""));
  cr_assert_not(kr_shard_holds(&(struct kr_shard){1, 3}, ""));
  cr_assert(kr_shard_holds(&(struct kr_shard){0, 0}, "anything"), "without shards everything is held");
}
