/* render_sarif.c - the report as SARIF 2.1.0: a result for each finding, at the logical location of its object; what
 * could not be determined, and errors, as notifications of the invocation. */
#include <ctype.h>
#include <string.h>

#include "base/error.h"
#include "book/document.h"
#include "book/render.h"

#define SCHEMA   "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#define TEXT_MAX ((size_t)64 << 10)

/* In a message "[text](target)" is a link and "{0}" a place for an argument: a cluster's words are neither. */
static json_t *message(const char *text) {
  struct kr_buffer out;
  json_t *object = NULL;
  kr_buffer_init(&out, strlen(text) * 2 + 1);
  int code = 0;
  for (; !code && *text; text++) {
    bool bracket = *text == '[' && strstr(text, "](");
    bool brace = (*text == '{' && isdigit((unsigned char)text[1])) ||
                 (*text == '}' && out.length > 0 && isdigit((unsigned char)out.data[out.length - 1]));
    if (bracket) code = kr_buffer_puts(&out, "\\");
    if (brace) code = kr_buffer_append(&out, text, 1);
    if (!code) code = kr_buffer_append(&out, text, 1);
  }
  if (!code) object = json_pack("{s:s}", "text", kr_buffer_text(&out));
  kr_buffer_free(&out);
  return object;
}

static json_t *messagef(const char *format, const char *one, const char *other) {
  struct kr_buffer text;
  kr_buffer_init(&text, TEXT_MAX);
  (void)!kr_buffer_printf(&text, "%s", one);
  if (*other) (void)!kr_buffer_printf(&text, format, other);
  json_t *object = message(kr_buffer_text(&text));
  kr_buffer_free(&text);
  return object;
}

/* {"logicalLocations": [{"name": "web", "fullyQualifiedName": "shop/Pod/web", "kind": "resource"}]} */
static json_t *location(const json_t *reference, const char *container) {
  const char *space = kr_document_text(reference, "namespace"), *name = kr_document_text(reference, "name");
  struct kr_buffer qualified;
  kr_buffer_init(&qualified, TEXT_MAX);
  (void)!kr_buffer_printf(&qualified, "%s%s%s/%s%s%s", space, *space ? "/" : "", kr_document_text(reference, "kind"),
                          name, *container ? "/" : "", container);
  json_t *one = json_pack("{s:[{s:s, s:s, s:s}]}", "logicalLocations", "name", *container ? container : name,
                          "fullyQualifiedName", kr_buffer_text(&qualified), "kind", "resource");
  kr_buffer_free(&qualified);
  return one;
}

static json_t *locations(const json_t *list) {
  json_t *all = json_array();
  const json_t *reference;
  size_t i;
  json_array_foreach(list, i, reference) {
    if (json_array_append_new(all, location(reference, "")) == 0) continue;
    json_decref(all);
    return NULL;
  }
  return all;
}

static const char *level_of(const char *severity) {
  return strcmp(severity, "critical") == 0 ? "error" : strcmp(severity, "warning") == 0 ? "warning" : "note";
}

/* The number of the code's rule; adds one where there is none yet. */
static json_int_t rule_of(json_t *rules, const char *code, const char *level) {
  size_t i;
  const json_t *rule;
  json_array_foreach(rules, i, rule) {
    if (strcmp(kr_document_text(rule, "id"), code) == 0) return (json_int_t)i;
  }
  json_t *made = json_pack("{s:s, s:{s:s}, s:{s:s}}", "id", code, "shortDescription", "text", code,
                           "defaultConfiguration", "level", level);
  return json_array_append_new(rules, made) == 0 ? (json_int_t)json_array_size(rules) - 1 : -1;
}

static json_t *properties(const json_t *section, const json_t *finding) {
  static const char *const members[] = {"severity", "cause_code", "since", "objects", "evidence", "next_steps"};
  json_t *bag = json_pack("{s:s, s:s}", "runbook", kr_document_text(json_object_get(section, "runbook"), "name"),
                          "cluster", kr_document_cluster(section));
  int failed = bag == NULL;
  for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
    json_t *member = json_object_get(finding, members[i]);
    if (member && !json_is_null(member)) failed |= json_object_set(bag, members[i], member);
  }
  if (!failed) return bag;
  json_decref(bag);
  return NULL;
}

