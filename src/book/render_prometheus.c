/* render_prometheus.c - the report as metrics, in the text format that node_exporter's textfile collector reads.
 *
 * A finding is named after what owns its object, so that its series outlives the pods that come and go. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "book/document.h"
#include "book/render.h"
#include "book/render_out.h"

#define LABELS_MAX ((size_t)64 << 10)

static const char *escape(char byte) {
  return byte == '"' ? "\\\"" : byte == '\\' ? "\\\\" : byte == '\n' ? "\\n" : byte == '\t' ? " " : NULL;
}

/* Of one metric: text of labels to value. The same labels twice would be no metrics at all: they are added up. */
struct series {
  json_t *values;
  struct kr_buffer labels; /* being put together */
  int code;
};

static void begin(struct series *series) {
  *series = (struct series){.values = json_object()};
  kr_buffer_init(&series->labels, LABELS_MAX);
  if (!series->values) series->code = KR_ENOMEM;
}

/* A label that is empty is one that is not there. */
static void label(struct series *series, const char *name, const char *value) {
  struct kr_out out = {.to = &series->labels, .code = series->code};
  if (!*value) return;
  kr_out_putf(&out, "%s%s=\"", series->labels.length > 0 ? "," : "", name);
  kr_out_say(&out, value, escape);
  kr_out_put(&out, "\"");
  series->code = out.code;
}

static void label_section(struct series *series, const json_t *section) {
  label(series, "runbook", kr_document_text(json_object_get(section, "runbook"), "name"));
  label(series, "cluster", kr_document_cluster(section));
}

static void add(struct series *series, json_int_t value) {
  const char *labels = kr_buffer_text(&series->labels);
  json_int_t before = json_integer_value(json_object_get(series->values, labels));
  if (!series->code && json_object_set_new(series->values, labels, json_integer(before + value)) != 0)
    series->code = KR_ENOMEM;
  kr_buffer_clear(&series->labels);
}

/* Writes the metric out, and ends the series. thousandths: the value is in 1/1000 of the unit. */
static void end(struct kr_out *out, struct series *series, const char *name, const char *help, bool thousandths) {
  const char *labels;
  json_t *value;
  if (!out->code) out->code = series->code;
  kr_out_putf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
  json_object_foreach(series->values, labels, value) {
    long long number = json_integer_value(value);
    kr_out_put(out, name);
    if (*labels) kr_out_put(out, "{");
    kr_out_put(out, labels); /* escaped already */
    if (*labels) kr_out_put(out, "}");
    if (thousandths)
      kr_out_putf(out, " %lld.%03lld\n", number / 1000, number % 1000);
    else
      kr_out_putf(out, " %lld\n", number);
  }
  json_decref(series->values);
  kr_buffer_free(&series->labels);
}

static void write_single(struct kr_out *out, const char *name, const char *help, json_int_t value) {
  struct series series;
  begin(&series);
  add(&series, value);
  end(out, &series, name, help, false);
}

static void write_findings(struct kr_out *out, const json_t *sections) {
  const json_t *section, *finding;
  struct series series;
  size_t i, j;
  begin(&series);
  json_array_foreach(sections, i, section) {
    json_array_foreach(json_object_get(section, "findings"), j, finding) {
      const json_t *subject = kr_document_subject(finding);
      label_section(&series, section);
      label(&series, "severity", kr_document_severity(finding));
      label(&series, "code", kr_document_text(finding, "code"));
      label(&series, "kind", kr_document_text(subject, "kind"));
      label(&series, "namespace", kr_document_text(subject, "namespace"));
      label(&series, "name", kr_document_text(subject, "name"));
      label(&series, "container", kr_document_text(json_object_get(finding, "object"), "container"));
      label(&series, "fingerprint", kr_document_text(finding, "fingerprint"));
      add(&series, json_integer_value(json_object_get(finding, "count")));
    }
  }
  end(out, &series, "krunbook_finding", "What was found, with the number of objects that it hits.", false);
}

static void write_severities(struct kr_out *out, const json_t *sections) {
  const json_t *section;
  struct series series;
  size_t i;
  begin(&series);
  json_array_foreach(sections, i, section) {
    const struct kr_tally tally = kr_tally_section(section);
    const char *const names[] = {"critical", "warning", "info"};
    const size_t counts[] = {tally.critical, tally.warning, tally.info};
    for (size_t j = 0; j < 3; j++) {
      label_section(&series, section);
      label(&series, "severity", names[j]);
      add(&series, (json_int_t)counts[j]);
    }
  }
  end(out, &series, "krunbook_findings", "Findings of a section, by severity.", false);
}

/* A number of each section. */
static void write_each(struct kr_out *out, const json_t *sections, const char *name, const char *help,
                       json_int_t (*value)(const json_t *section), bool thousandths) {
  const json_t *section;
  struct series series;
  size_t i;
  begin(&series);
  json_array_foreach(sections, i, section) {
    label_section(&series, section);
    add(&series, value(section));
  }
  end(out, &series, name, help, thousandths);
}

static json_int_t unknown_of(const json_t *section) { return (json_int_t)kr_tally_section(section).unknown; }
static json_int_t healthy_of(const json_t *section) { return kr_tally_section(section).healthy; }
static json_int_t requests_of(const json_t *section) {
  return json_integer_value(json_object_get(json_object_get(section, "spent"), "requests"));
}
static json_int_t ms_of(const json_t *section) {
  return json_integer_value(json_object_get(json_object_get(section, "spent"), "wall_ms"));
}

int kr_render_prometheus(struct kr_buffer *to, const json_t *document, const struct kr_render_options *options) {
  const json_t *sections = json_object_get(document, "sections");
  const struct kr_tally tally = kr_tally_document(document);
  struct kr_out out = {.to = to};
  int64_t taken = kr_time_parse(kr_document_text(document, "taken_at"));
  (void)options;
  write_single(&out, "krunbook_exit_code", "0 nothing found, 1 a warning, 2 a critical finding, 3 undetermined.",
               json_integer_value(json_object_get(document, "exit_code")));
  write_single(&out, "krunbook_taken_timestamp_seconds", "When the report was taken.",
               taken == KR_TIME_NONE ? 0 : taken / 1000);
  write_single(&out, "krunbook_errors", "Errors of the run and of its runbooks.", (json_int_t)tally.errors);
  write_severities(&out, sections);
  write_findings(&out, sections);
  write_each(&out, sections, "krunbook_undetermined", "What could not be determined.", unknown_of, false);
  write_each(&out, sections, "krunbook_healthy", "Objects that are healthy.", healthy_of, false);
  write_each(&out, sections, "krunbook_requests", "Requests that the runbook made.", requests_of, false);
  write_each(&out, sections, "krunbook_duration_seconds", "How long the runbook ran.", ms_of, true);
  return out.code;
}
