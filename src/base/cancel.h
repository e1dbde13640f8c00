/* cancel.h - Ctrl-C (SIGINT, SIGTERM, SIGHUP) as a flag and a file descriptor that event loops watch. */
#ifndef KR_BASE_CANCEL_H
#define KR_BASE_CANCEL_H

#include <stdbool.h>

#include "base/error.h"

int kr_cancel_install(struct kr_error *error); /* sets the handlers; a second signal ends the process at once */
bool kr_cancelled(void);
int kr_cancel_fd(void); /* becomes readable when cancelled; -1 before install */
/* As if no Ctrl-C had come, for a prompt that goes on after one. False, and nothing changes, when it was another
 * signal: that ends the program. */
bool kr_cancel_clear(void);
void kr_cancel_set(void); /* as the handler does; for tests */

#endif
