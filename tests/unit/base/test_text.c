/* test_text.c - nothing a terminal could obey, wrapping, and near names. */
#include "base/text.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"

static void expect_harmless(const char *text, size_t length, const char *wanted) {
  struct kr_buffer out;
  kr_buffer_init(&out, 1024);
  cr_assert_eq(kr_text_harmless(&out, text, length), KR_OK);
  cr_expect_str_eq(kr_buffer_text(&out), wanted);
  kr_buffer_free(&out);
}

Test(harmless, control_characters_are_written_out) {
  expect_harmless("\033[31mred\a\x7f", 10, "\\x1b[31mred\\x07\\x7f");
  expect_harmless("a\0b", 3, "a\\x00b");
  expect_harmless("line\r\n\tnext", 11, "line\\x0d\n\tnext");
  expect_harmless(
      "\xC2\x9B"
      "31m",
      5, "\\x9b31m");
}

Test(harmless, what_turns_text_about_is_written_out) {
  expect_harmless(
      "a\xE2\x80\xAE"
      "b\xE2\x81\xA9\xE2\x80\x8F",
      11, "a\\u202eb\\u2069\\u200f");
}

Test(harmless, bytes_that_are_not_utf8_are_written_out_and_other_letters_stay) {
  expect_harmless("caf\xC3\xA9 \xE4\xBD\xA0 \xF0\x9F\x98\x80", 14, "caf\xC3\xA9 \xE4\xBD\xA0 \xF0\x9F\x98\x80");
  expect_harmless("\xC0\xAF\xFF\xED\xA0\x80\xC3", 7, "\\xc0\\xaf\\xff\\xed\\xa0\\x80\\xc3");
}

Test(utf8, bytes_that_are_not_become_the_replacement_character) {
  struct kr_buffer out;
  kr_buffer_init(&out, 64);
  cr_assert_eq(kr_text_utf8(&out,
                            "a\xFF"
                            "b\xC3",
                            4),
               KR_OK);
  cr_expect_str_eq(kr_buffer_text(&out),
                   "a\xEF\xBF\xBD"
                   "b\xEF\xBF\xBD");
  kr_buffer_free(&out);
}

static void expect_wrapped(const char *text, size_t width, size_t indent, const char *wanted) {
  struct kr_buffer out;
  kr_buffer_init(&out, 1024);
  cr_assert_eq(kr_text_wrap(&out, text, width, indent), KR_OK);
  cr_expect_str_eq(kr_buffer_text(&out), wanted);
  kr_buffer_free(&out);
}

Test(cut, no_character_is_cut_in_two) {
  static const char text[] = "caf\xC3\xA9 \xF0\x9F\x98\x80";
  static const struct {
    size_t max, cut;
  } cases[] = {{0, 0}, {3, 3}, {4, 3}, {5, 5}, {6, 6}, {7, 6}, {9, 6}, {10, 10}, {SIZE_MAX, 10}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    cr_expect_eq(kr_text_cut(text, sizeof text - 1, cases[i].max), cases[i].cut, "%zu", cases[i].max);
  cr_expect_eq(kr_text_cut("", 0, 0), 0);
  cr_expect_eq(kr_text_cut("\xA9\xA9\xA9", 3, 2), 0, "no UTF-8 at all");
}

Test(wrap, lines_are_broken_between_words_and_indented) {
  expect_wrapped("one two three four", 12, 2, "one two\n  three four");
  expect_wrapped("averyveryverylongword b", 8, 2, "averyveryverylongword\n  b");
  expect_wrapped("caf\xC3\xA9 caf\xC3\xA9", 9, 0, "caf\xC3\xA9 caf\xC3\xA9");
}

Test(wrap, width_nought_only_indents) { expect_wrapped("one two\nthree\n\nfour", 0, 2, "one two\n  three\n\n  four"); }

Test(nearest, one_slip_is_forgiven_and_a_swap_is_one_slip) {
  const char *const names[] = {"services", "pods", "deployments"};
  cr_expect_str_eq(kr_text_nearest("pdos", names, 3), "pods");
  cr_expect_str_eq(kr_text_nearest("deploymnets", names, 3), "deployments");
  cr_expect_str_eq(kr_text_nearest("service", names, 3), "services");
}

Test(nearest, the_closest_is_named_however_far_it_is) {
  static const char *const names[] = {"backoff", "error", "running"};
  cr_expect_str_eq(kr_text_closest("nope", names, 3), "error");
  cr_expect_str_eq(kr_text_closest("runing", names, 3), "running");
  cr_expect_null(kr_text_closest("nope", names, 0));
}

Test(nearest, a_name_that_nobody_can_have_meant_is_not_offered) {
  const char *const names[] = {"services", "pods"};
  cr_expect_null(kr_text_nearest("xylophone", names, 2));
  cr_expect_null(kr_text_nearest("pods", names, 0));
}
