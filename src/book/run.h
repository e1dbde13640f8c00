/* run.h - runbooks at work: any number of them, each in a VM of its own, in one loop, into one report.
 *
 * add (finds nothing: a place is given), load (what they declare is known then), start (with arguments), finish. A
 * runbook that fails says so in its section and harms no other. */
#ifndef KR_BOOK_RUN_H
#define KR_BOOK_RUN_H

#include <jansson.h>
#include <stdbool.h>

#include "book/library.h"
#include "book/report.h"
#include "book/shard.h"
#include "vm/vm.h"

struct kr_run_options {
  struct kr_client *client; /* borrowed, as is the rest */
  const struct kr_library *library;
  struct kr_report *report;
  struct kr_vm_limits limits;
  const char *namespace_;
  bool all_namespaces;
  struct kr_shard shard; /* of all namespaces; count 0: no part */
  const char *labels;    /* NULL: none */
  const char *kubectl;   /* how kubectl is called for this cluster; NULL: "kubectl" */
};

struct kr_runs;
struct kr_run; /* one runbook; owned by kr_runs */

int kr_runs_new(struct kr_runs **out, const struct kr_run_options *options, struct kr_error *error);
void kr_runs_free(struct kr_runs *runs); /* before its report and client */

/* A section of the report, a VM, and the file compiled in it. What is wrong with the runbook goes into its section;
 * only want of memory is an error here. */
int kr_runs_add(struct kr_run **out, struct kr_runs *runs, const struct kr_place *place, struct kr_error *error);

/* Runs the files, so that each says what it declares. */
int kr_runs_load(struct kr_runs *runs, struct kr_error *error);

/* Borrowed; NULL when the runbook failed to load. */
const json_t *kr_run_metadata(const struct kr_run *run);

/* Starts run(ctx, args) with what was given for its arguments (strings of a command line). KR_EUSAGE when they are
 * wrong. */
int kr_run_start(struct kr_run *run, const json_t *given, struct kr_error *error);

/* An error that concerns this runbook alone. */
void kr_run_fail(struct kr_run *run, const struct kr_error *error);

/* Until all have ended, or Ctrl-C. */
int kr_runs_finish(struct kr_runs *runs, struct kr_error *error);

/* What all of them spent. */
struct kr_vm_spent kr_runs_spent(const struct kr_runs *runs);

#endif
