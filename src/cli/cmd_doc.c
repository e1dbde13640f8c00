/* cmd_doc.c - krunbook doc [MODULE...]: the reference of the Lua library, from its sources. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "book/clean.h"
#include "book/render.h"
#include "cli/ask.h"
#include "cli/script.h"

#define SOURCE_UTF8_MAX (KR_SOURCE_MAX * 3 + 1)

struct settings {
  bool check;
};

static int no_memory(struct kr_error *error) {
  return kr_error_set(error, KR_ENOMEM, "out of memory for the reference");
}

static int add_module(json_t *files, const struct kr_invocation *invocation, const char *name, struct kr_error *error) {
  struct kr_buffer source, clean;
  char *path = NULL;
  kr_buffer_init(&source, KR_SOURCE_MAX);
  kr_buffer_init(&clean, SOURCE_UTF8_MAX);
  int code = kr_library_module(&source, &path, invocation->library, name, NULL, NULL, error);
  if (!code && kr_text_utf8(&clean, kr_buffer_text(&source), source.length)) code = no_memory(error);
  if (!code) {
    json_t *file = json_pack("{s:s, s:o, s:o}", "name", name, "path", kr_clean_text(NULL, path, KR_CAUSE_MAX), "source",
                             json_stringn(kr_buffer_text(&clean), clean.length));
    if (json_array_append_new(files, file)) code = no_memory(error);
  }
  kr_buffer_free(&source);
  kr_buffer_free(&clean);
  free(path);
  return code;
}

/* Those that are named; all when none is. */
static int collect(json_t *files, const struct kr_invocation *invocation, struct kr_error *error) {
  char **names = NULL;
  size_t count = 0;
  int code = 0;
  for (size_t i = 0; !code && i < invocation->operand_count; i++)
    code = add_module(files, invocation, invocation->operands[i], error);
  if (code || invocation->operand_count > 0) return code;
  code = kr_library_modules(&names, &count, invocation->library, error);
  for (size_t i = 0; !code && i < count; i++) code = add_module(files, invocation, names[i], error);
  kr_names_free(names, count);
  return code;
}

static int put(struct kr_buffer *out, const struct kr_invocation *invocation, const json_t *answer) {
  const struct settings *settings = invocation->settings;
  const json_t *wrong = json_object_get(answer, "undocumented"), *line;
  const char *markdown = json_string_value(json_object_get(answer, "markdown"));
  struct kr_buffer plain;
  size_t i;
  int code = 0;
  if (invocation->json) return kr_render_json(out, answer);
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
  json_t *files = json_array(), *question = files ? json_pack("{s:O}", "files", files) : NULL, *answer = NULL;
  kr_buffer_init(&text, KR_RENDER_MAX * 4);
  int code = question ? collect(files, invocation, &error) : no_memory(&error);
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
    .run = run};
