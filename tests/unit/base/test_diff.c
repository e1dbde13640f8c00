/* In which lines two texts differ. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/diff.h"

static void expect(const char *left, const char *right, const char *wanted) {
  struct kr_buffer out;
  kr_buffer_init(&out, 1 << 20);
  cr_assert_eq(kr_diff_unified(&out, "a", left, "b", right), 0);
  cr_assert_str_eq(kr_buffer_text(&out), wanted);
  kr_buffer_free(&out);
}

Test(diff, equal_texts_have_none) {
  expect("", "", "");
  expect("x\ny\n", "x\ny\n", "");
}

Test(diff, a_line_that_is_added_or_gone_stands_among_its_neighbours) {
  expect("1\n2\n3\n4\n5\n", "1\n2\n3\nnew\n4\n5\n", "--- a\n+++ b\n@@ -1,5 +1,6 @@\n 1\n 2\n 3\n+new\n 4\n 5\n");
  expect("1\n2\n3\n", "1\n3\n", "--- a\n+++ b\n@@ -1,3 +1,2 @@\n 1\n-2\n 3\n");
  expect("", "x\n", "--- a\n+++ b\n@@ -0,0 +1,1 @@\n+x\n");
  expect("x\n", "", "--- a\n+++ b\n@@ -1,1 +0,0 @@\n-x\n");
}

Test(diff, what_both_have_in_common_is_kept_as_much_as_can_be) {
  expect("a\nb\nc\nd\n", "a\nc\nx\nd\n", "--- a\n+++ b\n@@ -1,4 +1,4 @@\n a\n-b\n c\n+x\n d\n");
}

Test(diff, changes_that_are_far_apart_are_hunks_of_their_own) {
  expect("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", "x\n2\n3\n4\n5\n6\n7\n8\n9\ny\n",
         "--- a\n+++ b\n@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n@@ -7,4 +7,4 @@\n 7\n 8\n 9\n-10\n+y\n");
  expect("1\n2\n3\n4\n5\n6\n7\n8\n", "x\n2\n3\n4\n5\n6\n7\ny\n",
         "--- a\n+++ b\n@@ -1,8 +1,8 @@\n-1\n+x\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+y\n");
}

Test(diff, large_texts_that_share_nothing_are_replaced) {
  static char left[200000], right[200000];
  size_t at = 0;
  for (int i = 0; i < 6000; i++) {
    (void)snprintf(left + at, sizeof left - at, "left %05d\n", i);
    at += (size_t)snprintf(right + at, sizeof right - at, "rite %05d\n", i);
  }
  struct kr_buffer out;
  kr_buffer_init(&out, 1 << 20);
  cr_assert_eq(kr_diff_unified(&out, "a", left, "b", right), 0);
  cr_assert_not_null(strstr(kr_buffer_text(&out), "@@ -1,6000 +1,6000 @@\n-left 00000\n-left 00001\n"));
  kr_buffer_free(&out);
}

Test(diff, a_text_of_too_many_lines_is_refused) {
  static char text[70001];
  struct kr_buffer out;
  memset(text, '\n', sizeof text - 1);
  kr_buffer_init(&out, 1 << 20);
  cr_assert_neq(kr_diff_unified(&out, "a", text, "b", ""), 0);
  kr_buffer_free(&out);
}
