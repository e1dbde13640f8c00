/* globals.h - the table of the flags that every command takes. */
#ifndef KR_CLI_GLOBALS_H
#define KR_CLI_GLOBALS_H

#include "cli/command.h"

struct kr_option_table kr_globals_table(struct kr_globals *globals);

/* The rows of it that stand beside a command's own (command NULL: all): a flag of the same name is the command's, and
 * one that asks no cluster has none about one. rows has room for KR_GLOBALS_MAX. Returns how many there are. */
#define KR_GLOBALS_MAX 64
size_t kr_globals_beside(struct kr_option *rows, const struct kr_command *command);

#endif
