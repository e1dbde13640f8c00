/* progress.h - a line on the terminal that says how far a long run is: a transport around another, which counts what
 * passes through. It shows nothing in the first second, and nothing where standard error is no terminal. */
#ifndef KR_CLI_PROGRESS_H
#define KR_CLI_PROGRESS_H

#include "kube/transport.h"

/* Takes inner over, also when it fails. */
int kr_progress_new(struct kr_transport **out, struct kr_transport *inner, struct kr_error *error);

#endif
