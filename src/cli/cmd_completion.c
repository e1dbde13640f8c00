/* cmd_completion.c - krunbook completion SHELL: the script by which a shell asks the program what can stand where
 * somebody types (complete.c). */
#include <stdio.h>
#include <string.h>

#include "book/embedded.h"
#include "cli/command.h"

static const struct kr_embedded *find_script(const char *shell) {
  char name[64];
  (void)snprintf(name, sizeof name, "completion.%s", shell);
  for (size_t i = 0; i < kr_embedded_count; i++) {
    if (strcmp(kr_embedded[i].name, name) == 0) return &kr_embedded[i];
  }
  return NULL;
}

static int run(struct kr_invocation *invocation) {
  struct kr_error error = KR_ERROR_INIT;
  const struct kr_embedded *script = invocation->operand_count == 1 ? find_script(invocation->operands[0]) : NULL;
  int code = invocation->data ? kr_error_set(&error, KR_EUSAGE, "completion prints a shell's script, and nothing else")
             : script         ? kr_cli_print(script->text, script->length, &error)
                      : kr_error_set(&error, KR_EUSAGE, "completion takes the name of a shell: bash, zsh or fish");
  return code ? kr_cli_fail(invocation, &error) : 0;
}

const struct kr_command kr_command_completion = {
    .name = "completion",
    .operands = "bash|zsh|fish",
    .summary = "completion for a shell",
    .details =
        "Prints the script by which a shell completes commands, flags, runbooks, their arguments, contexts, "
        "namespaces\n"
        "and objects. A cluster is asked for a second at most. An installed package has these scripts in place.\n\n"
        "  source <(krunbook completion bash)\n"
        "  krunbook completion zsh > ~/.zfunc/_krunbook\n"
        "  krunbook completion fish > ~/.config/fish/completions/krunbook.fish\n",
    .offline = true,
    .run = run};
