/* ignore.c - see ignore.h. */
#define _POSIX_C_SOURCE 200809L
#include "book/ignore.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "book/document.h"
#include "kube/selector.h"
#include "kube/yaml.h"

#define DAY_MS 86400000

struct rule {
  const json_t *value; /* as it stands in the file: texts only */
  struct kr_selector *labels;
  int64_t until; /* KR_TIME_NONE: for ever */
  int line;
  bool expired, used;
};

struct kr_ignore {
  char *path;
  json_t *document;
  struct rule *rules;
  size_t count;
};

/* ---- reading ---- */

static const char *const fields[] = {"code", "object", "owner", "labels", "cluster", "reason", "until"};
#define FIELD_COUNT     (sizeof fields / sizeof fields[0])
#define CONDITION_COUNT 5 /* the first of them */

static int line_of(const json_t *mapping) { return (int)json_integer_value(json_object_get(mapping, KR_YAML_LINE)); }

static int wrong(const struct kr_ignore *ignore, const struct rule *rule, const char *problem, struct kr_error *error) {
  return kr_error_set(error, KR_EINVAL, "%s:%d: %s", ignore->path, rule->line, problem);
}

static int check_fields(const struct kr_ignore *ignore, const struct rule *rule, struct kr_error *error) {
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)rule->value, name, value) {
    size_t i = 0;
    if (strcmp(name, KR_YAML_LINE) == 0) continue;
    while (i < FIELD_COUNT && strcmp(fields[i], name) != 0) i++;
    const char *nearest = kr_text_nearest(name, fields, FIELD_COUNT);
    if (i == FIELD_COUNT)
      return kr_error_set(error, KR_EINVAL,
                          "%s:%d: a rule has no \"%.64s\"%s%s; there are code, object, owner, labels, "
                          "cluster, reason and until",
                          ignore->path, rule->line, name, nearest ? "; nearest: " : "", nearest ? nearest : "");
    if (json_string_length(value) == 0)
      return kr_error_set(error, KR_EINVAL, "%s:%d: %s must be a text that is not empty", ignore->path, rule->line,
                          name);
  }
  return 0;
}

/* "A/B" or "A/B/C". */
static bool is_object(const char *pattern) {
  size_t slashes = 0;
  for (const char *at = pattern; *at; at++) slashes += *at == '/';
  return slashes == 1 || slashes == 2;
}

/* A day is over when the next one begins, in UTC. */
static int64_t read_until(const char *text) {
  char time[KR_TIME_TEXT_MAX];
  if (strlen(text) != strlen("2026-12-31")) return kr_time_parse(text);
  (void)snprintf(time, sizeof time, "%sT00:00:00Z", text);
  int64_t day = kr_time_parse(time);
  return day == KR_TIME_NONE ? day : day + DAY_MS;
}

static int read_rule(struct kr_ignore *ignore, struct rule *rule, const json_t *value, struct kr_error *error) {
  const char *labels = json_string_value(json_object_get(value, "labels"));
  const char *until = json_string_value(json_object_get(value, "until"));
  size_t conditions = 0;
  struct kr_error problem = KR_ERROR_INIT;
  rule->value = value;
  rule->line = line_of(value);
  rule->until = KR_TIME_NONE;
  if (!json_is_object(value)) {
    rule->line = line_of(ignore->document);
    return wrong(ignore, rule, "a rule is a mapping: {code: image-*, reason: ...}", error);
  }
  int code = check_fields(ignore, rule, error);
  if (code) return code;
  for (size_t i = 0; i < CONDITION_COUNT; i++) conditions += json_object_get(value, fields[i]) != NULL;
  if (conditions == 0) return wrong(ignore, rule, "a rule without a condition would ignore everything", error);
  if (!json_object_get(value, "reason"))
    return wrong(ignore, rule, "a rule needs a reason: why nobody is to be told", error);
  for (size_t i = 1; i < 3; i++) {
    const json_t *pattern = json_object_get(value, fields[i]);
    if (pattern && !is_object(json_string_value(pattern)))
      return kr_error_set(error, KR_EINVAL, "%s:%d: %s must be NAMESPACE/NAME or KIND/NAMESPACE/NAME", ignore->path,
                          rule->line, fields[i]);
  }
  if (until && (rule->until = read_until(until)) == KR_TIME_NONE)
    return wrong(ignore, rule, "until must be a day like 2026-12-31, or a time like 2026-12-31T08:00:00Z", error);
  if (labels && (code = kr_selector_parse_labels(&rule->labels, labels, &problem)))
    return kr_error_set(error, code, "%s:%d: labels: %.1000s", ignore->path, rule->line, problem.message);
  return 0;
}

