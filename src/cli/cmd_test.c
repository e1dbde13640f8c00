/* cmd_test.c - krunbook test [DIR|FILE...]: cases of runbooks on snapshots, and specs of Lua modules. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "book/render.h"
#include "cli/ask.h"
#include "cli/case.h"
#include "cli/script.h"
#include "cli/test_find.h"
#include "cli/test_record.h"
#include "cli/test_results.h"
#include "cli/test_shuffle.h"

enum { SEED_MAX = 1000000000 };

struct settings {
  const char *output, *only, *record;
  bool update, shuffle;
  int64_t seed;
};

struct testing {
  struct kr_invocation *invocation;
  const struct settings *settings;
  struct kr_tests tests;
  json_t *results;
  int64_t seed; /* of --shuffle */
};

static int no_memory(struct kr_error *error) { return kr_error_set(error, KR_ENOMEM, "out of memory while testing"); }

/* Takes lines over, a list or NULL. */
static int note(struct testing *testing, const char *name, const char *result, json_t *lines, int64_t began,
                struct kr_error *error) {
  json_t *one = json_pack("{s:s, s:s, s:f, s:o}", "name", name, "result", result, "seconds",
                          (double)(kr_clock_monotonic() - began) / 1000, "lines", lines ? lines : json_array());
  return json_array_append_new(testing->results, one) ? no_memory(error) : 0;
}

/* What could not be run is a result too; only want of memory and Ctrl-C end the whole. */
static int note_error(struct testing *testing, const char *name, const struct kr_error *failure, int64_t began,
                      struct kr_error *error) {
  if (failure->code == KR_ENOMEM || failure->code == KR_ECANCELLED) {
    *error = *failure;
    return failure->code;
  }
  json_t *text = json_string(failure->message);
  if (!text) text = json_string("its message is no text");
  return note(testing, name, "error", json_pack("[o]", text), began, error);
}

static bool is_wanted(const struct testing *testing, const char *name) {
  return !testing->settings->only || strstr(name, testing->settings->only) != NULL;
}

/* The lines in which a run differs from its case. */
static int differences(json_t **lines, const struct testing *testing, const json_t *wanted, const json_t *report,
                       int exit, struct kr_error *error) {
  json_t *answer = NULL;
  int code = kr_case_ask(&answer, testing->invocation, "compare", wanted, report, exit, error);
  json_t *found = json_object_get(answer, "differences");
  *lines = code ? NULL : json_is_array(found) ? json_incref(found) : json_array();
  json_decref(answer);
  return code;
}

static int update(const struct testing *testing, const struct kr_case *one, const json_t *report, int exit,
                  struct kr_error *error) {
  json_t *answer = NULL;
  int code = kr_case_ask(&answer, testing->invocation, "update", one->wanted, report, exit, error);
  if (!code) code = kr_case_write(one->path, one->wanted, answer, error);
  json_decref(answer);
  return code;
}

/* With --shuffle: adds how the run differs where things are called otherwise. */
static int shuffle(json_t *lines, const struct testing *testing, const struct kr_case *one, const json_t *report,
                   int exit, struct kr_error *error) {
  json_t *more = NULL;
  if (!testing->settings->shuffle) return 0;
  int code = kr_case_shuffle(&more, testing->invocation, one, report, exit, testing->seed, error);
  if (!code && json_array_size(more) > 0 &&
      (json_array_append_new(lines, json_string("with other names:")) || json_array_extend(lines, more)))
    code = no_memory(error);
  json_decref(more);
  return code;
}

static int run_case(struct testing *testing, const char *path, struct kr_error *error) {
  struct kr_error failure = KR_ERROR_INIT;
  struct kr_case one;
  json_t *report = NULL, *lines = NULL;
  int exit = 0;
  int64_t began = kr_clock_monotonic();
  int code = kr_case_read(&one, path, testing->invocation->library, &failure);
  if (!code && !is_wanted(testing, one.name)) {
    kr_case_free(&one);
    return 0;
  }
  if (!code) kr_status_show(one.name);
  if (!code) code = kr_case_run(&report, &exit, testing->invocation, &one, one.snapshot, one.wanted, &failure);
  if (!code) code = differences(&lines, testing, one.wanted, report, exit, &failure);
  bool differs = json_array_size(lines) > 0;
  if (!code && differs && testing->settings->update) {
    code = update(testing, &one, report, exit, &failure);
    if (!code) code = json_array_insert_new(lines, 0, json_string("updated:")) ? no_memory(&failure) : 0;
    differs = false;
  }
  size_t before = json_array_size(lines);
  if (!code) code = shuffle(lines, testing, &one, report, exit, &failure);
  if (json_array_size(lines) > before) differs = true;
  if (code) {
    json_decref(lines);
    code = note_error(testing, one.name ? one.name : path, &failure, began, error);
  } else {
    code = note(testing, one.name, differs ? "fail" : "pass", lines, began, error);
  }
  json_decref(report);
  kr_case_free(&one);
  return code;
}

