/* verdicts.h - a report as test results: what JUnit and TAP make of it.
 *
 * A critical finding or a warning has failed; what could not be determined, and an error, is an error; what is too
 * young to be judged is skipped; an info and what is healthy has passed. */
#ifndef KR_BOOK_VERDICTS_H
#define KR_BOOK_VERDICTS_H

#include <jansson.h>
#include <stddef.h>

#include "base/buffer.h"

enum kr_verdict_kind { KR_PASSED, KR_FAILED, KR_ERROR, KR_SKIPPED };

struct kr_verdict {
  enum kr_verdict_kind kind;
  const char *type;        /* a finding's code, the reason of an unknown, the kind of an error; "healthy" */
  const json_t *finding;   /* NULL: it is none */
  const char *message;     /* "": there is nothing to say */
  struct kr_buffer *title; /* "Pod shop/web, container app: crash-late"; of kr_verdicts_each */
};

/* Calls visit with each verdict on a section, the worst first; of a section without any, with one that says so. With a
 * document instead, with those on its invocation. Ends at the first that is not 0, and returns that; or KR_ENOMEM. */
typedef int (*kr_verdict_fn)(void *user, const struct kr_verdict *verdict);
int kr_verdicts_each(const json_t *section, kr_verdict_fn visit, void *user);

/* How many of each kind. */
struct kr_verdict_counts {
  size_t of[KR_SKIPPED + 1], all;
};
struct kr_verdict_counts kr_verdicts_count(const json_t *section);

#endif
