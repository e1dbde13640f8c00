/* mask_rules.c - what a secret looks like.
 *
 * Kubernetes speaks of secrets by name all the time (`secret "app-tls" not found`, `token: Required value`), and that
 * is what a diagnosis is made of. So a pair's value is masked unless it reads as a name or as prose; where a value is
 * plainly assigned (`password=`, `"token":"`) it is masked whatever it reads as. */
#define _GNU_SOURCE /* strncasecmp */
#include "base/mask_rules.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_quote(char byte) { return byte == '"' || byte == '\''; }

static bool is_space(char byte) { return isspace((unsigned char)byte) != 0; }

static bool is_alnum(char byte) { return isalnum((unsigned char)byte) != 0; }

static size_t count_if(const char *text, struct kr_mask_span span, int (*holds)(int)) {
  size_t count = 0;
  for (size_t i = span.begin; i < span.end; i++)
    if (holds((unsigned char)text[i])) count++;
  return count;
}

/* A word of prose is short, or has no digit. */
static bool looks_random(const char *text, struct kr_mask_span span) {
  enum { SHORTEST = 6, LONGEST_WORD = 20 };
  size_t length = span.end - span.begin;
  return length >= LONGEST_WORD || (length >= SHORTEST && count_if(text, span, isdigit) > 0);
}

/* "default/app-tls": the name of an object, told from a UUID by its letters past f. */
static bool looks_like_a_name(const char *text, struct kr_mask_span span) {
  bool joined = false, letters = false;
  for (size_t i = span.begin; i < span.end; i++) {
    char byte = text[i];
    if (byte == '-' || byte == '/') joined = true;
    if (byte >= 'g' && byte <= 'z') letters = true;
    if (!islower((unsigned char)byte) && !isdigit((unsigned char)byte) && byte != '-' && byte != '/' && byte != '.')
      return false;
  }
  return joined && letters;
}

/* `$(DB_PASSWORD)`, `${TOKEN}`, `<redacted>`, `***`: says where a value comes from, or that it was taken out. */
static bool is_placeholder(const char *text, struct kr_mask_span span) {
  if (count_if(text, span, isalnum) == 0) return true;
  if (span.end - span.begin < 3) return false;
  const char *value = text + span.begin;
  if (*value == '$') return (value[1] == '(' || value[1] == '{') && strchr(")}", text[span.end - 1]) != NULL;
  return (*value == '<' && text[span.end - 1] == '>') || (*value == '[' && text[span.end - 1] == ']');
}

/* Values that switch something, and words that say what is wrong with a secret. */
static bool is_common_word(const char *text, struct kr_mask_span span) {
  static const char *const words[] = {
      "true",    "false",   "yes",    "no",      "null",         "nil",     "none",     "unset",  "undefined",
      "invalid", "expired", "denied", "missing", "unauthorized", "revoked", "required", "failed", "incorrect",
      "wrong",   "empty",   "unused", "unknown", "optional",     "string",  "object"};
  while (span.end > span.begin && !is_alnum(text[span.end - 1])) span.end--;
  size_t length = span.end - span.begin;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strlen(words[i]) == length && strncasecmp(words[i], text + span.begin, length) == 0) return true;
  return false;
}

/* Whether an identifier and = or : follow, as in "a=1;password=2,host=3". */
static bool begins_pair(const char *text, size_t at, size_t line_end) {
  while (at < line_end && is_space(text[at])) at++;
  size_t begin = at;
  while (at < line_end && (is_alnum(text[at]) || strchr("_.-", text[at]) != NULL)) at++;
  return at > begin && at < line_end && (text[at] == '=' || text[at] == ':');
}

/* The end of a bare value: a space, a quote, or a separator after which nothing of the value can stand. A comma alone
 * does not end it: passwords hold commas. */
static size_t bare_end(const char *text, size_t at, size_t line_end) {
  for (; at < line_end && !is_space(text[at]) && !is_quote(text[at]); at++) {
    if (strchr(",;&", text[at]) == NULL || text[at] == '\0') continue;
    if (at + 1 == line_end || is_space(text[at + 1]) || is_quote(text[at + 1])) break;
    if (begins_pair(text, at + 1, line_end)) break;
  }
  return at;
}

/* The end of a value whose opening quote, as in "x", \"x\" or \\"x\\", is the bytes [open, at). */
static size_t quoted_end(const char *text, size_t open, size_t at, size_t line_end) {
  size_t length = at - open;
  for (; at + length <= line_end; at++) {
    if (memcmp(text + at, text + open, length) == 0) return at;
    if (length == 1 && text[at] == '\\') at++; /* what a backslash escapes is part of the value */
  }
  return line_end;
}

/* How a key and its value are joined. */
struct joint {
  bool assigned;   /* by = or :=, not by : */
  bool key_quoted; /* "key": */
};

static struct joint joint_before(const char *text, size_t begin, size_t at) {
  struct joint joint = {false, false};
  while (at > begin && is_space(text[at - 1])) at--;
  for (; at > begin && strchr("=:>", text[at - 1]) != NULL; at--)
    if (text[at - 1] == '=') joint.assigned = true;
  while (at > begin && is_space(text[at - 1])) at--;
  joint.key_quoted = at > begin && is_quote(text[at - 1]);
  return joint;
}

/* `secret` and nothing before it: the key under which Kubernetes tells of Secrets by name. */
static bool is_plain_secret(const char *text, size_t begin) {
  return strncasecmp(text + begin, "secret", 6) == 0 &&
         (begin == 0 || (!is_alnum(text[begin - 1]) && text[begin - 1] != '_' && text[begin - 1] != '-'));
}

