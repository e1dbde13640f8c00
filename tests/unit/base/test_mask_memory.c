/* test_mask_memory.c - masks where regexec has no memory. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "base/mask.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

enum {
  OUT_OF_MEMORY = 12
}; /* REG_ESPACE; regex.h is left out, for it declares regexec differently from time to time */

static bool no_memory;

/* Stands before the C library's. */
int regexec(const void *expression, const char *text, size_t count, void *groups, int flags);
int regexec(const void *expression, const char *text, size_t count, void *groups, int flags) {
  static int (*theirs)(const void *, const char *, size_t, void *, int);
  if (no_memory) return OUT_OF_MEMORY;
  if (theirs == NULL) *(void **)&theirs = dlsym(RTLD_NEXT, "regexec");
  return theirs(expression, text, count, groups, flags);
}

static void expect_masked(const struct kr_mask *mask, const char *text, const char *masked) {
  struct kr_buffer out;
  kr_buffer_init(&out, 1024);
  cr_assert_eq(kr_mask_apply(mask, &out, text, strlen(text)), 0);
  cr_expect_str_eq(kr_buffer_text(&out), masked);
  kr_buffer_free(&out);
}

Test(mask, what_there_is_no_memory_to_look_at_is_hidden) {
  struct kr_mask *mask = NULL;
  cr_assert_eq(kr_mask_new(&mask, NULL), 0);
  expect_masked(mask, "plain\npassword=hunter2 x\n", "plain\npassword=*** x\n");
  no_memory = true;
  expect_masked(mask, "plain\npassword=hunter2 x\n", "plain\n***\n");
  kr_mask_free(mask);
}
