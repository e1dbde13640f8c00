/* document.h - reading a report's document (docs/report.schema.json): what all formats need of it.
 *
 * Nothing here makes text harmless: each format has its own way to do that. */
#ifndef KR_BOOK_DOCUMENT_H
#define KR_BOOK_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/mask.h"

/* A member that is a string; "" where there is none. */
const char *kr_document_text(const json_t *object, const char *member);

/* A finding's severity, and the status of a report or a section: one of the words of the schema, whatever stands there;
 * "info" and "unknown" where it is none of them. */
const char *kr_document_severity(const json_t *finding);
const char *kr_document_status(const json_t *holder);

/* Appends "Pod default/error" of a reference; out's limit cuts what is absurdly long. */
void kr_document_name(struct kr_buffer *out, const json_t *reference);

/* Appends "pod-status --pod error": the runbook of a section and its arguments. 0, KR_ENOMEM, KR_ELIMIT. */
int kr_document_command(struct kr_buffer *out, const json_t *section);

/* What a section's cluster is called: the snapshot that was asked, else its context, else its server; "" when none is
 * known. */
const char *kr_document_cluster(const json_t *section);

/* The owner of a finding's object, that stays though pods come and go; the object itself where it has none. */
const json_t *kr_document_subject(const json_t *finding);

/* Whether two references name the same. */
bool kr_document_same(const json_t *one, const json_t *other);

/* " (48 minutes ago)": how long before now something began, both as kr_time_parse gives them; "" when either is no
 * time, and for what is less than a second ago. Returns text. */
#define KR_AGE_TEXT_MAX 48
const char *kr_age_text(int64_t began, int64_t now, char text[KR_AGE_TEXT_MAX]);

/* How many of each there are. */
struct kr_tally {
  size_t critical, warning, info, unknown, errors, starting;
  json_int_t healthy;
};
struct kr_tally kr_tally_section(const json_t *section);
struct kr_tally kr_tally_document(const json_t *document);

/* Appends "3 critical, 1 warning, 40 healthy"; "nothing found" when all are zero. */
int kr_tally_say(struct kr_buffer *out, const struct kr_tally *tally);

/* The worse of two status words, and the exit status that goes with one. */
const char *kr_status_worse(const char *one, const char *other);
int kr_status_exit(const char *status);

/* Computes each section's status, the document's and the exit code anew, from what the document holds; that it was
 * interrupted stays. 0, KR_ENOMEM. */
int kr_document_settle(json_t *document);

/* A copy of the document to which an error of the invocation is added, with the status and the exit code that follow
 * from it. A new reference; NULL when memory is refused. */
json_t *kr_document_with_error(const json_t *document, const struct kr_mask *mask, const struct kr_error *what);

/* A copy whose strings are harmless for a terminal, control characters written out: for what is decoded elsewhere, by
 * who may show it on one. A new reference; NULL when memory is refused. */
json_t *kr_document_harmless(const json_t *value);

#endif
