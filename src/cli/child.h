/* child.h - runs a program to its end, this one above all: what it is asked can then end, leak or crash as it will. */
#ifndef KR_CLI_CHILD_H
#define KR_CLI_CHILD_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct kr_child {
  const char *program;          /* looked for in $PATH; NULL: this one */
  const char *const *arguments; /* those after the program's name; NULL-terminated, borrowed */
  int64_t timeout_ms;
};

/* Waits for its end, and fills out and err with what it wrote, under their limits. *status is its exit status, or 128
 * and the signal that ended it. Its standard input is empty. KR_ELIMIT when it takes too long or writes too much (it is
 * killed then), KR_ENOTFOUND when there is no such
 * program, KR_EIO when it cannot be started, KR_ENOMEM, KR_ECANCELLED on Ctrl-C. No process is left behind. */
int kr_child_run(struct kr_buffer *out, struct kr_buffer *err, int *status, const struct kr_child *child,
                 struct kr_error *error);

#endif
