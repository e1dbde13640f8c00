/* timer.c - the CPU timer, which sets off the hook of limits.c, and the last resort.
 *
 * A single operation of Lua's core can take minutes: a table that grows though its keys collide, a garbage collection
 * of ephemerons. No hook runs in between. When the limits were not looked at for the CPU time of a whole burst, the
 * timer leaves the script by a long jump to where its task was resumed. Nobody can tell what of that Lua state is
 * whole, so it is never touched again; its memory stays taken until the program ends. While malloc or a C function of
 * ours is at work (vm->busy) nothing is left: those always run to their end. */
#define _GNU_SOURCE /* setitimer, sigaction */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <string.h>
#include <sys/time.h>

#include "vm/vm_private.h"

enum { TICK_MS = 20, TICK_MICROSECONDS = TICK_MS * 1000 };

/* Read by the signal handler. */
static struct kr_vm *volatile watched;
static pthread_t home; /* the thread that scripts run on */
static sigjmp_buf resumed;

static void tick(struct kr_vm *vm) {
  vm->due = 1;
  lua_sethook(vm->running->lua, kr_limits_hook, LUA_MASKCOUNT, 1); /* lua.c does so too in its handler of Ctrl-C */
  if (vm->busy || vm->abandoned) return;
  vm->unheeded++;
  if (vm->unheeded * (int64_t)TICK_MS > vm->limits.burst_cpu_ms) siglongjmp(resumed, 1);
}

/* The signal is the process's: any thread may get it, and libcurl has one that resolves names. */
static void on_timer(int number) {
  int saved = errno;
  struct kr_vm *vm = watched;
  if (!pthread_equal(pthread_self(), home))
    (void)pthread_kill(home, number);
  else if (vm != NULL)
    tick(vm);
  errno = saved;
}

int kr_timer_start(struct kr_error *error) {
  struct sigaction action = {.sa_handler = on_timer, .sa_flags = SA_RESTART};
  struct itimerval every = {.it_interval.tv_usec = TICK_MICROSECONDS, .it_value.tv_usec = TICK_MICROSECONDS};
  home = pthread_self();
  (void)sigemptyset(&action.sa_mask);
  if (sigaction(SIGPROF, &action, NULL) != 0 || setitimer(ITIMER_PROF, &every, NULL) != 0)
    return kr_error_set(error, KR_EIO, "cannot start the CPU timer: %s", strerror(errno));
  return KR_OK;
}

void kr_timer_stop(void) {
  struct itimerval never = {0};
  (void)setitimer(ITIMER_PROF, &never, NULL);
}

static int leave(struct kr_vm *vm, int status) {
  watched = NULL;
  kr_limits_leave(vm);
  return status;
}

int kr_timer_resume(struct kr_vm *vm, int arguments, int *results) {
  if (sigsetjmp(resumed, 1) != 0) {
    vm->abandoned = true;
    (void)kr_limits_hit(vm, "limit reached: more than %lld ms of CPU in a single operation",
                        (long long)vm->limits.burst_cpu_ms);
    return leave(vm, LUA_ERRRUN);
  }
  kr_limits_enter(vm);
  watched = vm;
  return leave(vm, lua_resume(vm->running->lua, vm->lua, arguments, results));
}
