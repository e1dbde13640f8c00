/* lock.h - one at a time: a lock on a file, which the system lets go of when its holder ends, however it ends.
 *
 * The file stays when the lock is gone, and says who held it last. */
#ifndef KR_BASE_LOCK_H
#define KR_BASE_LOCK_H

#include "base/error.h"

struct kr_lock;

/* error is needed in both. Takes it, or KR_EBUSY says who has it, and since when. KR_EIO where the file cannot be made.
 */
int kr_lock_try(struct kr_lock **out, const char *path, struct kr_error *error);

/* The same, waiting until it is free. KR_ECANCELLED. */
int kr_lock_wait(struct kr_lock **out, const char *path, struct kr_error *error);

void kr_lock_free(struct kr_lock *lock);

#endif
