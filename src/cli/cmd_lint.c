/* cmd_lint.c - krunbook lint FILE...: reads runbooks, modules and specs for mistakes, without running them. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "book/clean.h"
#include "book/render.h"
#include "book/run.h"
#include "cli/ask.h"
#include "cli/describe.h"
#include "cli/luacheck.h"
#include "cli/script.h"
#include "kube/kinds_table.h"

#define NAME_MAX_LENGTH ((size_t)128)
#define TEXT_MAX        ((size_t)16 << 20)

/* What the look at a file is given. */
struct known {
  json_t *kinds;    /* {NAME: RESOURCE} */
  json_t *luacheck; /* {PATH: [what it says]} */
};

static int no_memory(struct kr_error *error) { return kr_error_set(error, KR_ENOMEM, "out of memory while linting"); }

static int add_kind(json_t *kinds, const char *name, size_t length, const char *resource) {
  char lower[NAME_MAX_LENGTH];
  if (length == 0 || length >= sizeof lower) return 0;
  for (size_t i = 0; i < length; i++) lower[i] = (char)tolower((unsigned char)name[i]);
  lower[length] = '\0';
  if (json_object_get(kinds, lower)) return 0; /* of several, the first is meant */
  return json_object_set_new(kinds, lower, json_string(resource));
}

/* What a kind's names mean in `needs`: {"deploy": "deployments.apps", ...}. NULL: out of memory. */
static json_t *name_kinds(void) {
  json_t *kinds = json_object();
  int failed = !kinds;
  for (size_t i = 0; !failed && i < kr_kinds_table_count; i++) {
    const struct kr_kind *kind = &kr_kinds_table[i];
    struct kr_buffer full;
    kr_buffer_init(&full, NAME_MAX_LENGTH * 2);
    failed = kr_buffer_printf(&full, "%s%s%s", kind->resource, *kind->group ? "." : "", kind->group);
    const char *resource = kr_buffer_text(&full);
    const char *const names[] = {kind->resource, kind->singular, kind->kind, resource};
    for (size_t j = 0; !failed && j < 4; j++) failed = add_kind(kinds, names[j], strlen(names[j]), resource);
    for (const char *at = kind->short_names; !failed && *at;
         at += at[strcspn(at, ",")] ? strcspn(at, ",") + 1 : strlen(at))
      failed = add_kind(kinds, at, strcspn(at, ","), resource);
    kr_buffer_free(&full);
  }
  if (!failed) return kinds;
  json_decref(kinds);
  return NULL;
}

/* A file, named by its path also without a slash; else a runbook of that name. */
static int find_file(struct kr_place *place, const struct kr_invocation *invocation, const char *name,
                     struct kr_error *error) {
  if (!kr_file_exists(name)) return kr_library_find(place, invocation->library, name, error);
  const char *base = strrchr(name, '/');
  memset(place, 0, sizeof *place);
  place->name = strdup(base ? base + 1 : name);
  place->path = strdup(name);
  if (!place->name || !place->path) return no_memory(error);
  size_t length = strlen(place->name);
  if (length > 4 && strcmp(place->name + length - 4, ".lua") == 0) place->name[length - 4] = '\0';
  return 0;
}

/* {path, source, kinds, luacheck}, and metadata or failure: what came of loading it. */
static json_t *make_question(const struct kr_place *place, const struct kr_buffer *source,
                             const struct kr_descriptions *descriptions, const struct known *known) {
  struct kr_buffer clean;
  kr_buffer_init(&clean, KR_SOURCE_MAX * 3 + 1);
  json_t *metadata = (json_t *)kr_run_metadata(descriptions->run[0]), *question = NULL;
  if (!kr_text_utf8(&clean, kr_buffer_text(source), source->length))
    question = json_pack("{s:o, s:o, s:O, s:O*, s:O*, s:s*}", "path", kr_clean_text(NULL, place->path, KR_CAUSE_MAX),
                         "source", json_stringn(kr_buffer_text(&clean), clean.length), "kinds", known->kinds,
                         "luacheck", json_object_get(known->luacheck, place->path), "metadata", metadata, "failure",
                         metadata ? NULL : kr_descriptions_failure(descriptions, 0));
  kr_buffer_free(&clean);
  return question;
}

/* Asks about one file; *answer is {problems}. */
static int examine(json_t **answer, struct kr_invocation *invocation, const struct kr_place *place,
                   const struct known *known, struct kr_error *error) {
  struct kr_descriptions descriptions = {0};
  struct kr_buffer source;
  kr_buffer_init(&source, KR_SOURCE_MAX);
  char *beside = kr_path_folder(place->path);
  json_t *question = NULL;
  int code = beside ? kr_library_read(&source, place, error) : no_memory(error);
  if (!code) code = kr_descriptions_load(&descriptions, invocation, place, 1, error);
  if (!code && !(question = make_question(place, &source, &descriptions, known))) code = no_memory(error);
  if (!code) code = kr_script_think(answer, invocation, "krunbook.lint.file", "run", beside, 1, question, error);
  json_decref(question);
  kr_descriptions_free(&descriptions);
  kr_buffer_free(&source);
  free(beside);
  return code;
}

