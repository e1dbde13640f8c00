/* mask.c - see mask.h; what is looked for is in mask_rules.c.
 *
 * A byte of `hidden` stands for each byte of the text; every mask marks what it finds, and the text is written once at
 * the end, so that masks cannot see each other's "***". regexec runs only on windows around a rule's needle, and no
 * byte is searched more than about once a rule, so that a hostile log costs no more than a long one. */
#define _GNU_SOURCE /* memmem, memrchr */
#include "base/mask.h"

#include <ctype.h>
#include <limits.h>
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/mask_rules.h"

enum {
  LEAD = 32,                /* bytes of a match that may stand before its needle */
  WINDOW = 1024,            /* bytes given to regexec at a time */
  HEAD = 256,               /* bytes by which a match is known; the rest of a window may be cut and is followed up */
  GROUPS = 4,               /* groups that are looked at, with the whole match */
  KEY_TEXT_MAX = 16 * 1024, /* a private key in PEM is shorter than this */
  ADDED_MAX = 256,          /* expressions that files may add */
  PAIRS = 1 << 16,          /* of bytes */
  FILE_LIMIT = 1 << 20
};

/* Compiled when its needle is first met: a run meets few of them. */
struct built_in {
  regex_t expression;
  bool compiled;
};

struct kr_mask {
  struct built_in *built_in; /* kr_mask_rule_count of them, in order */
  regex_t *added;
  size_t added_count;
  unsigned char begins[PAIRS / CHAR_BIT]; /* a bit for each two bytes that a needle begins with */
};

/* The text while it is being masked. */
struct work {
  const char *text;
  char *lower;
  unsigned char *hidden;
  size_t length;
};

void kr_mask_free(struct kr_mask *mask) {
  if (mask == NULL) return;
  for (size_t i = 0; mask->built_in != NULL && i < kr_mask_rule_count; i++)
    if (mask->built_in[i].compiled) regfree(&mask->built_in[i].expression);
  for (size_t i = 0; i < mask->added_count; i++) regfree(&mask->added[i]);
  free(mask->built_in);
  free(mask->added);
  free(mask);
}

static const char key_begin[] = "-----begin ";

/* Of ASCII, which needles are: tolower(3) would be a call for each byte of a snapshot. */
static unsigned char lower(char byte) { return (unsigned char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte); }

static size_t pair_at(const char *text) { return ((size_t)lower(text[0]) << CHAR_BIT) | lower(text[1]); }

/* Every needle has two bytes at least. */
static void note_needle(struct kr_mask *mask, const char *needle) {
  size_t pair = pair_at(needle);
  mask->begins[pair / CHAR_BIT] |= (unsigned char)(1U << pair % CHAR_BIT);
}

int kr_mask_new(struct kr_mask **out, struct kr_error *error) {
  struct kr_mask *mask = calloc(1, sizeof *mask);
  if (mask != NULL) mask->built_in = calloc(kr_mask_rule_count, sizeof *mask->built_in);
  if (mask == NULL || mask->built_in == NULL) {
    kr_mask_free(mask);
    return kr_error_set(error, KR_ENOMEM, "no memory for masks");
  }
  for (size_t i = 0; i < kr_mask_rule_count; i++) note_needle(mask, kr_mask_rules[i].needle);
  note_needle(mask, key_begin);
  *out = mask;
  return KR_OK;
}

static int add(struct kr_mask *mask, const char *expression, const char *path, size_t line, struct kr_error *error) {
  if (mask->added_count == ADDED_MAX)
    return kr_error_set(error, KR_ELIMIT, "%s:%zu: more than %d masks", path, line, ADDED_MAX);
  regex_t *added = realloc(mask->added, (mask->added_count + 1) * sizeof *added);
  if (added == NULL) return kr_error_set(error, KR_ENOMEM, "no memory for masks");
  mask->added = added;
  int wrong = regcomp(&added[mask->added_count], expression, REG_EXTENDED);
  if (wrong != 0) {
    char why[128];
    (void)regerror(wrong, &added[mask->added_count], why, sizeof why);
    return kr_error_set(error, KR_EINVAL, "%s:%zu: not an extended regular expression: %s", path, line, why);
  }
  mask->added_count++;
  return KR_OK;
}

