/* kinds.h - kinds by every name kubectl takes: a built-in table of the usual ones, and what discovery adds. */
#ifndef KR_KUBE_KINDS_H
#define KR_KUBE_KINDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct kr_kind {
  const char *kind;        /* "Pod" */
  const char *resource;    /* "pods" */
  const char *singular;    /* "pod" */
  const char *short_names; /* comma-separated: "po"; "" for none */
  const char *group;       /* "" for core */
  const char *versions;    /* served versions to try, best first, comma-separated: "v1,v1beta1" */
  bool namespaced;
};

struct kr_kinds;

int kr_kinds_new(struct kr_kinds **out, struct kr_error *error);
void kr_kinds_free(struct kr_kinds *kinds);

/* Takes pod, po, pods, Pod, deployments.apps, deployments.v1.apps, ingresses.networking.k8s.io; case does not matter.
 * NULL when it is not known (yet: discovery may add it). The kind lives as long as kinds. */
const struct kr_kind *kr_kinds_find(const struct kr_kinds *kinds, const char *name);

/* Adds the kinds of a discovery document (aggregated v2 or v2beta1: APIGroupDiscoveryList). Kinds that are known stay.
 */
int kr_kinds_add_aggregated(struct kr_kinds *kinds, const char *json, size_t length, struct kr_error *error);

/* The same for plain discovery: an APIResourceList of one group version. */
int kr_kinds_add_resources(struct kr_kinds *kinds, const char *json, size_t length, struct kr_error *error);

/* The known name nearest to a wrong one, or NULL. */
const char *kr_kinds_nearest(const struct kr_kinds *kinds, const char *name);

#endif