/* What cannot be read to its end has one problem: why. */
static json_t *examine_or_say(struct kr_invocation *invocation, const struct kr_place *place, const struct known *known,
                              struct kr_error *error) {
  json_t *answer = NULL;
  int code = examine(&answer, invocation, place, known, error);
  if (code == KR_ESCRIPT || code == KR_ELIMIT)
    answer = json_pack("{s:[{s:i, s:o}]}", "problems", "line", 1, "message",
                       kr_clean_text(NULL, error->message, KR_CAUSE_MAX));
  return answer;
}

static int add_file(json_t *files, struct kr_invocation *invocation, const char *name, const struct known *known,
                    struct kr_error *error) {
  struct kr_place place = {0};
  int code = find_file(&place, invocation, name, error);
  if (!code) {
    json_t *answer = examine_or_say(invocation, &place, known, error);
    json_t *problems = json_object_get(answer, "problems");
    code = answer ? 0 : error->code ? error->code : no_memory(error);
    json_t *list = json_is_array(problems) ? json_incref(problems) : json_array();
    json_t *file = json_pack("{s:o, s:o}", "path", kr_clean_text(NULL, place.path, KR_CAUSE_MAX), "problems", list);
    if (json_array_append_new(files, file)) code = no_memory(error);
    json_decref(answer);
  }
  kr_place_free(&place);
  return code;
}

static int write_text(struct kr_buffer *out, const json_t *files) {
  struct kr_buffer plain;
  const json_t *file, *problem;
  size_t i, j;
  int code = 0;
  kr_buffer_init(&plain, TEXT_MAX);
  json_array_foreach(files, i, file) {
    json_array_foreach(json_object_get(file, "problems"), j, problem) {
      if (!code)
        code = kr_buffer_printf(&plain, "%s:%lld: %s\n", json_string_value(json_object_get(file, "path")),
                                (long long)json_integer_value(json_object_get(problem, "line")),
                                json_string_value(json_object_get(problem, "message")));
    }
  }
  if (!code) code = kr_text_harmless(out, kr_buffer_text(&plain), plain.length);
  kr_buffer_free(&plain);
  return code;
}

static size_t count_problems(const json_t *files) {
  const json_t *file;
  size_t i, count = 0;
  json_array_foreach(files, i, file) count += json_array_size(json_object_get(file, "problems"));
  return count;
}

static int print(const struct kr_invocation *invocation, json_t *files, struct kr_error *error) {
  struct kr_buffer text;
  kr_buffer_init(&text, KR_RENDER_MAX);
  json_t *document = json_pack("{s:s, s:O}", "schema", "krunbook.lint/v1", "files", files);
  int code = !document          ? KR_ENOMEM
             : invocation->data ? kr_cli_data(&text, invocation, document)
                                : write_text(&text, files);
  if (code) kr_error_set(error, code, "the problems cannot be written: they are too large, or memory was refused");
  if (!code) code = kr_cli_print(kr_buffer_text(&text), text.length, error);
  kr_buffer_free(&text);
  json_decref(document);
  return code;
}

/* Those operands that are files: a runbook's name is none. */
static int ask_luacheck(struct known *known, const struct kr_invocation *invocation, struct kr_error *error) {
  const char **paths = calloc(invocation->operand_count + 1, sizeof *paths);
  size_t count = 0;
  if (!paths) return no_memory(error);
  for (size_t i = 0; i < invocation->operand_count; i++)
    if (kr_file_exists(invocation->operands[i])) paths[count++] = invocation->operands[i];
  int code = kr_luacheck(&known->luacheck, paths, count, error);
  free(paths);
  return code;
}

static int run(struct kr_invocation *invocation) {
  struct kr_error error = KR_ERROR_INIT;
  json_t *files = json_array();
  struct known known = {.kinds = name_kinds()};
  int code = files && known.kinds ? 0 : no_memory(&error);
  if (!code && invocation->operand_count == 0)
    code = kr_error_set(&error, KR_EUSAGE, "lint takes files: krunbook lint mine.lua");
  if (!code) code = ask_luacheck(&known, invocation, &error);
  for (size_t i = 0; !code && i < invocation->operand_count; i++)
    if (strcmp(invocation->operands[i], "--") != 0)
      code = add_file(files, invocation, invocation->operands[i], &known, &error);
  if (!code) code = print(invocation, files, &error);
  int status = count_problems(files) > 0 ? KR_EXIT_CRITICAL : KR_EXIT_OK;
  json_decref(files);
  json_decref(known.kinds);
  json_decref(known.luacheck);
  return code ? kr_cli_fail(invocation, &error) : status;
}

const struct kr_command kr_command_lint = {
    .name = "lint",
    .operands = "FILE...",
    .summary = "read runbooks for mistakes",
    .details =
        "Reads runbooks, modules and specs, and says as FILE:LINE: MESSAGE what is wrong with them: what does not "
        "compile,\n"
        "names that are undefined or never used, modules and functions that do not exist, declarations that are "
        "missing or\n"
        "do not cover what the code asks for, findings with an unknown severity or a code that is not declared. Where "
        "luacheck\n"
        "is installed, what it says besides is said, too.\n\n"
        "Exit status: 0 nothing is wrong, 2 something is, 3 a file could not be read.\n\n"
        "  krunbook lint mine.lua\n  krunbook lint team/*.lua -o json\n",
    .offline = true,
    .run = run};
