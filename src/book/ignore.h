/* ignore.h - findings that somebody has decided not to be told of, each with a reason and for as long as is said.
 *
 * A file of rules, in YAML or JSON:
 *
 *     ignore:
 *       - code: image-*              # globs: * ? [a-z]
 *         object: shop/web-*         # NAMESPACE/NAME or KIND/NAMESPACE/NAME
 *         owner: Deployment/shop/web # the same, of what manages the object
 *         labels: app=web            # of the object, as far as the runbook gave them
 *         cluster: staging           # the context
 *         reason: "being moved, OPS-12"
 *         until: 2026-12-31          # this day included; or a time
 *
 * A finding is ignored by the first rule that has not expired and all of whose conditions hold. A finding about several
 * objects is only ignored when they hold for each. */
#ifndef KR_BOOK_IGNORE_H
#define KR_BOOK_IGNORE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "book/report.h"

#define KR_IGNORE_RULES_MAX 1000

struct kr_ignore;

/* KR_EIO, KR_ENOTFOUND; KR_EINVAL and KR_ELIMIT begin with "path:line". */
int kr_ignore_load(struct kr_ignore **out, const char *path, struct kr_error *error);
int kr_ignore_parse(struct kr_ignore **out, const char *text, size_t length, const char *path, struct kr_error *error);
void kr_ignore_free(struct kr_ignore *ignore);

/* Rules that have expired by now (milliseconds) suppress nothing, and are warnings in a section of their own. */
int kr_ignore_expire(struct kr_ignore *ignore, struct kr_report *report, int64_t now, struct kr_error *error);

/* Moves what is ignored from each section's findings to its member "ignored", each with {reason, until, rule}, and
 * settles the document anew. KR_ENOMEM. */
int kr_ignore_apply(struct kr_ignore *ignore, json_t *document, struct kr_error *error);

/* The line of the next rule from *at on that has not expired and matched nothing; 0: there is none more. */
int kr_ignore_unused(const struct kr_ignore *ignore, size_t *at);

#endif
