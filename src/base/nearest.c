/* nearest.c - the name a person may have meant; see text.h. */
#define _POSIX_C_SOURCE 200809L /* strnlen */
#include <string.h>

#include "base/text.h"

/* A name of Kubernetes has at most 253 characters; anything longer is not compared. */
enum { NAME_MAX_COMPARED = 256 };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours count 1 each. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length) {
  size_t rows[3][NAME_MAX_COMPARED + 1];
  size_t *before = rows[0], *above = rows[1], *row = rows[2];
  for (size_t j = 0; j <= b_length; j++) above[j] = j;
  for (size_t i = 1; i <= a_length; i++) {
    row[0] = i;
    for (size_t j = 1; j <= b_length; j++) {
      row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = least(row[j], before[j - 2] + 1);
    }
    size_t *oldest = before;
    before = above;
    above = row;
    row = oldest;
  }
  return above[b_length];
}

/* The candidate with the fewest edits; of equals the first. near: only one that may be what was meant. */
static const char *closest(const char *name, size_t length, const char *const *candidates, size_t count, bool near) {
  const char *found = NULL;
  size_t best = 0;
  for (size_t i = 0; i < count; i++) {
    size_t other = strnlen(candidates[i], NAME_MAX_COMPARED + 1);
    if (other > NAME_MAX_COMPARED) continue;
    size_t allowed = (length > other ? length : other) / 3;
    if (allowed == 0) allowed = 1;
    size_t edits = distance(name, length, candidates[i], other);
    if ((near && edits > allowed) || (found != NULL && edits >= best)) continue;
    found = candidates[i];
    best = edits;
  }
  return found;
}

const char *kr_text_nearest(const char *name, const char *const *candidates, size_t count) {
  size_t length = strnlen(name, NAME_MAX_COMPARED + 1);
  return length > NAME_MAX_COMPARED ? NULL : closest(name, length, candidates, count, true);
}

const char *kr_text_closest(const char *name, const char *const *candidates, size_t count) {
  size_t length = strnlen(name, NAME_MAX_COMPARED + 1);
  return length > NAME_MAX_COMPARED ? NULL : closest(name, length, candidates, count, false);
}
