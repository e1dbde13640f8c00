/* outputs.h - where a report goes, and in which formats: -o FORMAT to stdout, -o FORMAT=FILE into a file, any number of
 * them together, and --notify. */
#ifndef KR_CLI_OUTPUTS_H
#define KR_CLI_OUTPUTS_H

#include <jansson.h>

#include "cli/command.h"

/* Reads what -o was given for the command; nothing given is text to stdout. KR_EUSAGE: no such format, two for stdout,
 * a file that cannot be written. kr_outputs_free frees, also after an error. */
int kr_outputs_read(struct kr_outputs *outputs, const struct kr_strings *given, const struct kr_command *command,
                    struct kr_error *error);
void kr_outputs_free(struct kr_outputs *outputs);

/* The same from a command line whose flags may turn out to be wrong elsewhere: what is wrong is passed over. So that
 * errors too come out in the format that is asked for. */
void kr_outputs_scan(struct kr_outputs *outputs, int argc, char **argv);

/* The format of stdout; NULL: nothing goes there. */
const struct kr_format *kr_outputs_stdout(const struct kr_outputs *outputs);

/* Whether stdout is for data that every command gives: JSON or YAML. */
bool kr_outputs_data(const struct kr_outputs *outputs);

/* Of what is told, and what became of it. NULL in its place: everything. */
struct kr_telling {
  bool silent;       /* stdout stays empty */
  bool unchanged;    /* nobody is notified but an Alertmanager, which wants to hear again that it burns still */
  bool only_changes; /* text leaves out what is known */
  bool failed;       /* out: something could not be written or posted */
};

/* Brings the document of a report (krunbook.report/v1) everywhere the flags say: notify (NULL: nobody) is told, files
 * are written, each whole or not at all, and at last stdout. What fails on the way is said on stderr, and is an error
 * of the report from there on. document NULL stands for one that memory was refused for. Returns the exit status: the
 * report's, made 3 where something failed and it was 0 or 1. What failed is told also where all else is silent. */
int kr_outputs_write(const struct kr_invocation *invocation, const json_t *document, struct kr_telling *telling);

/* An error that no report came of, as one: to stdout where its format is data, else in text on stderr; unless the
 * command line was wrong, into the files too, and to who is to be notified. */
void kr_outputs_fail(const struct kr_invocation *invocation, const struct kr_error *error);

#endif
