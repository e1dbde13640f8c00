/* test_buffer.c - a buffer grows to its limit and not past it. */
#include "base/buffer.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/error.h"

Test(buffer, what_does_not_fit_leaves_it_as_it_was) {
  struct kr_buffer buffer;
  kr_buffer_init(&buffer, 5);
  cr_assert_eq(kr_buffer_puts(&buffer, "abc"), KR_OK);
  cr_expect_eq(kr_buffer_puts(&buffer, "def"), KR_ELIMIT);
  cr_expect_eq(kr_buffer_printf(&buffer, "%d", 12345), KR_ELIMIT);
  cr_expect_str_eq(buffer.data, "abc");
  cr_expect_eq(kr_buffer_puts(&buffer, "de"), KR_OK);
  cr_expect_str_eq(buffer.data, "abcde");
  kr_buffer_free(&buffer);
}

Test(buffer, an_empty_one_reads_as_empty_text_and_gives_nothing) {
  struct kr_buffer buffer;
  kr_buffer_init(&buffer, 5);
  cr_expect_str_eq(kr_buffer_text(&buffer), "");
  cr_expect_null(kr_buffer_take(&buffer));
}

Test(buffer, what_is_shared_is_freed_with_the_last_and_changed_by_none) {
  struct kr_buffer first, second, third;
  kr_buffer_init(&first, 100);
  cr_assert_eq(kr_buffer_puts(&first, "abc"), KR_OK);
  cr_assert_eq(kr_buffer_share(&second, &first), KR_OK);
  cr_assert_eq(kr_buffer_share(&third, &second), KR_OK);
  cr_expect_eq(second.data, first.data);
  cr_expect_eq(kr_buffer_puts(&second, "d"), KR_EINVAL);
  kr_buffer_cut(&third, 1);
  kr_buffer_free(&first);
  kr_buffer_clear(&second);
  cr_expect_str_eq(kr_buffer_text(&second), "");
  cr_expect_eq(kr_buffer_puts(&second, "new"), KR_OK);
  cr_expect_str_eq(kr_buffer_text(&third), "abc");
  cr_expect_null(kr_buffer_take(&third));
  cr_expect_eq(third.length, 0);
  kr_buffer_free(&second);
}

Test(buffer, cutting_gives_back_the_room) {
  struct kr_buffer buffer;
  kr_buffer_init(&buffer, 1000);
  kr_buffer_cut(&buffer, 0);
  for (int i = 0; i < 100; i++) cr_assert_eq(kr_buffer_puts(&buffer, "abc"), KR_OK);
  kr_buffer_cut(&buffer, 5);
  cr_expect_str_eq(kr_buffer_text(&buffer), "abcab");
  cr_expect_eq(buffer.capacity, 6);
  kr_buffer_cut(&buffer, 6); /* it has no more */
  cr_expect_eq(buffer.length, 5);
  cr_expect_eq(kr_buffer_puts(&buffer, "x"), KR_OK);
  kr_buffer_free(&buffer);
}

Test(buffer, taking_empties_it_for_further_use) {
  struct kr_buffer buffer;
  kr_buffer_init(&buffer, 100);
  cr_assert_eq(kr_buffer_printf(&buffer, "%s-%d", "a", 1), KR_OK);
  char *text = kr_buffer_take(&buffer);
  cr_expect_str_eq(text, "a-1");
  free(text);
  cr_expect_eq(buffer.length, 0);
  cr_expect_eq(buffer.limit, 100);
}