static json_t *result(json_t *rules, const json_t *section, const json_t *finding) {
  const json_t *object = json_object_get(finding, "object");
  const char *code = kr_document_text(finding, "code");
  const char *level = level_of(kr_document_severity(finding));
  json_int_t count = json_integer_value(json_object_get(finding, "count"));
  return json_pack("{s:s, s:I, s:s, s:o, s:[o], s:o, s:{s:s}, s:I, s:o}", "ruleId", code, "ruleIndex",
                   rule_of(rules, code, level), "level", level, "message", message(kr_document_text(finding, "cause")),
                   "locations", location(object, kr_document_text(object, "container")), "relatedLocations",
                   locations(json_object_get(finding, "chain")), "partialFingerprints", "krunbook/v1",
                   kr_document_text(finding, "fingerprint"), "occurrenceCount", count > 0 ? count : 1, "properties",
                   properties(section, finding));
}

static int add_results(json_t *results, json_t *rules, const json_t *section) {
  const json_t *finding;
  size_t i;
  json_array_foreach(json_object_get(section, "findings"), i, finding) {
    if (json_array_append_new(results, result(rules, section, finding)) != 0) return KR_ENOMEM;
  }
  return KR_OK;
}

/* Errors of a section or of the invocation, and what a section could not determine. */
static int add_notifications(json_t *list, const json_t *holder) {
  const json_t *item;
  size_t i;
  int failed = 0;
  json_array_foreach(json_object_get(holder, "errors"), i, item) {
    failed |=
        json_array_append_new(list, json_pack("{s:{s:s}, s:s, s:o}", "descriptor", "id", kr_document_text(item, "kind"),
                                              "level", "error", "message", message(kr_document_text(item, "message"))));
  }
  json_array_foreach(json_object_get(holder, "unknown"), i, item) {
    failed |= json_array_append_new(
        list,
        json_pack("{s:{s:s}, s:s, s:o}", "descriptor", "id", kr_document_text(item, "reason"), "level", "warning",
                  "message", messagef(": %s", kr_document_text(item, "what"), kr_document_text(item, "message"))));
  }
  return failed ? KR_ENOMEM : KR_OK;
}

/* Successful: everything was determined, whatever was found. */
static json_t *invocation(const json_t *document, json_t *notifications) {
  const struct kr_tally tally = kr_tally_document(document);
  return json_pack("{s:b, s:I, s:s, s:O}", "executionSuccessful", tally.errors == 0 && tally.unknown == 0, "exitCode",
                   json_integer_value(json_object_get(document, "exit_code")), "endTimeUtc",
                   kr_document_text(document, "taken_at"), "toolExecutionNotifications", notifications);
}

static int render(struct kr_buffer *out, const json_t *document) {
  json_t *results = json_array(), *rules = json_array(), *notifications = json_array(), *log = NULL;
  const json_t *section;
  size_t i;
  int code = add_notifications(notifications, document);
  json_array_foreach(json_object_get(document, "sections"), i, section) {
    if (!code) code = add_results(results, rules, section);
    if (!code) code = add_notifications(notifications, section);
  }
  if (!code)
    log = json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:O}}, s:[o], s:O}]}", "$schema", SCHEMA, "version", "2.1.0",
                    "runs", "tool", "driver", "name", "krunbook", "version", KR_VERSION, "rules", rules, "invocations",
                    invocation(document, notifications), "results", results);
  code = log ? kr_render_json(out, log) : KR_ENOMEM;
  json_decref(log);
  json_decref(results);
  json_decref(rules);
  json_decref(notifications);
  return code;
}

int kr_render_sarif(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options) {
  json_t *harmless = kr_document_harmless(document);
  (void)options;
  int code = harmless ? render(out, harmless) : KR_ENOMEM;
  json_decref(harmless);
  return code;
}
