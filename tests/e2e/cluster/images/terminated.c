/* terminated.c - ends of a SIGTERM that nobody sent it from outside: as a worker that its own watchdog stops. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* As the first process of its container it would not get a signal that it has no handler for. */
static void end(int number) { _exit(128 + number); }

int main(void) {
  puts("watchdog: no heartbeat, stopping");
  fflush(stdout);
  signal(SIGTERM, end);
  return raise(SIGTERM);
}
