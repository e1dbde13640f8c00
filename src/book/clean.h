/* clean.h - text on its way into a report: valid UTF-8, masked, cut to a bound. */
#ifndef KR_BOOK_CLEAN_H
#define KR_BOOK_CLEAN_H

#include <jansson.h>
#include <stddef.h>

#include "base/mask.h"

#define KR_CAUSE_MAX    4096 /* bytes of a cause, a message, a line of evidence */
#define KR_NAME_MAX     512  /* of names and other short fields */
#define KR_EVIDENCE_MAX 50   /* lines of evidence of one finding */
#define KR_STEPS_MAX    20   /* next steps of one finding */

/* A JSON string of at most max bytes (cut between characters, the cut is shown); null for NULL. NULL when memory is
 * refused. */
json_t *kr_clean_text(const struct kr_mask *mask, const char *text, size_t max);

/* A copy of value with every string in it cleaned. NULL when memory is refused. */
json_t *kr_clean_json(const struct kr_mask *mask, const json_t *value);

/* About what the value takes of memory, or when it is written. */
size_t kr_json_size(const json_t *value);

#endif
