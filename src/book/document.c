/* document.c - see document.h. */
#include "book/document.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "book/finding.h"
#include "book/report.h"
#include "book/section.h"

const char *kr_document_text(const json_t *object, const char *member) {
  const char *text = json_string_value(json_object_get(object, member));
  return text ? text : "";
}

/* text as it stands in words, which ends with what it is else. */
static const char *one_of(const char *text, const char *const *words, size_t count) {
  size_t i = 0;
  while (i + 1 < count && strcmp(words[i], text) != 0) i++;
  return words[i];
}

const char *kr_document_severity(const json_t *finding) {
  static const char *const words[] = {"critical", "warning", "info"};
  return one_of(kr_document_text(finding, "severity"), words, sizeof words / sizeof words[0]);
}

const char *kr_document_status(const json_t *holder) {
  static const char *const words[] = {"ok", "warning", "critical", "unknown"};
  return one_of(kr_document_text(holder, "status"), words, sizeof words / sizeof words[0]);
}

void kr_document_name(struct kr_buffer *out, const json_t *reference) {
  const char *space = kr_document_text(reference, "namespace");
  (void)!kr_buffer_printf(out, "%s %s%s%s", kr_document_text(reference, "kind"), space, *space ? "/" : "",
                          kr_document_text(reference, "name"));
}

int kr_document_command(struct kr_buffer *out, const json_t *section) {
  const char *arg;
  json_t *value;
  int code = kr_buffer_puts(out, kr_document_text(json_object_get(section, "runbook"), "name"));
  json_object_foreach(json_object_get(section, "args"), arg, value) {
    if (!code && json_is_string(value)) code = kr_buffer_printf(out, " --%s %s", arg, json_string_value(value));
  }
  return code;
}

const char *kr_document_cluster(const json_t *section) {
  static const char *const members[] = {"snapshot", "context", "server"};
  const json_t *cluster = json_object_get(section, "cluster");
  for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
    const char *text = kr_document_text(cluster, members[i]);
    if (*text) return text;
  }
  return "";
}

const json_t *kr_document_subject(const json_t *finding) {
  const json_t *object = json_object_get(finding, "object"), *owner = json_object_get(object, "owner");
  return json_is_object(owner) ? owner : object;
}

bool kr_document_same(const json_t *one, const json_t *other) {
  static const char *const members[] = {"kind", "namespace", "name"};
  bool same = true;
  for (size_t i = 0; i < 3; i++)
    same = same && strcmp(kr_document_text(one, members[i]), kr_document_text(other, members[i])) == 0;
  return same;
}

const char *kr_age_text(int64_t began, int64_t now, char text[KR_AGE_TEXT_MAX]) {
  static const struct {
    int64_t ms;
    const char *word;
  } units[] = {{86400000, "day"}, {3600000, "hour"}, {60000, "minute"}, {1000, "second"}};
  bool known = began != KR_TIME_NONE && now != KR_TIME_NONE;
  text[0] = '\0';
  for (size_t i = 0; known && i < sizeof units / sizeof units[0]; i++) {
    int64_t count = (now - began) / units[i].ms;
    bool last = i + 1 == sizeof units / sizeof units[0];
    if (count < 1 || (count < 2 && !last)) continue; /* 90 minutes says more than 1 hour */
    (void)snprintf(text, KR_AGE_TEXT_MAX, " (%lld %s%s ago)", (long long)count, units[i].word, count == 1 ? "" : "s");
    break;
  }
  return text;
}

struct kr_tally kr_tally_section(const json_t *section) {
  const json_t *findings = json_object_get(section, "findings");
  struct kr_tally tally = {.unknown = json_array_size(json_object_get(section, "unknown")),
                           .errors = json_array_size(json_object_get(section, "errors")),
                           .starting = json_array_size(json_object_get(section, "starting")),
                           .healthy = json_integer_value(json_object_get(section, "healthy_count"))};
  for (size_t i = 0; i < json_array_size(findings); i++) {
    switch (kr_severity_rank(kr_document_severity(json_array_get(findings, i)))) {
      case 0:
        tally.critical++;
        break;
      case 1:
        tally.warning++;
        break;
      default:
        tally.info++;
    }
  }
  return tally;
}

struct kr_tally kr_tally_document(const json_t *document) {
  const json_t *sections = json_object_get(document, "sections");
  struct kr_tally all = {.errors = json_array_size(json_object_get(document, "errors"))};
  for (size_t i = 0; i < json_array_size(sections); i++) {
    struct kr_tally one = kr_tally_section(json_array_get(sections, i));
    all.critical += one.critical;
    all.warning += one.warning;
    all.info += one.info;
    all.unknown += one.unknown;
    all.errors += one.errors;
    all.starting += one.starting;
    all.healthy += one.healthy;
  }
  return all;
}

