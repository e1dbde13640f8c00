/* test_shuffle.h - runs a case with every name in it replaced at random: what is concluded must be the same. */
#ifndef KR_CLI_TEST_SHUFFLE_H
#define KR_CLI_TEST_SHUFFLE_H

#include "cli/case.h"

/* Runs the case on a copy of its snapshot in which stdlib/krunbook/testing/shuffle.lua has replaced the names, and
 * compares with the report and exit status of the run without. *lines is a new list of what differs. The same seed
 * gives the same names. The copy is in a temporary folder, and removed. */
int kr_case_shuffle(json_t **lines, const struct kr_invocation *invocation, const struct kr_case *one,
                    const json_t *report, int exit, int64_t seed, struct kr_error *error);

#endif
