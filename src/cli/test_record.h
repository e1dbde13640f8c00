/* test_record.h - makes a case of a run: what it asked for becomes the case's snapshot, what it reported what is
 * expected.
 */
#ifndef KR_CLI_TEST_RECORD_H
#define KR_CLI_TEST_RECORD_H

#include "cli/command.h"

/* words are those of a command line: "run", a runbook, its arguments, flags that name the cluster; count of them. The
 * case is NAME.tests/name beside the runbook's file, or in the current folder for one that is found by its name. *path
 * (malloc'ed) is its case.json. KR_EUSAGE where it is there already, or the words are no run of one runbook. */
int kr_test_record(char **path, const struct kr_invocation *invocation, const char *name, const char *const *words,
                   size_t count, struct kr_error *error);

#endif
