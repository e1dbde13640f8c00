/* snapshot_index.h - what a snapshot's index says: what was asked for, what was refused, what was no log. Everything
 * returned is borrowed from the index. */
#ifndef KR_KUBE_SNAPSHOT_INDEX_H
#define KR_KUBE_SNAPSHOT_INDEX_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "kube/transport.h"

enum { KR_SNAPSHOT_RESOURCE_MAX = 512 };

/* "deployments.apps", "pods": how the index and the files name a request's resource. Returns name. */
const char *kr_snapshot_resource(char name[KR_SNAPSHOT_RESOURCE_MAX], const struct kr_request *request);

/* Whether all objects of the resource in this namespace (NULL: cluster-scoped, or all namespaces) were asked for. */
bool kr_snapshot_is_covered(const json_t *index, const char *resource, const char *namespace_);

/* Whether just this was asked for, and answered: a list with these selectors, or a get of this name. */
bool kr_snapshot_was_asked(const json_t *index, const char *resource, const struct kr_request *request);

/* How many namespaces of a namespaced resource are covered one by one; their names are appended to names (may be NULL),
 * "a, b, c", as far as its limit lets them. */
int kr_snapshot_covered_namespaces(struct kr_buffer *names, const json_t *index, const char *resource);

/* What the server said instead of letting us, or NULL. An entry without a namespace holds everywhere, one with "*"
 * where all namespaces at once are asked for. That there is no such API holds for every verb. */
const json_t *kr_snapshot_refusal(const json_t *index, const char *verb, const char *resource, const char *namespace_);

/* What the server said instead of a log, or NULL. */
const json_t *kr_snapshot_log_answer(const json_t *index, const struct kr_request *request);

/* What was answered to the question whether verb may be done, or NULL. */
const json_t *kr_snapshot_review(const json_t *index, const char *verb, const char *resource, const char *namespace_);

#endif