int kr_tally_say(struct kr_buffer *out, const struct kr_tally *tally) {
  const struct {
    json_int_t count;
    const char *one, *many;
  } words[] = {{(json_int_t)tally->critical, "critical", "critical"},
               {(json_int_t)tally->warning, "warning", "warnings"},
               {(json_int_t)tally->info, "info", "info"},
               {(json_int_t)tally->unknown, "undetermined", "undetermined"},
               {(json_int_t)tally->errors, "error", "errors"},
               {(json_int_t)tally->starting, "starting", "starting"},
               {tally->healthy, "healthy", "healthy"}};
  int code = 0;
  bool any = false;
  for (size_t i = 0; !code && i < sizeof words / sizeof words[0]; i++) {
    if (words[i].count == 0) continue;
    code = kr_buffer_printf(out, "%s%lld %s", any ? ", " : "", (long long)words[i].count,
                            words[i].count == 1 ? words[i].one : words[i].many);
    any = true;
  }
  return code || any ? code : kr_buffer_puts(out, "nothing found");
}

const char *kr_status_worse(const char *one, const char *other) {
  static const char *const order[] = {"critical", "unknown", "warning"};
  for (int i = 0; i < 3; i++) {
    if (strcmp(one, order[i]) == 0 || strcmp(other, order[i]) == 0) return order[i];
  }
  return "ok";
}

int kr_status_exit(const char *status) {
  return strcmp(status, "critical") == 0  ? KR_EXIT_CRITICAL
         : strcmp(status, "unknown") == 0 ? KR_EXIT_UNKNOWN
         : strcmp(status, "warning") == 0 ? KR_EXIT_WARNING
                                          : 0;
}

static const char *status_of(const struct kr_tally *tally) {
  return tally->critical > 0                       ? "critical"
         : tally->unknown > 0 || tally->errors > 0 ? "unknown"
         : tally->warning > 0                      ? "warning"
                                                   : "ok";
}

int kr_document_settle(json_t *document) {
  const char *status = json_array_size(json_object_get(document, "errors")) > 0 ? "unknown" : "ok";
  bool interrupted = json_integer_value(json_object_get(document, "exit_code")) == KR_EXIT_INTERRUPTED;
  json_t *section;
  size_t i;
  int failed = 0;
  json_array_foreach(json_object_get(document, "sections"), i, section) {
    const struct kr_tally tally = kr_tally_section(section);
    status = kr_status_worse(status, status_of(&tally));
    failed |= json_object_set_new(section, "status", json_string(status_of(&tally)));
  }
  failed |= json_object_set_new(document, "status", json_string(status));
  if (!interrupted) failed |= json_object_set_new(document, "exit_code", json_integer(kr_status_exit(status)));
  return failed ? KR_ENOMEM : 0;
}

json_t *kr_document_with_error(const json_t *document, const struct kr_mask *mask, const struct kr_error *what) {
  json_t *copy = json_copy((json_t *)document), *errors = json_copy(json_object_get(document, "errors"));
  const char *status = kr_document_status(document);
  json_int_t exit = json_integer_value(json_object_get(document, "exit_code"));
  if (!errors) errors = json_array();
  int failed = json_array_append_new(errors, kr_error_json(mask, what));
  failed |= json_object_set(copy, "errors", errors);
  json_decref(errors);
  /* A critical finding says more than an error does; so it is in report.c too. */
  if (strcmp(status, "critical") != 0) failed |= json_object_set_new(copy, "status", json_string("unknown"));
  if (exit < 2) failed |= json_object_set_new(copy, "exit_code", json_integer(3));
  if (!failed) return copy;
  json_decref(copy);
  return NULL;
}

json_t *kr_document_harmless(const json_t *value) {
  json_t *copy = NULL, *member;
  const char *name;
  size_t i;
  bool failed = false;
  if (json_is_string(value)) {
    struct kr_buffer text;
    kr_buffer_init(&text, json_string_length(value) * 12 + 1);
    if (!kr_text_harmless(&text, json_string_value(value), json_string_length(value)))
      copy = json_stringn(kr_buffer_text(&text), text.length);
    kr_buffer_free(&text);
    return copy;
  }
  if (!json_is_object(value) && !json_is_array(value)) return json_incref((json_t *)value);
  copy = json_is_array(value) ? json_array() : json_object();
  json_array_foreach(value, i, member) failed |= json_array_append_new(copy, kr_document_harmless(member)) != 0;
  json_object_foreach((json_t *)value, name, member) failed |=
      json_object_set_new(copy, name, kr_document_harmless(member)) != 0;
  if (!failed) return copy;
  json_decref(copy);
  return NULL;
}
