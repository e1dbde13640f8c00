/* section.h - private to this layer: how a report and its sections are held. */
#ifndef KR_BOOK_SECTION_H
#define KR_BOOK_SECTION_H

#include <jansson.h>
#include <stdbool.h>

#include "book/report.h"

struct kr_section {
  struct kr_section *next; /* of the report's */
  struct kr_report *report;
  struct kr_section *parent; /* of a nested one */
  int depth;
  json_t *value; /* the members that are known at once; the rest below joins them in the document */
  json_t *findings, *healthy, *starting, *unknown, *errors;
  json_t *steps;    /* the trace: a step is an object, what belongs together within it an array of its own */
  json_t *branches; /* those arrays, by where they belong */
  size_t step_count;
  json_t *seen; /* of healthy and starting ones: {"Pod/default/name": true} */
  json_int_t healthy_count;
  struct kr_pending {
    int counts;    /* how often it was noted and not forgiven */
    int in_parent; /* a nested one's: its id there */
  } * pending;     /* one for each unknown */
  int unlisted;    /* the id of the unknown that stands for more of them; 0: none */
  size_t kept;     /* bytes, about; of the outermost section: with those within it */
};

struct kr_report {
  const struct kr_mask *mask;
  struct kr_section *sections, *last; /* those of the document, in order */
  struct kr_section *nested;
  json_t *errors, *document;
  int64_t taken_at;
  int exit_code;
  int shard_index, shard_count; /* count 0: it is of everything */
  bool explain, interrupted;
};

int kr_section_make(struct kr_section **out, struct kr_report *report, struct kr_error *error);
void kr_section_free(struct kr_section *section);

/* {kind, message} of an error. NULL when memory is refused. */
json_t *kr_error_json(const struct kr_mask *mask, const struct kr_error *what);

/* Its status word; worst first: critical, unknown, warning, ok. */
const char *kr_section_status(const struct kr_section *section);

/* The trace in the order in which it is read: what belongs together stands together. A new reference, or NULL. */
json_t *kr_section_steps(const struct kr_section *section);

/* The section as the document holds it: a new reference, NULL when memory is refused. */
json_t *kr_section_document(const struct kr_section *section);

#endif
