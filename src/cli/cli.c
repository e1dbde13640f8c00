/* cli.c - the program: finds the command, reads its flags, calls it. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/log.h"
#include "base/text.h"
#include "book/clean.h"
#include "cli/complete.h"
#include "cli/globals.h"
#include "cli/help.h"
#include "cli/memory.h"
#include "cli/outputs.h"

int kr_cli_print(const char *text, size_t length, struct kr_error *error) {
  kr_status_clear();
  if (fwrite(text, 1, length, stdout) == length && fflush(stdout) == 0) return 0;
  return kr_error_set(error, KR_EIO, "cannot write to stdout: %s", strerror(errno));
}

void kr_cli_warn(const struct kr_invocation *invocation, const struct kr_error *error) {
  json_t *clean = kr_clean_text(invocation->mask, error->message, KR_ERROR_MAX);
  kr_warn("%s", clean ? json_string_value(clean) : "out of memory");
  json_decref(clean);
}

int kr_cli_fail(const struct kr_invocation *invocation, const struct kr_error *error) {
  kr_outputs_fail(invocation, error);
  return error->code == KR_ECANCELLED ? 130 : 3;
}

/* Parts of the invocation that outlast the flags' reading. */
struct program {
  struct kr_invocation invocation;
  const char **arguments;
  size_t count;
};

/* The command is the first argument that is no flag and no flag's value. */
static int find_command(struct program *program, struct kr_error *error) {
  struct kr_globals probe = {0};
  struct kr_option_table table = kr_globals_table(&probe);
  const char **copy = calloc(program->count + 1, sizeof *copy);
  /* Where the command comes first, what follows need not be read for it: a flag there may be the command's own. */
  size_t count = program->count > 0 && program->arguments[0][0] != '-' ? 1 : program->count;
  if (!copy) return kr_error_set(error, KR_ENOMEM, "out of memory");
  for (size_t i = 0; i < count; i++) copy[i] = program->arguments[i];
  int code = kr_options_parse(&table, 1, copy, &count, true, error);
  const char *name = NULL;
  for (size_t i = 0; !code && i < count && !name; i++) {
    if (copy[i][0] != '-') name = copy[i];
  }
  free(copy);
  kr_options_free(&table);
  if (code || !name) return code;
  return kr_command_find(&program->invocation.command, name, error);
}

static int read_flags(struct program *program, struct kr_error *error) {
  struct kr_invocation *invocation = &program->invocation;
  const struct kr_command *command = invocation->command;
  struct kr_option_table tables[2] = {kr_globals_table(&invocation->globals)};
  size_t table_count = 1;
  if (command) {
    invocation->settings = calloc(1, command->settings_size + 1);
    if (!invocation->settings) return kr_error_set(error, KR_ENOMEM, "out of memory");
    /* First, so that a command's own flag goes before one of all commands: rbac's --cluster. */
    tables[1] = tables[0];
    tables[0] = (struct kr_option_table){command->options, command->option_count, invocation->settings};
    table_count = 2;
  }
  invocation->globals.request_timeout_ms = -1;
  int code = kr_options_parse(tables, table_count, program->arguments, &program->count,
                              command && command->keep_unknown_flags, error);
  if (code) return code;
  kr_outputs_free(&invocation->outputs); /* those of the first look at the flags */
  code = kr_outputs_read(&invocation->outputs, &invocation->globals.outputs, command, error);
  if (code) return code;
  invocation->data = kr_outputs_data(&invocation->outputs);
  if (!command) return 0;
  if (strcmp(program->arguments[0], command->name) != 0)
    return kr_error_set(error, KR_EUSAGE, "no flag %.100s before the command %s; --help shows what there is",
                        program->arguments[0], command->name);
  invocation->operands = program->arguments + 1;
  invocation->operand_count = program->count - 1;
  return 0;
}

