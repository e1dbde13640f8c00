/* vm.c - a Lua state with its budget, made and freed; the loop that lets VMs take turns. See vm.h. */
#include "vm/vm.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "vm/vm_private.h"

static struct kr_vm *abandoned; /* VMs that cannot be freed */

enum { WAIT_MS = 1000 }; /* at most this long between two looks at the wall clock's limit */
/* A collection begins when memory is so many percent of what the last one left: 200 is Lua's. The first one has the
 * names of a sandbox only to start from, and would come again and again while modules are loaded, of which all stays.
 */
enum { GC_PAUSE = 150, GC_PAUSE_FIRST = 1000 };

struct kr_vm *kr_vm_of(lua_State *lua) {
  return *(struct kr_vm **)lua_getextraspace(lua);
}

lua_State *kr_vm_lua(struct kr_vm *vm) { return vm->lua; }

void *kr_vm_user(struct kr_vm *vm) { return vm->host.user; }

struct kr_client *kr_loop_client(struct kr_loop *loop) {
  return loop->client;
}

int kr_loop_new(struct kr_loop **out, struct kr_client *client, struct kr_error *error) {
  struct kr_loop *loop = calloc(1, sizeof *loop);
  if (loop == NULL) return kr_error_set(error, KR_ENOMEM, "no memory for the loop");
  loop->client = client;
  int status = kr_timer_start(error);
  if (status == KR_OK)
    *out = loop;
  else
    free(loop);
  return status;
}

void kr_loop_free(struct kr_loop *loop) {
  if (loop == NULL) return;
  kr_timer_stop();
  free(loop);
}

static int open_sandbox(lua_State *lua) {
  (void)kr_sandbox_open(lua);
  (void)lua_gc(lua, LUA_GCINC, GC_PAUSE_FIRST, 0, 0);
  (void)lua_gc(lua, LUA_GCCOLLECT, 0);
  (void)lua_gc(lua, LUA_GCINC, GC_PAUSE, 0, 0);
  return 0;
}

int kr_vm_new(struct kr_vm **out, struct kr_loop *loop, const struct kr_vm_limits *limits,
              const struct kr_vm_host *host, struct kr_error *error) {
  struct kr_vm *vm = calloc(1, sizeof *vm);
  if (vm == NULL) return kr_error_set(error, KR_ENOMEM, "no memory for a Lua state");
  vm->loop = loop;
  vm->limits = *limits;
  vm->host = *host;
  vm->outermost = vm;
  vm->cpu_allowed = limits->cpu_base_ms * 1000;
  vm->wall_start = kr_clock_monotonic();
  vm->lua = lua_newstate(kr_memory_allocate, vm);
  if (vm->lua == NULL) {
    free(vm);
    return kr_error_set(error, KR_ENOMEM, "no memory for a Lua state");
  }
  *(struct kr_vm **)lua_getextraspace(vm->lua) = vm;
  vm->next = loop->vms;
  loop->vms = vm;
  int status = kr_vm_protect(vm, open_sandbox, NULL, error);
  if (status != KR_OK) {
    kr_vm_free(vm);
    return status;
  }
  *out = vm;
  return KR_OK;
}

void kr_vm_charge(struct kr_vm *vm, struct kr_vm *outer) {
  vm->outermost = outer->outermost;
  vm->outermost->total.memory += vm->own.memory;
}

static int collect(lua_State *lua) {
  (void)lua_gc(lua, LUA_GCCOLLECT, 0);
  return 0;
}

int kr_vm_renew(struct kr_vm *vm, struct kr_error *error) {
  if (vm->abandoned) return kr_error_set(error, KR_ESCRIPT, "the script's state was left in the middle of its work");
  vm->ended = false;
  vm->limit = (struct kr_error)KR_ERROR_INIT;
  vm->limit_place[0] = vm->place[0] = '\0';
  vm->refused.size = 0;
  vm->due = vm->busy = vm->unheeded = 0;
  vm->burst_instructions = vm->burst_cpu = 0;
  vm->own.cpu = vm->own.requests = vm->own.bytes = 0;
  vm->total.cpu = vm->total.requests = vm->total.bytes = 0;
  vm->cpu_allowed = vm->limits.cpu_base_ms * 1000;
  vm->wall_start = kr_clock_monotonic();
  vm->wall_end = 0;
  return kr_vm_protect(vm, collect, NULL, error);
}