static int read_rules(struct kr_ignore *ignore, struct kr_error *error) {
  const json_t *list = json_object_get(ignore->document, "ignore"), *value;
  const char *name;
  json_t *member;
  if (!json_is_object(ignore->document) || !json_is_array(list))
    return kr_error_set(error, KR_EINVAL, "%s:1: a file of rules is a list under \"ignore:\"", ignore->path);
  json_object_foreach(ignore->document, name, member) {
    if (strcmp(name, "ignore") != 0 && strcmp(name, KR_YAML_LINE) != 0)
      return kr_error_set(error, KR_EINVAL, "%s:1: nothing is called \"%.64s\" beside \"ignore\"", ignore->path, name);
  }
  size_t i, count = json_array_size(list);
  if (count > KR_IGNORE_RULES_MAX)
    return kr_error_set(error, KR_ELIMIT, "%s:1: more than %d rules", ignore->path, KR_IGNORE_RULES_MAX);
  ignore->rules = calloc(count + 1, sizeof *ignore->rules);
  if (!ignore->rules) return kr_error_set(error, KR_ENOMEM, "out of memory while reading %s", ignore->path);
  json_array_foreach(list, i, value) {
    ignore->count++;
    int code = read_rule(ignore, &ignore->rules[i], value, error);
    if (code) return code;
  }
  return 0;
}

int kr_ignore_parse(struct kr_ignore **out, const char *text, size_t length, const char *path, struct kr_error *error) {
  struct kr_ignore *ignore = calloc(1, sizeof *ignore);
  if (!ignore) return kr_error_set(error, KR_ENOMEM, "out of memory while reading %s", path);
  ignore->path = strdup(path);
  int code = ignore->path ? 0 : kr_error_set(error, KR_ENOMEM, "out of memory while reading %s", path);
  if (!code) code = kr_yaml_parse_lines(&ignore->document, text, length, path, error);
  if (!code) code = read_rules(ignore, error);
  if (code) {
    kr_ignore_free(ignore);
  } else {
    *out = ignore;
  }
  return code;
}

int kr_ignore_load(struct kr_ignore **out, const char *path, struct kr_error *error) {
  struct kr_buffer text;
  kr_buffer_init(&text, KR_YAML_TEXT_MAX);
  int code = kr_file_read(&text, path, error);
  if (code) {
    (void)kr_error_prefix(error, "--ignore");
  } else {
    code = kr_ignore_parse(out, kr_buffer_text(&text), text.length, path, error);
  }
  kr_buffer_free(&text);
  return code;
}

void kr_ignore_free(struct kr_ignore *ignore) {
  if (!ignore) return;
  for (size_t i = 0; i < ignore->count; i++) kr_selector_free(ignore->rules[i].labels);
  free(ignore->rules);
  json_decref(ignore->document);
  free(ignore->path);
  free(ignore);
}

/* ---- matching ---- */

static bool glob(const char *pattern, size_t length, const char *text) {
  char copy[512];
  if (length >= sizeof copy) return false;
  memcpy(copy, pattern, length);
  copy[length] = '\0';
  return fnmatch(copy, text, FNM_NOESCAPE) == 0;
}

