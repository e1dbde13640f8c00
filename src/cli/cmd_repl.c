/* cmd_repl.c - krunbook repl: lines of Lua with the primitives, from a terminal or a pipe. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/repl.h"

#define TEXT_MAX ((size_t)256 << 10)

enum { CHUNK = 4096 };

/* One line, with its newline; false at the end. */
static bool read_line(struct kr_buffer *text, int *code) {
  char chunk[CHUNK];
  while (fgets(chunk, sizeof chunk, stdin)) {
    size_t length = strlen(chunk);
    if ((*code = kr_buffer_append(text, chunk, length)) != 0) return false;
    if (length > 0 && chunk[length - 1] == '\n') return true;
  }
  return false;
}

/* Not from a terminal: no prompt, and the first mistake does not end it, but counts. */
static int read_all(struct kr_repl *repl, bool *failed, struct kr_error *error) {
  struct kr_buffer text;
  bool more = false, wrong = false, going = true;
  int code = 0;
  kr_buffer_init(&text, TEXT_MAX);
  while (!code && going) {
    going = read_line(&text, &code);
    if (code) code = kr_error_set(error, code, "a line is longer than %zu bytes", TEXT_MAX);
    if (!code && kr_cancelled()) code = kr_error_set(error, KR_ECANCELLED, "interrupted");
    if (!code) code = kr_repl_run(repl, kr_buffer_text(&text), &more, &wrong, error);
    *failed |= wrong;
    if (!more) kr_buffer_clear(&text);
  }
  if (!code && more) {
    kr_warn("the input ends within a statement");
    *failed = true;
  }
  kr_buffer_free(&text);
  return code;
}

static int greet(struct kr_error *error) {
  static const char text[] =
      "Lua, with kube and the modules of the library: kube.list(\"pods\"), kube.get(\"pods\", \"web-1\"), "
      "pods = require(\"krunbook.pods\").\nTab completes, Ctrl-C takes the line away, Ctrl-D ends.\n";
  return kr_cli_print(text, sizeof text - 1, error);
}

static int run(struct kr_invocation *invocation) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_repl *repl = NULL;
  bool terminal = kr_terminal_is(STDIN_FILENO) && kr_terminal_is(STDOUT_FILENO), failed = false;
  int code = 0;
  if (invocation->operand_count > 0) code = kr_error_set(&error, KR_EUSAGE, "repl takes lines, and no arguments");
  if (!code && invocation->data) code = kr_error_set(&error, KR_EUSAGE, "repl prints text, and nothing else");
  if (!code) code = kr_repl_new(&repl, invocation, &error);
  if (!code && terminal) code = greet(&error);
  if (!code) code = terminal ? kr_repl_edit(repl, &error) : read_all(repl, &failed, &error);
  kr_repl_free(repl);
  return code ? kr_cli_fail(invocation, &error) : failed ? KR_EXIT_UNKNOWN : KR_EXIT_OK;
}

const struct kr_command kr_command_repl = {
    .name = "repl",
    .operands = "",
    .summary = "an interactive prompt with the primitives",
    .details =
        "Reads lines of Lua and prints what they give, on the cluster that the flags name. What a line assigns stays; "
        "every\n"
        "line has the limits of a runbook, and a mistake or Ctrl-C ends that line alone. Without a terminal it reads "
        "lines to\n"
        "their end; exit status 3 says that one of them was a mistake.\n\n"
        "  krunbook repl --demo -n zoo\n"
        "  echo 'kube.get(\"pods\", \"exit-1\").status.phase' | krunbook repl --demo -n zoo\n",
    .run = run};
