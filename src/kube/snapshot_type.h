/* snapshot_type.h - the kind and apiVersion of a snapshot's objects, also where it holds none of them: an empty list of
 * pods is a PodList. */
#ifndef KR_KUBE_SNAPSHOT_TYPE_H
#define KR_KUBE_SNAPSHOT_TYPE_H

#include "kube/snapshot_store.h"

struct kr_snapshot_type {
  char kind[KR_SNAPSHOT_KIND_MAX];           /* "Pod"; "" when nothing tells */
  char version[KR_SNAPSHOT_API_VERSION_MAX]; /* "apps/v1" */
};

/* As the List document (NULL: none) says, or its first item, or the table of kinds, or discovery.json. Of a document
 * that kubectl wrote the kind is "List", and its items say theirs. 0 or KR_ENOMEM. */
int kr_snapshot_type_of(struct kr_snapshot_type *type, struct kr_snapshot_store *store, const char *resource,
                        const struct kr_snapshot_list *list);

#endif
