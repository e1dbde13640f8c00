/* snapshot_store.h - the folder behind a snapshot: its index, and its lists, each read when first asked for. */
#ifndef KR_KUBE_SNAPSHOT_STORE_H
#define KR_KUBE_SNAPSHOT_STORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

#define KR_SNAPSHOT_SCHEMA "krunbook.snapshot/v1"

struct kr_snapshot_store {
  char *folder;
  json_t *index; /* snapshot.json */
  json_t *lists; /* path below the folder -> document; null where there is no such file */
  int64_t taken_at;
};

int kr_snapshot_store_open(struct kr_snapshot_store *store, const char *folder, struct kr_error *error);
void kr_snapshot_store_close(struct kr_snapshot_store *store);

/* The List document of a resource ("pods", "deployments.apps"); namespace_ NULL: cluster-scoped. *list is borrowed,
 * NULL when there is no file. */
int kr_snapshot_store_list(const json_t **list, struct kr_snapshot_store *store, const char *resource,
                           const char *namespace_, struct kr_error *error);

/* The item of a List document (NULL: none) that is called name; borrowed, NULL when there is none. */
json_t *kr_snapshot_item(const json_t *list, const char *name);

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
