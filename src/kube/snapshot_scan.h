/* snapshot_scan.h - reads a List document through a window, an object at a time. */
#ifndef KR_KUBE_SNAPSHOT_SCAN_H
#define KR_KUBE_SNAPSHOT_SCAN_H

#include <jansson.h>

#include "kube/snapshot_window.h"

struct kr_snapshot_value {
  uint64_t from; /* in the file */
  const char *text;
  size_t length;
  json_t *decoded; /* NULL: its text can be passed on as it stands */
};

struct kr_snapshot_scanner {
  int (*item)(void *user, const struct kr_snapshot_value *value, struct kr_error *error); /* 0, or the end of it */
  void (*member)(void *user, const char *name, const char *text); /* what else the document has of strings */
  void *user;
};

/* Reads the window's file from its beginning. What is wrong is KR_EINVAL with file, line and column. */
int kr_snapshot_scan(struct kr_snapshot_window *window, const struct kr_snapshot_scanner *scanner,
                     struct kr_error *error);

#endif
