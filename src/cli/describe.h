/* describe.h - what runbooks say of themselves, for list, show and run NAME --help: without a cluster. */
#ifndef KR_CLI_DESCRIBE_H
#define KR_CLI_DESCRIBE_H

#include <jansson.h>

#include "cli/command.h"

struct kr_client;
struct kr_runs;
struct kr_run;

/* Loaded runbooks; kr_run_metadata(run[i]) is NULL for one that failed. Free with kr_descriptions_free. */
struct kr_descriptions {
  struct kr_client *client;
  struct kr_report *report;
  struct kr_runs *runs;
  struct kr_run **run;
};
int kr_descriptions_load(struct kr_descriptions *out, const struct kr_invocation *invocation,
                         const struct kr_place *places, size_t count, struct kr_error *error);
void kr_descriptions_free(struct kr_descriptions *descriptions);

/* The first error of the number'th section: why it failed to load. */
const char *kr_descriptions_failure(const struct kr_descriptions *descriptions, size_t number);

/* What -o json says of one: {name, path, shadows, metadata} or, where it does not load, {..., error}. A new reference;
 * NULL when memory is refused. */
json_t *kr_description_json(const struct kr_descriptions *descriptions, const struct kr_place *place, size_t number);

/* Prints the help of the first operand's runbook, or with -o json what it declares. Returns the exit status. */
int kr_describe_runbook(struct kr_invocation *invocation);

#endif
