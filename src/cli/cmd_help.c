/* cmd_help.c - krunbook help, and --help everywhere. */
#include <unistd.h>

#include "base/text.h"
#include "book/render.h"
#include "cli/globals.h"
#include "cli/help.h"

static int show_program(struct kr_buffer *out) {
  int code =
      kr_buffer_puts(out, "krunbook " KR_PROGRAM_SUMMARY
                          "\n\n"
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
  struct kr_option rows[KR_GLOBALS_MAX];
  struct kr_option_table table = {.rows = rows, .count = kr_globals_beside(rows, command)};
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

static int print_document(const struct kr_invocation *invocation, const struct kr_command *command,
                          struct kr_error *error) {
  json_t *document = NULL;
  struct kr_buffer text;
  kr_buffer_init(&text, KR_RENDER_MAX);
  int code = kr_help_document(&document, invocation, command, error);
  if (!code && kr_render_json(&text, document)) code = kr_error_set(error, KR_ENOMEM, "out of memory for the help");
  if (!code) code = kr_cli_print(kr_buffer_text(&text), text.length, error);
  json_decref(document);
  kr_buffer_free(&text);
  return code;
}

static int run(struct kr_invocation *invocation) {
  struct kr_error error = KR_ERROR_INIT;
  const struct kr_command *command = NULL;
  int code = KR_OK;
  /* krunbook COMMAND --help comes here too, for -o json. */
  if (invocation->command != &kr_command_help)
    command = invocation->command;
  else if (invocation->operand_count > 1)
    code = kr_error_set(&error, KR_EUSAGE, "help takes one command, not \"%.100s\" too", invocation->operands[1]);
  else if (invocation->operand_count == 1)
    code = kr_command_find(&command, invocation->operands[0], &error);
  if (!code && !invocation->json) return kr_help_print(command);
  if (!code) code = print_document(invocation, command, &error);
  return code ? kr_cli_fail(invocation, &error) : 0;
}

const struct kr_command kr_command_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .summary = "help on a command",
    .details =
        "Shows what a command does and which flags it takes; with -o json all of it as data (krunbook.help/v1).\n\n"
        "  krunbook help run\n  krunbook help -o json\n",
    .run = run};
