/* case.c - see case.h. */
#define _XOPEN_SOURCE 700 /* strdup, realpath */
#include "cli/case.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/child.h"
#include "cli/script.h"

#define CASE_MAX   ((size_t)4 << 20) /* bytes of a case.json */
#define REPORT_MAX ((size_t)64 << 20)
#define SAID_MAX   ((size_t)256 << 10) /* of what it says beside the report */
#define WORDS_MAX  400

enum { TIMEOUT_MS = 120000 };

static int no_memory(struct kr_error *error) { return kr_error_set(error, KR_ENOMEM, "out of memory for a case"); }

static char *last_part(const char *path) {
  const char *slash = strrchr(path, '/');
  return strdup(slash ? slash + 1 : path);
}

static char *join3(const char *folder, const char *name, const char *ending) {
  struct kr_buffer text;
  kr_buffer_init(&text, 8192);
  int code = kr_buffer_printf(&text, "%s/%s%s", folder, name, ending);
  if (code) kr_buffer_free(&text);
  return kr_buffer_take(&text);
}

static int read_document(struct kr_case *one, struct kr_error *error) {
  struct kr_buffer text;
  json_error_t problem;
  kr_buffer_init(&text, CASE_MAX);
  int code = kr_file_read(&text, one->path, error);
  if (!code && !(one->wanted = json_loadb(kr_buffer_text(&text), text.length, 0, &problem)))
    code = kr_error_set(error, KR_EINVAL, "%s:%d: %s", one->path, problem.line, problem.text);
  if (!code && !json_is_object(one->wanted))
    code = kr_error_set(error, KR_EINVAL, "%s holds no case: it is no JSON object", one->path);
  kr_buffer_free(&text);
  return code;
}

/* What the case is called after: its folder and the one above. */
static int name_case(struct kr_case *one, char **above, struct kr_error *error) {
  char *parent = kr_path_folder(one->folder), *own = last_part(one->folder), *outer = parent ? last_part(parent) : NULL;
  if (own && outer) {
    char *ending = strstr(outer, ".tests");
    if (ending && ending[6] == '\0') *ending = '\0';
    one->name = join3(outer, own, "");
  }
  free(own);
  free(outer);
  *above = parent;
  return one->name ? 0 : no_memory(error);
}

static int find_runbook(struct kr_case *one, const char *above, struct kr_error *error) {
  const char *told = json_string_value(json_object_get(one->wanted, "runbook"));
  if (told) {
    one->runbook = strchr(told, '/') ? kr_path_join(one->folder, told) : strdup(told);
    return one->runbook ? 0 : no_memory(error);
  }
  char *beside = kr_path_folder(above), *stem = strdup(one->name);
  if (stem) *strrchr(stem, '/') = '\0';
  one->runbook = beside && stem ? join3(beside, stem, ".lua") : NULL;
  int code = one->runbook ? 0 : no_memory(error);
  if (!code && !kr_file_exists(one->runbook)) {
    free(one->runbook);
    one->runbook = stem;
    stem = NULL;
  }
  free(beside);
  free(stem);
  return code;
}

static int find_snapshot(struct kr_case *one, const struct kr_library *library, struct kr_error *error) {
  const json_t *member = json_object_get(one->wanted, "snapshot");
  const char *told = member ? json_string_value(member) : "snapshot";
  if (!told) return kr_error_set(error, KR_EINVAL, "%s: snapshot must be a string, a folder", one->path);
  char *at = realpath(one->folder, NULL);
  while (at && !one->snapshot) {
    char *path = kr_path_join(at, told), *above = at[1] ? kr_path_folder(at) : NULL;
    if (path && kr_folder_exists(path)) {
      one->snapshot = path;
      path = NULL;
    }
    free(path);
    free(at);
    at = above;
  }
  free(at);
  if (one->snapshot) return 0;
  if (strcmp(told, "demo") == 0) return kr_library_demo(&one->snapshot, library, error);
  return kr_error_set(error, KR_ENOTFOUND, "%s: there is no snapshot %s in its folder, nor in one above", one->path,
                      told);
}

static int check_members(const struct kr_case *one, struct kr_error *error) {
  const json_t *args = json_object_get(one->wanted, "args"), *word;
  size_t i;
  if (!json_is_integer(json_object_get(one->wanted, "exit")))
    return kr_error_set(error, KR_EINVAL, "%s: exit, the exit status, is missing", one->path);
  if (args && !json_is_array(args)) return kr_error_set(error, KR_EINVAL, "%s: args must be a list", one->path);
  json_array_foreach(args, i, word) {
    if (!json_is_string(word)) return kr_error_set(error, KR_EINVAL, "%s: args must be strings", one->path);
  }
  return 0;
}

int kr_case_read(struct kr_case *out, const char *path, const struct kr_library *library, struct kr_error *error) {
  char *above = NULL;
  memset(out, 0, sizeof *out);
  out->path = strdup(path);
  out->folder = kr_path_folder(path);
  int code = out->path && out->folder ? name_case(out, &above, error) : no_memory(error);
  if (!code) code = read_document(out, error);
  if (!code) code = check_members(out, error);
  if (!code) code = find_runbook(out, above, error);
  if (!code) code = find_snapshot(out, library, error);
  free(above);
  return code;
}

void kr_case_free(struct kr_case *one) {
  free(one->name);
  free(one->path);
  free(one->folder);
  free(one->runbook);
  free(one->snapshot);
  json_decref(one->wanted);
  memset(one, 0, sizeof *one);
}

