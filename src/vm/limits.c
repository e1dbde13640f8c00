/* limits.c - what a script may use of memory, instructions, CPU and time, and how it is stopped.
 *
 * A count hook looks at the limits; a CPU timer sets that hook off early, so that a loop of slow C functions is seen
 * too. Over a limit the hook yields, and that coroutine is never resumed: no pcall can catch that. Where it cannot
 * yield (inside a sort's comparison, say) it raises and is set off again at every instruction, until a place is reached
 * where it can. */
#define _GNU_SOURCE /* clock_gettime, setitimer, sigaction */
#include <errno.h>
#include <lauxlib.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "vm/vm_private.h"

enum { HOOK_COUNT = 10000, TIMER_MICROSECONDS = 20000 };

/* What a traceback and its message may take beyond the limit. */
#define POST_MORTEM_MEMORY ((size_t)1 << 20)

static lua_State *volatile watched; /* the coroutine at work; read by the signal handler */

void *kr_limits_allocate(void *user, void *block, size_t old_size, size_t new_size) {
  struct kr_vm *vm = user;
  if (block == NULL) old_size = 0; /* then it is a type, not a size */
  if (new_size == 0) {
    free(block);
    vm->memory -= old_size;
    return NULL;
  }
  size_t limit = vm->limits.memory + (vm->post_mortem ? POST_MORTEM_MEMORY : 0);
  if (new_size > old_size && (new_size - old_size > limit || vm->memory > limit - (new_size - old_size))) return NULL;
  void *grown = realloc(block, new_size);
  if (grown == NULL) return NULL;
  vm->memory += new_size - old_size; /* wraps around where it shrinks, as meant */
  if (vm->memory > vm->memory_peak) vm->memory_peak = vm->memory;
  return grown;
}

int64_t kr_limits_cpu(void) {
  struct timespec at;
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at) != 0) return 0;
  return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

int kr_limits_hit(struct kr_vm *vm, const char *format, ...) {
  if (vm->limit.code != KR_OK) return vm->limit.code;
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(vm->limit.message, sizeof vm->limit.message, format, arguments);
  va_end(arguments);
  return vm->limit.code = KR_ELIMIT;
}

/* Notes which limit is passed, if one is. */
static void check(struct kr_vm *vm) {
  int64_t burst = kr_limits_cpu() - vm->burst_cpu_start;
  if (kr_cancelled()) {
    if (vm->limit.code == KR_OK) (void)kr_error_set(&vm->limit, KR_ECANCELLED, "interrupted");
  } else if (vm->burst_instructions > vm->limits.burst_instructions) {
    (void)kr_limits_hit(vm, "limit reached: more than %lld instructions without asking the cluster anything",
                        (long long)vm->limits.burst_instructions);
  } else if (burst > vm->limits.burst_cpu_ms * 1000) {
    (void)kr_limits_hit(vm, "limit reached: more than %lld ms of CPU without asking the cluster anything",
                        (long long)vm->limits.burst_cpu_ms);
  } else if (vm->cpu + burst > vm->limits.cpu_ms * 1000) {
    (void)kr_limits_hit(vm, "limit reached: more than %lld ms of CPU", (long long)vm->limits.cpu_ms);
  } else if (vm->limits.wall_ms > 0 && kr_clock_monotonic() - vm->wall_start > vm->limits.wall_ms) {
    (void)kr_limits_hit(vm, "limit reached: it ran for more than %lld ms", (long long)vm->limits.wall_ms);
  }
}

/* After a yield from a hook Lua stands one instruction back, maybe on another line: so the place is noted here. */
static void note_place(struct kr_vm *vm, lua_State *lua, lua_Debug *activation) {
  if (vm->limit_place[0] != '\0' || lua_getinfo(lua, "Sl", activation) == 0 || activation->currentline <= 0) return;
  if (strncmp(activation->short_src, "krunbook:", 9) == 0) return; /* the program's own Lua tells nobody anything */
  (void)snprintf(vm->limit_place, sizeof vm->limit_place, "%s:%d", activation->short_src, activation->currentline);
}

static void hook(lua_State *lua, lua_Debug *activation) {
  struct kr_vm *vm = kr_vm_of(lua);
  vm->burst_instructions += lua_gethookcount(lua);
  check(vm);
  if (vm->limit.code == KR_OK) {
    lua_sethook(lua, hook, LUA_MASKCOUNT, HOOK_COUNT);
    return;
  }
  note_place(vm, lua, activation);
  if (lua_isyieldable(lua)) {
    (void)lua_yield(lua, 0);
    return;
  }
  lua_sethook(lua, hook, LUA_MASKCOUNT, 1);
  (void)luaL_error(lua, "%s", vm->limit.message);
}

void kr_limits_hook(lua_State *lua) { lua_sethook(lua, hook, LUA_MASKCOUNT, HOOK_COUNT); }

/* lua_sethook may be called from a signal handler (lua.c does so for Ctrl-C). */
static void on_timer(int number) {
  (void)number;
  int saved = errno;
  lua_State *lua = watched;
  if (lua != NULL) lua_sethook(lua, hook, LUA_MASKCOUNT, 1);
  errno = saved;
}

int kr_limits_timer_start(struct kr_error *error) {
  struct sigaction action = {.sa_handler = on_timer, .sa_flags = SA_RESTART};
  struct itimerval every = {.it_interval.tv_usec = TIMER_MICROSECONDS, .it_value.tv_usec = TIMER_MICROSECONDS};
  (void)sigemptyset(&action.sa_mask);
  if (sigaction(SIGPROF, &action, NULL) != 0 || setitimer(ITIMER_PROF, &every, NULL) != 0)
    return kr_error_set(error, KR_EIO, "cannot start the CPU timer: %s", strerror(errno));
  return KR_OK;
}

void kr_limits_timer_stop(void) {
  struct itimerval never = {0};
  (void)setitimer(ITIMER_PROF, &never, NULL);
}

void kr_limits_enter(struct kr_vm *vm, lua_State *lua) {
  vm->burst_instructions = 0;
  vm->burst_cpu_start = kr_limits_cpu();
  watched = lua;
}

void kr_limits_leave(struct kr_vm *vm) {
  watched = NULL;
  vm->cpu += kr_limits_cpu() - vm->burst_cpu_start;
  check(vm);
}
