/* cmd_doc.c - krunbook doc [MODULE...]: the reference of the Lua library, from its sources. */
#include <jansson.h>
#include <string.h>

#include "base/text.h"
#include "book/render.h"
#include "cli/ask.h"
#include "cli/script.h"
#include "cli/sources.h"

struct settings {
  bool check;
};

static int no_memory(struct kr_error *error) {
  return kr_error_set(error, KR_ENOMEM, "out of memory for the reference");
}

static int put(struct kr_buffer *out, const struct kr_invocation *invocation, const json_t *answer) {
  const struct settings *settings = invocation->settings;
  const json_t *wrong = json_object_get(answer, "undocumented"), *line;
  const char *markdown = json_string_value(json_object_get(answer, "markdown"));
  struct kr_buffer plain;
  size_t i;
  int code = 0;
  if (invocation->data) return kr_cli_data(out, invocation, answer);
  kr_buffer_init(&plain, KR_RENDER_MAX);
  json_array_foreach(wrong, i, line) {
    if (!code && settings->check) code = kr_buffer_printf(&plain, "%s\n", json_string_value(line));
  }
  if (!code && !settings->check) code = kr_buffer_puts(&plain, markdown ? markdown : "");
  if (!code) code = kr_text_harmless(out, kr_buffer_text(&plain), plain.length);
  kr_buffer_free(&plain);
  return code;
}

static int run(struct kr_invocation *invocation) {
  const struct settings *settings = invocation->settings;
  struct kr_error error = KR_ERROR_INIT;
  struct kr_buffer text;
  json_t *files = NULL, *question = NULL, *answer = NULL;
  kr_buffer_init(&text, KR_RENDER_MAX * 4);
  int code = kr_cli_sources(&files, invocation, invocation->operands, invocation->operand_count, &error);
  if (!code && !(question = json_pack("{s:O}", "files", files))) code = no_memory(&error);
  if (!code)
    code = kr_script_think(&answer, invocation, "krunbook.reference", "run", NULL, KR_THINK_LARGE, question, &error);
  if (!code && put(&text, invocation, answer)) code = no_memory(&error);
  if (!code) code = kr_cli_print(kr_buffer_text(&text), text.length, &error);
  bool incomplete = json_array_size(json_object_get(answer, "undocumented")) > 0;
  kr_buffer_free(&text);
  json_decref(answer);
  json_decref(question);
  json_decref(files);
  return code ? kr_cli_fail(invocation, &error) : settings->check && incomplete ? KR_EXIT_CRITICAL : KR_EXIT_OK;
}

static const struct kr_option options[] = {
    {0, "check", KR_OPTION_BOOL, offsetof(struct settings, check), NULL,
     "say instead, as FILE:LINE: MESSAGE, what is undocumented; exit status 2 when something is"},
};

const struct kr_command kr_command_doc = {
    .name = "doc",
    .operands = "[MODULE...]",
    .summary = "the reference of the Lua library",
    .details =
        "Prints, as Markdown, what a runbook can call: the primitives, ctx, and every module of the library, also a "
        "team's\n"
        "own, from the comments and annotations in their sources.\n\n"
        "  krunbook doc > reference.md\n  krunbook doc krunbook.pods meta.kube\n"
        "  krunbook doc --check --runbook-path team\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .settings_size = sizeof(struct settings),
    .offline = true,
    .run = run};
