/* commands.c - the commands, in the order in which help shows them. */
#include <string.h>

#include "base/text.h"
#include "cli/command.h"

const struct kr_command *const kr_commands[] = {
    &kr_command_run,        &kr_command_merge,   &kr_command_list, &kr_command_show,     &kr_command_rbac,
    &kr_command_probe,      &kr_command_events,  &kr_command_logs, &kr_command_snapshot, &kr_command_diff,
    &kr_command_new,        &kr_command_lint,    &kr_command_test, &kr_command_doc,      &kr_command_repl,
    &kr_command_completion, &kr_command_version, &kr_command_help};
const size_t kr_command_count = sizeof kr_commands / sizeof kr_commands[0];

#define NAMES_MAX 64 /* more than there are commands */

int kr_command_find(const struct kr_command **out, const char *name, struct kr_error *error) {
  const char *names[NAMES_MAX];
  size_t count = 0;
  for (size_t i = 0; i < kr_command_count && count < NAMES_MAX; i++) {
    *out = kr_commands[i];
    if (strcmp(kr_commands[i]->name, name) == 0) return KR_OK;
    names[count++] = kr_commands[i]->name;
  }
  *out = NULL;
  const char *nearest = kr_text_nearest(name, names, count);
  return kr_error_set(error, KR_EUSAGE, "no command \"%.100s\"%s%s%s", name, nearest ? "; nearest: \"" : "",
                      nearest ? nearest : "; krunbook help shows what there is", nearest ? "\"" : "");
}
