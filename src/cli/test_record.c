/* test_record.c - see test_record.h. The run is a process of its own, with --record around what it asks. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include "cli/test_record.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/case.h"
#include "cli/child.h"
#include "cli/globals.h"

#define REPORT_MAX ((size_t)64 << 20)
#define SAID_MAX   ((size_t)256 << 10)
#define WORDS_MAX  400

enum { TIMEOUT_MS = 600000 };

struct recording {
  const struct kr_invocation *invocation;
  const char *const *words; /* as they were given */
  size_t count;
  struct kr_globals globals; /* the flags among them */
  const char **rest;         /* the others: "run", the runbook, its arguments */
  size_t rest_count;
  char *folder, *snapshot;
};

static int no_memory(struct kr_error *error) { return kr_error_set(error, KR_ENOMEM, "out of memory for a case"); }

/* Tells the flags from what is the runbook's. */
static int read_words(struct recording *recording, struct kr_error *error) {
  struct kr_option_table table = kr_globals_table(&recording->globals);
  recording->globals.request_timeout_ms = -1;
  recording->rest = calloc(recording->count + 1, sizeof *recording->rest);
  if (!recording->rest) return no_memory(error);
  recording->rest_count = recording->count;
  for (size_t i = 0; i < recording->count; i++) recording->rest[i] = recording->words[i];
  int code = kr_options_parse(&table, 1, recording->rest, &recording->rest_count, true, error);
  if (code) return code;
  bool is_run = recording->rest_count >= 2 && strcmp(recording->rest[0], "run") == 0 && recording->rest[1][0] != '-';
  if (!is_run)
    return kr_error_set(error, KR_EUSAGE, "--record NAME takes a run: krunbook test --record NAME -- run RUNBOOK ...");
  if (recording->globals.outputs.count > 0 || recording->globals.record)
    return kr_error_set(error, KR_EUSAGE, "the run that is recorded takes no -o and no --record");
  return 0;
}

/* RUNBOOK.tests/NAME, in which nothing is yet. */
static int make_folder(struct recording *recording, const char *name, struct kr_error *error) {
  struct kr_buffer folder;
  const char *runbook = recording->rest[1];
  size_t length = strlen(runbook);
  if (length > 4 && strcmp(runbook + length - 4, ".lua") == 0) length -= 4;
  if (*name == '\0' || *name == '.' || strchr(name, '/'))
    return kr_error_set(error, KR_EUSAGE, "\"%.100s\" is no name for a case: it becomes the name of a folder", name);
  kr_buffer_init(&folder, 8192);
  int code = kr_buffer_printf(&folder, "%.*s.tests/%s", (int)length, runbook, name);
  recording->folder = code ? NULL : kr_buffer_take(&folder);
  kr_buffer_free(&folder);
  recording->snapshot = recording->folder ? kr_path_join(recording->folder, "snapshot") : NULL;
  if (!recording->snapshot) return no_memory(error);
  char *file = kr_path_join(recording->folder, "case.json");
  bool taken = file && (kr_file_exists(file) || kr_folder_exists(recording->snapshot));
  free(file);
  if (taken) return kr_error_set(error, KR_EUSAGE, "there is a case %s already", recording->folder);
  return kr_folder_make(recording->folder, error);
}

static int run(json_t **report, int *exit, const struct recording *recording, struct kr_error *error) {
  const struct kr_strings *paths = &recording->invocation->globals.runbook_paths;
  const char *words[WORDS_MAX + 1] = {NULL};
  size_t count = 0;
  struct kr_buffer out, err;
  if (recording->count + 2 * paths->count + 4 > WORDS_MAX) return kr_error_set(error, KR_ELIMIT, "too many arguments");
  for (size_t i = 0; i < recording->count; i++) words[count++] = recording->words[i];
  for (size_t i = 0; i < paths->count; i++) {
    words[count++] = "--runbook-path";
    words[count++] = paths->items[i];
  }
  words[count++] = "--record";
  words[count++] = recording->snapshot;
  words[count++] = "-o";
  words[count++] = "json";
  struct kr_child child = {.arguments = words, .timeout_ms = TIMEOUT_MS};
  kr_buffer_init(&out, REPORT_MAX);
  kr_buffer_init(&err, SAID_MAX);
  int code = kr_child_run(&out, &err, exit, &child, error);
  if (!code) *report = json_loadb(kr_buffer_text(&out), out.length, 0, NULL);
  const json_t *wrong = json_array_get(json_object_get(*report, "errors"), 0);
  const char *message = json_string_value(json_object_get(wrong, "message"));
  if (!code && (!json_is_object(*report) || message))
    code = kr_error_set(error, KR_ESCRIPT, "the run failed: %.1500s", message ? message : kr_buffer_text(&err));
  kr_buffer_free(&out);
  kr_buffer_free(&err);
  return code;
}