/* "references non-existent secret key: tls.key": the kubelet names a key that a Secret lacks. */
static bool is_missing_key(const char *text, size_t begin) {
  static const char before[] = "non-existent ";
  size_t length = sizeof before - 1;
  return begin >= length && strncasecmp(text + begin - length, before, length) == 0;
}

static bool is_bare_secret(struct kr_mask_span value, const char *text, size_t line_end, struct joint joint) {
  if (joint.key_quoted || text[value.begin] == ':' || strncmp(text + value.begin, "//", 2) == 0) return false;
  if (joint.assigned || looks_random(text, value)) return true;
  /* After a colon, a word that others follow is prose: "token: signature is invalid". */
  size_t next = value.end;
  while (next < line_end && is_space(text[next])) next++;
  return next == line_end || text[value.end] == ',' || text[value.end] == ';' || is_quote(text[value.end]);
}

/* The span is a key with what joins it to its value; it becomes the value. */
static bool judge_pair(struct kr_mask_span *span, const char *text, size_t line_end) {
  size_t key = span->begin, open = span->end, at = open;
  struct joint joint = joint_before(text, key, open);
  while (at < line_end && text[at] == '\\') at++;
  bool quoted = at < line_end && is_quote(text[at]);
  struct kr_mask_span value = {open, open};
  if (quoted) {
    value.begin = at + 1;
    value.end = quoted_end(text, open, value.begin, line_end);
  } else {
    value.end = bare_end(text, open, line_end);
  }
  if (value.end == value.begin || is_placeholder(text, value) || is_common_word(text, value)) return false;
  if (is_missing_key(text, key) || (is_plain_secret(text, key) && looks_like_a_name(text, value))) return false;
  if (!quoted && !is_bare_secret(value, text, line_end, joint)) return false;
  *span = value;
  return true;
}

/* "--password hunter2" in a command line, against "--password must be set" in prose. */
static bool judge_random(struct kr_mask_span *span, const char *text, size_t line_end) {
  (void)line_end;
  return looks_random(text, *span) && !is_placeholder(text, *span);
}

#define JOINT   "\\\\*[\"']?[[:space:]]*(:=|=>|=|:)[[:space:]]*"
#define PAIR(k) k JOINT, 0, judge_pair
#define GAP     "[[:space:]]+"

const struct kr_mask_rule kr_mask_rules[] = {
    /* pairs */
    {"passw", PAIR("passwo?r?d")},
    {"passphrase", PAIR("passphrase")},
    {"pwd", PAIR("pwd")},
    {"secret", PAIR("secret")},
    {"token", PAIR("token")},
    {"key", PAIR("(api|access|secret|private|account|signing|encryption|client|master|auth)[_ .-]?key([_-]?data)?")},
    {"auth", "\"auth\\\\*\"[[:space:]]*:[[:space:]]*\\\\*\"([A-Za-z0-9+/=]+)", 1, NULL},
    {"--", "--[a-z-]*(password|passwd|token|secret|key)" GAP "[\"']?([^[:space:]\"',-][^[:space:]\"',]*)", 2,
     judge_random},
    /* HTTP headers */
    {"authorization",
     "authorization" JOINT "[\"']?(basic|bearer|digest|negotiate|token|apikey|aws4-hmac-sha256)" GAP
     "([^\"'[:cntrl:]]+)",
     3, NULL},
    {"bearer", "bearer" GAP "([A-Za-z0-9._~+/=-]{8,})", 1, judge_random},
    {"cookie", "cookie\\\\*[\"']?[[:space:]]*:[[:space:]]*[\"']?([^=[:space:]]+=[^\"'[:cntrl:]]+)", 1, NULL},
    /* URLs */
    {"://", "://[^/?#@:[:space:]\"']*:([^/[:space:]\"']+)@", 1, NULL},
    {"://", "://([A-Za-z0-9_-]{20,})@", 1, NULL},
    {"sig=", "[?&]sig=([A-Za-z0-9%+/=_-]{16,})", 1, NULL},
    {"signature=", "[?&]x-(amz|goog)-signature=([0-9a-f]{16,})", 2, NULL},
    {"hooks.slack.com/", "hooks\\.slack\\.com/[a-z]+/([A-Za-z0-9/]+)", 1, NULL},
    /* tokens that are known by their form */
    {"eyj", "eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{4,}(\\.[A-Za-z0-9_-]*)*", 0, NULL},
    {"akia", "AKIA[0-9A-Z]{16}", 0, NULL},
    {"asia", "ASIA[0-9A-Z]{16}", 0, NULL},
    {"aiza", "AIza[0-9A-Za-z_-]{35}", 0, NULL},
    {"ya29.", "ya29\\.[0-9A-Za-z_-]{16,}", 0, NULL},
    {"gh", "gh[pousr]_[A-Za-z0-9]{20,}", 0, NULL},
    {"github_pat_", "github_pat_[A-Za-z0-9_]{20,}", 0, NULL},
    {"glpat-", "glpat-[A-Za-z0-9_-]{16,}", 0, NULL},
    {"xox", "xox[abeprs]-[A-Za-z0-9-]{10,}", 0, NULL},
    {"k_live_", "[prs]k_live_[A-Za-z0-9]{16,}", 0, NULL},
    {"npm_", "npm_[A-Za-z0-9]{30,}", 0, NULL},
};

const size_t kr_mask_rule_count = sizeof kr_mask_rules / sizeof *kr_mask_rules;
