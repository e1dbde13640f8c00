/* run_private.h - private to run.c and context.c: a runbook at work. */
#ifndef KR_BOOK_RUN_PRIVATE_H
#define KR_BOOK_RUN_PRIVATE_H

#include "book/run.h"

#define KR_RUN_DEPTH_MAX  8    /* runbooks within runbooks */
#define KR_RUN_NESTED_MAX 5000 /* of one invocation */
#define KR_PRINT_MAX      1000

struct kr_run {
  struct kr_run *next;
  struct kr_runs *runs;
  struct kr_run *parent; /* NULL: named on the command line */
  int depth;
  struct kr_vm *vm;         /* NULL once it has been done with */
  struct kr_vm_spent spent; /* by then */
  struct kr_section *section;
  struct kr_place place;
  char *namespace_;
  bool all_namespaces;
  char *beside; /* the folder of a runbook named by path: its own modules are there */
  json_t *metadata;
  json_t *given;            /* a nested one's arguments, until it is loaded */
  struct kr_ticket waiting; /* the parent's task */
  json_t *result;           /* a nested one's, once it has ended */
  struct kr_error rejected; /* what is wrong with what the file returned */
  bool ended;
  int printed;
  int collected_kib;        /* what its Lua state held when its garbage was last collected */
  char where[KR_WHERE_MAX]; /* of a nested one: where in the trace it was called */
};

struct kr_runs {
  struct kr_run_options options;
  struct kr_loop *loop;
  struct kr_run *first;
  int nested;
  struct kr_vm_spent spent; /* by nested ones that are freed */
  bool version_pending;
  char *version; /* the server's; NULL until it has said so */
};

/* Adds a runbook, for parent when it is not NULL, in a namespace of its own when namespace_ is not NULL. */
int kr_run_new(struct kr_run **out, struct kr_runs *runs, struct kr_run *parent, const struct kr_place *place,
               const char *namespace_, struct kr_error *error);

/* Starts the file itself; the rest follows from the loop. */
int kr_run_load(struct kr_run *run, struct kr_error *error);

/* Notes a failure, a nested runbook's in those around it too: nothing of it may read as healthy. */
void kr_run_failed(struct kr_run *run, const struct kr_error *error);

/* Frees a nested runbook that has ended, with its section, once its result was taken: there may be thousands. */
void kr_run_done_with(struct kr_run *nested);

/* Makes the functions that context.lua calls, and what the VM tells. */
int kr_context_bind(struct kr_run *run, struct kr_error *error);
struct kr_vm_host kr_context_host(struct kr_run *run);

/* Pushes on the main state what context.lua left to run and its two arguments. */
int kr_context_push_start(struct kr_run *run, const json_t *args, struct kr_error *error);
void kr_context_push_host(struct kr_run *run);

#endif
