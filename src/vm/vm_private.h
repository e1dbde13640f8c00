/* vm_private.h - what the files of this layer share: the loop, its VMs, their tasks and calls. */
#ifndef KR_VM_VM_PRIVATE_H
#define KR_VM_VM_PRIVATE_H

#include <lauxlib.h>
#include <signal.h>

#include "vm/vm.h"

enum { KR_PLACE_MAX = 300 };

enum kr_task_state { KR_TASK_READY, KR_TASK_WAITING, KR_TASK_DONE };

/* A coroutine. Its thread is anchored in the registry under its address. */
struct kr_task {
  struct kr_task *next;
  uint64_t id;
  uint64_t parent; /* of kube.parallel; 0: none */
  int64_t index;   /* among its parent's */
  int depth;       /* of kube.parallel within kube.parallel */
  lua_State *lua;
  enum kr_task_state state;
  bool answered;              /* by the cluster, since it ran last */
  int arguments;              /* for the next resume; results, once done */
  lua_KFunction continuation; /* of the C function that waits */
  char *failure;              /* a child's last words, for its parent; NULL: it did not fail */
  kr_task_fn done;
  void *user;
};

struct kr_usage {
  size_t memory;
  int64_t cpu; /* microseconds */
  int64_t requests, bytes;
};

struct kr_vm {
  struct kr_vm *next; /* of the loop */
  struct kr_loop *loop;
  struct kr_vm_limits limits;
  struct kr_vm_host host;
  lua_State *lua;
  struct kr_task *tasks;
  int64_t task_count;
  uint64_t last_task;
  struct kr_task *running;
  struct kr_call *calls;   /* all that userdata hold */
  struct kr_block *blocks; /* of memory, the large ones */
  bool ended;              /* failed, or over a limit: nothing of it runs any more */
  bool abandoned;          /* left in mid-work (timer.c): its Lua state is never touched again */
  bool post_mortem;        /* memory for the last words */

  /* Limits: outermost->total is what they are held against. */
  struct kr_vm *outermost; /* itself, or the VM whose limits these are too (kr_vm_charge) */
  struct kr_usage own, total;
  int64_t cpu_allowed;                  /* of the outermost; microseconds */
  int64_t under_way;                    /* requests, also of the outermost */
  size_t memory_peak, memory_collected; /* after the last collection that was ours */
  struct kr_error limit;                /* which limit was hit; code 0: none */
  char limit_place[KR_PLACE_MAX];       /* "file:line" where it was hit; "": not known */
  char place[KR_PLACE_MAX];             /* where it was seen last */
  struct {
    const void *block;
    size_t size;
  } refused;                             /* memory that was refused, and not given since; size 0: none */
  int64_t burst_instructions, burst_cpu; /* since the last answer; microseconds */
  int64_t settled;                       /* the thread's CPU time when cpu was last counted */
  int64_t wall_start, wall_end, wait_ms; /* milliseconds */

  /* Shared with the timer's signal handler. */
  volatile sig_atomic_t due;      /* time to look at the limits */
  volatile sig_atomic_t busy;     /* in C that must run to its end */
  volatile sig_atomic_t unheeded; /* ticks since the limits were last looked at */
};

struct kr_loop {
  struct kr_client *client;
  struct kr_vm *vms;
};

/* memory.c */
void *kr_memory_allocate(void *vm, void *block, size_t old_size, size_t new_size); /* a lua_Alloc */
bool kr_memory_fits(const struct kr_vm *vm, size_t more);                          /* so many bytes more */
void kr_memory_count(struct kr_vm *vm, size_t more); /* of what is not in Lua; less: -more */

