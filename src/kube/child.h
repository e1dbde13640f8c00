/* child.h - runs a program without a shell and reads what it writes, under a bound and a timeout and until Ctrl-C. */
#ifndef KR_KUBE_CHILD_H
#define KR_KUBE_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

enum { KR_CHILD_TAIL_MAX = 1024 };

struct kr_child_request {
  char *const *argv; /* argv[0] is looked up in PATH unless it holds a '/' */
  char *const *envp;
  /* It gets our terminal: stdin, stderr and process group. Else /dev/null, a stderr that is passed on and remembered,
   * and a process group of its own, so that what it started ends with it. */
  bool interactive;
  int64_t timeout_ms;
};

enum kr_child_end {
  KR_CHILD_EXITED,    /* number: the exit status */
  KR_CHILD_SIGNALLED, /* number: the signal */
  KR_CHILD_UNSTARTED, /* number: errno */
  KR_CHILD_TIMED_OUT,
  KR_CHILD_TOO_MUCH, /* output's limit was passed */
  KR_CHILD_CANCELLED
};

struct kr_child_result {
  enum kr_child_end end;
  int number;
  char tail[KR_CHILD_TAIL_MAX]; /* the end of its stderr, as it stood; "" when interactive */
};

/* Appends the program's stdout to output, whose limit bounds it. When this returns the program has ended or was ended:
 * none is left behind. 0 whatever became of it, KR_ENOMEM, KR_EIO. */
int kr_child_run(struct kr_child_result *result, struct kr_buffer *output, const struct kr_child_request *request,
                 struct kr_error *error);

#endif
