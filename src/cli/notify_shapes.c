/* notify_shapes.c - a report for a webhook: as it is, as a message for Slack, as alerts for Alertmanager. */
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "book/document.h"
#include "book/render_out.h"
#include "cli/notify_shapes.h"

#define TEXT_MAX     2900 /* bytes of a block: Slack takes 3000 characters */
#define NAMED_MAX    10   /* findings of a message */
#define DESCRIBE_MAX 4096

static json_t *make_json(const json_t *document) { return json_incref((json_t *)document); }

/* Slack's own three: what stands in "<...>" would be a link, a mention, a call to the whole channel. */
static const char *escape_slack(char byte) {
  return byte == '&' ? "&amp;" : byte == '<' ? "&lt;" : byte == '>' ? "&gt;" : byte == '`' ? "'" : NULL;
}

/* A text of a block as long as Slack takes it, cut between characters. */
static json_t *block(struct kr_buffer *text) {
  if (text->length > TEXT_MAX) text->data[kr_text_cut(text->data, text->length, TEXT_MAX)] = '\0';
  json_t *made =
      json_pack("{s:s, s:{s:s, s:s}}", "type", "section", "text", "type", "mrkdwn", "text", kr_buffer_text(text));
  kr_buffer_clear(text);
  return made;
}

static json_t *finding_block(struct kr_buffer *text, const json_t *finding) {
  const char *severity = kr_document_severity(finding);
  json_int_t count = json_integer_value(json_object_get(finding, "count"));
  struct kr_out out = {.to = text};
  kr_out_putf(&out, "%s *", strcmp(severity, "critical") == 0 ? ":red_circle:" : ":large_yellow_circle:");
  kr_out_say(&out, kr_document_text(finding, "code"), escape_slack);
  kr_out_put(&out, "*  `");
  kr_out_say_name(&out, json_object_get(finding, "object"), escape_slack);
  kr_out_put(&out, "`");
  if (count > 1) kr_out_putf(&out, " and %lld more", (long long)count - 1);
  kr_out_put(&out, "\n");
  kr_out_say(&out, kr_document_text(finding, "cause"), escape_slack);
  return out.code ? NULL : block(text);
}

static int add_findings(json_t *blocks, struct kr_buffer *text, const json_t *document, const char *severity,
                        size_t *named, size_t *left) {
  const json_t *section, *finding;
  size_t i, j;
  json_array_foreach(json_object_get(document, "sections"), i, section) {
    json_array_foreach(json_object_get(section, "findings"), j, finding) {
      if (strcmp(kr_document_severity(finding), severity) != 0) continue;
      if (*named == NAMED_MAX) {
        ++*left;
        continue;
      }
      ++*named;
      if (json_array_append_new(blocks, finding_block(text, finding)) != 0) return -1;
    }
  }
  return 0;
}

/* Errors in words, and how many questions stayed open. */
static int add_undetermined(json_t *blocks, struct kr_buffer *text, const json_t *document) {
  const struct kr_tally tally = kr_tally_document(document);
  const json_t *errors = json_object_get(document, "errors"), *error;
  struct kr_out out = {.to = text};
  size_t i;
  if (tally.unknown + tally.errors == 0) return 0;
  kr_out_putf(&out, ":grey_question: %zu undetermined, %zu errors", tally.unknown, tally.errors);
  json_array_foreach(errors, i, error) {
    kr_out_put(&out, "\n");
    kr_out_say(&out, kr_document_text(error, "message"), escape_slack);
  }
  return out.code ? -1 : json_array_append_new(blocks, block(text));
}

/* {"text": what a notification shows, "blocks": the message} */
static json_t *make_slack(const json_t *document) {
  const struct kr_tally tally = kr_tally_document(document);
  const json_t *first = json_array_get(json_object_get(document, "sections"), 0);
  json_t *blocks = json_array(), *message = NULL;
  struct kr_buffer head, text;
  size_t named = 0, left = 0;
  kr_buffer_init(&head, DESCRIBE_MAX);
  kr_buffer_init(&text, (size_t)1 << 20);
  struct kr_out out = {.to = &head};
  kr_out_putf(&out, "krunbook: %s", kr_document_status(document));
  kr_out_put(&out, first && *kr_document_cluster(first) ? " on " : "");
  kr_out_say(&out, first ? kr_document_cluster(first) : "", escape_slack);
  kr_out_put(&out, ": ");
  int failed = out.code || kr_tally_say(&head, &tally);
  if (!failed) failed = kr_buffer_printf(&text, "*%s*", kr_buffer_text(&head));
  if (!failed) failed = json_array_append_new(blocks, block(&text));
  if (!failed) failed = add_findings(blocks, &text, document, "critical", &named, &left);
  if (!failed) failed = add_findings(blocks, &text, document, "warning", &named, &left);
  if (!failed && left > 0) failed = kr_buffer_printf(&text, "and %zu more findings", left);
  if (!failed && left > 0) failed = json_array_append_new(blocks, block(&text));
  if (!failed) failed = add_undetermined(blocks, &text, document);
  if (!failed) message = json_pack("{s:s, s:O}", "text", kr_buffer_text(&head), "blocks", blocks);
  json_decref(blocks);
  kr_buffer_free(&head);
  kr_buffer_free(&text);
  return message;
}