int kr_mask_add_file(struct kr_mask *mask, const char *path, struct kr_error *error) {
  struct kr_buffer bytes;
  kr_buffer_init(&bytes, FILE_LIMIT);
  int status = kr_file_read(&bytes, path, error);
  size_t line = 0;
  for (char *text = bytes.data; status == KR_OK && text != NULL;) {
    char *end = strchr(text, '\n');
    if (end != NULL) *end = '\0';
    line++;
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == '\r') text[length - 1] = '\0';
    if (*text != '\0' && *text != '#') status = add(mask, text, path, line, error);
    text = end == NULL ? NULL : end + 1;
  }
  kr_buffer_free(&bytes);
  return status;
}

static void hide(struct work *work, size_t begin, size_t end) {
  if (end > begin) memset(work->hidden + begin, 1, end - begin);
}

/* The first place of needle in [from, to) of the lower-cased text, or to. */
static size_t find(const struct work *work, const char *needle, size_t from, size_t to) {
  if (from >= to) return to;
  const char *at = memmem(work->lower + from, to - from, needle, strlen(needle));
  return at == NULL ? to : (size_t)(at - work->lower);
}

static size_t line_begin(const struct work *work, size_t at, size_t least) {
  const char *end = memrchr(work->text + least, '\n', at - least);
  return end == NULL ? least : (size_t)(end - work->text) + 1;
}

static size_t line_end(const struct work *work, size_t at) {
  const char *end = memchr(work->text + at, '\n', work->length - at);
  return end == NULL ? work->length : (size_t)(end - work->text);
}

/* Private keys: from BEGIN to the end of END's line, or as far as a key can reach where END was cut off. */
static void hide_private_keys(struct work *work) {
  static const char key[] = "private key", end[] = "-----end ", dashes[] = "-----";
  size_t at = 0;
  while ((at = find(work, key_begin, at, work->length)) < work->length) {
    size_t label = at + sizeof key_begin - 1, label_end = find(work, dashes, label, work->length);
    if (label_end - label > 64 || find(work, key, label, label_end) == label_end) {
      at = label;
      continue;
    }
    size_t most = work->length - at > KEY_TEXT_MAX ? at + KEY_TEXT_MAX : work->length;
    size_t stop = find(work, end, label_end, most);
    if (stop < most) stop = find(work, dashes, stop + sizeof end - 1, most);
    stop = most - stop < sizeof dashes - 1 ? most : stop + sizeof dashes - 1;
    hide(work, at, stop);
    at = stop;
  }
}

/* Marks the secret in a match; a value that the window's end cut is followed to its own end. */
static void hide_match(struct work *work, const struct kr_mask_rule *rule, struct kr_mask_span span, size_t window_end,
                       size_t end) {
  if (rule != NULL && rule->is_secret != NULL && !rule->is_secret(&span, work->text, end)) return;
  if (span.end == window_end)
    while (span.end < end && !isspace((unsigned char)work->text[span.end]) &&
           strchr("\"'", work->text[span.end]) == NULL)
      span.end++;
  hide(work, span.begin, span.end);
}

/* What regexec reads ends in a NUL, and holds none. */
static void copy_window(char *window, const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) window[i] = text[i] == '\0' ? '\1' : text[i];
  window[length] = '\0';
}

/* Runs an expression over [from, window_end) of a line that ends at end; returns where to go on from. */
static size_t search_window(struct work *work, const regex_t *expression, const struct kr_mask_rule *rule, size_t from,
                            size_t window_end, size_t end, bool *found) {
  char window[WINDOW + 1];
  regmatch_t groups[GROUPS];
  int flags = (from > 0 && work->text[from - 1] != '\n' ? REG_NOTBOL : 0) | (window_end < end ? REG_NOTEOL : 0);
  copy_window(window, work->text + from, window_end - from);
  int failed = regexec(expression, window, GROUPS, groups, flags);
  *found = failed == 0;
  if (failed != 0 && failed != REG_NOMATCH) { /* out of memory: what could not be looked at is not shown either */
    hide(work, from, window_end);
    return window_end;
  }
  if (!*found) return window_end == end || window_end - from <= HEAD ? window_end : window_end - HEAD;
  size_t group = rule != NULL ? rule->group : groups[1].rm_so >= 0 ? 1 : 0;
  struct kr_mask_span span = {from + (size_t)groups[group].rm_so, from + (size_t)groups[group].rm_eo};
  hide_match(work, rule, span, window_end, end);
  /* A match of nothing must still move on. */
  return groups[0].rm_eo > 0 ? from + (size_t)groups[0].rm_eo : from + 1;
}