/* {tests: [{title, problem}]}: each is a result of its own. */
static int note_spec(struct testing *testing, const char *module, const json_t *answer, int64_t began,
                     struct kr_error *error) {
  const json_t *test;
  size_t i;
  int code = 0;
  json_array_foreach(json_object_get(answer, "tests"), i, test) {
    const char *title = json_string_value(json_object_get(test, "title"));
    json_t *problem = json_object_get(test, "problem");
    struct kr_buffer name;
    kr_buffer_init(&name, (size_t)1 << 20);
    if (!code && kr_buffer_printf(&name, "%s: %s", module, title ? title : "?")) code = no_memory(error);
    if (!code && is_wanted(testing, kr_buffer_text(&name)))
      code = note(testing, kr_buffer_text(&name), problem ? "fail" : "pass", problem ? json_pack("[O]", problem) : NULL,
                  began, error);
    began = kr_clock_monotonic(); /* the first bears the whole file's time */
    kr_buffer_free(&name);
  }
  return code;
}

static int run_spec(struct testing *testing, const char *path, struct kr_error *error) {
  struct kr_error failure = KR_ERROR_INIT;
  char module[256] = "";
  const char *base = strrchr(path, '/');
  base = base ? base + 1 : path;
  size_t length = strlen(base) - strlen(".lua");
  json_t *answer = NULL, *question = NULL;
  char *beside = kr_path_folder(path);
  int64_t began = kr_clock_monotonic();
  int code = beside ? 0 : no_memory(&failure);
  if (!code && length >= sizeof module) code = kr_error_set(&failure, KR_EINVAL, "%.300s: its name is too long", base);
  if (!code) (void)snprintf(module, sizeof module, "%.*s", (int)length, base);
  if (!code && !(question = json_pack("{s:s}", "module", module)))
    code = kr_error_set(&failure, KR_EINVAL, "%.300s: its name is no module's", base);
  if (!code) kr_status_show(module);
  if (!code)
    code =
        kr_script_think(&answer, testing->invocation, "krunbook.testing.specs", "run", beside, 1, question, &failure);
  code = code ? note_error(testing, path, &failure, began, error) : note_spec(testing, module, answer, began, error);
  free(beside);
  json_decref(question);
  json_decref(answer);
  return code;
}

/* Makes the case, which is then run: what was recorded must be enough for it. */
static int record(struct testing *testing, struct kr_error *error) {
  const struct kr_invocation *invocation = testing->invocation;
  size_t at = 0;
  char *path = NULL;
  while (at < invocation->operand_count && strcmp(invocation->operands[at], "--") != 0) at++;
  if (at != 0 || invocation->operand_count < 2)
    return kr_error_set(error, KR_EUSAGE, "--record NAME takes a run: krunbook test --record NAME -- run RUNBOOK ...");
  int code = kr_test_record(&path, invocation, testing->settings->record, invocation->operands + 1,
                            invocation->operand_count - 1, error);
  if (!code) code = kr_tests_find(&testing->tests, path, error);
  free(path);
  return code;
}

static int find(struct testing *testing, struct kr_error *error) {
  const struct kr_invocation *invocation = testing->invocation;
  int code = 0;
  for (size_t i = 0; !code && i < invocation->operand_count; i++)
    if (strcmp(invocation->operands[i], "--") != 0)
      code = kr_tests_find(&testing->tests, invocation->operands[i], error);
  if (!code && invocation->operand_count == 0) code = kr_tests_find(&testing->tests, ".", error);
  if (!code && testing->tests.count == 0)
    code = kr_error_set(error, KR_ENOTFOUND,
                        "there are no tests here: a case is a folder NAME.tests/CASE with a case.json "
                        "beside NAME.lua, a spec a file NAME_spec.lua; krunbook new makes both");
  return code;
}

static int run_all(struct testing *testing, struct kr_error *error) {
  int code = 0;
  for (size_t i = 0; !code && i < testing->tests.count; i++) {
    const char *path = testing->tests.paths[i];
    if (kr_cancelled()) return kr_error_set(error, KR_ECANCELLED, "interrupted");
    code = kr_test_is_spec(path) ? run_spec(testing, path, error) : run_case(testing, path, error);
  }
  if (!code && json_array_size(testing->results) == 0)
    code = kr_error_set(error, KR_ENOTFOUND, "no test has \"%.100s\" in its name", testing->settings->only);
  return code;
}