void kr_vm_free(struct kr_vm *vm) {
  if (vm == NULL) return;
  struct kr_vm **link = &vm->loop->vms;
  while (*link != NULL && *link != vm) link = &(*link)->next;
  if (*link != NULL) *link = vm->next;
  while (vm->tasks != NULL) kr_task_drop(vm, vm->tasks);
  if (!vm->abandoned) lua_close(vm->lua);
  kr_calls_free(vm);
  if (vm->abandoned) {
    vm->next = abandoned;
    abandoned = vm;
  } else {
    free(vm);
  }
}

int kr_vm_protect(struct kr_vm *vm, int (*fn)(lua_State *lua), void *argument, struct kr_error *error) {
  lua_State *lua = vm->lua;
  if (vm->abandoned) return kr_error_set(error, KR_ESCRIPT, "the script has ended already");
  if (!lua_checkstack(lua, 4)) return kr_error_set(error, KR_ELIMIT, "the Lua stack is full");
  lua_pushcfunction(lua, fn);
  lua_pushlightuserdata(lua, argument);
  int status = lua_pcall(lua, 1, 0, 0);
  if (status == LUA_OK) return KR_OK;
  const char *message = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : "an error without a message";
  int code = kr_error_set(error, status == LUA_ERRMEM ? KR_ELIMIT : KR_ESCRIPT, "%s", message);
  lua_pop(lua, 1);
  return code;
}

struct source {
  const char *text, *path;
  size_t length;
};

/* Leaves the chunk in the registry: a protected call keeps nothing on the stack. */
static int compile(lua_State *lua) {
  const struct source *source = lua_touserdata(lua, 1);
  if (kr_sandbox_load(lua, source->text, source->length, source->path) != LUA_OK) return lua_error(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, source);
  return 0;
}

int kr_vm_load(struct kr_vm *vm, const char *text, size_t length, const char *path, struct kr_error *error) {
  struct source source = {.text = text, .path = path, .length = length};
  int status = kr_vm_protect(vm, compile, &source, error);
  if (status != KR_OK) return status;
  if (!lua_checkstack(vm->lua, 2)) return kr_error_set(error, KR_ELIMIT, "the Lua stack is full");
  (void)lua_rawgetp(vm->lua, LUA_REGISTRYINDEX, &source);
  lua_pushnil(vm->lua); /* an existing key: takes no memory */
  lua_rawsetp(vm->lua, LUA_REGISTRYINDEX, &source);
  return KR_OK;
}

struct start {
  struct kr_vm *vm;
  struct kr_task *task;
  int arguments;
};

static int start(lua_State *lua) {
  struct start *what = lua_touserdata(lua, -1);
  lua_pop(lua, 1);
  what->task = kr_task_new(what->vm, lua, what->arguments);
  return 0;
}

int kr_vm_start(struct kr_vm *vm, int argument_count, kr_task_fn done, void *user, struct kr_error *error) {
  struct start what = {.vm = vm, .arguments = argument_count};
  lua_State *lua = vm->lua;
  if (vm->abandoned) return kr_error_set(error, KR_ESCRIPT, "the script has ended already");
  if (vm->ended || !lua_checkstack(lua, 2)) {
    lua_pop(lua, argument_count + 1);
    return kr_error_set(error, KR_ESCRIPT, "the script has ended already");
  }
  lua_pushcfunction(lua, start);
  lua_insert(lua, -argument_count - 2);
  lua_pushlightuserdata(lua, &what);
  int status = lua_pcall(lua, argument_count + 2, 0, 0);
  if (status != LUA_OK) {
    lua_pop(lua, 1);
    return kr_error_set(error, KR_ELIMIT, "not enough memory to start the script");
  }
  what.task->done = done;
  what.task->user = user;
  vm->wall_end = 0; /* it had come to an end when the script was loaded */
  return KR_OK;
}

