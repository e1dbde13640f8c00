/* matcher.c - see matcher.h. Backtracking, as the patterns' meaning asks for; every step is counted. */
#include "vm/matcher.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define ESCAPE '%'

static const char *match(struct kr_matcher *m, const char *s, const char *p);

void kr_matcher_init(struct kr_matcher *m, const char *subject, size_t subject_length, const char *pattern_end) {
  *m = (struct kr_matcher){.subject = subject,
                           .subject_end = subject + subject_length,
                           .pattern_end = pattern_end,
                           .steps = KR_PATTERN_STEPS,
                           .depth = KR_PATTERN_DEPTH};
}

const char *kr_matcher_run(struct kr_matcher *m, const char *start, const char *pattern) {
  m->level = 0;
  m->depth = KR_PATTERN_DEPTH;
  return match(m, start, pattern);
}

static const char *fail(struct kr_matcher *m, const char *message) {
  if (m->error == NULL) m->error = message;
  return NULL;
}

static bool steps(struct kr_matcher *m, ptrdiff_t count) {
  if (m->error != NULL) return false;
  m->steps -= count;
  if (m->steps >= 0) return true;
  m->error = "pattern is too complex: it takes too many steps on this text";
  return false;
}

static bool step(struct kr_matcher *m) { return steps(m, 1); }

/* Looking through a class takes as long as it is. */
static ptrdiff_t class_cost(const char *p, const char *end) { return 1 + (end - p) / 8; }

/* The end of the single-character class at p, or NULL with error. */
static const char *class_end(struct kr_matcher *m, const char *p) {
  if (p == m->pattern_end) return fail(m, "malformed pattern (ends unexpectedly)");
  char first = *p++;
  if (first == ESCAPE) {
    if (p == m->pattern_end) return fail(m, "malformed pattern (ends with '%')");
    return p + 1;
  }
  if (first != '[') return p;
  if (p < m->pattern_end && *p == '^') p++;
  do { /* a ']' in first place stands for itself */
    if (p == m->pattern_end) return fail(m, "malformed pattern (missing ']')");
    if (*p++ == ESCAPE) {
      if (p == m->pattern_end) return fail(m, "malformed pattern (missing ']')");
      p++;
    }
  } while (p == m->pattern_end || *p != ']');
  return p + 1;
}

/* Whether byte belongs to the class that letter names: %a, and the opposite for %A. */
static bool in_class(int byte, int letter) {
  bool is;
  switch (tolower(letter)) {
    case 'a':
      is = isalpha(byte) != 0;
      break;
    case 'c':
      is = iscntrl(byte) != 0;
      break;
    case 'd':
      is = isdigit(byte) != 0;
      break;
    case 'g':
      is = isgraph(byte) != 0;
      break;
    case 'l':
      is = islower(byte) != 0;
      break;
    case 'p':
      is = ispunct(byte) != 0;
      break;
    case 's':
      is = isspace(byte) != 0;
      break;
    case 'u':
      is = isupper(byte) != 0;
      break;
    case 'w':
      is = isalnum(byte) != 0;
      break;
    case 'x':
      is = isxdigit(byte) != 0;
      break;
    case 'z':
      is = byte == 0;
      break;
    default:
      return letter == byte; /* an escaped character */
  }
  return isupper(letter) ? !is : is;
}

/* p is at '[', last at its ']'. */
static bool in_set(int byte, const char *p, const char *last) {
  bool wanted = true;
  if (p[1] == '^') {
    wanted = false;
    p++;
  }
  while (++p < last) {
    if (*p == ESCAPE) {
      p++;
      if (in_class(byte, (unsigned char)*p)) return wanted;
    } else if (p[1] == '-' && p + 2 < last) {
      if ((unsigned char)p[0] <= byte && byte <= (unsigned char)p[2]) return wanted;
      p += 2;
    } else if ((unsigned char)*p == byte) {
      return wanted;
    }
  }
  return !wanted;
}

/* Whether the character at s is what the item from p to end asks for. */
static bool single(struct kr_matcher *m, const char *s, const char *p, const char *end) {
  if (s >= m->subject_end || !steps(m, class_cost(p, end))) return false;
  int byte = (unsigned char)*s;
  switch (*p) {
    case '.':
      return true;
    case ESCAPE:
      return in_class(byte, (unsigned char)p[1]);
    case '[':
      return in_set(byte, p, end - 1);
    default:
      return (unsigned char)*p == byte;
  }
}

/* %bxy; p is at x. */
static const char *balanced(struct kr_matcher *m, const char *s, const char *p) {
  if (p + 1 >= m->pattern_end) return fail(m, "malformed pattern (missing arguments to '%b')");
  if (s >= m->subject_end || *s != *p) return NULL;
  int open = 1;
  while (++s < m->subject_end) {
    if (!step(m)) return NULL;
    if (*s == p[1]) {
      if (--open == 0) return s + 1;
    } else if (*s == *p) {
      open++;
    }
  }
  return NULL;
}

static const char *longest(struct kr_matcher *m, const char *s, const char *p, const char *end) {
  ptrdiff_t count = 0;
  while (single(m, s + count, p, end)) count++;
  for (; count >= 0; count--) {
    const char *rest = match(m, s + count, end + 1);
    if (rest != NULL) return rest;
    if (!step(m)) return NULL;
  }
  return NULL;
}

