/* limits.c - what a script may use of memory (memory.c), instructions, CPU and time, and how it is stopped.
 *
 * A count hook looks at the limits; a CPU timer (timer.c) sets that hook off early, so that slow C functions are seen
 * too. Over a limit the hook yields, and that coroutine is never resumed: no pcall can catch that. Where it cannot
 * yield (inside a sort's comparison, say) it raises, at every instruction from then on, and pcall (protected.c) raises
 * again. C functions that loop for long look at the limits by themselves: kr_limits_tick. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "vm/vm_private.h"

enum { HOOK_COUNT = 10000 };

static int64_t thread_cpu(void) {
  struct timespec at;
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at) != 0) return 0;
  return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

/* Counts the CPU time since it was last counted. */
static void settle(struct kr_vm *vm) {
  int64_t now = thread_cpu(), spent = now - vm->settled;
  vm->settled = now;
  vm->burst_cpu += spent;
  vm->own.cpu += spent;
  vm->outermost->total.cpu += spent;
}

/* At once: after a yield from a hook Lua stands one instruction back, maybe on another line. */
static void note_place(struct kr_vm *vm) {
  bool readable = vm->running != NULL && !vm->abandoned && vm->refused.size == 0;
  if (!readable || !kr_failure_place(vm->running->lua, vm->limit_place))
    memcpy(vm->limit_place, vm->place, sizeof vm->limit_place);
  vm->due = 1; /* from now on whoever looks is to stop */
}

int kr_limits_hit(struct kr_vm *vm, const char *format, ...) {
  if (vm->limit.code != KR_OK) return vm->limit.code;
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(vm->limit.message, sizeof vm->limit.message, format, arguments);
  va_end(arguments);
  note_place(vm);
  return vm->limit.code = KR_ELIMIT;
}

bool kr_limits_passed(struct kr_vm *vm) {
  const struct kr_vm_limits *limits = &vm->limits;
  if (vm->limit.code != KR_OK) return true;
  settle(vm);
  if (kr_cancelled()) {
    note_place(vm);
    (void)kr_error_set(&vm->limit, KR_ECANCELLED, "interrupted");
  } else if (vm->refused.size > 0) {
    (void)kr_limits_hit(vm, "limit reached: the script needs more than %zu MiB of memory", limits->memory >> 20);
  } else if (vm->burst_instructions > limits->burst_instructions) {
    (void)kr_limits_hit(vm, "limit reached: more than %lld instructions without asking the cluster anything",
                        (long long)limits->burst_instructions);
  } else if (vm->burst_cpu > limits->burst_cpu_ms * 1000) {
    (void)kr_limits_hit(vm, "limit reached: more than %lld ms of CPU without asking the cluster anything",
                        (long long)limits->burst_cpu_ms);
  } else if (vm->outermost->total.cpu > vm->outermost->cpu_allowed) {
    (void)kr_limits_hit(vm, "limit reached: more than %lld ms of CPU for %lld KiB of answers",
                        (long long)vm->outermost->cpu_allowed / 1000, (long long)vm->outermost->total.bytes >> 10);
  } else if (limits->wall_ms > 0 && kr_clock_monotonic() - vm->wall_start > limits->wall_ms) {
    (void)kr_limits_hit(vm, "limit reached: it ran for more than %lld ms", (long long)limits->wall_ms);
  }
  return vm->limit.code != KR_OK;
}

void kr_limits_raise(lua_State *lua) { (void)luaL_error(lua, "%s", kr_vm_of(lua)->limit.message); }

void kr_limits_tick(lua_State *lua) {
  struct kr_vm *vm = kr_vm_of(lua);
  if (!vm->due) return;
  vm->unheeded = 0;
  if (kr_limits_passed(vm)) kr_limits_raise(lua);
  vm->due = 0;
}

void kr_limits_hook(lua_State *lua, lua_Debug *activation) {
  struct kr_vm *vm = kr_vm_of(lua);
  int count = lua_gethookcount(lua);
  (void)activation;
  vm->busy = vm->unheeded = 0; /* here the script itself is at work */
  vm->burst_instructions += count;
  if (count < HOOK_COUNT && !vm->due) { /* set off by guard.c */
    kr_limits_watch(lua);
    return;
  }
  if (!kr_limits_passed(vm)) {
    vm->due = 0;
    (void)kr_failure_place(lua, vm->place);
    kr_limits_watch(lua);
    return;
  }
  if (lua_isyieldable(lua)) {
    (void)lua_yield(lua, 0);
    return;
  }
  lua_sethook(lua, kr_limits_hook, LUA_MASKCOUNT, 1);
  kr_limits_raise(lua);
}

void kr_limits_watch(lua_State *lua) { lua_sethook(lua, kr_limits_hook, LUA_MASKCOUNT, HOOK_COUNT); }

void kr_limits_earn(struct kr_vm *vm, int64_t bytes) {
  struct kr_vm *outermost = vm->outermost;
  outermost->cpu_allowed += (bytes * outermost->limits.cpu_ms_per_mib * 1000) >> 20;
  if (outermost->cpu_allowed > outermost->limits.cpu_ms * 1000)
    outermost->cpu_allowed = outermost->limits.cpu_ms * 1000;
}

/* A burst lasts until the cluster answers; what is answered from memory does not end it. */
void kr_limits_enter(struct kr_vm *vm) {
  if (vm->running->answered) vm->burst_instructions = vm->burst_cpu = 0;
  vm->running->answered = false;
  vm->settled = thread_cpu();
  vm->refused.size = 0;
  vm->busy = vm->unheeded = 0;
}

void kr_limits_leave(struct kr_vm *vm) { (void)kr_limits_passed(vm); }
