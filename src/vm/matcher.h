/* matcher.h - one pattern against one subject: the part of pattern.h that knows nothing of Lua.
 *
 * All text is borrowed. A match is found from where matcher_run is told to begin; what went wrong is in error. */
#ifndef KR_VM_MATCHER_H
#define KR_VM_MATCHER_H

#include <stddef.h>
#include <stdint.h>

#include "vm/pattern.h"

enum { KR_CAPTURE_OPEN = -1, KR_CAPTURE_POSITION = -2 };

struct kr_matcher {
  const char *subject, *subject_end;
  const char *pattern_end;
  const char *error; /* a malformed pattern, or too many steps; NULL while all is well */
  int64_t steps;     /* left */
  int depth;         /* left */
  int level;         /* captures begun */
  struct {
    const char *start;
    ptrdiff_t length; /* or KR_CAPTURE_* */
  } captures[KR_PATTERN_CAPTURES];
};

void kr_matcher_init(struct kr_matcher *matcher, const char *subject, size_t subject_length, const char *pattern_end);

/* Where a match of pattern (its anchor already taken off) that begins at start ends, or NULL: none, or error is set. */
const char *kr_matcher_run(struct kr_matcher *matcher, const char *start, const char *pattern);

#endif
