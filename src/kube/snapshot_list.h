/* snapshot_list.h - a List document of a snapshot: where in its file which object stands. The objects themselves stay
 * in the file, and are read when they are asked for. */
#ifndef KR_KUBE_SNAPSHOT_LIST_H
#define KR_KUBE_SNAPSHOT_LIST_H

#include <jansson.h>

#include "kube/snapshot_window.h"

enum { KR_SNAPSHOT_KIND_MAX = 128, KR_SNAPSHOT_API_VERSION_MAX = 256 };

struct kr_snapshot_place {
  uint64_t from;
  uint32_t length;
  uint32_t hash; /* of its name, with the lowest bit for whether its text can be passed on as it stands */
};

struct kr_snapshot_list {
  char *name; /* "namespaces/shop/pods.json" */
  struct kr_snapshot_version version;
  struct kr_snapshot_place *places;
  size_t count, capacity;
  char kind[KR_SNAPSHOT_KIND_MAX], api_version[KR_SNAPSHOT_API_VERSION_MAX];       /* the document's; "" for none */
  char item_kind[KR_SNAPSHOT_KIND_MAX], item_version[KR_SNAPSHOT_API_VERSION_MAX]; /* its first object's */
};

/* Reads the file called name from end to end, and keeps where its objects are. What is wrong anywhere in it is
 * KR_EINVAL, with file, line and column. As kr_snapshot_window_open too. */
int kr_snapshot_list_read(struct kr_snapshot_list **out, struct kr_snapshot_window *window, const char *name,
                          struct kr_error *error);
void kr_snapshot_list_free(struct kr_snapshot_list *list);

/* An object's text; names in it are spelt as is usual (base/json_check.h). *text is borrowed until the window is read
 * again, or is *decoded's, which the caller frees (NULL mostly). KR_EIO where the file has changed since. */
int kr_snapshot_list_item(const char **text, size_t *length, char **decoded, const struct kr_snapshot_list *list,
                          struct kr_snapshot_window *window, size_t position, size_t ahead, struct kr_error *error);

/* Where the object called name is; *position is the list's count where it is not there. */
int kr_snapshot_list_find(size_t *position, const struct kr_snapshot_list *list, struct kr_snapshot_window *window,
                          const char *name, struct kr_error *error);

#endif