/* Whether a reference is as "KIND/NAMESPACE/NAME" or "NAMESPACE/NAME" says; of one of another kind than a finding's
 * own, only where it is. */
static bool fits(const char *pattern, const json_t *reference, bool whole) {
  const char *last = strrchr(pattern, '/'), *first = strchr(pattern, '/');
  const char *space = first == last ? pattern : first + 1;
  bool kind = first == last || glob(pattern, (size_t)(first - pattern), kr_document_text(reference, "kind"));
  bool where = glob(space, (size_t)(last - space), kr_document_text(reference, "namespace"));
  bool name = glob(last + 1, strlen(last + 1), kr_document_text(reference, "name"));
  return where && (!whole || (kind && name));
}

static bool all_fit(const char *pattern, const json_t *list, const char *kind) {
  const json_t *one;
  size_t i;
  bool all = true;
  json_array_foreach(list, i, one) {
    all = all && fits(pattern, one, strcmp(kr_document_text(one, "kind"), kind) == 0);
  }
  return all;
}

static bool object_fits(const struct rule *rule, const json_t *finding) {
  const char *pattern = json_string_value(json_object_get(rule->value, "object"));
  const json_t *object = json_object_get(finding, "object");
  if (!pattern) return true;
  return fits(pattern, object, true) &&
         all_fit(pattern, json_object_get(finding, "objects"), kr_document_text(object, "kind"));
}

static bool owner_fits(const struct rule *rule, const json_t *finding) {
  const char *pattern = json_string_value(json_object_get(rule->value, "owner"));
  const json_t *owner = json_object_get(json_object_get(finding, "object"), "owner"), *one;
  size_t i;
  if (!pattern) return true;
  bool all = json_is_object(owner) && fits(pattern, owner, true);
  json_array_foreach(json_object_get(finding, "owners"), i, one) all = all && fits(pattern, one, true);
  return all;
}

static bool labels_fit(const struct rule *rule, const json_t *finding) {
  const json_t *labels = json_object_get(json_object_get(finding, "object"), "labels");
  if (!rule->labels) return true;
  if (!json_is_object(labels)) return false; /* what is not known does not excuse */
  json_t *object = json_pack("{s:{s:O}}", "metadata", "labels", labels);
  char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
  bool matches = text && kr_selector_matches(rule->labels, text, text + strlen(text));
  free(text);
  json_decref(object);
  return matches;
}

static bool text_fits(const struct rule *rule, const char *field, const char *text) {
  const char *pattern = json_string_value(json_object_get(rule->value, field));
  return !pattern || glob(pattern, strlen(pattern), text);
}

static struct rule *rule_for(struct kr_ignore *ignore, const json_t *section, const json_t *finding) {
  for (size_t i = 0; i < ignore->count; i++) {
    struct rule *rule = &ignore->rules[i];
    if (!rule->expired && text_fits(rule, "code", kr_document_text(finding, "code")) &&
        text_fits(rule, "cluster", kr_document_cluster(section)) && object_fits(rule, finding) &&
        owner_fits(rule, finding) && labels_fit(rule, finding))
      return rule;
  }
  return NULL;
}

/* ---- what comes of it ---- */

static int mark(json_t *finding, const struct rule *rule) {
  const json_t *until = json_object_get(rule->value, "until");
  return json_object_set_new(finding, "ignored",
                             json_pack("{s:O, s:O?, s:i}", "reason", json_object_get(rule->value, "reason"), "until",
                                       until, "rule", rule->line));
}