struct kr_ticket kr_vm_ticket(lua_State *lua) {
  struct kr_vm *vm = kr_vm_of(lua);
  return (struct kr_ticket){.vm = vm, .task = vm->running == NULL ? 0 : vm->running->id};
}

void kr_vm_wake(struct kr_ticket ticket) {
  struct kr_task *task = kr_task_find(ticket.vm, ticket.task);
  if (task != NULL && task->state == KR_TASK_WAITING) task->state = KR_TASK_READY;
}

/* Lets every ready task of a VM run until it waits. */
static bool run_ready(struct kr_vm *vm) {
  bool ran = false;
  while (!vm->ended && kr_task_run_one(vm)) ran = true;
  return ran;
}

static bool wall_passed(const struct kr_vm *vm) {
  return vm->limits.wall_ms > 0 && kr_clock_monotonic() - vm->wall_start > vm->limits.wall_ms;
}

/* A VM whose tasks all wait is stopped from here: no hook runs in it. */
static void stop_waiting(struct kr_vm *vm) {
  struct kr_error error = KR_ERROR_INIT;
  if (kr_cancelled())
    (void)kr_error_set(&error, KR_ECANCELLED, "interrupted");
  else if (wall_passed(vm))
    (void)kr_error_set(&error, KR_ELIMIT, "limit reached: it ran for more than %lld ms", (long long)vm->limits.wall_ms);
  if (error.code != KR_OK) kr_vm_end(vm, &error);
}

/* Before answers come there is room made for them. Pages of lists that were left early are given back only here: the
 * collections that Lua makes when it finds no memory call no finalizer. */
static void collect_garbage(struct kr_vm *vm) {
  size_t limit = vm->limits.memory;
  if (vm->abandoned || vm->outermost->total.memory <= limit / 2) return;
  if (vm->own.memory < vm->memory_collected) vm->memory_collected = vm->own.memory;
  if (vm->own.memory - vm->memory_collected < limit / 8) return;
  (void)lua_gc(vm->lua, LUA_GCCOLLECT, 0);
  vm->memory_collected = vm->own.memory;
}

/* Nothing can run: the time counts as waited for every VM that is at work. */
static int wait_for_answers(struct kr_loop *loop, struct kr_error *error) {
  for (struct kr_vm *vm = loop->vms; vm != NULL; vm = vm->next) collect_garbage(vm);
  int64_t began = kr_clock_monotonic();
  int status = kr_client_wait(loop->client, WAIT_MS, error);
  for (struct kr_vm *vm = loop->vms; vm != NULL; vm = vm->next)
    if (vm->tasks != NULL) vm->wait_ms += kr_clock_monotonic() - began;
  return status;
}

int kr_loop_run(struct kr_loop *loop, struct kr_error *error) {
  for (;;) {
    bool ran = false, live = false;
    /* What runs can add VMs, in front: they get their turn in the next round. */
    for (struct kr_vm *vm = loop->vms; vm != NULL; vm = vm->next)
      if (run_ready(vm)) ran = true;
    for (struct kr_vm *vm = loop->vms; vm != NULL; vm = vm->next) {
      if (vm->tasks != NULL) stop_waiting(vm);
      if (vm->tasks != NULL) live = true;
      if (vm->tasks == NULL && vm->wall_end == 0) vm->wall_end = kr_clock_monotonic();
    }
    if (ran) continue;
    if (!live) return KR_OK;
    int status = wait_for_answers(loop, error);
    if (status < 0) return status;
  }
}

struct kr_vm_spent kr_vm_spent(const struct kr_vm *vm) {
  int64_t end = vm->wall_end != 0 ? vm->wall_end : kr_clock_monotonic();
  return (struct kr_vm_spent){.requests = vm->own.requests,
                              .bytes = vm->own.bytes,
                              .wall_ms = end - vm->wall_start,
                              .lua_cpu_ms = vm->own.cpu / 1000,
                              .wait_ms = vm->wait_ms,
                              .memory_peak = vm->memory_peak};
}
