/* Reports of shards: taking them out of a text, and which of them belong together. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "book/merge.h"

static int read_documents(json_t *documents, const char *text, struct kr_error *error) {
  return kr_merge_read(documents, text, strlen(text), "file", error);
}

#define REPORT(shard) \
  "{\n \"schema\": \"krunbook.report/v1\", " shard "\"exit_code\": 0, \"errors\": [], \"sections\": []\n}\n"
#define SHARD(index, count) "\"shard\": {\"index\": " index ", \"count\": " count "}, "

Test(merge, reports_stand_one_after_another_between_other_lines) {
  struct kr_error error = KR_ERROR_INIT;
  json_t *documents = json_array();
  cr_assert_eq(read_documents(documents, "krunbook: a word\n" REPORT("") REPORT("") "  {no\n", &error), 0, "%s",
               error.message);
  cr_assert_eq(json_array_size(documents), 2);
  json_decref(documents);
}

Test(merge, what_is_no_report_is_named_by_its_line) {
  static const char *const wrong[][2] = {{"", "file: there is no report"},
                                         {"hello\n", "file: there is no report"},
                                         {"\n{\"a\": 1}\n", "file:2: it is no krunbook.report/v1"},
                                         {"\n\n{\"schema\": \n", "file:4: "},
                                         {"{\"schema\": \"krunbook.report/v1\"}\n", "file:1: it has no sections"}};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct kr_error error = KR_ERROR_INIT;
    json_t *documents = json_array();
    cr_assert_eq(read_documents(documents, wrong[i][0], &error), KR_EINVAL);
    cr_assert_eq(strncmp(error.message, wrong[i][1], strlen(wrong[i][1])), 0, "%s", error.message);
    json_decref(documents);
  }
}

static void refuses(const char *text, const char *words) {
  struct kr_error error = KR_ERROR_INIT;
  json_t *documents = json_array();
  cr_assert_eq(read_documents(documents, text, &error), 0, "%s", error.message);
  cr_assert_eq(kr_merge_order(documents, &error), KR_EINVAL, "%s", words);
  cr_assert_not_null(strstr(error.message, words), "%s", error.message);
  json_decref(documents);
}

Test(merge, every_shard_must_be_there_once) {
  refuses(REPORT(SHARD("0", "3")) REPORT(SHARD("2", "3")), "shard 1 of 3 is missing");
  refuses(REPORT(SHARD("0", "2")) REPORT(SHARD("0", "2")), "shard 0 of 2 is there twice");
  refuses(REPORT(SHARD("0", "2")) REPORT(SHARD("1", "3")), "one report is of 2 shards, another of 3");
  refuses(REPORT("") REPORT(SHARD("1", "2")), "report 1 is of no shard");
  refuses(REPORT(SHARD("5", "2")), "report 1 is of no shard");
}

Test(merge, shards_come_into_their_order) {
  struct kr_error error = KR_ERROR_INIT;
  json_t *documents = json_array();
  cr_assert_eq(read_documents(documents, REPORT(SHARD("1", "2")) REPORT(SHARD("0", "2")), &error), 0);
  cr_assert_eq(kr_merge_order(documents, &error), 0, "%s", error.message);
  const json_t *shard = json_object_get(json_array_get(documents, 0), "shard");
  cr_assert_eq(json_integer_value(json_object_get(shard, "index")), 0);
  json_decref(documents);
}
