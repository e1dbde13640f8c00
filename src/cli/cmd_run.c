/* cmd_run.c - krunbook run NAME...: runbooks with their arguments, on one cluster or several, into one report. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "cli/contexts.h"
#include "cli/describe.h"
#include "cli/notify.h"
#include "cli/run_work.h"
#include "cli/schedule.h"

struct settings {
  struct kr_notify notify;
  struct kr_schedule_flags schedule;
  bool all_contexts;
  const char *shard;
};

/* The section of a runbook that cannot start says why; the others go on. */
static int perform(struct kr_work *work, struct kr_error *error) {
  int code = kr_work_read_jobs(work, error);
  for (size_t i = 0; !code && i < work->count; i++) {
    struct kr_error failure = KR_ERROR_INIT;
    if (kr_run_start(work->jobs[i].run, work->jobs[i].given, &failure)) kr_run_fail(work->jobs[i].run, &failure);
  }
  if (!code) code = kr_runs_finish(work->runs, error);
  if (!code) code = kr_cli_recorded(work->invocation, kr_client_transport(work->client), error);
  if (kr_cancelled() && work->plan->report) kr_report_interrupted(work->plan->report);
  bool reported = work->runs && (!code || code == KR_ECANCELLED);
  if (!reported) return code;
  if (code == KR_ECANCELLED) (void)kr_report_error(work->plan->report, error);
  kr_work_say_spent(work);
  return KR_OK;
}

/* On one cluster, which the flags name. *opened tells whether what failed is not the cluster. */
static int run_here(struct kr_plan *plan, bool *opened, struct kr_error *error) {
  struct kr_work *work = kr_work_new(plan);
  if (!work) return kr_error_set(error, KR_ENOMEM, "out of memory");
  int code = perform(work, error);
  *opened = work->client != NULL;
  kr_work_free(work);
  return code;
}

/* A context that cannot be opened: each runbook has a section that says so. The names before the first flag are
 * runbooks; what comes after it cannot be told apart from a flag's value without a cluster. */
static int note_failure(struct kr_plan *plan, const char *context, const struct kr_error *failure,
                        struct kr_error *error) {
  const struct kr_invocation *invocation = plan->invocation;
  const struct kr_cluster_info info = {.context = context};
  int code = plan->report ? KR_OK : kr_report_new(&plan->report, invocation->mask, kr_clock_now(), error);
  for (size_t i = 0; !code && i < invocation->operand_count && invocation->operands[i][0] != '-'; i++) {
    struct kr_section *section = NULL;
    struct kr_place place;
    code = kr_library_find(&place, invocation->library, invocation->operands[i], error);
    if (code) return code;
    code = kr_report_section(&section, plan->report, place.name, place.path, NULL, NULL, error);
    kr_place_free(&place);
    if (!code && (kr_section_cluster(section, info, NULL) || kr_section_error(section, failure)))
      code = kr_error_set(error, KR_ENOMEM, "out of memory");
  }
  return code;
}

/* One context after another, each with its sections; none harms the others. */
static int run_everywhere(struct kr_plan *plan, const json_t *contexts, struct kr_error *error) {
  const json_t *name;
  size_t i;
  int code = KR_OK;
  json_array_foreach(contexts, i, name) {
    const char *context = json_string_value(name);
    struct kr_error failure = KR_ERROR_INIT;
    bool opened = false;
    plan->invocation->globals.context = context;
    code = run_here(plan, &opened, &failure);
    if (code && !opened && code != KR_EUSAGE && code != KR_ENOMEM) {
      code = note_failure(plan, context, &failure, error);
    } else if (code) {
      *error = failure;
    }
    if (code || kr_cancelled()) return code;
  }
  return code;
}

/* A part of all namespaces: what is told of it is told once all parts are there. */
static int read_shard(struct kr_plan *plan, const struct settings *settings, struct kr_error *error) {
  const struct kr_schedule_flags *flags = &settings->schedule;
  if (!settings->shard) return KR_OK;
  if (!plan->invocation->globals.all_namespaces)
    return kr_error_set(error, KR_EUSAGE, "--shard is a part of all namespaces: it goes with -A");
  if (flags->only_new || flags->ignore)
    return kr_error_set(error, KR_EUSAGE, "%s is for the whole report: give it to krunbook merge, not with --shard",
                        flags->only_new ? "--only-new" : "--ignore");
  return kr_shard_parse(&plan->shard, settings->shard, error);
}

static int make_report(struct kr_plan *plan, const json_t *contexts, struct kr_error *error) {
  int64_t timeout = plan->invocation->globals.timeout_ms;
  bool opened;
  if (timeout > 0) plan->deadline = kr_clock_monotonic() + timeout;
  return contexts ? run_everywhere(plan, contexts, error) : run_here(plan, &opened, error);
}

static int run(struct kr_invocation *invocation) {
  const struct settings *settings = invocation->settings;
  struct kr_error error = KR_ERROR_INIT;
  struct kr_schedule schedule = {0};
  struct kr_plan plan = {.invocation = invocation};
  json_t *contexts = NULL;
  if (invocation->globals.help) return kr_describe_runbook(invocation);
  int code = kr_notify_check(&invocation->notify, &settings->notify, &error);
  if (!code) code = read_shard(&plan, settings, &error);
  if (!code) code = kr_contexts_read(&contexts, &invocation->globals, settings->all_contexts, &error);
  if (!code) code = kr_schedule_begin(&schedule, &settings->schedule, &error);
  if (!code) code = make_report(&plan, contexts, &error);
  int status = code ? kr_cli_fail(invocation, &error) : kr_schedule_tell(&schedule, invocation, plan.report);
  kr_schedule_end(&schedule);
  kr_report_free(plan.report);
  json_decref(contexts);
  return status;
}

static const struct kr_option options[] = {
    KR_NOTIFY_ROWS(offsetof(struct settings, notify)),
    KR_SCHEDULE_TELL_ROWS(offsetof(struct settings, schedule)),
    KR_SCHEDULE_BEGIN_ROWS(offsetof(struct settings, schedule)),
    {0, "all-contexts", KR_OPTION_BOOL, offsetof(struct settings, all_contexts), NULL,
     "on the cluster of each context of the kubeconfig; --context a,b: of these"},
    {0, "shard", KR_OPTION_TEXT, offsetof(struct settings, shard), "I/N",
     "with -A: only this part of all namespaces, 0/3 to 2/3; krunbook merge makes one report of all"},
};

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
