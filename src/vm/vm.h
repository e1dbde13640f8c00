/* vm.h - Lua 5.4 as a place where a runbook can do no harm: a sandbox, limits, and primitives that look blocking but
 * overlap.
 *
 * A loop drives the client and any number of VMs; a VM is one Lua state with its own memory budget, and runs tasks
 * (coroutines that scripts never see). A primitive submits a request and yields its task; the loop resumes it with the
 * answer. A script's failure, or a limit that it hits, ends that VM alone. */
#ifndef KR_VM_VM_H
#define KR_VM_VM_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "kube/client.h"

struct kr_vm_limits {
  size_t memory;              /* bytes the Lua state may hold */
  int64_t burst_instructions; /* between two answers */
  int64_t burst_cpu_ms;
  int64_t cpu_base_ms;    /* in all, before any answer */
  int64_t cpu_ms_per_mib; /* more, for each MiB of answers */
  int64_t cpu_ms;         /* at most */
  int64_t wall_ms;        /* 0: none */
  int64_t requests;
  int64_t response_bytes; /* in all */
  int64_t log_bytes;      /* of one log */
  int64_t tasks;          /* of kube.parallel, at once; and one for each kube.parallel within another */
};

#define KR_VM_LIMITS_DEFAULT                                                                                     \
  {                                                                                                              \
    .memory = (size_t)32 << 20, .burst_instructions = 200000000, .burst_cpu_ms = 2000, .cpu_base_ms = 3000,      \
    .cpu_ms_per_mib = 200, .cpu_ms = 60000, .wall_ms = 0, .requests = 20000, .response_bytes = (int64_t)1 << 30, \
    .log_bytes = 1 << 20, .tasks = 64                                                                            \
  }

/* What the layer above is told. */
struct kr_vm_host {
  void *user;
  const char *namespace_; /* the run's, where a script names none; borrowed, must live as long as the VM */
  /* An answer was unknown. Returns an id (> 0) by which the Unknown given to the script can be referred to again. */
  int (*unknown)(void *user, const struct kr_answer *answer);
  /* A line of the decision trace: each request and what it gave. */
  void (*trace)(void *user, const char *asked, const char *showed);
  /* print() of a script: one line. */
  void (*print)(void *user, const char *line);
  /* Appends what a container wrote as a script may see it: masked while it is whole, for a secret of several lines
   * would come apart in evidence. NULL: as it is. */
  int (*clean)(void *user, struct kr_buffer *out, const char *text, size_t length);
  /* Source text of a module that a script requires ("krunbook.pods"). Appends to text and sets path (malloc'ed, ours);
   * KR_ENOTFOUND with where it was looked for. */
  int (*module)(void *user, const char *name, struct kr_buffer *text, char **path, struct kr_error *error);
  /* The bytecode of a text, where it was compiled when the program was built; else NULL, as this may be. Bytecode comes
   * from nowhere else. */
  const char *(*compiled)(size_t *compiled_length, const char *text, size_t length);
  bool pure; /* there are no primitives: the loop's client may be NULL */
};

struct kr_loop;
struct kr_vm;

int kr_loop_new(struct kr_loop **out, struct kr_client *client, struct kr_error *error); /* client is borrowed */
void kr_loop_free(struct kr_loop *loop);                                                 /* after its VMs */
struct kr_client *kr_loop_client(struct kr_loop *loop);

/* Runs until no VM has a task left, or Ctrl-C: then the VMs' tasks end with KR_ECANCELLED. */
int kr_loop_run(struct kr_loop *loop, struct kr_error *error);

int kr_vm_new(struct kr_vm **out, struct kr_loop *loop, const struct kr_vm_limits *limits,
              const struct kr_vm_host *host, struct kr_error *error);
void kr_vm_free(struct kr_vm *vm); /* what it has in flight is dropped */

/* Lets a VM go on whose tasks have ended, by themselves or by a limit: it has all its limits anew, and its variables
 * still. For a prompt, whose lines are scripts of their own. KR_ESCRIPT when its state was left in mid-work. */
int kr_vm_renew(struct kr_vm *vm, struct kr_error *error);

/* What vm uses from now on (memory, CPU, requests, bytes) is outer's use too, and has outer's limits: a script that
 * starts others has one budget with them. outer must live longer. */
void kr_vm_charge(struct kr_vm *vm, struct kr_vm *outer);

/* The main state: to push values and functions on before a task starts. Never run scripts on it directly. Calls that
 * can raise belong inside kr_vm_protect. */
lua_State *kr_vm_lua(struct kr_vm *vm);
struct kr_vm *kr_vm_of(lua_State *lua); /* for C functions bound to Lua */
void *kr_vm_user(struct kr_vm *vm);     /* host.user */

/* Calls fn in protected mode under the memory limit; a Lua error becomes KR_ESCRIPT (KR_ELIMIT for memory) with its
 * message. */
int kr_vm_protect(struct kr_vm *vm, int (*fn)(lua_State *lua), void *argument, struct kr_error *error);

/* Compiles text (never bytecode, but the host's own) as a chunk of the sandbox and leaves the function on the main
 * state's stack. path is what messages show; the host's bytecode has a name of its own. KR_ESCRIPT with file and
 * line. */
int kr_vm_load(struct kr_vm *vm, const char *text, size_t length, const char *path, struct kr_error *error);

/* Starts a task from a function and argument_count arguments on the main state's stack, which it pops. When it ends,
 * done is called from the loop with the results on top of lua's stack (result_count), or with error set: message, file,
 * line and traceback. */
typedef void (*kr_task_fn)(void *user, lua_State *lua, int result_count, const struct kr_error *error);
int kr_vm_start(struct kr_vm *vm, int argument_count, kr_task_fn done, void *user, struct kr_error *error);

/* Pushes a C function for scripts, or a table of them, as luaL_newlib does. Whatever touches more than Lua's own memory
 * must be given to scripts so: it then runs to its end, or to an error that it raises, whatever limit is passed
 * meanwhile. It must call nothing of the script's: no function, no metamethod. */
void kr_vm_push_function(lua_State *lua, lua_CFunction function);
void kr_vm_push_functions(lua_State *lua, const luaL_Reg *functions);

/* Raises error as a limit that is reached: it ends the VM, whatever pcall is around. error must not need freeing. */
int kr_vm_raise_limit(lua_State *lua, const struct kr_error *error);

/* For C functions of the layers above that wait for something else than a request: yields the calling task until
 * kr_vm_wake(ticket), then calls continuation, whose results are the function's. Ends like `return kr_vm_sleep(...)`.
 */
struct kr_ticket {
  struct kr_vm *vm;
  uint64_t task;
};
struct kr_ticket kr_vm_ticket(lua_State *lua);
int kr_vm_sleep(lua_State *lua, lua_KContext context, lua_KFunction continuation);
void kr_vm_wake(struct kr_ticket ticket); /* nothing happens when the task is gone */

/* The tasks within which the VM is at work now, outermost first: the one that kr_vm_start began, then those of
 * kube.parallel. At most max ids are written; returns how many, 0 when none runs. */
size_t kr_vm_tasks(const struct kr_vm *vm, uint64_t *ids, size_t max);

/* What a VM has spent; wait_ms: with nothing to do until an answer came. */
struct kr_vm_spent {
  int64_t requests, bytes, wall_ms, lua_cpu_ms, wait_ms;
  size_t memory_peak;
};
struct kr_vm_spent kr_vm_spent(const struct kr_vm *vm);

#endif
