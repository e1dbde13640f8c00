/* vm_private.h - what the files of this layer share: the loop, its VMs, their tasks and calls. */
#ifndef KR_VM_VM_PRIVATE_H
#define KR_VM_VM_PRIVATE_H

#include "vm/vm.h"

enum { KR_PLACE_MAX = 300 };

enum kr_task_state { KR_TASK_READY, KR_TASK_WAITING, KR_TASK_DONE };

/* A coroutine. Its thread is anchored in the registry under its address. */
struct kr_task {
  struct kr_task *next;
  uint64_t id;
  uint64_t parent; /* of kube.parallel; 0: none */
  int64_t index;   /* among its parent's */
  lua_State *lua;
  enum kr_task_state state;
  int arguments; /* for the next resume; results, once done */
  char *failure; /* a child's last words, for its parent; NULL: it did not fail */
  kr_task_fn done;
  void *user;
};

struct kr_vm {
  struct kr_vm *next; /* of the loop */
  struct kr_loop *loop;
  struct kr_vm_limits limits;
  struct kr_vm_host host;
  lua_State *lua;
  struct kr_task *tasks;
  uint64_t last_task;
  struct kr_task *running;
  bool ended;                     /* failed, or over a limit: nothing of it runs any more */
  bool post_mortem;               /* memory for the last words */
  struct kr_error limit;          /* which limit was hit; code 0: none */
  char limit_place[KR_PLACE_MAX]; /* "file:line" where it was hit; "": not known */
  size_t memory, memory_peak;
  int64_t burst_instructions, burst_cpu_start; /* microseconds */
  int64_t cpu;                                 /* microseconds, before this burst */
  int64_t wall_start, wall_end;                /* milliseconds */
  int64_t requests, bytes, wait_ms;
};

struct kr_loop {
  struct kr_client *client;
  struct kr_vm *vms;
};

/* limits.c */
void *kr_limits_allocate(void *vm, void *block, size_t old_size, size_t new_size);
int64_t kr_limits_cpu(void); /* microseconds of this thread */
int kr_limits_timer_start(struct kr_error *error);
void kr_limits_timer_stop(void);
void kr_limits_hook(lua_State *lua);                    /* watches a coroutine */
void kr_limits_enter(struct kr_vm *vm, lua_State *lua); /* before a resume */
void kr_limits_leave(struct kr_vm *vm);                 /* after it */
/* Notes that a limit is passed, once; returns its code. */
int kr_limits_hit(struct kr_vm *vm, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* task.c */
struct kr_task *kr_task_new(struct kr_vm *vm, lua_State *from,
                            int argument_count); /* raises; pops function and arguments */
struct kr_task *kr_task_find(const struct kr_vm *vm, uint64_t id);
void kr_task_drop(struct kr_vm *vm, struct kr_task *task); /* with its children */
bool kr_task_run_one(struct kr_vm *vm);                    /* resumes one ready task; false: none is ready */
void kr_vm_end(struct kr_vm *vm, const struct kr_error *error);

/* failure.c: what a task died of, in words. Fills error from the value on top of task's stack. */
void kr_failure_describe(struct kr_vm *vm, lua_State *task, int status, struct kr_error *error);

/* sandbox.c */
int kr_sandbox_open(lua_State *lua);              /* a lua_CFunction: makes the table of allowed names */
void kr_sandbox_push_environment(lua_State *lua); /* a fresh _ENV */
void kr_sandbox_push_names(lua_State *lua);       /* the table of allowed names */
void kr_bounded_open_string(lua_State *lua);      /* bounded.c: into the table on top */
void kr_bounded_open_table(lua_State *lua);
int kr_require(lua_State *lua);    /* require.c */
void kr_kube_open(lua_State *lua); /* kube_api.c: leaves the table kube on top */
int kr_parallel(lua_State *lua);   /* parallel.c */
int kr_probe_pod(lua_State *lua);  /* probe_api.c: (pod, port, options), for krunbook.kube */
/* Replaces the function on top, kube.probe's Lua part, with one that checks its options first. */
void kr_probe_push_checked(lua_State *lua);
/* A text of the metadata of the object at index, which keeps it alive; NULL: there is none. */
const char *kr_metadata_text(lua_State *lua, int index, const char *field);
/* Pushes the compiled chunk with an environment of its own; a Lua status, with the message pushed instead. */
int kr_sandbox_load(lua_State *lua, const char *text, size_t length, const char *path);

/* call.c: a request and its answer, held by a userdata: collected with it, whatever longjmp passes by. */
struct kr_call {
  struct kr_vm *vm;
  uint64_t waiter; /* task; 0: none yet */
  bool answered;
  size_t held; /* bytes of the body that count as the VM's memory: it is kept for a while */
  struct kr_answer answer;
};
/* Submits and pushes the userdata; raises where that cannot be. primitive names itself in messages. */
struct kr_call *kr_call_submit(lua_State *lua, const struct kr_request *request, const char *primitive);
/* Yields until it is answered, then calls continuation; at once when it is. */
int kr_call_await(lua_State *lua, struct kr_call *call, lua_KContext context, lua_KFunction continuation);
struct kr_call *kr_call_at(lua_State *lua, int index);
void kr_call_hold_body(lua_State *lua, struct kr_call *call); /* keeps it at the expense of the VM's memory, */
void kr_call_free_body(struct kr_call *call);                 /* until this, or until the call is collected */
/* Tells the host of an unknown answer and pushes nil and the Unknown: returns 2. */
int kr_call_push_unknown(lua_State *lua, const struct kr_call *call);
/* Whether the decoded answer at index is of the kind that was asked for, followed by suffix ("List", ""). When it is
 * not, the call's answer becomes unknown: a wrong list must not read as an empty one. */
bool kr_call_check_answer(lua_State *lua, struct kr_call *call, int index, const char *suffix);
bool kr_call_bad_answer(struct kr_call *call); /* makes it unknown; false, for callers to return */
void kr_call_trace(const struct kr_call *call, const char *showed);
void kr_call_trace_with(const struct kr_call *call, const char *more, const char *showed); /* more: of what was asked */
void kr_call_check_kind(lua_State *lua, const struct kr_call *call); /* raises when there is no such kind */

#endif
