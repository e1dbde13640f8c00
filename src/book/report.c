/* report.c - sections become a document: sorted, with each status and the exit code. */
#include "book/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "book/clean.h"
#include "book/document.h"
#include "book/finding.h"
#include "book/section.h"

int kr_report_new(struct kr_report **out, const struct kr_mask *mask, int64_t taken_at, struct kr_error *error) {
  struct kr_report *report = calloc(1, sizeof *report);
  if (report) report->errors = json_array();
  if (!report || !report->errors) {
    free(report);
    return kr_error_set(error, KR_ENOMEM, "out of memory for the report");
  }
  report->mask = mask;
  report->taken_at = taken_at;
  *out = report;
  return 0;
}

static void free_sections(struct kr_section *section) {
  while (section) {
    struct kr_section *next = section->next;
    kr_section_free(section);
    section = next;
  }
}

void kr_report_free(struct kr_report *report) {
  if (!report) return;
  free_sections(report->sections);
  free_sections(report->nested);
  json_decref(report->errors);
  json_decref(report->document);
  free(report);
}

void kr_report_explain(struct kr_report *report, bool explain) { report->explain = explain; }

bool kr_report_explains(const struct kr_report *report) { return report->explain; }

void kr_report_interrupted(struct kr_report *report) { report->interrupted = true; }

void kr_report_shard(struct kr_report *report, int index, int count) {
  report->shard_index = index;
  report->shard_count = count;
}

int kr_report_error(struct kr_report *report, const struct kr_error *what) {
  return json_array_append_new(report->errors, kr_error_json(report->mask, what)) ? KR_ENOMEM : 0;
}

int kr_report_section(struct kr_section **out, struct kr_report *report, const char *runbook, const char *path,
                      const char *sha256, const json_t *args, struct kr_error *error) {
  struct kr_section *section = NULL;
  json_t *about = NULL;
  int code = kr_section_make(&section, report, error);
  if (code) return code;
  about = json_object();
  if (json_object_set_new(about, "name", kr_clean_text(report->mask, runbook, KR_NAME_MAX)) ||
      json_object_set_new(about, "path", kr_clean_text(report->mask, path, KR_CAUSE_MAX)) ||
      json_object_set_new(about, "sha256", kr_clean_text(NULL, sha256, KR_NAME_MAX)) ||
      json_object_set(section->value, "runbook", about) || kr_section_args(section, args)) {
    kr_section_free(section);
    code = kr_error_set(error, KR_ENOMEM, "out of memory for a section of the report");
  } else {
    if (report->last) report->last->next = section;
    if (!report->sections) report->sections = section;
    report->last = section;
    *out = section;
  }
  json_decref(about);
  return code;
}

int kr_section_nested(struct kr_section **out, struct kr_section *parent, struct kr_error *error) {
  struct kr_section *section = NULL;
  int code = kr_section_make(&section, parent->report, error);
  if (code) return code;
  section->parent = parent;
  section->depth = parent->depth + 1;
  section->next = parent->report->nested;
  parent->report->nested = section;
  *out = section;
  return 0;
}

void kr_section_drop(struct kr_section *nested) {
  struct kr_section **link = &nested->report->nested;
  while (*link && *link != nested) link = &(*link)->next;
  if (*link) *link = nested->next;
  kr_section_free(nested);
}

static size_t count_severity(const struct kr_section *section, int rank) {
  size_t count = 0;
  for (size_t i = 0; i < json_array_size(section->findings); i++) {
    const json_t *severity = json_object_get(json_array_get(section->findings, i), "severity");
    if (kr_severity_rank(json_string_value(severity)) == rank) count++;
  }
  return count;
}

static bool undetermined(const struct kr_section *section) {
  bool found = json_array_size(section->errors) > 0;
  for (size_t i = 0; i < json_array_size(section->unknown) && !found; i++) found = section->pending[i].counts > 0;
  return found;
}

const char *kr_section_status(const struct kr_section *section) {
  if (count_severity(section, 0) > 0) return "critical";
  if (undetermined(section)) return "unknown";
  return count_severity(section, 1) > 0 ? "warning" : "ok";
}

/* Objects by namespace, kind and name; what is unknown by what was asked. Runs that overlap come to them in any order.
 */
static int by_name(const void *left, const void *right) {
  static const char *const members[] = {"namespace", "kind", "name", "what", "reason"};
  const json_t *one = *(json_t *const *)left, *other = *(json_t *const *)right;
  int order = 0;
  for (size_t i = 0; order == 0 && i < sizeof members / sizeof members[0]; i++)
    order = strcmp(kr_document_text(one, members[i]), kr_document_text(other, members[i]));
  return order;
}

/* A list in that order: a new reference, NULL when memory is refused. */
static json_t *in_order(const json_t *list) {
  size_t count = json_array_size(list);
  json_t **items = calloc(count + 1, sizeof *items), *ordered = json_array();
  int failed = !items || !ordered;
  for (size_t i = 0; !failed && i < count; i++) items[i] = json_array_get(list, i);
  if (!failed && count > 0) qsort((void *)items, count, sizeof *items, by_name);
  for (size_t i = 0; !failed && i < count; i++) failed = json_array_append(ordered, items[i]);
  free((void *)items);
  if (!failed) return ordered;
  json_decref(ordered);
  return NULL;
}