static kr_test_render_fn find_renderer(const struct kr_invocation *invocation, struct kr_error *error) {
  const struct settings *settings = invocation->settings;
  const char *output = settings->output ? settings->output : "text";
  if (strcmp(output, "text") == 0) return kr_test_render_text;
  if (strcmp(output, "json") == 0) return kr_test_render_json;
  if (strcmp(output, "tap") == 0) return kr_test_render_tap;
  if (strcmp(output, "junit") == 0) return kr_test_render_junit;
  (void)kr_error_set(error, KR_EUSAGE, "-o takes text, json, tap or junit here, not \"%.100s\"", output);
  return NULL;
}

static int print(const struct testing *testing, kr_test_render_fn render, struct kr_error *error) {
  struct kr_buffer text;
  kr_buffer_init(&text, KR_RENDER_MAX);
  char note[64] = "";
  if (testing->settings->shuffle) (void)snprintf(note, sizeof note, "--seed %lld", (long long)testing->seed);
  int code = render(&text, testing->results, *note ? note : NULL);
  if (code) kr_error_set(error, code, "the results cannot be written: they are too large, or memory was refused");
  if (!code) code = kr_cli_print(kr_buffer_text(&text), text.length, error);
  kr_buffer_free(&text);
  return code;
}

static int run(struct kr_invocation *invocation) {
  struct kr_error error = KR_ERROR_INIT;
  struct testing testing = {.invocation = invocation, .settings = invocation->settings, .results = json_array()};
  testing.seed = testing.settings->seed > 0 ? testing.settings->seed : kr_clock_now() % SEED_MAX + 1;
  kr_test_render_fn render = find_renderer(invocation, &error);
  int code = render ? 0 : error.code;
  if (!code && !testing.results) code = no_memory(&error);
  if (!code) code = testing.settings->record ? record(&testing, &error) : find(&testing, &error);
  if (!code) code = run_all(&testing, &error);
  if (!code) code = print(&testing, render, &error);
  int status = kr_test_count(testing.results, "fail") > 0    ? KR_EXIT_CRITICAL
               : kr_test_count(testing.results, "error") > 0 ? KR_EXIT_UNKNOWN
                                                             : KR_EXIT_OK;
  json_decref(testing.results);
  kr_tests_free(&testing.tests);
  return code ? kr_cli_fail(invocation, &error) : status;
}

static const struct kr_option options[] = {
    {'o', "output", KR_OPTION_TEXT, offsetof(struct settings, output), "FORMAT",
     "text, json, tap or junit. Default: text"},
    {0, "only", KR_OPTION_TEXT, offsetof(struct settings, only), "PART", "only tests that have this in their name"},
    {0, "update", KR_OPTION_BOOL, offsetof(struct settings, update), NULL,
     "write into the cases what their runs reported"},
    {0, "shuffle", KR_OPTION_BOOL, offsetof(struct settings, shuffle), NULL,
     "run each case a second time with all names replaced at random: the same codes must come"},
    {0, "seed", KR_OPTION_INTEGER, offsetof(struct settings, seed), "N", "of --shuffle, to get the same names again"},
    {0, "record", KR_OPTION_TEXT, offsetof(struct settings, record), "NAME",
     "make a case of the run after --: what it asks for and what it reports; the tests that are run are this one"},
};

const struct kr_command kr_command_test = {
    .name = "test",
    .operands = "[DIR|FILE...]",
    .summary = "test runbooks on snapshots, and Lua modules",
    .details =
        "Runs every case and every spec in the folders (the current one when none is given). A case is a folder\n"
        "NAME.tests/CASE beside NAME.lua; its case.json says which arguments, on which snapshot, must give which\n"
        "findings and exit status. A spec is a file NAME_spec.lua that returns {[\"what holds\"] = function(check) ... "
        "end}.\n"
        "Of a case that fails, lines with - were expected, lines with + were found.\n\n"
        "Exit status: 0 all passed, 2 some failed, 3 some could not be run.\n\n"
        "  krunbook test\n  krunbook test team/rollout.lua --update\n  krunbook test team -o junit > junit.xml\n"
        "  krunbook test --record two-pods-crash -- run ./mine.lua -n shop --context prod\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .settings_size = sizeof(struct settings),
    .run = run};
