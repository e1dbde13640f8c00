/* run_jobs.c - NAME... --flags NAME... --flags: which runbooks, and what each of them is given. */
#include <string.h>

#include "base/text.h"
#include "book/arguments.h"
#include "cli/globals.h"
#include "cli/run_work.h"

#define NAMES_MAX 200

static bool is_flag(const char *text) { return text[0] == '-' && text[1] == '-' && text[2] != '\0'; }

static int add_job(struct kr_work *work, const char *name, size_t group, struct kr_error *error) {
  if (work->count == KR_WORK_JOBS_MAX)
    return kr_error_set(error, KR_EUSAGE, "more than %d runbooks in one invocation", KR_WORK_JOBS_MAX);
  struct kr_job *job = &work->jobs[work->count];
  int code = kr_library_find(&job->place, work->invocation->library, name, error);
  if (code) return code;
  work->count++;
  job->group = group;
  job->given = json_object();
  return job->given ? 0 : kr_error_set(error, KR_ENOMEM, "out of memory");
}

/* Runs the files of the jobs from first on, so that what they declare is known. */
static int load_jobs(struct kr_work *work, size_t first, struct kr_error *error) {
  int code = 0;
  for (size_t i = first; !code && i < work->count; i++)
    code = kr_runs_add(&work->jobs[i].run, work->runs, &work->jobs[i].place, error);
  return code ? code : kr_runs_load(work->runs, error);
}

/* A flag of the command line, taken apart. */
struct given {
  char name[64];
  const char *value; /* after '='; NULL: none */
};

/* What the flag is to one runbook of the group; NULL: it does not declare it. */
static const char *declared_as(const struct kr_job *job, const struct given *given, bool *negated, bool *alone) {
  const json_t *metadata = kr_run_metadata(job->run);
  const json_t *args = json_object_get(metadata, "args");
  const char *name = metadata ? kr_arguments_name(args, given->name, negated) : NULL;
  *alone = name && kr_arguments_is_flag(args, name);
  return name;
}

/* Nothing is called so: the nearest may be an argument of the runbook, or a flag that every command takes. */
static int unknown_argument(const struct kr_job *job, const char *name, struct kr_error *error) {
  const json_t *declared = json_object_get(kr_run_metadata(job->run), "args");
  struct kr_globals none;
  struct kr_option_table globals = kr_globals_table(&none);
  const char *names[NAMES_MAX], *argument;
  json_t *ignored;
  size_t count = 0;
  json_object_foreach((json_t *)declared, argument, ignored) {
    if (count < NAMES_MAX) names[count++] = argument;
  }
  for (size_t i = 0; i < globals.count && count < NAMES_MAX; i++) names[count++] = globals.rows[i].name;
  const char *nearest = kr_text_nearest(name, names, count);
  if (nearest)
    return kr_error_set(error, KR_EUSAGE, "%s: no argument --%.100s; nearest: --%s", job->place.name, name, nearest);
  int code = kr_arguments_unknown(declared, name, error);
  kr_error_prefix(error, "%s", job->place.name);
  return code;
}

/* Gives a flag to every runbook of the group that declares it. *used tells whether next was its value. */
static int give(struct kr_work *work, size_t group, const struct given *given, const char *next, bool *used,
                struct kr_error *error) {
  const struct kr_job *first = NULL;
  bool taken = false, unloaded = false;
  *used = false;
  for (size_t i = 0; i < work->count; i++) {
    struct kr_job *job = &work->jobs[i];
    bool negated = false, alone = false;
    if (job->group != group) continue;
    if (!kr_run_metadata(job->run)) unloaded = true;
    if (!first && kr_run_metadata(job->run)) first = job;
    const char *name = declared_as(job, given, &negated, &alone);
    if (!name) continue;
    const char *value = given->value ? given->value : alone ? (negated ? "false" : "true") : next;
    if (!value) return kr_error_set(error, KR_EUSAGE, "--%s needs a value", given->name);
    if (!given->value && !alone) *used = true;
    json_t *text = json_string(value);
    if (!text) return kr_error_set(error, KR_EUSAGE, "--%s: its value is not valid UTF-8", given->name);
    if (kr_arguments_give(job->given, name, text)) return kr_error_set(error, KR_ENOMEM, "out of memory");
    taken = true;
  }
  if (taken) return 0;
  if (unloaded) { /* one that failed to load might have declared it */
    *used = !given->value && next && !is_flag(next);
    return 0;
  }
  if (!first) return kr_error_set(error, KR_EUSAGE, "--%s: no runbook was named before it", given->name);
  return unknown_argument(first, given->name, error);
}

static int read_flag(struct given *given, const char *text, struct kr_error *error) {
  const char *equals = strchr(text, '=');
  size_t length = equals ? (size_t)(equals - text) - 2 : strlen(text) - 2;
  if (length >= sizeof given->name) return kr_error_set(error, KR_EUSAGE, "no argument %.100s", text);
  memcpy(given->name, text + 2, length);
  given->name[length] = '\0';
  given->value = equals ? equals + 1 : NULL;
  return 0;
}

/* Flags belong to the names right before them. */
int kr_work_read_jobs(struct kr_work *work, struct kr_error *error) {
  const char **words = work->invocation->operands;
  size_t total = work->invocation->operand_count, group = 0, loaded = 0;
  int code = 0;
  for (size_t i = 0; !code && i < total; i++) {
    if (strcmp(words[i], "--") == 0) continue;
    if (words[i][0] != '-') {
      if (loaded == work->count) group++;
      for (; i < total && words[i][0] != '-' && !code; i++) code = add_job(work, words[i], group, error);
      i--;
      continue;
    }
    if (!is_flag(words[i]))
      return kr_error_set(error, KR_EUSAGE, "no flag %.100s; --help shows what there is", words[i]);
    if (work->count == 0)
      return kr_error_set(error, KR_EUSAGE, "no flag %.100s; a runbook's own flags come after its name", words[i]);
    if (!work->runs) code = kr_work_open(work, error);
    if (!code && loaded < work->count) code = load_jobs(work, loaded, error);
    if (!code) loaded = work->count;
    struct given given = {.value = NULL};
    bool used = false;
    if (!code) code = read_flag(&given, words[i], error);
    if (!code) code = give(work, group, &given, i + 1 < total ? words[i + 1] : NULL, &used, error);
    i += used;
  }
  if (!code && work->count == 0)
    code = kr_error_set(error, KR_EUSAGE, "which runbook? krunbook run NAME; krunbook list shows what there is");
  if (!code && !work->runs) code = kr_work_open(work, error);
  return code || loaded == work->count ? code : load_jobs(work, loaded, error);
}
