/* commands.c - the commands, in the order in which help shows them. */
#include "cli/command.h"

const struct kr_command *const kr_commands[] = {
    &kr_command_run,   &kr_command_list,   &kr_command_show,    &kr_command_rbac,
    &kr_command_probe, &kr_command_events, &kr_command_logs,    &kr_command_snapshot,
    &kr_command_diff,  &kr_command_new,    &kr_command_lint,    &kr_command_test,
    &kr_command_doc,   &kr_command_repl,   &kr_command_version, &kr_command_help};
const size_t kr_command_count = sizeof kr_commands / sizeof kr_commands[0];
