/* help.h - what the program says of itself, from its tables: --help, and the same as data.
 *
 * The document of the program (krunbook.help/v1) is {schema, version, summary, commands, flags, formats,
 * exit_statuses, argument_types, runbooks}; of a command it is that command alone, {schema, name, operands, summary,
 * details, reports, flags}. A flag is {name, letter, type, repeated, value, help}. */
#ifndef KR_CLI_HELP_H
#define KR_CLI_HELP_H

#include <jansson.h>

#include "cli/command.h"

#define KR_PROGRAM_SUMMARY "runs troubleshooting runbooks against a Kubernetes cluster. It only reads."

struct kr_exit_status {
  int status;
  const char *meaning;
};
/* In the order in which they win. */
extern const struct kr_exit_status kr_exit_statuses[];
extern const size_t kr_exit_status_count;

/* --help of the program (command NULL) or of a command, to stdout. Returns the exit status. */
int kr_help_print(const struct kr_command *command);

/* The document, a new reference. invocation has its library: the runbooks on the search path are part of it. */
int kr_help_document(json_t **out, const struct kr_invocation *invocation, const struct kr_command *command,
                     struct kr_error *error);

#endif
