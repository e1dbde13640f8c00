/* cmd_run.c - krunbook run NAME...: runbooks with their arguments, on one cluster, into one report. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cancel.h"
#include "base/log.h"
#include "base/text.h"
#include "book/arguments.h"
#include "book/run.h"
#include "cli/describe.h"
#include "cli/globals.h"
#include "cli/kubectl.h"
#include "cli/notify.h"
#include "cli/outputs.h"
#include "cli/script.h"

#define RUNBOOKS_MAX 64
#define NAMES_MAX    200
#define KUBECTL_MAX  ((size_t)64 << 10)

/* One runbook of the command line. Those between the same flags are one group, whose arguments they share. */
struct job {
  struct kr_place place;
  struct kr_run *run;
  size_t group;
  json_t *given;
};

struct work {
  struct kr_invocation *invocation;
  struct job jobs[RUNBOOKS_MAX];
  size_t count;
  char *namespace_;
  struct kr_buffer kubectl;
  struct kr_client *client;
  struct kr_report *report;
  struct kr_runs *runs;
  struct kr_vm_limits limits;
  int status; /* to exit with, once the report is written */
};

struct settings {
  struct kr_notify notify;
};

static bool is_flag(const char *text) { return text[0] == '-' && text[1] == '-' && text[2] != '\0'; }

static int add_job(struct work *work, const char *name, size_t group, struct kr_error *error) {
  if (work->count == RUNBOOKS_MAX)
    return kr_error_set(error, KR_EUSAGE, "more than %d runbooks in one invocation", RUNBOOKS_MAX);
  struct job *job = &work->jobs[work->count];
  int code = kr_library_find(&job->place, work->invocation->library, name, error);
  if (code) return code;
  work->count++;
  job->group = group;
  job->given = json_object();
  return job->given ? 0 : kr_error_set(error, KR_ENOMEM, "out of memory");
}

static int open_cluster(struct work *work, struct kr_error *error) {
  const struct kr_globals *globals = &work->invocation->globals;
  struct kr_transport *transport = NULL;
  int code = kr_cli_connect(&transport, &work->namespace_, work->invocation, error);
  if (code) return code;
  int64_t now = kr_transport_now(transport);
  code = kr_client_new(&work->client, transport, error); /* takes the transport, also when it fails */
  if (!code) code = kr_report_new(&work->report, work->invocation->mask, now, error);
  if (code) return code;
  if (kr_cli_kubectl(&work->kubectl, globals))
    return kr_error_set(error, KR_EUSAGE, "the flags that name the cluster are too long");
  kr_report_explain(work->report, globals->explain);
  struct kr_run_options options = {.client = work->client,
                                   .library = work->invocation->library,
                                   .report = work->report,
                                   .limits = kr_script_limits(work->invocation),
                                   .namespace_ = work->namespace_,
                                   .all_namespaces = globals->all_namespaces,
                                   .labels = globals->labels,
                                   .kubectl = kr_buffer_text(&work->kubectl)};
  options.limits.wall_ms = globals->timeout_ms;
  work->limits = options.limits;
  return kr_runs_new(&work->runs, &options, error);
}