/* The namespace of a run that names none is the context's: the case names it. */
static char *find_namespace(const struct recording *recording, struct kr_error *error) {
  struct kr_invocation asking = *recording->invocation;
  struct kr_transport *transport = NULL;
  char *namespace_ = NULL;
  asking.globals = recording->globals;
  if (kr_cli_connect(&transport, &namespace_, &asking, error)) return NULL;
  kr_transport_free(transport);
  return namespace_;
}

/* What the case is, but for what is expected. */
static json_t *describe(const struct recording *recording, const char *namespace_) {
  const struct kr_globals *globals = &recording->globals;
  struct kr_buffer title;
  kr_buffer_init(&title, 4096);
  json_t *args = json_array();
  int failed = kr_buffer_puts(&title, "krunbook");
  for (size_t i = 0; i < recording->rest_count; i++) {
    const char *word = recording->rest[i];
    if (!failed) failed = kr_buffer_printf(&title, " %s", word);
    if (!failed && i >= 2 && strcmp(word, "--") != 0) failed = json_array_append_new(args, json_string(word));
  }
  json_t *wanted = failed ? NULL
                          : json_pack("{s:s, s:s, s:s*, s:s*, s:O}", "title", kr_buffer_text(&title), "snapshot",
                                      "snapshot", "namespace", globals->all_namespaces ? NULL : namespace_, "selector",
                                      globals->labels, "args", args);
  if (wanted && globals->all_namespaces && json_object_set_new(wanted, "all_namespaces", json_true())) {
    json_decref(wanted);
    wanted = NULL;
  }
  json_decref(args);
  kr_buffer_free(&title);
  return wanted;
}

static int write_case(char **path, const struct recording *recording, const json_t *report, int exit,
                      struct kr_error *error) {
  json_t *answer = NULL;
  char *namespace_ = recording->globals.all_namespaces ? NULL : find_namespace(recording, error);
  if (!recording->globals.all_namespaces && !namespace_) return error->code;
  json_t *wanted = describe(recording, namespace_);
  int code = wanted ? 0 : no_memory(error);
  if (!code) code = kr_case_ask(&answer, recording->invocation, "update", wanted, report, exit, error);
  if (!code) *path = recording->folder ? kr_path_join(recording->folder, "case.json") : NULL;
  if (!code && !*path) code = no_memory(error);
  if (!code) code = kr_case_write(*path, wanted, answer, error);
  json_decref(answer);
  json_decref(wanted);
  free(namespace_);
  return code;
}

int kr_test_record(char **path, const struct kr_invocation *invocation, const char *name, const char *const *words,
                   size_t count, struct kr_error *error) {
  struct recording recording = {.invocation = invocation, .words = words, .count = count};
  json_t *report = NULL;
  int exit = 0;
  *path = NULL;
  int code = read_words(&recording, error);
  if (!code) code = make_folder(&recording, name, error);
  if (!code) {
    code = run(&report, &exit, &recording, error);
    if (!code) code = write_case(path, &recording, report, exit, error);
    if (code && recording.folder) (void)rmdir(recording.folder); /* where nothing is in it */
  }
  if (code) {
    free(*path);
    *path = NULL;
  }
  struct kr_option_table table = kr_globals_table(&recording.globals);
  kr_options_free(&table);
  json_decref(report);
  free(recording.rest);
  free(recording.folder);
  free(recording.snapshot);
  return code;
}