static int set_text(json_t *object, const char *name, const char *text) {
  return *text ? json_object_set_new(object, name, json_string(text)) : 0;
}

/* {"alertname", "severity", "runbook", "cluster"}; the empty ones are left out, as Alertmanager would. */
static json_t *labels_of(const json_t *section, const char *name, const char *severity) {
  json_t *labels = json_object();
  int failed = labels == NULL;
  failed |= set_text(labels, "alertname", name);
  failed |= set_text(labels, "severity", severity);
  failed |= set_text(labels, "runbook", kr_document_text(json_object_get(section, "runbook"), "name"));
  failed |= set_text(labels, "cluster", kr_document_cluster(section));
  if (!failed) return labels;
  json_decref(labels);
  return NULL;
}

static json_t *next_text(const json_t *finding) {
  struct kr_buffer text;
  const json_t *step;
  size_t i;
  kr_buffer_init(&text, DESCRIBE_MAX);
  json_array_foreach(json_object_get(finding, "next_steps"), i, step)(void) !kr_buffer_printf(
      &text, "%s%s", i > 0 ? "\n" : "", json_string_value(step));
  json_t *made = json_string(kr_buffer_text(&text));
  kr_buffer_free(&text);
  return made;
}

/* Named after what owns the object, so that it is the same alert when pods are replaced. */
static json_t *finding_alert(const json_t *document, const json_t *section, const json_t *finding) {
  const json_t *subject = kr_document_subject(finding);
  const char *since = kr_document_text(finding, "since");
  json_t *labels = labels_of(section, kr_document_text(finding, "code"), kr_document_severity(finding));
  struct kr_buffer name;
  kr_buffer_init(&name, DESCRIBE_MAX);
  kr_document_name(&name, json_object_get(finding, "object"));
  int failed = set_text(labels, "kind", kr_document_text(subject, "kind"));
  failed |= set_text(labels, "namespace", kr_document_text(subject, "namespace"));
  failed |= set_text(labels, "name", kr_document_text(subject, "name"));
  failed |= set_text(labels, "container", kr_document_text(json_object_get(finding, "object"), "container"));
  failed |= set_text(labels, "fingerprint", kr_document_text(finding, "fingerprint"));
  json_t *alert =
      json_pack("{s:o, s:{s:s, s:s, s:o}, s:s}", "labels", failed ? NULL : json_incref(labels), "annotations",
                "summary", kr_buffer_text(&name), "description", kr_document_text(finding, "cause"), "next_steps",
                next_text(finding), "startsAt", *since ? since : kr_document_text(document, "taken_at"));
  json_decref(labels);
  kr_buffer_free(&name);
  return alert;
}

/* What a section could not determine is one alert: nobody knows whether all is well. */
static int add_undetermined_alert(json_t *alerts, const json_t *document, const json_t *section, size_t count) {
  struct kr_buffer text;
  if (count == 0) return 0;
  kr_buffer_init(&text, DESCRIBE_MAX);
  (void)!kr_buffer_printf(&text, "%zu questions or errors left undetermined what the runbook looks for", count);
  json_t *alert =
      json_pack("{s:o, s:{s:s}, s:s}", "labels", labels_of(section, "krunbook-undetermined", "warning"), "annotations",
                "description", kr_buffer_text(&text), "startsAt", kr_document_text(document, "taken_at"));
  kr_buffer_free(&text);
  return json_array_append_new(alerts, alert);
}

static json_t *make_alerts(const json_t *document) {
  json_t *alerts = json_array();
  const json_t *section, *finding;
  size_t i, j;
  int failed = add_undetermined_alert(alerts, document, NULL, json_array_size(json_object_get(document, "errors")));
  json_array_foreach(json_object_get(document, "sections"), i, section) {
    const struct kr_tally tally = kr_tally_section(section);
    json_array_foreach(json_object_get(section, "findings"), j, finding) {
      if (strcmp(kr_document_severity(finding), "info") == 0) continue;
      failed |= json_array_append_new(alerts, finding_alert(document, section, finding));
    }
    failed |= add_undetermined_alert(alerts, document, section, tally.unknown + tally.errors);
  }
  if (!failed) return alerts;
  json_decref(alerts);
  return NULL;
}

static json_t *make_alertmanager(const json_t *document) {
  json_t *harmless = kr_document_harmless(document);
  json_t *alerts = harmless ? make_alerts(harmless) : NULL;
  json_decref(harmless);
  return alerts;
}

const struct kr_notify_shape kr_notify_shapes[] = {
    {"json", make_json, false}, {"slack", make_slack, true}, {"alertmanager", make_alertmanager, true}};
const size_t kr_notify_shape_count = sizeof kr_notify_shapes / sizeof kr_notify_shapes[0];
