/* cancel.c - see cancel.h. A signal becomes a byte in a pipe, so that poll() and curl_multi_poll() wake up. */
#define _GNU_SOURCE /* pipe2 */
#include "base/cancel.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_INTERRUPTED = 130 };

static volatile sig_atomic_t cancelled;
static volatile sig_atomic_t signalled; /* the signal's number; 0: none */
static int ends[2] = {-1, -1};

/* Only async-signal-safe calls from here. */
void kr_cancel_set(void) {
  cancelled = 1;
  if (ends[1] < 0) return;
  int saved = errno;
  /* The pipe does not block: when it is full it is readable already, which is all that is wanted. */
  ssize_t written = write(ends[1], "", 1);
  (void)written;
  errno = saved;
}

static void on_signal(int number) {
  if (signalled) _exit(STATUS_INTERRUPTED);
  signalled = number;
  kr_cancel_set();
}

int kr_cancel_install(struct kr_error *error) {
  static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
  if (ends[0] < 0 && pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
    return kr_error_set(error, KR_EIO, "cannot make a pipe for signals: %s", strerror(errno));
  struct sigaction action = {.sa_handler = on_signal};
  (void)sigfillset(&action.sa_mask);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    struct sigaction old;
    /* What nohup or a shell's background job chose to ignore stays ignored. */
    if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN) continue;
    if (sigaction(numbers[i], &action, NULL) != 0)
      return kr_error_set(error, KR_EIO, "cannot handle signal %d: %s", numbers[i], strerror(errno));
  }
  return KR_OK;
}

bool kr_cancel_clear(void) {
  char bytes[64];
  if (signalled != 0 && signalled != SIGINT) return false;
  while (ends[0] >= 0 && read(ends[0], bytes, sizeof bytes) > 0) continue;
  cancelled = 0;
  signalled = 0;
  return true;
}

bool kr_cancelled(void) { return cancelled != 0; }

int kr_cancel_fd(void) { return ends[0]; }
