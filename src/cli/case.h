/* case.h - a case of `krunbook test`: a folder whose case.json says which run of which runbook, on which snapshot, must
 * report what. docs/writing-runbooks.md describes the file; stdlib/krunbook/testing compares. */
#ifndef KR_CLI_CASE_H
#define KR_CLI_CASE_H

#include <jansson.h>

#include "cli/command.h"

struct kr_case {
  char *name; /* "RUNBOOK/CASE" */
  char *path; /* of its case.json */
  char *folder;
  char *runbook;  /* as run takes it: a path or a name */
  char *snapshot; /* the folder */
  json_t *wanted; /* what case.json holds */
};

/* Reads path. The runbook is "runbook" of the file (a path from the case's folder, or a name), else it is called as the
 * folder above the case is ("NAME" or "NAME.tests"): NAME.lua beside that folder, else one that is looked for as run
 * does. The snapshot is looked for in the case's folder, then in each one above; "demo" is the one that
 * --demo takes. KR_EINVAL, KR_ENOTFOUND, KR_EIO. */
int kr_case_read(struct kr_case *out, const char *path, const struct kr_library *library, struct kr_error *error);
void kr_case_free(struct kr_case *one);

/* Runs it in a process of its own. *report (a new reference) is what came, *exit the exit status. snapshot and wanted
 * are the case's, or a changed copy. KR_ESCRIPT with what it wrote when that is no report. */
int kr_case_run(json_t **report, int *exit, const struct kr_invocation *invocation, const struct kr_case *one,
                const char *snapshot, const json_t *wanted, struct kr_error *error);

/* Asks a function of stdlib/krunbook/testing ("compare", "update") about {case, report, exit}; *answer is a new
 * reference. */
int kr_case_ask(json_t **answer, const struct kr_invocation *invocation, const char *module, const json_t *wanted,
                const json_t *report, int exit, struct kr_error *error);

/* Writes case.json with what answer of "update" says; the other members stay as they are. */
int kr_case_write(const char *path, const json_t *wanted, const json_t *answer, struct kr_error *error);

#endif
