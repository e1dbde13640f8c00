/* cmd_new.c - krunbook new NAME: a runbook to start from, with a case of it. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "book/clean.h"
#include "book/render.h"
#include "cli/script.h"

#define SAID_MAX ((size_t)64 << 10)

static int no_memory(struct kr_error *error) { return kr_error_set(error, KR_ENOMEM, "out of memory"); }

/* The files of the template, for the last part of the path that was given. */
static int fetch(json_t **answer, const struct kr_invocation *invocation, const char *path, struct kr_error *error) {
  const char *slash = strrchr(path, '/');
  size_t length = strlen(slash ? slash + 1 : path);
  json_t *question = json_pack("{s:s%}", "name", slash ? slash + 1 : path, (int)length);
  if (!question) return kr_error_set(error, KR_EUSAGE, "a runbook's name is lower-case words with hyphens");
  int code = kr_script_think(answer, invocation, "krunbook.template", "run", NULL, 1, question, error);
  json_decref(question);
  return code;
}

static int write_file(const char *folder, const json_t *file, bool check_only, struct kr_error *error) {
  const char *inside = json_string_value(json_object_get(file, "path"));
  const char *text = json_string_value(json_object_get(file, "text"));
  if (!inside || !text) return kr_error_set(error, KR_ESCRIPT, "the template has a file without a path or a text");
  char *path = kr_path_join(folder, inside), *above = path ? kr_path_folder(path) : NULL;
  int code = above ? 0 : no_memory(error);
  if (!code && check_only) {
    if (kr_file_exists(path) || kr_folder_exists(path))
      code = kr_error_set(error, KR_EUSAGE, "%s is there already: nothing was written", path);
  } else if (!code) {
    code = kr_folder_make(above, error);
    if (!code) code = kr_file_write(path, text, strlen(text), 0666, error);
  }
  free(path);
  free(above);
  return code;
}

/* All of them or, where one is there, none. */
static int write_files(const json_t *files, const char *folder, struct kr_error *error) {
  const json_t *file;
  size_t i;
  int code = 0;
  json_array_foreach(files, i, file) {
    if (!code) code = write_file(folder, file, true, error);
  }
  json_array_foreach(files, i, file) {
    if (!code) code = write_file(folder, file, false, error);
  }
  return code;
}

/* Where the declarations for editors are, as a folder of its own; NULL where the program has them only in itself. */
static char *find_stubs(const struct kr_invocation *invocation) {
  static const char inside[] = "/meta/kube.lua";
  struct kr_buffer source;
  char *path = NULL;
  kr_buffer_init(&source, KR_SOURCE_MAX);
  int code = kr_library_module(&source, &path, invocation->library, "meta.kube", NULL, NULL, NULL);
  kr_buffer_free(&source);
  size_t length = path ? strlen(path) : 0;
  if (code || length < sizeof inside || path[0] != '/' || strcmp(path + length - sizeof inside + 1, inside) != 0) {
    free(path);
    return NULL;
  }
  path[length - sizeof inside + 1] = '\0';
  return path;
}

/* Lets lua-language-server complete and check what a runbook calls, where the folder says nothing of its own. Nothing
 * hangs on it. */
static void write_editor_settings(const struct kr_invocation *invocation, const char *folder) {
  char *stubs = find_stubs(invocation), *path = kr_path_join(folder, ".luarc.json");
  json_t *disabled = json_pack("{s:s, s:s, s:s, s:s, s:s}", "io", "disable", "os", "disable", "debug", "disable",
                               "package", "disable", "coroutine", "disable");
  json_t *settings = stubs && path && !kr_file_exists(path)
                         ? json_pack("{s:s, s:[s], s:b, s:O}", "runtime.version", "Lua 5.4", "workspace.library", stubs,
                                     "workspace.checkThirdParty", 0, "runtime.builtin", disabled)
                         : NULL;
  char *text = settings ? json_dumps(settings, JSON_INDENT(2)) : NULL;
  if (text) (void)kr_file_write(path, text, strlen(text), 0666, NULL);
  free(text);
  json_decref(settings);
  json_decref(disabled);
  free(path);
  free(stubs);
}

static int say_text(struct kr_buffer *out, const char *path) {
  struct kr_buffer plain;
  kr_buffer_init(&plain, SAID_MAX);
  int code = kr_buffer_printf(&plain,
                              "%s.lua is a runbook that works, %s.tests a case of it. Next:\n\n  krunbook lint %s.lua\n"
                              "  krunbook test %s.lua\n  krunbook run %s%s.lua --demo -n zoo\n",
                              path, path, path, path, strchr(path, '/') ? "" : "./", path);
  if (!code) code = kr_text_harmless(out, kr_buffer_text(&plain), plain.length);
  kr_buffer_free(&plain);
  return code;
}

/* With -o json or yaml: {files: [paths]}. */
static int say_data(struct kr_buffer *out, const struct kr_invocation *invocation, const json_t *files,
                    const char *folder) {
  const json_t *file;
  size_t i;
  json_t *paths = json_array(), *document = paths ? json_pack("{s:O}", "files", paths) : NULL;
  int failed = !document;
  json_array_foreach(files, i, file) {
    char *path = kr_path_join(folder, json_string_value(json_object_get(file, "path")));
    if (!failed) failed = !path || json_array_append_new(paths, kr_clean_text(NULL, path, KR_CAUSE_MAX));
    free(path);
  }
  int code = failed ? KR_ENOMEM : kr_cli_data(out, invocation, document);
  json_decref(paths);
  json_decref(document);
  return code;
}

static int make(struct kr_invocation *invocation, char *path, struct kr_error *error) {
  json_t *answer = NULL;
  struct kr_buffer text;
  char *folder = kr_path_folder(path);
  size_t length = strlen(path);
  kr_buffer_init(&text, SAID_MAX * 4);
  if (length > 4 && strcmp(path + length - 4, ".lua") == 0) path[length - 4] = '\0';
  int code = folder ? fetch(&answer, invocation, path, error) : no_memory(error);
  const json_t *files = json_object_get(answer, "files");
  const char *where = strchr(path, '/') ? folder : "";
  if (!code) code = write_files(files, where, error);
  if (!code) write_editor_settings(invocation, where);
  if (!code) {
    code = invocation->data ? say_data(&text, invocation, files, where) : say_text(&text, path);
    if (code) (void)no_memory(error);
  }
  if (!code) code = kr_cli_print(kr_buffer_text(&text), text.length, error);
  kr_buffer_free(&text);
  json_decref(answer);
  free(folder);
  return code;
}

static int run(struct kr_invocation *invocation) {
  struct kr_error error = KR_ERROR_INIT;
  int code = 0;
  if (invocation->operand_count != 1) {
    code = kr_error_set(&error, KR_EUSAGE, "new takes the name of one runbook: krunbook new check-rollout");
  } else {
    char *path = kr_path_join("", invocation->operands[0]);
    code = path ? make(invocation, path, &error) : no_memory(&error);
    free(path);
  }
  return code ? kr_cli_fail(invocation, &error) : 0;
}

const struct kr_command kr_command_new = {
    .name = "new",
    .operands = "NAME",
    .summary = "a runbook to start from",
    .details =
        "Writes NAME.lua, a runbook that says what each of its parts is for, and NAME.tests with a case that passes. "
        "NAME\n"
        "may have a folder before it. What is there is never written over. Where the folder has no .luarc.json, it "
        "gets "
        "one:\n"
        "lua-language-server then completes and checks what a runbook calls.\n\n"
        "  krunbook new check-rollout\n  krunbook new team/check-rollout\n",
    .offline = true,
    .run = run};
