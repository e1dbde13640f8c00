/* runbook.h - what a runbook says of itself: {name, summary, description, args, needs, findings, examples}, checked. */
#ifndef KR_BOOK_RUNBOOK_H
#define KR_BOOK_RUNBOOK_H

#include <jansson.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

/* Checks what the file returned (without its function run), and fills in what may be left out: name is stem, args {},
 * the lists []. KR_EINVAL names the field. */
int kr_metadata_check(json_t *metadata, const char *stem, struct kr_error *error);

/* --help of a runbook, as text. */
int kr_metadata_help(struct kr_buffer *out, const json_t *metadata, size_t width);

#endif