/* limits.c */
void kr_limits_hook(lua_State *lua, lua_Debug *activation);
void kr_limits_watch(lua_State *lua);                 /* sets the hook of a coroutine */
void kr_limits_enter(struct kr_vm *vm);               /* before running is resumed */
void kr_limits_leave(struct kr_vm *vm);               /* after it */
void kr_limits_earn(struct kr_vm *vm, int64_t bytes); /* an answer came: there is more to think about */
/* Notes that a limit is passed, once; returns its code. */
int kr_limits_hit(struct kr_vm *vm, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool kr_limits_passed(struct kr_vm *vm); /* looks at all of them */
void kr_limits_raise(lua_State *lua);    /* the limit that was hit, as an error that no pcall keeps */
/* For loops in C functions: raises when a limit is passed. Cheap. */
void kr_limits_tick(lua_State *lua);

/* timer.c */
int kr_timer_start(struct kr_error *error);
void kr_timer_stop(void);
/* Lets the VM's running task go on until it waits or ends; its Lua status. */
int kr_timer_resume(struct kr_vm *vm, int arguments, int *results);

/* task.c */
struct kr_task *kr_task_new(struct kr_vm *vm, lua_State *from,
                            int argument_count); /* raises; pops function and arguments */
struct kr_task *kr_task_find(const struct kr_vm *vm, uint64_t id);
void kr_task_drop(struct kr_vm *vm, struct kr_task *task); /* with its children */
bool kr_task_run_one(struct kr_vm *vm);                    /* resumes one ready task; false: none is ready */
void kr_vm_end(struct kr_vm *vm, const struct kr_error *error);

/* failure.c: what a task died of, in words. Fills error from the value on top of task's stack. */
void kr_failure_describe(struct kr_vm *vm, lua_State *task, struct kr_error *error);
/* "file:line" where the coroutine stands; as it was when that is nowhere. Raises nothing, takes no memory. */
bool kr_failure_place(lua_State *task, char place[KR_PLACE_MAX]);

/* sandbox.c */
int kr_sandbox_open(lua_State *lua);              /* a lua_CFunction: makes the table of allowed names */
void kr_sandbox_push_environment(lua_State *lua); /* a fresh _ENV */
void kr_sandbox_push_names(lua_State *lua);       /* the table of allowed names */
void kr_protected_open(lua_State *lua);           /* protected.c: pcall and xpcall, into the table on top */
void kr_string_open(lua_State *lua);              /* string.c: leaves the library on top, as the next one does */
void kr_table_open(lua_State *lua);               /* table.c */
int kr_require(lua_State *lua);                   /* require.c */
void kr_kube_open(lua_State *lua);                /* kube_api.c: leaves the table kube on top */
int kr_parallel(lua_State *lua);                  /* parallel.c */
int kr_probe_pod(lua_State *lua);                 /* probe_api.c: (pod, port, options), for krunbook.kube */
/* Replaces the function on top, kube.probe's Lua part, with one that checks its options first. */
void kr_probe_push_checked(lua_State *lua);
/* A text of the metadata of the object at index, which keeps it alive; NULL: there is none. */
const char *kr_metadata_text(lua_State *lua, int index, const char *field);
/* Pushes the compiled chunk with an environment of its own; a Lua status, with the message pushed instead. */
int kr_sandbox_load(lua_State *lua, const char *text, size_t length, const char *path);

/* call.c: a request and its answer, held by a userdata: collected with it, whatever longjmp passes by. */
struct kr_call {
  struct kr_call *next, **link; /* of the VM; what points to this one */
  struct kr_vm *vm;
  uint64_t waiter; /* task; 0: none yet */
  bool answered, unwanted;
  size_t held; /* bytes of the body that count as the VM's memory: it is kept for a while */
  struct kr_answer answer;
};
/* Submits and pushes the userdata; raises where that cannot be. primitive names itself in messages. */
struct kr_call *kr_call_submit(lua_State *lua, const struct kr_request *request, const char *primitive);
/* Yields until it is answered, then calls continuation; at once when it is. */
int kr_call_await(lua_State *lua, struct kr_call *call, lua_KContext context, lua_KFunction continuation);
struct kr_call *kr_call_at(lua_State *lua, int index);
void kr_call_free_body(struct kr_call *call); /* when it is done with; else with the call */
void kr_calls_free(struct kr_vm *vm);         /* those of a Lua state that was abandoned */
/* Pushes the answer's body, decoded. False when it is no JSON: then the answer becomes unknown, and nil is pushed. */
bool kr_call_push_body(lua_State *lua, struct kr_call *call);
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
