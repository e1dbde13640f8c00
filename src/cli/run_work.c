/* run_work.c - see run_work.h. */
#define _POSIX_C_SOURCE 200809L
#include "cli/run_work.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/kubectl.h"
#include "cli/script.h"

#define KUBECTL_MAX ((size_t)64 << 10)

struct kr_work *kr_work_new(struct kr_plan *plan) {
  struct kr_work *work = calloc(1, sizeof *work);
  if (!work) return NULL;
  work->plan = plan;
  work->invocation = plan->invocation;
  kr_buffer_init(&work->kubectl, KUBECTL_MAX);
  return work;
}

void kr_work_free(struct kr_work *work) {
  if (!work) return;
  kr_runs_free(work->runs);
  kr_client_free(work->client);
  for (size_t i = 0; i < work->count; i++) {
    kr_place_free(&work->jobs[i].place);
    json_decref(work->jobs[i].given);
  }
  kr_buffer_free(&work->kubectl);
  free(work->namespace_);
  free(work);
}

/* What is left of --timeout: at least a moment, so that each runbook says by itself that it ran out of time. */
static int64_t time_left(const struct kr_work *work) {
  if (work->plan->deadline == 0) return 0;
  int64_t left = work->plan->deadline - kr_clock_monotonic();
  return left > 0 ? left : 1;
}

static struct kr_vm_limits limits_of(const struct kr_work *work) {
  struct kr_vm_limits limits = kr_script_limits(work->invocation);
  limits.wall_ms = time_left(work);
  return limits;
}

int kr_work_open(struct kr_work *work, struct kr_error *error) {
  const struct kr_globals *globals = &work->invocation->globals;
  struct kr_transport *transport = NULL;
  int code = kr_cli_connect(&transport, &work->namespace_, work->invocation, error);
  if (code) return code;
  int64_t now = kr_transport_now(transport);
  code = kr_client_new(&work->client, transport, error); /* takes the transport, also when it fails */
  if (!code && !work->plan->report) code = kr_report_new(&work->plan->report, work->invocation->mask, now, error);
  if (code) return code;
  if (kr_cli_kubectl(&work->kubectl, globals))
    return kr_error_set(error, KR_EUSAGE, "the flags that name the cluster are too long");
  kr_report_explain(work->plan->report, globals->explain);
  kr_report_shard(work->plan->report, work->plan->shard.index, work->plan->shard.count);
  work->limits = limits_of(work);
  const struct kr_run_options options = {.client = work->client,
                                         .library = work->invocation->library,
                                         .report = work->plan->report,
                                         .limits = work->limits,
                                         .namespace_ = work->namespace_,
                                         .all_namespaces = globals->all_namespaces,
                                         .shard = work->plan->shard,
                                         .labels = globals->labels,
                                         .kubectl = kr_buffer_text(&work->kubectl)};
  return kr_runs_new(&work->runs, &options, error);
}

/* What was spent, and what a runbook may spend. */
void kr_work_say_spent(const struct kr_work *work) {
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
