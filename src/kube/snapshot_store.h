/* snapshot_store.h - the folder behind a snapshot: its index, and its lists, each read when first asked for. Of a list
 * it is kept where its objects stand, not what they say. */
#ifndef KR_KUBE_SNAPSHOT_STORE_H
#define KR_KUBE_SNAPSHOT_STORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "kube/snapshot_list.h"

#define KR_SNAPSHOT_SCHEMA "krunbook.snapshot/v1"

struct kr_snapshot_store {
  char *folder;
  json_t *index;     /* snapshot.json */
  json_t *documents; /* path below the folder -> document; null where there is no such file */
  void *lists;       /* a tree of lists, as tsearch(3) keeps it */
  struct kr_snapshot_window window;
  int64_t taken_at;
};

int kr_snapshot_store_open(struct kr_snapshot_store *store, const char *folder, struct kr_error *error);
void kr_snapshot_store_close(struct kr_snapshot_store *store);

/* The List document of a resource ("pods", "deployments.apps"); namespace_ NULL: cluster-scoped. *list is borrowed,
 * NULL when there is no file. */
int kr_snapshot_store_list(const struct kr_snapshot_list **list, struct kr_snapshot_store *store, const char *resource,
                           const char *namespace_, struct kr_error *error);

/* Whether the list (NULL: none) has an object called name, and which it is. */
int kr_snapshot_store_find(bool *found, size_t *position, struct kr_snapshot_store *store,
                           const struct kr_snapshot_list *list, const char *name, struct kr_error *error);

/* An object of such a list, decoded: a new reference, NULL when there is none of that name. */
int kr_snapshot_store_object(json_t **object, struct kr_snapshot_store *store, const char *resource,
                             const char *namespace_, const char *name, struct kr_error *error);

/* discovery.json; *discovery is borrowed, NULL when there is none. */
int kr_snapshot_store_discovery(const json_t **discovery, struct kr_snapshot_store *store, struct kr_error *error);

/* Appends a log's text. KR_ENOTFOUND when there is no file. */
int kr_snapshot_store_log(struct kr_buffer *out, const struct kr_snapshot_store *store, const char *namespace_,
                          const char *pod, const char *container, bool previous, struct kr_error *error);

/* The array "probes" of a namespace's probes.json, each with a question and an outcome of the right types; borrowed,
 * NULL when there is no file. */
int kr_snapshot_store_probes(const json_t **probes, struct kr_snapshot_store *store, const char *namespace_,
                             struct kr_error *error);

/* The namespaces that have a folder, sorted. Free with kr_names_free. */
int kr_snapshot_store_namespaces(char ***names, size_t *count, const struct kr_snapshot_store *store,
                                 struct kr_error *error);

#endif
