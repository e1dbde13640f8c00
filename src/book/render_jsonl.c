/* render_jsonl.c - the report as JSON lines: one for each finding, unknown and error, each complete in itself, and a
 * last one that sums up. For log shippers, jq and grep. */
#include <string.h>

#include "base/error.h"
#include "book/document.h"
#include "book/render.h"

struct lines {
  struct kr_buffer *out;
  const json_t *document;
  int code;
};

static json_t *member_or_null(const json_t *object, const char *member) {
  json_t *value = json_object_get(object, member);
  return value ? json_incref(value) : json_null();
}

/* {schema, type, taken_at, runbook, args, cluster} and then the members of what. */
static void write_line(struct lines *lines, const char *type, const json_t *section, const json_t *what) {
  if (lines->code) return;
  json_t *line = json_pack("{s:s, s:s, s:o}", "schema", "krunbook.line/v1", "type", type, "taken_at",
                           member_or_null(lines->document, "taken_at"));
  int failed = line == NULL;
  if (section) {
    failed |= json_object_set_new(line, "runbook", member_or_null(json_object_get(section, "runbook"), "name"));
    failed |= json_object_set_new(line, "args", member_or_null(section, "args"));
    failed |= json_object_set_new(line, "cluster", member_or_null(section, "cluster"));
  }
  failed |= json_object_update((json_t *)line, (json_t *)what);
  lines->code = failed ? KR_ENOMEM : kr_render_json_with(lines->out, line, JSON_COMPACT);
  if (!lines->code) lines->code = kr_buffer_puts(lines->out, "\n");
  json_decref(line);
}

static void write_list(struct lines *lines, const char *type, const json_t *section, const json_t *list) {
  const json_t *what;
  size_t i;
  json_array_foreach(list, i, what) write_line(lines, type, section, what);
}

static void write_summary(struct lines *lines) {
  const struct kr_tally tally = kr_tally_document(lines->document);
  json_t *summary = json_pack(
      "{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "status", member_or_null(lines->document, "status"), "exit_code",
      member_or_null(lines->document, "exit_code"), "critical", (json_int_t)tally.critical, "warning",
      (json_int_t)tally.warning, "info", (json_int_t)tally.info, "unknown", (json_int_t)tally.unknown, "errors",
      (json_int_t)tally.errors, "starting", (json_int_t)tally.starting, "healthy", tally.healthy);
  if (!summary) lines->code = KR_ENOMEM;
  write_line(lines, "summary", NULL, summary);
  json_decref(summary);
}

int kr_render_jsonl(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options) {
  const json_t *section;
  struct lines lines = {.out = out, .document = document};
  size_t i;
  (void)options;
  json_array_foreach(json_object_get(document, "sections"), i, section) {
    write_list(&lines, "finding", section, json_object_get(section, "findings"));
    write_list(&lines, "unknown", section, json_object_get(section, "unknown"));
    write_list(&lines, "error", section, json_object_get(section, "errors"));
  }
  write_list(&lines, "error", NULL, json_object_get(document, "errors"));
  write_summary(&lines);
  return lines.code;
}
