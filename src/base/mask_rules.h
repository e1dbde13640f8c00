/* mask_rules.h - the built-in table of masks; private to mask.c. */
#ifndef KR_BASE_MASK_RULES_H
#define KR_BASE_MASK_RULES_H

#include <stdbool.h>
#include <stddef.h>

/* Where a secret stands in a text. */
struct kr_mask_span {
  size_t begin, end;
};

struct kr_mask_rule {
  const char *needle;     /* lower-case text that stands in every match: what has none is never given to regexec */
  const char *expression; /* matched without regard to case */
  size_t group;           /* of the expression, holding the secret */
  /* Decides on what was matched, line_end bounding what may be looked at; may move the span. NULL: always a secret. */
  bool (*is_secret)(struct kr_mask_span *span, const char *text, size_t line_end);
};

extern const struct kr_mask_rule kr_mask_rules[];
extern const size_t kr_mask_rule_count;

#endif