static const char *shortest(struct kr_matcher *m, const char *s, const char *p, const char *end) {
  for (;;) {
    const char *rest = match(m, s, end + 1);
    if (rest != NULL) return rest;
    if (!single(m, s, p, end)) return NULL;
    s++;
  }
}

static const char *begin_capture(struct kr_matcher *m, const char *s, const char *p, ptrdiff_t what) {
  if (m->level >= KR_PATTERN_CAPTURES) return fail(m, "too many captures");
  m->captures[m->level].start = s;
  m->captures[m->level].length = what;
  m->level++;
  const char *rest = match(m, s, p);
  if (rest == NULL) m->level--;
  return rest;
}

static const char *end_capture(struct kr_matcher *m, const char *s, const char *p) {
  int open = m->level - 1;
  while (open >= 0 && m->captures[open].length != KR_CAPTURE_OPEN) open--;
  if (open < 0) return fail(m, "invalid pattern capture");
  m->captures[open].length = s - m->captures[open].start;
  const char *rest = match(m, s, p);
  if (rest == NULL) m->captures[open].length = KR_CAPTURE_OPEN;
  return rest;
}

/* %1: what was captured, again. */
static const char *again(struct kr_matcher *m, const char *s, char digit) {
  int which = digit - '1';
  if (which < 0 || which >= m->level || m->captures[which].length == KR_CAPTURE_OPEN)
    return fail(m, "invalid capture index in a pattern");
  /* A position capture has no text: nothing matches it. */
  if (m->captures[which].length == KR_CAPTURE_POSITION) return NULL;
  size_t length = (size_t)m->captures[which].length;
  m->steps -= (int64_t)(length / 64);
  if ((size_t)(m->subject_end - s) < length || memcmp(m->captures[which].start, s, length) != 0) return NULL;
  return s + length;
}

/* %f[set]; p is at '['. */
static bool frontier(struct kr_matcher *m, const char *s, const char *p, const char *end) {
  int before = s == m->subject ? 0 : (unsigned char)s[-1];
  int here = s == m->subject_end ? 0 : (unsigned char)*s;
  return !in_set(before, p, end - 1) && in_set(here, p, end - 1);
}

/* An item that begins with '%' and is no single character. Sets *next to the rest of the pattern and returns where the
 * subject goes on; NULL: no match. *ordinary: it is a single character after all. */
static const char *special(struct kr_matcher *m, const char *s, const char *p, const char **next, bool *ordinary) {
  const char *end;
  switch (p + 1 < m->pattern_end ? p[1] : '\0') {
    case 'b':
      *next = p + 4;
      return balanced(m, s, p + 2);
    case 'f':
      p += 2;
      if (p >= m->pattern_end || *p != '[') return fail(m, "missing '[' after '%f' in pattern");
      if ((end = class_end(m, p)) == NULL || !steps(m, class_cost(p, end))) return NULL;
      *next = end;
      return frontier(m, s, p, end) ? s : NULL;
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
      *next = p + 2;
      return again(m, s, p[1]);
    default:
      *ordinary = true;
      return NULL;
  }
}

/* A single character with what follows it: ?, *, +, - or nothing. *next is set when matching goes on in the caller's
 * loop. */
static const char *repeated(struct kr_matcher *m, const char *s, const char *p, const char **next) {
  const char *end = class_end(m, p);
  if (end == NULL || !steps(m, class_cost(p, end) - 1)) return NULL;
  switch (end < m->pattern_end ? *end : '\0') {
    case '?':
      if (single(m, s, p, end)) {
        const char *rest = match(m, s + 1, end + 1);
        if (rest != NULL) return rest;
      }
      *next = end + 1;
      return s;
    case '+':
      return single(m, s, p, end) ? longest(m, s + 1, p, end) : NULL;
    case '*':
      return longest(m, s, p, end);
    case '-':
      return shortest(m, s, p, end);
    default:
      *next = end;
      return single(m, s, p, end) ? s + 1 : NULL;
  }
}

/* One item after another; only what may have to be undone recurses. */
static const char *match_items(struct kr_matcher *m, const char *s, const char *p) {
  while (p != m->pattern_end) {
    const char *next = NULL;
    bool ordinary = true;
    if (!step(m)) return NULL;
    if (*p == '(') {
      bool position = p + 1 < m->pattern_end && p[1] == ')';
      return begin_capture(m, s, position ? p + 2 : p + 1, position ? KR_CAPTURE_POSITION : KR_CAPTURE_OPEN);
    }
    if (*p == ')') return end_capture(m, s, p + 1);
    if (*p == '$' && p + 1 == m->pattern_end) return s == m->subject_end ? s : NULL;
    if (*p == ESCAPE) {
      ordinary = false;
      const char *rest = special(m, s, p, &next, &ordinary);
      if (!ordinary) s = rest;
    }
    if (ordinary) s = repeated(m, s, p, &next);
    if (s == NULL || next == NULL) return s;
    p = next;
  }
  return s;
}

static const char *match(struct kr_matcher *m, const char *s, const char *p) {
  if (m->error != NULL) return NULL;
  if (m->depth-- == 0) return fail(m, "pattern too complex");
  const char *end = match_items(m, s, p);
  m->depth++;
  return end;
}
