/* merge.h - the reports of all shards of a run become the report that one run would have given. */
#ifndef KR_BOOK_MERGE_H
#define KR_BOOK_MERGE_H

#include <jansson.h>

#include "base/error.h"
#include "book/report.h"

/* Takes the reports out of a file's text, one after another, and appends them to documents: each begins a line with
 * "{", and what stands between them (a container's other lines) is passed over. KR_EINVAL names the file and line. */
int kr_merge_read(json_t *documents, const char *text, size_t length, const char *name, struct kr_error *error);

/* Puts the documents into the order of their shards. KR_EINVAL says which shard is missing or there twice, what is no
 * report of a shard, or which of them were asked for something else. */
int kr_merge_order(json_t *documents, struct kr_error *error);

/* What all of them say of the invocation goes into the report. */
int kr_merge_errors(struct kr_report *report, const json_t *documents, struct kr_error *error);

/* The number'th section of all documents as one of the report; its findings are the caller's to add. */
int kr_merge_section(struct kr_section **out, struct kr_report *report, const json_t *documents, size_t number,
                     struct kr_error *error);

#endif