static int prepare(struct kr_invocation *invocation, struct kr_error *error) {
  const struct kr_strings *paths = &invocation->globals.runbook_paths;
  kr_log_set_level(invocation->globals.verbose);
  int code = kr_library_new(&invocation->library, paths->items, paths->count, NULL, error);
  return code ? code : kr_library_masks(invocation->library, invocation->mask, error);
}

static int perform(struct program *program) {
  struct kr_invocation *invocation = &program->invocation;
  struct kr_error error = KR_ERROR_INIT;
  int code = kr_mask_new(&invocation->mask, &error);
  if (!code) code = find_command(program, &error);
  if (!code) code = read_flags(program, &error);
  if (code) return kr_cli_fail(invocation, &error);
  bool help = invocation->globals.help;
  if (!invocation->command) {
    if (invocation->globals.version) invocation->command = &kr_command_version;
    if (invocation->globals.version) return kr_command_version.run(invocation);
    if (invocation->data && help) {
      invocation->command = &kr_command_help;
      code = prepare(invocation, &error);
      return code ? kr_cli_fail(invocation, &error) : kr_command_help.run(invocation);
    }
    if (invocation->data) {
      kr_error_set(&error, KR_EUSAGE, "no command given; krunbook help shows what there is");
      return kr_cli_fail(invocation, &error);
    }
    return kr_help_print(NULL) || !help ? 3 : 0;
  }
  bool of_command = help && !(invocation->command->keep_unknown_flags && invocation->operand_count > 0);
  if (of_command && !invocation->data) return kr_help_print(invocation->command);
  code = prepare(invocation, &error);
  if (!code && of_command) return kr_command_help.run(invocation);
  return code ? kr_cli_fail(invocation, &error) : invocation->command->run(invocation);
}

/* Whoever starts us may have closed standard files. What is opened next would take their places, and what is written
 * to them would go into it: into the pipe of Ctrl-C, say, which then never falls silent. Opened the wrong way round
 * they fail as closed ones do. */
static bool hold_standard_files(void) {
  static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
    int held = fcntl(fd, F_GETFD) < 0 ? open("/dev/null", modes[fd]) : fd; /* the lowest that is free: fd */
    if (held != fd) return false;
  }
  return true;
}

/* No result is called whole that may lack something for want of memory. */
static int settle(int status) {
  if (!kr_memory_was_short() || status >= 3) return status;
  kr_warn("out of memory: what was told or written may lack something");
  return 3;
}

int kr_cli_main(int argc, char **argv) {
  struct program program = {0};
  struct kr_invocation *invocation = &program.invocation;
  struct kr_error error = KR_ERROR_INIT;
  int status = 3;
  kr_memory_watch();
  if (!hold_standard_files()) return status;
  const char *name = argc > 0 && strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argc > 0 ? argv[0] : "";
  if (strcmp(name, KR_COMPLETE_FOR_KUBECTL) == 0) return kr_complete(argc - 1, argv + 1);
  if (argc > 1 && strcmp(argv[1], "__complete") == 0) return kr_complete(argc - 2, argv + 2);
  kr_outputs_scan(&invocation->outputs, argc, argv);
  invocation->data = kr_outputs_data(&invocation->outputs);
  program.arguments = calloc((size_t)argc + 1, sizeof *program.arguments);
  if (!program.arguments || kr_cancel_install(&error)) {
    if (program.arguments) status = kr_cli_fail(invocation, &error);
  } else {
    for (int i = 1; i < argc; i++) program.arguments[program.count++] = argv[i];
    status = settle(perform(&program));
  }
  struct kr_option_table globals = kr_globals_table(&invocation->globals);
  kr_options_free(&globals);
  if (invocation->command && invocation->settings) {
    struct kr_option_table own = {invocation->command->options, invocation->command->option_count,
                                  invocation->settings};
    kr_options_free(&own);
  }
  kr_outputs_free(&invocation->outputs);
  free(invocation->settings);
  free(program.arguments);
  kr_library_free(invocation->library);
  kr_mask_free(invocation->mask);
  return status;
}
