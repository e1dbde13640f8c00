/* cmd_help.c - krunbook help, and --help everywhere. */
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "book/render.h"
#include "cli/globals.h"
#include "cli/help.h"
#include "cli/script.h"
#include "cli/sources.h"

struct settings {
  bool man;
};

static int show_program(struct kr_buffer *out) {
  int code =
      kr_buffer_puts(out, "krunbook " KR_PROGRAM_SUMMARY
                          "\n\n"
                          "  krunbook run pod-status --pod error     why does this pod not run?\n"
                          "  krunbook run pod-status -n shop         what is wrong in this namespace?\n"
                          "  krunbook run pod-status --demo          the same, on a recorded cluster\n\nCommands\n");
  for (size_t i = 0; !code && i < kr_command_count; i++)
    code = kr_buffer_printf(out, "  %-12s%s\n", kr_commands[i]->name, kr_commands[i]->summary);
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
  struct kr_error error = KR_ERROR_INIT;
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
  if (!code) code = kr_cli_print(kr_buffer_text(&text), text.length, &error);
  if (error.code) kr_warn("%s", error.message);
  kr_buffer_free(&text);
  return code ? 3 : 0;
}

static int print_document(const struct kr_invocation *invocation, const struct kr_command *command,
                          struct kr_error *error) {
  json_t *document = NULL;
  struct kr_buffer text;
  kr_buffer_init(&text, KR_RENDER_MAX);
  int code = kr_help_document(&document, invocation, command, error);
  if (!code && kr_cli_data(&text, invocation, document))
    code = kr_error_set(error, KR_ENOMEM, "out of memory for the help");
  if (!code) code = kr_cli_print(kr_buffer_text(&text), text.length, error);
  json_decref(document);
  kr_buffer_free(&text);
  return code;
}

/* The tables, and the declarations of what runbooks can call, as roff: by the Lua module krunbook.manual. */
static int print_manual(const struct kr_invocation *invocation, const char *page, struct kr_error *error) {
  static const char *const pages[] = {"krunbook", "krunbook-runbook"};
  json_t *document = NULL, *files = NULL, *question = NULL, *answer = NULL;
  bool of_runbooks = strcmp(page, pages[1]) == 0;
  if (!of_runbooks && strcmp(page, pages[0]) != 0)
    return kr_error_set(error, KR_EUSAGE, "no manual page \"%.100s\"; there are %s and %s", page, pages[0], pages[1]);
  int code = kr_help_document(&document, invocation, NULL, error);
  if (!code) code = kr_cli_sources(&files, invocation, NULL, 0, error);
  if (!code && !(question = json_pack("{s:O, s:O}", "help", document, "files", files)))
    code = kr_error_set(error, KR_ENOMEM, "out of memory for the manual");
  if (!code)
    code = kr_script_think(&answer, invocation, "krunbook.manual", of_runbooks ? "runbook" : "program", NULL,
                           KR_THINK_LARGE, question, error);
  const char *text = json_string_value(json_object_get(answer, "roff"));
  if (!code) code = kr_cli_print(text ? text : "", text ? strlen(text) : 0, error);
  json_decref(answer);
  json_decref(question);
  json_decref(files);
  json_decref(document);
  return code;
}

static int run(struct kr_invocation *invocation) {
  struct kr_error error = KR_ERROR_INIT;
  const struct kr_command *command = NULL;
  const struct settings *settings = invocation->command == &kr_command_help ? invocation->settings : NULL;
  bool man = settings && settings->man; /* krunbook --help -o json has no settings */
  int code = KR_OK;
  /* krunbook COMMAND --help comes here too, for -o json. */
  if (invocation->command != &kr_command_help)
    command = invocation->command;
  else if (invocation->operand_count > 1)
    code = kr_error_set(&error, KR_EUSAGE, "help takes one name, not \"%.100s\" too", invocation->operands[1]);
  else if (invocation->operand_count == 1 && !man)
    code = kr_command_find(&command, invocation->operands[0], &error);
  if (!code && man && invocation->data)
    code = kr_error_set(&error, KR_EUSAGE, "--man prints roff for man, and nothing else");
  else if (!code && man)
    code = print_manual(invocation, invocation->operand_count ? invocation->operands[0] : "krunbook", &error);
  else if (!code && !invocation->data)
    return kr_help_print(command);
  else if (!code)
    code = print_document(invocation, command, &error);
  return code ? kr_cli_fail(invocation, &error) : 0;
}

static const struct kr_option options[] = {
    {0, "man", KR_OPTION_BOOL, offsetof(struct settings, man), NULL,
     "print the manual page krunbook (the default) or krunbook-runbook, for man"}};

const struct kr_command kr_command_help = {
    .name = "help",
    .operands = "[COMMAND|PAGE]",
    .summary = "help on a command",
    .details =
        "Shows what a command does and which flags it takes; with -o json all of it as data (krunbook.help/v1).\n\n"
        "  krunbook help run\n  krunbook help -o json\n"
        "  krunbook help --man krunbook-runbook | man -l -\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .settings_size = sizeof(struct settings),
    .offline = true,
    .run = run};
