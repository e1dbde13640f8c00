/* repl.h - lines of Lua, one after another, with the primitives: what krunbook repl does, however it comes by its
 * lines.
 */
#ifndef KR_CLI_REPL_H
#define KR_CLI_REPL_H

#include <jansson.h>

#include "cli/command.h"

struct kr_repl;

/* Connects as the flags say. */
int kr_repl_new(struct kr_repl **out, const struct kr_invocation *invocation, struct kr_error *error);
void kr_repl_free(struct kr_repl *repl);

/* Runs a line (or several) and prints what it gives to standard output, masked and harmless for a terminal; a mistake
 * in it goes to standard error, and harms no line after it. *more: it is a beginning, and nothing was run. *failed: it
 * was a mistake. Only what ends the session is an error: want of memory, a standard output that is closed. */
int kr_repl_run(struct kr_repl *repl, const char *text, bool *more, bool *failed, struct kr_error *error);

/* {"word", "candidates"}: what may stand in place of the last word of text. A new reference; NULL: nothing. */
json_t *kr_repl_complete(struct kr_repl *repl, const char *text);

/* Reads lines from the terminal until its end, with history and completion. The exit status. */
int kr_repl_edit(struct kr_repl *repl, struct kr_error *error);

#endif
