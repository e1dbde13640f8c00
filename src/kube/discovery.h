/* discovery.h - asks the server once for all kinds that it has: aggregated where it can, else group by group. */
#ifndef KR_KUBE_DISCOVERY_H
#define KR_KUBE_DISCOVERY_H

#include "kube/kinds.h"
#include "kube/transport.h"

struct kr_discovery_result {
  bool complete;         /* every group was told: a kind that is not among them does not exist */
  enum kr_reason reason; /* why not */
  const char *message;   /* "" where there is none */
};

typedef void (*kr_discovery_fn)(void *user, const struct kr_discovery_result *result);

struct kr_discovery;

/* Calls done from the transport's wait, once. transport and kinds are borrowed and must live until then, or until the
 * transport is gone. */
int kr_discovery_start(struct kr_discovery **out, struct kr_transport *transport, struct kr_kinds *kinds,
                       kr_discovery_fn done, void *user, struct kr_error *error);
void kr_discovery_free(struct kr_discovery *discovery);

#endif
