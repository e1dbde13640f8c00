/* kinds_private.h - how kinds are held, for the files that make them up. */
#ifndef KR_KUBE_KINDS_PRIVATE_H
#define KR_KUBE_KINDS_PRIVATE_H

#include "kube/kinds.h"

/* A kind that discovery found; owns its strings. Its address stays, for callers hold on to it. */
struct kr_found_kind {
  struct kr_kind kind;
  char *texts[6]; /* kind, resource, singular, short names, group, versions: what kind points to */
};

struct kr_kinds {
  struct kr_found_kind **found;
  size_t count;
};

/* The built-in ones come first. */
size_t kr_kinds_count(const struct kr_kinds *kinds);
const struct kr_kind *kr_kinds_at(const struct kr_kinds *kinds, size_t index);

void kr_found_kind_free(struct kr_found_kind *found);

#endif