/* Runs the files of the jobs from first on, so that what they declare is known. */
static int load_jobs(struct work *work, size_t first, struct kr_error *error) {
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
static const char *declared_as(const struct job *job, const struct given *given, bool *negated, bool *alone) {
  const json_t *metadata = kr_run_metadata(job->run);
  const json_t *args = json_object_get(metadata, "args");
  const char *name = metadata ? kr_arguments_name(args, given->name, negated) : NULL;
  *alone = name && kr_arguments_is_flag(args, name);
  return name;
}

/* Nothing is called so: the nearest may be an argument of the runbook, or a flag that every command takes. */
static int unknown_argument(const struct job *job, const char *name, struct kr_error *error) {
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
static int give(struct work *work, size_t group, const struct given *given, const char *next, bool *used,
                struct kr_error *error) {
  const struct job *first = NULL;
  bool taken = false, unloaded = false;
  *used = false;
  for (size_t i = 0; i < work->count; i++) {
    struct job *job = &work->jobs[i];
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

/* NAME... --flags NAME... --flags: flags belong to the names right before them. */
static int read_jobs(struct work *work, struct kr_error *error) {
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
    if (!work->runs) code = open_cluster(work, error);
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
  if (!code && !work->runs) code = open_cluster(work, error);
  return code || loaded == work->count ? code : load_jobs(work, loaded, error);
}

/* What was spent, and what a runbook may spend. */
static void say_spent(const struct work *work) {
  struct kr_vm_spent spent = kr_runs_spent(work->runs);
  struct rusage usage = {0};
  (void)getrusage(RUSAGE_SELF, &usage); /* zeros where it fails */
  kr_log(1, "%lld requests, %lld bytes, %lld ms in all: %lld ms waiting, %lld ms in Lua, %zu KiB at most in Lua",
         (long long)spent.requests, (long long)spent.bytes, (long long)spent.wall_ms, (long long)spent.wait_ms,
         (long long)spent.lua_cpu_ms, spent.memory_peak >> 10);
  kr_log(1, "%ld KiB of memory at most", usage.ru_maxrss);
  kr_log(1, "limits of a runbook: %lld requests, %lld bytes, %lld ms and %zu KiB in Lua",
         (long long)work->limits.requests, (long long)work->limits.response_bytes, (long long)work->limits.cpu_ms,
         work->limits.memory >> 10);
}

/* The section of a runbook that cannot start says why; the others go on. */
static int perform(struct work *work, struct kr_error *error) {
  int code = read_jobs(work, error);
  for (size_t i = 0; !code && i < work->count; i++) {
    struct kr_error failure = KR_ERROR_INIT;
    if (kr_run_start(work->jobs[i].run, work->jobs[i].given, &failure)) kr_run_fail(work->jobs[i].run, &failure);
  }
  if (!code) code = kr_runs_finish(work->runs, error);
  if (!code) code = kr_cli_recorded(work->invocation, kr_client_transport(work->client), error);
  if (kr_cancelled() && work->report) kr_report_interrupted(work->report);
  bool reported = work->runs && (!code || code == KR_ECANCELLED);
  if (!reported) return code;
  if (code == KR_ECANCELLED) (void)kr_report_error(work->report, error);
  work->status = kr_outputs_write(work->invocation, kr_report_document(work->report));
  say_spent(work);
  return KR_OK;
}

static int run(struct kr_invocation *invocation) {
  struct kr_error error = KR_ERROR_INIT;
  if (invocation->globals.help) return kr_describe_runbook(invocation);
  struct work *work = calloc(1, sizeof *work);
  if (!work) return 3;
  work->invocation = invocation;
  kr_buffer_init(&work->kubectl, KUBECTL_MAX);
  const struct settings *settings = invocation->settings;
  int code = kr_notify_check(&invocation->notify, &settings->notify, &error);
  if (!code) code = perform(work, &error);
  int status = code ? kr_cli_fail(invocation, &error) : work->status;
  kr_runs_free(work->runs);
  kr_report_free(work->report);
  kr_client_free(work->client);
  for (size_t i = 0; i < work->count; i++) {
    kr_place_free(&work->jobs[i].place);
    json_decref(work->jobs[i].given);
  }
  kr_buffer_free(&work->kubectl);
  free(work->namespace_);
  free(work);
  return status;
}

static const struct kr_option options[] = {KR_NOTIFY_ROWS(offsetof(struct settings, notify))};

const struct kr_command kr_command_run = {
    .name = "run",
    .operands = "NAME... [ARGUMENTS]",
    .summary = "run runbooks and print their report",
    .details =
        "Runs one or more runbooks. A NAME with a \"/\" is a path; else it is looked for as krunbook list shows.\n"
        "A runbook's own arguments come after its name: --help there lists them.\n\n"
        "  krunbook run pod-status --pod error\n"
        "  krunbook run pod-status -n shop -l app=web --explain\n"
        "  krunbook run ./mine.lua --since 10m -o json\n"
        "  krunbook run pod-status -A -o text -o html=report.html\n"
        "  krunbook run pod-status --help\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .settings_size = sizeof(struct settings),
    .keep_unknown_flags = true,
    .reports = true,
    .run = run};
