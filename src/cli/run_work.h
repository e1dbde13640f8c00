/* run_work.h - private to krunbook run: the runbooks of a command line on one cluster.
 *
 * What they are given is only known once they are loaded, and they are loaded with a cluster before them; so the
 * command line is read anew for each cluster. */
#ifndef KR_CLI_RUN_WORK_H
#define KR_CLI_RUN_WORK_H

#include "book/run.h"
#include "cli/command.h"
#include "kube/client.h"

#define KR_WORK_JOBS_MAX 64

/* What is the same on every cluster. */
struct kr_plan {
  struct kr_invocation *invocation;
  struct kr_report *report; /* of all clusters; made by the first that is opened */
  struct kr_shard shard;
  int64_t deadline; /* of the whole run, on the monotonic clock; 0: none */
};

/* One runbook of the command line. Those between the same flags are one group, whose arguments they share. */
struct kr_job {
  struct kr_place place;
  struct kr_run *run;
  size_t group;
  json_t *given;
};

struct kr_work {
  struct kr_plan *plan;
  struct kr_invocation *invocation;
  struct kr_job jobs[KR_WORK_JOBS_MAX];
  size_t count;
  char *namespace_;
  struct kr_buffer kubectl;
  struct kr_client *client; /* NULL: the cluster is not opened */
  struct kr_runs *runs;
  struct kr_vm_limits limits;
};

/* Begins with everything else zero. plan is borrowed. The caller frees it with kr_work_free, before the report; NULL:
 * no memory. */
struct kr_work *kr_work_new(struct kr_plan *plan);
void kr_work_free(struct kr_work *work);

/* Opens the cluster that the flags name. */
int kr_work_open(struct kr_work *work, struct kr_error *error);

/* Reads the runbooks and their arguments, and loads them; opens the cluster. KR_EUSAGE. */
int kr_work_read_jobs(struct kr_work *work, struct kr_error *error);

/* On stderr, with -v: what was spent, and what a runbook may spend. */
void kr_work_say_spent(const struct kr_work *work);

#endif
