/* diff.h - in which lines two texts differ, as `diff -u` shows it. */
#ifndef KR_BASE_DIFF_H
#define KR_BASE_DIFF_H

#include "base/buffer.h"

/* Appends the unified diff from left to right, three lines of context around each change, with the names above it;
 * nothing where both are the same. Both are borrowed and NUL-terminated. Of texts that differ in too many lines to
 * compare, all that lies between their common beginning and end is shown as replaced. 0, KR_ENOMEM, KR_ELIMIT. */
int kr_diff_unified(struct kr_buffer *out, const char *left_name, const char *left, const char *right_name,
                    const char *right);

#endif
