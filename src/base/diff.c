/* diff.c - the longest common sequence of lines, by the table of how long it is from each pair of lines on. See diff.h.
 */
#include "base/diff.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define CONTEXT ((size_t)3)
#define GAP     (2 * CONTEXT + 1) /* changes that are no further apart share a hunk */

enum { LINES_MAX = 60000 }; /* as they are counted in 16 bits */
#define CELLS_MAX ((size_t)16 << 20)

struct line {
  const char *text;
  size_t length; /* without its newline */
};

struct lines {
  struct line *items;
  size_t count;
};

/* A line of the result: ' ', '-' or '+', and how many lines of each side stand before it. */
struct edit {
  char kind;
  const struct line *line;
  size_t left, right;
};

struct edits {
  struct edit *items;
  size_t count;
};

static int split(struct lines *out, const char *text) {
  size_t count = 0;
  for (const char *at = text; *at; at += at[strcspn(at, "\n")] ? strcspn(at, "\n") + 1 : strlen(at)) count++;
  if (count > LINES_MAX) return KR_ELIMIT;
  out->items = calloc(count + 1, sizeof *out->items);
  if (!out->items) return KR_ENOMEM;
  while (*text) {
    size_t length = strcspn(text, "\n");
    out->items[out->count++] = (struct line){text, length};
    text += length + (text[length] == '\n');
  }
  return 0;
}

static bool same(const struct line *left, const struct line *right) {
  return left->length == right->length && memcmp(left->text, right->text, left->length) == 0;
}

static void add(struct edits *edits, char kind, const struct line *line, size_t left, size_t right) {
  edits->items[edits->count++] = (struct edit){kind, line, left, right};
}

/* cells[i * (columns + 1) + j]: how many lines the parts from i and from j on have in common, in their order. */
static void fill(uint16_t *cells, const struct line *left, size_t rows, const struct line *right, size_t columns) {
  size_t width = columns + 1;
  for (size_t i = rows; i-- > 0;) {
    for (size_t j = columns; j-- > 0;) {
      uint16_t below = cells[(i + 1) * width + j], beside = cells[i * width + j + 1];
      cells[i * width + j] = same(&left[i], &right[j]) ? (uint16_t)(cells[(i + 1) * width + j + 1] + 1)
                             : below > beside          ? below
                                                       : beside;
    }
  }
}

/* The part that differs; cells may be NULL: then all of it is replaced. */
static void compare_middle(struct edits *edits, const uint16_t *cells, const struct line *left, size_t rows,
                           const struct line *right, size_t columns, size_t offset) {
  size_t i = 0, j = 0, width = columns + 1;
  while (i < rows || j < columns) {
    if (cells && i < rows && j < columns && same(&left[i], &right[j])) {
      add(edits, ' ', &left[i], offset + i, offset + j);
      i++;
      j++;
    } else if (i < rows && (j == columns || !cells || cells[(i + 1) * width + j] >= cells[i * width + j + 1])) {
      add(edits, '-', &left[i], offset + i, offset + j);
      i++;
    } else {
      add(edits, '+', &right[j], offset + i, offset + j);
      j++;
    }
  }
}

static int compare(struct edits *edits, const struct lines *left, const struct lines *right) {
  size_t shorter = left->count < right->count ? left->count : right->count, before = 0, after = 0;
  while (before < shorter && same(&left->items[before], &right->items[before])) before++;
  while (after < shorter - before &&
         same(&left->items[left->count - 1 - after], &right->items[right->count - 1 - after]))
    after++;
  size_t rows = left->count - before - after, columns = right->count - before - after;
  uint16_t *cells = NULL;
  edits->items = calloc(left->count + right->count + 1, sizeof *edits->items);
  if (!edits->items) return KR_ENOMEM;
  if ((rows + 1) * (columns + 1) <= CELLS_MAX) {
    cells = calloc((rows + 1) * (columns + 1), sizeof *cells);
    if (!cells) return KR_ENOMEM;
    fill(cells, left->items + before, rows, right->items + before, columns);
  }
  for (size_t i = 0; i < before; i++) add(edits, ' ', &left->items[i], i, i);
  compare_middle(edits, cells, left->items + before, rows, right->items + before, columns, before);
  for (size_t i = 0; i < after; i++)
    add(edits, ' ', &left->items[left->count - after + i], left->count - after + i, right->count - after + i);
  free(cells);
  return 0;
}

/* Where the hunk that begins at from ends: behind the context of its last change. */
static size_t hunk_end(const struct edits *edits, size_t from) {
  size_t last = from;
  for (size_t i = from; i < edits->count && i <= last + GAP; i++)
    if (edits->items[i].kind != ' ') last = i;
  return last + 1 + CONTEXT < edits->count ? last + 1 + CONTEXT : edits->count;
}

static int put_hunk(struct kr_buffer *out, const struct edits *edits, size_t from, size_t to) {
  size_t left = 0, right = 0;
  for (size_t i = from; i < to; i++) {
    left += edits->items[i].kind != '+';
    right += edits->items[i].kind != '-';
  }
  /* A side without lines is named by the line before it, as diff does. */
  int code = kr_buffer_printf(out, "@@ -%zu,%zu +%zu,%zu @@\n", edits->items[from].left + (left > 0), left,
                              edits->items[from].right + (right > 0), right);
  for (size_t i = from; !code && i < to; i++) {
    code = kr_buffer_append(out, &edits->items[i].kind, 1);
    if (!code) code = kr_buffer_append(out, edits->items[i].line->text, edits->items[i].line->length);
    if (!code) code = kr_buffer_append(out, "\n", 1);
  }
  return code;
}

static int put_all(struct kr_buffer *out, const struct edits *edits, const char *left_name, const char *right_name) {
  int code = 0;
  bool named = false;
  for (size_t i = 0, ended = 0; !code && i < edits->count; i++) {
    if (edits->items[i].kind == ' ') continue;
    if (!named) code = kr_buffer_printf(out, "--- %s\n+++ %s\n", left_name, right_name);
    named = true;
    size_t from = i > ended + CONTEXT ? i - CONTEXT : ended, to = hunk_end(edits, i);
    if (!code) code = put_hunk(out, edits, from, to);
    ended = to;
    i = to - 1;
  }
  return code;
}

int kr_diff_unified(struct kr_buffer *out, const char *left_name, const char *left, const char *right_name,
                    const char *right) {
  struct lines a = {0}, b = {0};
  struct edits edits = {0};
  int code = split(&a, left);
  if (!code) code = split(&b, right);
  if (!code) code = compare(&edits, &a, &b);
  if (!code) code = put_all(out, &edits, left_name, right_name);
  free(edits.items);
  free(a.items);
  free(b.items);
  return code;
}