static int apply_to(struct kr_ignore *ignore, json_t *section) {
  json_t *findings = json_object_get(section, "findings"), *kept = json_array(), *ignored = json_array(), *finding;
  size_t i;
  int failed = !kept || !ignored;
  json_array_foreach(findings, i, finding) {
    struct rule *rule = rule_for(ignore, section, finding);
    if (rule) {
      rule->used = true;
      failed |= mark(finding, rule);
    }
    failed |= json_array_append(rule ? ignored : kept, finding);
  }
  if (json_object_get(section, "ignored")) failed |= json_array_extend(ignored, json_object_get(section, "ignored"));
  failed |= json_object_set(section, "findings", kept) || json_object_set(section, "ignored", ignored);
  json_decref(kept);
  json_decref(ignored);
  return failed;
}

int kr_ignore_apply(struct kr_ignore *ignore, json_t *document, struct kr_error *error) {
  json_t *section;
  size_t i;
  int failed = 0;
  json_array_foreach(json_object_get(document, "sections"), i, section) failed |= apply_to(ignore, section);
  if (failed || kr_document_settle(document))
    return kr_error_set(error, KR_ENOMEM, "out of memory while applying %s", ignore->path);
  return 0;
}

/* "code image-*, object shop/web": what a rule asks for. */
static void say_rule(struct kr_buffer *out, const struct rule *rule) {
  for (size_t i = 0; i < CONDITION_COUNT; i++) {
    const char *text = json_string_value(json_object_get(rule->value, fields[i]));
    if (text) (void)!kr_buffer_printf(out, "%s%s %s", out->length > 0 ? ", " : "", fields[i], text);
  }
}

static int report_expired(const struct kr_ignore *ignore, struct kr_section *section, const struct rule *rule,
                          struct kr_error *error) {
  struct kr_buffer asks, cause, state;
  char when[KR_TIME_TEXT_MAX];
  kr_buffer_init(&asks, 2048);
  kr_buffer_init(&cause, 8192);
  kr_buffer_init(&state, 4096);
  say_rule(&asks, rule);
  const char *until = json_string_value(json_object_get(rule->value, "until"));
  const char *reason = json_string_value(json_object_get(rule->value, "reason"));
  (void)!kr_buffer_printf(&cause, "The rule that ignores %s has expired (until: %s): it suppresses nothing any more.",
                          kr_buffer_text(&asks), until);
  (void)!kr_buffer_printf(&state, "line %d: reason: %s", rule->line, reason);
  json_t *finding = json_pack(
      "{s:s, s:s, s:{s:s, s:n, s:s}, s:s, s:s, s:s, s:[{s:s, s:s}], s:[s, s]}", "code", "ignore-expired", "severity",
      "warning", "object", "kind", "IgnoreRule", "namespace", "name", kr_buffer_text(&asks), "cause",
      kr_buffer_text(&cause), "key", until, "since", kr_time_format(rule->until, when), "evidence", "kind", "rule",
      "text", kr_buffer_text(&state), "next_steps", "take the rule out of the file, if what it ignored is mended",
      "give it a new date, if the reason still holds");
  int code = finding ? kr_section_finding(section, finding, error)
                     : kr_error_set(error, KR_ENOMEM, "out of memory while applying %s", ignore->path);
  json_decref(finding);
  kr_buffer_free(&asks);
  kr_buffer_free(&cause);
  kr_buffer_free(&state);
  return code;
}

int kr_ignore_expire(struct kr_ignore *ignore, struct kr_report *report, int64_t now, struct kr_error *error) {
  struct kr_section *section = NULL;
  int code = 0;
  for (size_t i = 0; !code && i < ignore->count; i++) {
    struct rule *rule = &ignore->rules[i];
    rule->expired = rule->until != KR_TIME_NONE && rule->until <= now;
    if (!rule->expired) continue;
    if (!section) code = kr_report_section(&section, report, "ignore", ignore->path, NULL, NULL, error);
    if (!code) code = report_expired(ignore, section, rule, error);
  }
  return code;
}

int kr_ignore_unused(const struct kr_ignore *ignore, size_t *at) {
  while (*at < ignore->count) {
    const struct rule *rule = &ignore->rules[(*at)++];
    if (!rule->expired && !rule->used) return rule->line;
  }
  return 0;
}
