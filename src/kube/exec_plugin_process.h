/* exec_plugin_process.h - runs a sign-in plugin to its end: no shell, bounded output, a deadline, Ctrl-C. */
#ifndef KR_KUBE_EXEC_PLUGIN_PROCESS_H
#define KR_KUBE_EXEC_PLUGIN_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

/* All borrowed. */
struct kr_plugin_process {
  char *const *argv; /* argv[0] with a '/' is a path; else PATH is searched */
  char *const *environment;
  bool interactive; /* it has our terminal as its standard input */
  int64_t timeout_ms;
};

/* Fills out with what it wrote to its standard output, under out's limit; what it writes to its standard error goes to
 * ours, made harmless. KR_ENOTFOUND when there is no such command; KR_EAUTH when it cannot be started, takes too long,
 * says too much or ends with another status than 0 (with the last line it wrote to standard error); KR_ECANCELLED;
 * KR_ENOMEM. No process of it is left behind. */
int kr_plugin_process_run(struct kr_buffer *out, const struct kr_plugin_process *process, struct kr_error *error);

#endif
