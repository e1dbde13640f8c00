/* selector.h - label and field selectors as the API reads them, for whoever answers in its place. */
#ifndef KR_KUBE_SELECTOR_H
#define KR_KUBE_SELECTOR_H

#include <stdbool.h>

#include "base/error.h"

struct kr_selector;

/* "app=web,tier!=db,env in (a,b),!old,gpu". NULL or "" selects everything. KR_EINVAL in the API's words. */
int kr_selector_parse_labels(struct kr_selector **out, const char *text, struct kr_error *error);

/* "metadata.name=x,status.phase!=Running": paths into the object. resource is "pods", "jobs.batch"; a field that the
 * API does not serve for it is KR_EINVAL `field label not supported: nope`. */
int kr_selector_parse_fields(struct kr_selector **out, const char *text, const char *resource, struct kr_error *error);

void kr_selector_free(struct kr_selector *selector);

/* Of an object as JSON text, from object to end; only what the selector names is looked at. Names in it are spelt
 * as is usual (base/json_check.h). */
bool kr_selector_matches(const struct kr_selector *selector, const char *object, const char *end);

#endif
