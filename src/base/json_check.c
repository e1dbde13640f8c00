/* json_check.c - see json_check.h. */
#include "base/json_check.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { DEPTH_MAX = 64, NAMES_MAX = 64, DIGITS_MAX = 18, HEX_DIGITS = 4 };

/* What is left to read. */
struct check {
  const char *at, *end;
};

struct name {
  const char *text;
  size_t length;
};

static enum kr_json_verdict check_value(struct check *check, int depth);

/* Skips white space; whether something follows. */
static bool skip_space(struct check *check) {
  while (check->at < check->end &&
         (*check->at == ' ' || *check->at == '\n' || *check->at == '\r' || *check->at == '\t'))
    check->at++;
  return check->at < check->end;
}

/* "\u003c", from its u; surrogates come in pairs, which are not looked at here. */
static enum kr_json_verdict check_unicode(struct check *check) {
  if (check->end - check->at <= HEX_DIGITS) return KR_JSON_CUT;
  for (int i = 1; i <= HEX_DIGITS; i++)
    if (!isxdigit((unsigned char)check->at[i])) return KR_JSON_DOUBTFUL;
  if (tolower((unsigned char)check->at[1]) == 'd' && strchr("89abcdefABCDEF", check->at[2]) != NULL)
    return KR_JSON_DOUBTFUL;
  check->at += 1 + HEX_DIGITS;
  return KR_JSON_GOOD;
}

/* What a backslash stands before. */
static enum kr_json_verdict check_escape(struct check *check) {
  if (++check->at == check->end) return KR_JSON_CUT;
  if (*check->at == 'u') return check_unicode(check);
  if (*check->at == '\0' || strchr("\"\\/bfnrt", *check->at) == NULL) return KR_JSON_DOUBTFUL;
  check->at++;
  return KR_JSON_GOOD;
}

static bool is_continuation(char byte) { return ((unsigned char)byte & 0xC0U) == 0x80U; }

/* A letter beyond ASCII. Those whose first bytes leave room for a longer spelling or a surrogate are left to others. */
static enum kr_json_verdict check_letter(struct check *check) {
  unsigned char first = (unsigned char)*check->at;
  int more = first >= 0xC2 && first <= 0xDF ? 1 : (first >= 0xE1 && first <= 0xEF && first != 0xED) ? 2 : 0;
  if (more == 0) return KR_JSON_DOUBTFUL;
  if (check->end - check->at <= more) return KR_JSON_CUT;
  for (int i = 1; i <= more; i++)
    if (!is_continuation(check->at[i])) return KR_JSON_DOUBTFUL;
  check->at += 1 + more;
  return KR_JSON_GOOD;
}

/* Letters of ASCII, but for quotes and backslashes: nearly all that is ever in a string. */
static const char *skip_plain(const char *at, const char *end) {
  while (at < end && (unsigned char)(*at - ' ') < 0x80 - ' ' && *at != '"' && *at != '\\') at++;
  return at;
}

/* From the opening quote. */
static enum kr_json_verdict check_string(struct check *check) {
  for (check->at++; (check->at = skip_plain(check->at, check->end)) < check->end;) {
    unsigned char byte = (unsigned char)*check->at;
    enum kr_json_verdict verdict = KR_JSON_DOUBTFUL;
    if (byte == '"') {
      check->at++;
      return KR_JSON_GOOD;
    }
    if (byte == '\\')
      verdict = check_escape(check);
    else if (byte >= 0x80)
      verdict = check_letter(check);
    if (verdict != KR_JSON_GOOD) return verdict;
  }
  return KR_JSON_CUT;
}

static size_t skip_digits(struct check *check) {
  const char *from = check->at;
  while (check->at < check->end && isdigit((unsigned char)*check->at)) check->at++;
  return (size_t)(check->at - from);
}

/* -12 or 3.5; what has an exponent, or more digits than a number holds, is left to others. */
static enum kr_json_verdict check_number(struct check *check) {
  if (*check->at == '-') check->at++;
  bool zero = check->at < check->end && *check->at == '0';
  size_t digits = skip_digits(check), fraction = 1;
  if (check->at < check->end && *check->at == '.') {
    check->at++;
    fraction = skip_digits(check);
  }
  if (check->at == check->end) return KR_JSON_CUT;
  bool odd = digits == 0 || fraction == 0 || digits + fraction > DIGITS_MAX || (zero && digits > 1);
  return odd || *check->at == 'e' || *check->at == 'E' ? KR_JSON_DOUBTFUL : KR_JSON_GOOD;
}

