/* test_json_text.c - finding one's way about JSON text. */
#include "base/json_text.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *end_of(const char *text) { return text + strlen(text); }

static void expect_skip(const char *text, const char *rest) {
  const char *after = kr_json_skip(text, end_of(text));
  if (rest == NULL)
    cr_expect_null(after, "%s ends nowhere", text);
  else
    cr_expect(after != NULL && strcmp(after, rest) == 0, "after the value of %s", text);
}

Test(json_text, a_value_ends_where_its_brackets_and_quotes_do) {
  expect_skip(" {\"a\":[1,{\"b\":\"]}\"}]},x", ",x");
  expect_skip("\"a\\\"b\\\\\" ", " ");
  expect_skip("12.5e3]", "]");
  expect_skip("null,", ",");
}

Test(json_text, what_breaks_off_ends_nowhere) {
  static const char *const texts[] = {"", "  ", "{\"a\":[1}", "[1,2", "\"a\\\"", "\"a\\", "12", "]"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) expect_skip(texts[i], NULL);
}

Test(json_text, a_member_is_found_at_its_own_level_only) {
  static const char text[] = "{ \"meta\" : {\"items\":1}, \"x\":\"items\", \"items\" : [3] }";
  const char *value = kr_json_member(text, end_of(text), "items");
  cr_assert_not_null(value);
  cr_expect_str_eq(value, "[3] }");
  cr_expect_null(kr_json_member(text, end_of(text), "item"));
  cr_expect_null(kr_json_member("[\"items\",1]", end_of("[\"items\",1]"), "items"));
  cr_expect_null(kr_json_member("{}", end_of("{}"), "items"));
  cr_expect_null(kr_json_member("{\"items\":", end_of("{\"items\":"), "items"));
}

Test(json_text, elements_come_one_after_another) {
  static const char text[] = "[ {\"a\":1} ,2, [3,4] ]x";
  const char *end = end_of(text), *first = kr_json_element(text, end);
  cr_assert_not_null(first);
  cr_expect(strncmp(first, "{\"a\":1}", 7) == 0);
  const char *second = kr_json_element(kr_json_skip(first, end), end);
  cr_assert_not_null(second);
  cr_expect(*second == '2');
  const char *third = kr_json_element(kr_json_skip(second, end), end);
  cr_assert_not_null(third);
  cr_expect(strncmp(third, "[3,4]", 5) == 0);
  cr_expect_null(kr_json_element(kr_json_skip(third, end), end));
}

Test(json_text, an_array_is_counted_to_its_end) {
  static const struct {
    const char *text, *rest;
    size_t count;
  } rows[] = {{"[]x", "x", 0},    {"[ ] x", " x", 0}, {"[1,[2,3],{}]}", "}", 3},
              {"[1 2]", NULL, 0}, {"[1,]", NULL, 0},  {"[1,2", NULL, 0},
              {"{}", NULL, 0},    {"", NULL, 0},      {"null", NULL, 0}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    size_t count = 0;
    const char *after = kr_json_array(&count, rows[i].text, end_of(rows[i].text));
    if (rows[i].rest == NULL) {
      cr_expect_null(after, "%s", rows[i].text);
    } else {
      cr_expect(after != NULL && strcmp(after, rows[i].rest) == 0, "%s", rows[i].text);
      cr_expect_eq(count, rows[i].count, "%s", rows[i].text);
    }
  }
}
