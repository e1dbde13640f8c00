/* cmd_help.c - krunbook help, and --help everywhere. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "book/formats.h"
#include "cli/globals.h"

static int show_program(struct kr_buffer *out) {
  int code = kr_buffer_puts(out,
                            "krunbook runs troubleshooting runbooks against a Kubernetes cluster. It only reads.\n\n"
                            "  krunbook run pod-status --pod error     why does this pod not run?\n"
                            "  krunbook run pod-status -n shop         what is wrong in this namespace?\n"
                            "  krunbook run pod-status --demo          the same, on a recorded cluster\n\nCommands\n");
  for (size_t i = 0; !code && i < kr_command_count; i++)
    code = kr_buffer_printf(out, "  %-10s%s\n", kr_commands[i]->name, kr_commands[i]->summary);
  return code;
}

static int show_command(struct kr_buffer *out, const struct kr_command *command, size_t width) {
  struct kr_option_table own = {.rows = command->options, .count = command->option_count};
  int code = kr_buffer_printf(out, "krunbook %s%s%s [flags]\n\n%s", command->name, *command->operands ? " " : "",
                              command->operands, command->details);
  if (!code && own.count > 0) code = kr_buffer_printf(out, "\nFlags of %s\n", command->name);
  return code ? code : kr_options_help(out, &own, width);
}

int kr_help_print(const struct kr_command *command) {
  struct kr_globals none;
  struct kr_option_table table = kr_globals_table(&none);
  struct kr_buffer text;
  size_t width = kr_terminal_is(STDOUT_FILENO) ? kr_terminal_width(STDOUT_FILENO) : 100;
  kr_buffer_init(&text, (size_t)64 << 10);
  int code = command ? show_command(&text, command, width) : show_program(&text);
  if (!code) code = kr_buffer_puts(&text, "\nFlags\n");
  if (!code) code = kr_options_help(&text, &table, width);
  if (!code && (!command || command->reports)) code = kr_buffer_puts(&text, "\nFormats of -o\n");
  if (!code && (!command || command->reports)) code = kr_formats_help(&text);
  if (!code && !command) {
    code = kr_buffer_puts(&text,
                          "\nExit status: 2 a critical finding; else 3 something could not be determined; else 1 a "
                          "warning; else 0.\nkrunbook help COMMAND says more.\n");
  }
  if (!code) code = kr_cli_print(kr_buffer_text(&text), text.length, NULL);
  kr_buffer_free(&text);
  return code ? 3 : 0;
}

static int run(struct kr_invocation *invocation) {
  const char *names[16];
  struct kr_error error = KR_ERROR_INIT;
  if (invocation->operand_count == 0) return kr_help_print(NULL);
  if (invocation->operand_count > 1) {
    kr_error_set(&error, KR_EUSAGE, "help takes one command, not \"%.100s\" too", invocation->operands[1]);
    return kr_cli_fail(invocation, &error);
  }
  const char *name = invocation->operands[0];
  for (size_t i = 0; i < kr_command_count; i++) {
    if (strcmp(kr_commands[i]->name, name) == 0) return kr_help_print(kr_commands[i]);
    names[i] = kr_commands[i]->name;
  }
  const char *nearest = kr_text_nearest(name, names, kr_command_count);
  kr_error_set(&error, KR_EUSAGE, "no command \"%.100s\"%s%s", name, nearest ? "; nearest: " : "",
               nearest ? nearest : "");
  return kr_cli_fail(invocation, &error);
}

const struct kr_command kr_command_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .summary = "help on a command",
    .details = "Shows what a command does and which flags it takes.\n\n  krunbook help run\n",
    .run = run};
