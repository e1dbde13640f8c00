/* globals.h - the table of the flags that every command takes. */
#ifndef KR_CLI_GLOBALS_H
#define KR_CLI_GLOBALS_H

#include "cli/command.h"

struct kr_option_table kr_globals_table(struct kr_globals *globals);

/* --help of the program (command NULL) or of a command, to stdout. Returns the exit status. */
int kr_help_print(const struct kr_command *command);

#endif
