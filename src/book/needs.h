/* needs.h - what runbooks need to be allowed, gathered from their `needs`, and the RBAC roles that allow just that.
 *
 * A need is "VERB[,VERB...] RESOURCE[/SUBRESOURCE][.GROUP][ in all namespaces]", as in "get,list deployments.apps",
 * "get pods/log": in the namespace that the runbook is asked about, unless it says otherwise. There are no verbs than
 * get and list, and create for pods/portforward: nothing that a runbook declares makes a role that could change a
 * cluster. */
#ifndef KR_BOOK_NEEDS_H
#define KR_BOOK_NEEDS_H

#include <jansson.h>

#include "base/buffer.h"
#include "base/error.h"

struct kr_needs;

int kr_needs_new(struct kr_needs **out, struct kr_error *error);
void kr_needs_free(struct kr_needs *needs);

/* Adds a runbook's list of needs. KR_EINVAL quotes the one that is none; KR_ELIMIT when they are too many. */
int kr_needs_add(struct kr_needs *needs, const json_t *list, struct kr_error *error);

/* Appends a ClusterRole, as YAML, that allows all of it in every namespace. name must be a DNS label. */
int kr_needs_cluster_role(struct kr_buffer *out, const struct kr_needs *needs, const char *name);

/* The same for one namespace: a Role, and, where something is needed that lies in no namespace (nodes) or of all of
 * them, a ClusterRole for that alone. namespace_ may be NULL: the Role then names none. */
int kr_needs_role(struct kr_buffer *out, const struct kr_needs *needs, const char *name, const char *namespace_);

#endif
