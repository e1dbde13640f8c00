/* test_memory.c - memory that jansson asked for in vain. */
#include "cli/memory.h"

#include <criterion/criterion.h>
#include <jansson.h>

/* AddressSanitizer's, which else ends the test at the first request that cannot be met. */
const char *__asan_default_options(void); /* NOLINT */
const char *__asan_default_options(void) { return "allocator_may_return_null=1"; }

/* What it says of such a request goes to stderr, for it is what is tested: a report in a file is a finding. */
void __sanitizer_set_report_path(const char *path) __attribute__((weak)); /* NOLINT */

enum { FAR_TOO_LONG_BITS = 60 };

Test(memory, is_short_once_jansson_asked_for_some_in_vain) {
  if (__sanitizer_set_report_path != NULL) __sanitizer_set_report_path("stderr");
  kr_memory_watch();
  json_t *text = json_string("a text");
  cr_expect_str_eq(json_string_value(text), "a text");
  json_decref(text);
  cr_expect_not(kr_memory_was_short());
  cr_expect_null(json_stringn_nocheck("", (size_t)1 << FAR_TOO_LONG_BITS));
  cr_expect(kr_memory_was_short());
}
