/* test_error.c - messages are cut, never overrun, and prefixes name what failed. */
#include "base/error.h"

#include <criterion/criterion.h>
#include <string.h>

Test(error, a_prefix_goes_before_and_the_code_stays) {
  struct kr_error error = KR_ERROR_INIT;
  cr_expect_eq(kr_error_set(&error, KR_EIO, "disk %d", 7), KR_EIO);
  cr_expect_eq(kr_error_prefix(&error, "cannot write %s", "x"), KR_EIO);
  cr_expect_str_eq(error.message, "cannot write x: disk 7");
}

Test(error, a_long_message_is_cut) {
  char text[2 * KR_ERROR_MAX];
  memset(text, 'a', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  struct kr_error error = KR_ERROR_INIT;
  (void)kr_error_set(&error, KR_EIO, "%s", text);
  (void)kr_error_prefix(&error, "%s", "before");
  cr_expect_eq(strlen(error.message), KR_ERROR_MAX - 1);
}

Test(error, nobody_has_to_listen) { cr_expect_eq(kr_error_set(NULL, KR_EIO, "x"), KR_EIO); }
