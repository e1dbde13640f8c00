/* test_find.h - which tests `krunbook test` runs: cases and specs in folders, or beside runbooks. */
#ifndef KR_CLI_TEST_FIND_H
#define KR_CLI_TEST_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Paths of case.json and NAME_spec.lua files, in byte order within each folder. Free with kr_tests_free. */
struct kr_tests {
  char **paths;
  size_t count;
};

/* Adds what is at path: a folder with all below it, a case.json, a NAME_spec.lua, or a runbook NAME.lua with its
 * NAME.tests. What begins with a dot, what links lead to, and what lies in a case's folder is left out. KR_ENOTFOUND
 * when there is none, KR_ELIMIT, KR_EIO, KR_ENOMEM. */
int kr_tests_find(struct kr_tests *tests, const char *path, struct kr_error *error);
void kr_tests_free(struct kr_tests *tests);

bool kr_test_is_spec(const char *path);

#endif