/* Unknowns that count, or those that the runbook could do without. */
static json_t *unknowns(const struct kr_section *section, bool that_count) {
  json_t *list = json_array();
  for (size_t i = 0; list && i < json_array_size(section->unknown); i++) {
    if ((section->pending[i].counts > 0) != that_count) continue;
    if (json_array_append(list, json_array_get(section->unknown, i))) {
      json_decref(list);
      list = NULL;
    }
  }
  json_t *ordered = in_order(list);
  json_decref(list);
  return ordered;
}

/* Worst first, then what hits most; else in the order in which they were found. */
static json_t *sorted_findings(const struct kr_section *section) {
  json_t *sorted = json_array();
  for (int rank = 0; rank < 3; rank++) {
    size_t begin = json_array_size(sorted);
    for (size_t i = 0; i < json_array_size(section->findings); i++) {
      json_t *finding = json_array_get(section->findings, i);
      if (kr_severity_rank(json_string_value(json_object_get(finding, "severity"))) != rank) continue;
      json_int_t count = json_integer_value(json_object_get(finding, "count"));
      size_t at = json_array_size(sorted);
      while (at > begin && json_integer_value(json_object_get(json_array_get(sorted, at - 1), "count")) < count) at--;
      if (json_array_insert(sorted, at, finding)) {
        json_decref(sorted);
        return NULL;
      }
    }
  }
  return sorted;
}

json_t *kr_section_document(const struct kr_section *section) {
  json_t *value = json_copy(section->value);
  int failed = json_object_set_new(value, "status", json_string(kr_section_status(section)));
  if (!json_object_get(value, "cluster")) failed |= json_object_set_new(value, "cluster", json_null());
  failed |= json_object_set_new(value, "findings", sorted_findings(section));
  failed |= json_object_set_new(value, "healthy", in_order(section->healthy));
  failed |= json_object_set_new(value, "healthy_count", json_integer(section->healthy_count));
  failed |= json_object_set_new(value, "starting", in_order(section->starting));
  failed |= json_object_set_new(value, "unknown", unknowns(section, true));
  failed |= json_object_set_new(value, "did_without", unknowns(section, false));
  failed |= json_object_set(value, "errors", section->errors);
  if (section->report->explain) failed |= json_object_set_new(value, "steps", kr_section_steps(section));
  json_t *spent = json_object_get(section->value, "spent");
  if (spent) failed |= json_object_del(value, "spent") | json_object_set(value, "spent", spent); /* stands last */
  if (failed) {
    json_decref(value);
    return NULL;
  }
  return value;
}

json_t *kr_section_result(struct kr_section *nested) {
  json_t *result = json_object(), *list = json_array();
  int failed = json_object_set_new(result, "status", json_string(kr_section_status(nested)));
  failed |= json_object_set_new(result, "findings", sorted_findings(nested));
  failed |= json_object_set(result, "healthy", nested->healthy);
  for (size_t i = 0; !failed && i < json_array_size(nested->unknown); i++) {
    struct kr_pending *pending = &nested->pending[i];
    if (pending->counts == 0) continue;
    json_t *unknown = json_copy(json_array_get(nested->unknown, i));
    const char *text[4] = {"what", "reason", "permission", "message"};
    for (int j = 0; j < 4; j++) text[j] = json_string_value(json_object_get(unknown, text[j]));
    if (!pending->in_parent)
      pending->in_parent = kr_section_unknown(nested->parent, text[0], text[1], text[2], text[3]);
    failed |= pending->in_parent < 0 || json_object_set_new(unknown, "id", json_integer(pending->in_parent));
    failed |= json_array_append_new(list, unknown);
  }
  failed |= json_object_set(result, "unknown", list);
  json_decref(list);
  if (!failed) return result;
  json_decref(result);
  return NULL;
}

const json_t *kr_report_document(struct kr_report *report) {
  const char *status = json_array_size(report->errors) > 0 ? "unknown" : "ok";
  char taken_at[KR_TIME_TEXT_MAX];
  json_t *sections = json_array(), *document = json_object();
  int failed = 0;
  for (const struct kr_section *section = report->sections; section; section = section->next) {
    status = kr_status_worse(status, kr_section_status(section));
    failed |= json_array_append_new(sections, kr_section_document(section));
  }
  report->exit_code = report->interrupted ? KR_EXIT_INTERRUPTED : kr_status_exit(status);
  failed |= json_object_set_new(document, "schema", json_string("krunbook.report/v1"));
  failed |= json_object_set_new(document, "status", json_string(status));
  failed |= json_object_set_new(document, "exit_code", json_integer(report->exit_code));
  failed |= json_object_set_new(document, "taken_at", json_string(kr_time_format(report->taken_at, taken_at)));
  if (report->shard_count > 0)
    failed |= json_object_set_new(document, "shard",
                                  json_pack("{s:i, s:i}", "index", report->shard_index, "count", report->shard_count));
  failed |= json_object_set(document, "errors", report->errors);
  failed |= json_object_set(document, "sections", sections);
  json_decref(sections);
  json_decref(report->document);
  report->document = document;
  if (!failed) return document;
  json_decref(document);
  report->document = NULL;
  return NULL;
}

int kr_report_exit_code(struct kr_report *report) {
  /* Without memory for a document nothing is certain. */
  return kr_report_document(report) ? report->exit_code : KR_EXIT_UNKNOWN;
}