/* The words of the command line; borrowed from all that is given. */
struct words {
  const char *items[WORDS_MAX + 1];
  size_t count;
};

static void add(struct words *words, const char *word) {
  if (words->count < WORDS_MAX) words->items[words->count++] = word;
}

static void add_pair(struct words *words, const char *flag, const char *value) {
  if (!value) return;
  add(words, flag);
  add(words, value);
}

static void collect(struct words *words, const struct kr_invocation *invocation, const struct kr_case *one,
                    const char *snapshot, const json_t *wanted) {
  const struct kr_strings *paths = &invocation->globals.runbook_paths;
  const json_t *word;
  size_t i;
  add(words, "run");
  for (i = 0; i < paths->count; i++) add_pair(words, "--runbook-path", paths->items[i]);
  add_pair(words, "--snapshot", snapshot);
  add_pair(words, "-o", "json");
  add_pair(words, "-n", json_string_value(json_object_get(wanted, "namespace")));
  add_pair(words, "-l", json_string_value(json_object_get(wanted, "selector")));
  if (json_is_true(json_object_get(wanted, "all_namespaces"))) add(words, "-A");
  add(words, "--"); /* what follows is the case's: no flag that writes a file, or asks another cluster */
  add(words, one->runbook);
  json_array_foreach(json_object_get(wanted, "args"), i, word) add(words, json_string_value(word));
}

int kr_case_run(json_t **report, int *exit, const struct kr_invocation *invocation, const struct kr_case *one,
                const char *snapshot, const json_t *wanted, struct kr_error *error) {
  struct words words = {.count = 0};
  struct kr_buffer out, err;
  collect(&words, invocation, one, snapshot, wanted);
  if (words.count == WORDS_MAX) return kr_error_set(error, KR_ELIMIT, "%s: too many args", one->path);
  struct kr_child child = {.arguments = words.items, .timeout_ms = TIMEOUT_MS};
  kr_buffer_init(&out, REPORT_MAX);
  kr_buffer_init(&err, SAID_MAX);
  int code = kr_child_run(&out, &err, exit, &child, error);
  if (!code) {
    *report = json_loadb(kr_buffer_text(&out), out.length, 0, NULL);
    if (!json_is_object(*report)) {
      json_decref(*report);
      *report = NULL;
      code = kr_error_set(error, KR_ESCRIPT, "it ended with status %d and no report: %.1500s", *exit,
                          err.length > 0 ? kr_buffer_text(&err) : kr_buffer_text(&out));
    }
  }
  kr_buffer_free(&out);
  kr_buffer_free(&err);
  return code;
}

int kr_case_ask(json_t **answer, const struct kr_invocation *invocation, const char *module, const json_t *wanted,
                const json_t *report, int exit, struct kr_error *error) {
  struct kr_buffer name;
  kr_buffer_init(&name, 200);
  json_t *question = json_pack("{s:O, s:O, s:i}", "case", wanted, "report", report, "exit", exit);
  int code = question && !kr_buffer_printf(&name, "krunbook.testing.%s", module) ? 0 : no_memory(error);
  if (!code)
    code = kr_script_think(answer, invocation, kr_buffer_text(&name), "run", NULL, KR_THINK_LARGE, question, error);
  kr_buffer_free(&name);
  json_decref(question);
  return code;
}

/* A finding as a person would write it: what it is first. */
static json_t *in_order(json_t *finding) {
  static const char *const names[] = {"code",  "severity",   "object",   "count",
                                      "chain", "cause_code", "contains", "decided_by"};
  json_t *ordered = json_object(), *value;
  const char *name;
  int failed = !ordered;
  for (size_t i = 0; !failed && i < sizeof names / sizeof *names; i++) {
    value = json_object_get(finding, names[i]);
    if (value) failed = json_object_set(ordered, names[i], value);
  }
  json_object_foreach(finding, name, value) {
    if (!failed && !json_object_get(ordered, name)) failed = json_object_set(ordered, name, value);
  }
  if (!failed) return ordered;
  json_decref(ordered);
  return NULL;
}

/* Lua knows no empty list. */
static json_t *as_list(json_t *value) {
  json_t *list = json_array(), *item;
  size_t i;
  int failed = !list;
  json_array_foreach(value, i, item) {
    if (!failed) failed = json_array_append_new(list, json_is_object(item) ? in_order(item) : json_incref(item));
  }
  if (!failed) return list;
  json_decref(list);
  return NULL;
}

int kr_case_write(const char *path, const json_t *wanted, const json_t *answer, struct kr_error *error) {
  static const char *const lists[] = {"findings", "healthy", "unknown"};
  json_t *document = json_copy((json_t *)wanted);
  int failed = !document || json_object_set(document, "exit", json_object_get(answer, "exit"));
  for (size_t i = 0; !failed && i < sizeof lists / sizeof *lists; i++) {
    json_t *value = json_object_get(answer, lists[i]);
    if (value) failed = json_object_set_new(document, lists[i], as_list(value));
  }
  char *text = failed ? NULL : json_dumps(document, JSON_INDENT(2));
  struct kr_buffer whole;
  kr_buffer_init(&whole, CASE_MAX);
  int code = text && !kr_buffer_printf(&whole, "%s\n", text) ? 0 : no_memory(error);
  if (!code) code = kr_file_write(path, kr_buffer_text(&whole), whole.length, 0666, error);
  kr_buffer_free(&whole);
  free(text);
  json_decref(document);
  return code;
}
