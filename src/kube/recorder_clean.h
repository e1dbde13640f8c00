/* recorder_clean.h - what a snapshot keeps of an object: masked, without bookkeeping, and of Secrets no value. */
#ifndef KR_KUBE_RECORDER_CLEAN_H
#define KR_KUBE_RECORDER_CLEAN_H

#include <jansson.h>
#include <stdbool.h>

#include "base/mask.h"

/* Changes object in place. kind is "Secret", "ConfigMap", "Pod", ... 0 or KR_ENOMEM. */
int kr_recorder_clean(json_t *object, const char *kind, const struct kr_mask *mask, bool redact);

/* The same of a probe's record: what was answered is masked, a header's value by its name. 0 or KR_ENOMEM. */
int kr_recorder_clean_probe(json_t *record, const struct kr_mask *mask);

/* A text as a snapshot keeps it: masked, valid UTF-8 and without NULs, in a new string. NULL when memory is refused. */
char *kr_recorder_clean_text(const char *text, size_t length, const struct kr_mask *mask);

#endif