static enum kr_json_verdict check_word(struct check *check) {
  static const char *const words[] = {"true", "false", "null"};
  size_t left = (size_t)(check->end - check->at);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    size_t length = strlen(words[i]);
    if (memcmp(check->at, words[i], left < length ? left : length) != 0) continue;
    if (left < length) return KR_JSON_CUT;
    check->at += length;
    return KR_JSON_GOOD;
  }
  return KR_JSON_DOUBTFUL;
}

static enum kr_json_verdict check_array(struct check *check, int depth) {
  check->at++;
  if (!skip_space(check)) return KR_JSON_CUT;
  if (*check->at == ']') {
    check->at++;
    return KR_JSON_GOOD;
  }
  for (;;) {
    enum kr_json_verdict verdict = check_value(check, depth + 1);
    if (verdict != KR_JSON_GOOD) return verdict;
    if (!skip_space(check)) return KR_JSON_CUT;
    char byte = *check->at++;
    if (byte == ']') return KR_JSON_GOOD;
    if (byte != ',') return KR_JSON_DOUBTFUL;
  }
}

/* Whether the name escapes nothing but quotes and backslashes, which cannot be written otherwise than by an escape:
 * then no other name of such spelling is the same. */
static bool is_spelt_usually(const struct name *name) {
  for (size_t i = 0; i < name->length; i++)
    if (name->text[i] == '\\' && name->text[++i] != '"' && name->text[i] != '\\') return false;
  return true;
}

/* A name that the object does not have yet, and the colon after it. */
static enum kr_json_verdict check_name(struct check *check, struct name *names, size_t *count) {
  if (!skip_space(check)) return KR_JSON_CUT;
  if (*check->at != '"' || *count == NAMES_MAX) return KR_JSON_DOUBTFUL;
  const char *from = check->at + 1;
  enum kr_json_verdict verdict = check_string(check);
  if (verdict != KR_JSON_GOOD) return verdict;
  struct name name = {from, (size_t)(check->at - 1 - from)};
  if (!is_spelt_usually(&name)) return KR_JSON_DOUBTFUL;
  for (size_t i = 0; i < *count; i++)
    if (names[i].length == name.length && memcmp(names[i].text, name.text, name.length) == 0) return KR_JSON_DOUBTFUL;
  names[(*count)++] = name;
  if (!skip_space(check)) return KR_JSON_CUT;
  return *check->at++ == ':' ? KR_JSON_GOOD : KR_JSON_DOUBTFUL;
}

static enum kr_json_verdict check_object(struct check *check, int depth) {
  struct name names[NAMES_MAX];
  size_t count = 0;
  check->at++;
  if (!skip_space(check)) return KR_JSON_CUT;
  if (*check->at == '}') {
    check->at++;
    return KR_JSON_GOOD;
  }
  for (;;) {
    enum kr_json_verdict verdict = check_name(check, names, &count);
    if (verdict == KR_JSON_GOOD) verdict = check_value(check, depth + 1);
    if (verdict != KR_JSON_GOOD) return verdict;
    if (!skip_space(check)) return KR_JSON_CUT;
    char byte = *check->at++;
    if (byte == '}') return KR_JSON_GOOD;
    if (byte != ',') return KR_JSON_DOUBTFUL;
  }
}

static enum kr_json_verdict check_value(struct check *check, int depth) {
  if (!skip_space(check)) return KR_JSON_CUT;
  if (depth > DEPTH_MAX) return KR_JSON_DOUBTFUL;
  if (*check->at == '"') return check_string(check);
  if (*check->at == '{') return check_object(check, depth);
  if (*check->at == '[') return check_array(check, depth);
  return *check->at == '-' || isdigit((unsigned char)*check->at) ? check_number(check) : check_word(check);
}

enum kr_json_verdict kr_json_check(const char **after, const char *at, const char *end) {
  struct check check = {at, end};
  enum kr_json_verdict verdict = check_value(&check, 0);
  *after = check.at;
  return verdict;
}
