/* finding.h - what a runbook gives to ctx:finding, checked and turned into what a report holds. */
#ifndef KR_BOOK_FINDING_H
#define KR_BOOK_FINDING_H

#include <jansson.h>

#include "base/error.h"
#include "base/mask.h"

/* A new reference. KR_EINVAL names the field; KR_ENOMEM. */
int kr_finding_make(json_t **out, const json_t *given, const struct kr_mask *mask, struct kr_error *error);

/* {kind, namespace, name} of a Kubernetes object, or of a table that has these members. field is what an error calls
 * it. */
int kr_reference_make(json_t **out, const json_t *given, const char *field, const struct kr_mask *mask,
                      struct kr_error *error);

enum { KR_REFERENCE_KEY_MAX = 1024 };

/* "Pod/default/web", which tells it from others of one report; as it is given, so not for anybody to read. */
int kr_reference_key(char key[KR_REFERENCE_KEY_MAX], const json_t *given, const char *field, struct kr_error *error);

/* 0 critical, 1 warning, 2 info; -1 for no such word. */
int kr_severity_rank(const char *severity);

#endif