/* The table's expressions are right: what fails is memory. */
static int compile(struct built_in *built_in, const struct kr_mask_rule *rule) {
  if (built_in->compiled) return KR_OK;
  if (regcomp(&built_in->expression, rule->expression, REG_EXTENDED | REG_ICASE) != 0) return KR_ENOMEM;
  built_in->compiled = true;
  return KR_OK;
}

static int apply_rule(struct work *work, struct built_in *built_in, const struct kr_mask_rule *rule) {
  size_t from = 0, at;
  while ((at = find(work, rule->needle, from, work->length)) < work->length) {
    if (compile(built_in, rule) != KR_OK) return KR_ENOMEM;
    size_t least = at - from > LEAD ? at - LEAD : from;
    size_t begin = line_begin(work, at, least), end = line_end(work, at);
    size_t window_end = end - begin > WINDOW ? begin + WINDOW : end;
    bool found;
    from = search_window(work, &built_in->expression, rule, begin, window_end, end, &found);
    /* Go on behind this needle at least, so that a window that begins at it again makes way. */
    if (!found && from <= at) from = at + 1;
  }
  return KR_OK;
}

/* A team's own expression has no needle: every line is searched, long ones in windows that overlap. */
static void apply_added(struct work *work, const regex_t *expression) {
  for (size_t from = 0; from < work->length;) {
    size_t end = line_end(work, from);
    while (from < end) {
      size_t window_end = end - from > WINDOW ? from + WINDOW : end;
      bool found;
      from = search_window(work, expression, NULL, from, window_end, end, &found);
    }
    from = end + 1;
  }
}

static int write_out(const struct work *work, struct kr_buffer *out) {
  int status = KR_OK;
  for (size_t at = 0; status == KR_OK && at < work->length;) {
    const unsigned char *change = memchr(work->hidden + at, 1 - work->hidden[at], work->length - at);
    size_t end = change == NULL ? work->length : (size_t)(change - work->hidden);
    status = work->hidden[at] ? kr_buffer_puts(out, "***") : kr_buffer_append(out, work->text + at, end - at);
    at = end;
  }
  return status;
}

int kr_mask_apply(const struct kr_mask *mask, struct kr_buffer *out, const char *text, size_t length) {
  if (length == 0) return kr_buffer_append(out, "", 0);
  int status = KR_ENOMEM;
  struct work work = {.text = text, .length = length};
  work.lower = malloc(length);
  work.hidden = calloc(length, 1);
  if (work.lower == NULL || work.hidden == NULL) goto done;
  for (size_t i = 0; i < length; i++) work.lower[i] = (char)tolower((unsigned char)text[i]);
  hide_private_keys(&work);
  status = KR_OK;
  for (size_t i = 0; status == KR_OK && i < kr_mask_rule_count; i++)
    status = apply_rule(&work, &mask->built_in[i], &kr_mask_rules[i]);
  if (status != KR_OK) goto done;
  for (size_t i = 0; i < mask->added_count; i++) apply_added(&work, &mask->added[i]);
  status = write_out(&work, out);
done:
  free(work.lower);
  free(work.hidden);
  return status;
}

static bool begins_with(const char *text, size_t length, const char *needle) {
  if (lower(*text) != (unsigned char)*needle) return false;
  size_t wanted = strlen(needle);
  return length >= wanted && strncasecmp(text, needle, wanted) == 0;
}

static bool begins_a_needle(const char *text, size_t length) {
  for (size_t i = 0; i < kr_mask_rule_count; i++)
    if (begins_with(text, length, kr_mask_rules[i].needle)) return true;
  return begins_with(text, length, key_begin);
}

bool kr_mask_may_hide(const struct kr_mask *mask, const char *text, size_t length) {
  if (mask->added_count > 0) return length > 0;
  for (size_t i = 0; i + 1 < length; i++) {
    size_t pair = pair_at(text + i);
    bool may = (mask->begins[pair / CHAR_BIT] & (1U << pair % CHAR_BIT)) != 0;
    if (may && begins_a_needle(text + i, length - i)) return true;
  }
  return false;
}
