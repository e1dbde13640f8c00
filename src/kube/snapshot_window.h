/* snapshot_window.h - a part of a snapshot's file, read when it is looked at: a file can be larger than memory. One
 * file at a time is open, and one part of it is held. */
#ifndef KR_KUBE_SNAPSHOT_WINDOW_H
#define KR_KUBE_SNAPSHOT_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/error.h"

#define KR_SNAPSHOT_WINDOW_MAX ((size_t)64 << 20) /* of a part */

/* Which file it is, and as of when. */
struct kr_snapshot_version {
  dev_t device;
  ino_t inode;
  off_t size;
  struct timespec changed;
};

struct kr_snapshot_window {
  const char *folder; /* borrowed */
  char *name;         /* of the file below it that is open; NULL: none */
  int file;
  struct kr_snapshot_version version; /* of that file */
  char *text;
  size_t length, capacity;
  uint64_t from; /* where in the file the text stands */
};

void kr_snapshot_window_init(struct kr_snapshot_window *window, const char *folder);
void kr_snapshot_window_close(struct kr_snapshot_window *window);

/* Opens the file called name, unless it is open. KR_ENOTFOUND, KR_EIO, KR_ENOMEM. */
int kr_snapshot_window_open(struct kr_snapshot_window *window, const char *name, struct kr_error *error);

/* *text is the file's text from a place on: count bytes of it, less at its end (*length), and where more has to be read
 * as much as ahead, so that what follows is there already. Borrowed until the next call. KR_EIO, KR_ENOMEM, KR_ELIMIT.
 */
int kr_snapshot_window_read(const char **text, size_t *length, struct kr_snapshot_window *window, uint64_t from,
                            size_t count, size_t ahead, struct kr_error *error);

bool kr_snapshot_version_same(const struct kr_snapshot_version *left, const struct kr_snapshot_version *right);

#endif
