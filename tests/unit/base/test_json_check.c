/* JSON text, told to be right without decoding it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json_check.h"
#include "base/json_text.h"

static enum kr_json_verdict verdict(const char *text) {
  const char *after;
  return kr_json_check(&after, text, text + strlen(text));
}

Test(json_check, what_servers_write_is_good) {
  static const char *const good[] = {"{}",
                                     "[]",
                                     " {\"a\": [1, -2.5, 0, true, false, null]} ",
                                     "\"a\\\"b\\\\c\\n\\u003c\"",
                                     "\"\xc3\xa9\xe2\x82\xac\"",
                                     "{\"f:metadata\": {\"k:{\\\"name\\\":\\\"web\\\"}\": {\".\": {}}}}"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) cr_expect_eq(verdict(good[i]), KR_JSON_GOOD, "%s", good[i]);
}

Test(json_check, what_is_wrong_or_unusual_is_doubtful) {
  static const char *const doubtful[] = {"{\"a\": 1, \"a\": 2}",
                                         "{\"\\u0061\": 1}",
                                         "{]",
                                         "[1 2]",
                                         "{\"a\" 1}",
                                         "{1: 2}",
                                         "[01]",
                                         "[1.]",
                                         "[-]",
                                         "[1e3]",
                                         "[tru ]",
                                         "[nul]",
                                         "\"\\x\"",
                                         "\"a\nb\"",
                                         "\"\xff\"",
                                         "[1,]",
                                         "\"\\ud83d\"",
                                         "\"\xed\xa0\x80\"",
                                         "{\"a\": 1,}",
                                         "\"\xc3(\"",
                                         "\"\\u00g0\"",
                                         "[1.5e1]",
                                         "\"\xe0\x80\x80\"",
                                         "[1234567890123456789]"};
  for (size_t i = 0; i < sizeof doubtful / sizeof *doubtful; i++)
    cr_expect_eq(verdict(doubtful[i]), KR_JSON_DOUBTFUL, "%s", doubtful[i]);
}

Test(json_check, what_breaks_off_anywhere_is_cut) {
  static const char text[] = "{\"k:{\\\"n\\\"}\": [12, 0.5, \"\\u003c\xc3\xa9\", true], \"b\": null}";
  const char *after;
  for (size_t length = 0; length + 1 < sizeof text; length++)
    cr_expect_eq(kr_json_check(&after, text, text + length), KR_JSON_CUT, "%.*s", (int)length, text);
  cr_expect_eq(kr_json_check(&after, text, text + sizeof text - 1), KR_JSON_GOOD);
  cr_expect_eq(after, text + sizeof text - 1);
}

Test(json_check, depth_and_names_without_end_are_left_to_others) {
  char deep[200], *at = deep;
  memset(deep, '[', 99);
  memset(deep + 99, ']', 99);
  deep[198] = '\0';
  cr_expect_eq(verdict(deep), KR_JSON_DOUBTFUL);
  char many[100 * 16] = "{";
  at = many + 1;
  for (int i = 0; i < 100; i++) at += snprintf(at, 16, "%s\"n%d\":1", i > 0 ? "," : "", i);
  (void)snprintf(at, 2, "}");
  cr_expect_eq(verdict(many), KR_JSON_DOUBTFUL);
}

Test(json_check, compact_text_has_white_space_in_strings_alone) {
  static const char text[] = "{ \"a b\" :\n\t[ 1 , \"c \\\" d\" ,\r\n {} ] }";
  struct kr_buffer out;
  kr_buffer_init(&out, sizeof text);
  cr_assert_eq(kr_json_compact(&out, text, text + sizeof text - 1), KR_OK);
  cr_expect_str_eq(kr_buffer_text(&out), "{\"a b\":[1,\"c \\\" d\",{}]}");
  kr_buffer_free(&out);
}
