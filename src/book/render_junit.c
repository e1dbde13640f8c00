/* render_junit.c - the report as JUnit XML, as Jenkins, GitLab and their like read it: a suite for each section, a case
 * for each verdict. */
#include <string.h>

#include "book/document.h"
#include "book/render.h"
#include "book/render_out.h"
#include "book/render_xml.h"
#include "book/verdicts.h"

struct junit {
  struct kr_out out;
  const char *name; /* of the suite */
};

static void attribute(struct kr_out *out, const char *name, const char *text) {
  kr_out_putf(out, " %s=\"", name);
  kr_out_say(out, text, kr_xml_attribute);
  kr_out_put(out, "\"");
}

/* So that no line of a log looks like one of ours. */
static const char *indented(char byte) { return byte == '\n' ? "\n      " : kr_xml_text(byte); }

static void lines(struct kr_out *out, const char *title, const json_t *list, bool steps) {
  if (json_array_size(list) == 0) return;
  kr_out_putf(out, "\n%s:\n", title);
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *item = json_array_get(list, i);
    const char *text = steps ? json_string_value(item) : kr_document_text(item, "text");
    const char *kind = steps ? "" : kr_document_text(item, "kind"), *at = steps ? "" : kr_document_text(item, "at");
    kr_out_put(out, "  ");
    kr_out_say(out, kind, kr_xml_text);
    kr_out_put(out, *at ? " " : "");
    kr_out_say(out, at, kr_xml_text);
    kr_out_put(out, steps ? "" : ": ");
    kr_out_say(out, text ? text : "", indented);
    kr_out_put(out, "\n");
  }
}

/* What a person reads who opens the failed case. */
static void details(struct kr_out *out, const struct kr_verdict *verdict) {
  const json_t *finding = verdict->finding;
  kr_out_say(out, verdict->message, kr_xml_text);
  kr_out_put(out, "\n");
  if (!finding) return;
  const char *since = kr_document_text(finding, "since");
  json_int_t hits = json_integer_value(json_object_get(finding, "count"));
  if (*since) kr_out_put(out, "since ");
  kr_out_say(out, since, kr_xml_text);
  if (*since) kr_out_put(out, "\n");
  if (hits > 1) kr_out_putf(out, "hits %lld objects\n", (long long)hits);
  lines(out, "shown by", json_object_get(finding, "evidence"), false);
  lines(out, "next", json_object_get(finding, "next_steps"), true);
}

static int write_case(void *user, const struct kr_verdict *verdict) {
  static const char *const elements[] = {"system-out", "failure", "error", "skipped"};
  struct junit *junit = user;
  struct kr_out *out = &junit->out;
  const char *element = elements[verdict->kind];
  kr_out_put(out, "    <testcase");
  attribute(out, "classname", junit->name);
  attribute(out, "name", kr_buffer_text(verdict->title));
  if (!*verdict->message && !verdict->finding && verdict->kind == KR_PASSED) {
    kr_out_put(out, "/>\n");
    return out->code;
  }
  kr_out_putf(out, ">\n      <%s", element);
  if (verdict->kind != KR_PASSED) {
    attribute(out, "type", verdict->type);
    attribute(out, "message", verdict->message);
  }
  kr_out_put(out, ">");
  details(out, verdict);
  kr_out_putf(out, "</%s>\n    </testcase>\n", element);
  return out->code;
}

static void property(struct kr_out *out, const char *name, const char *text) {
  if (!*text) return;
  kr_out_putf(out, "      <property name=\"%s\"", name);
  attribute(out, "value", text);
  kr_out_put(out, "/>\n");
}

static int write_suite(struct junit *junit, const json_t *section, const char *taken_at) {
  const struct kr_verdict_counts counts = kr_verdicts_count(section);
  const json_t *cluster = json_object_get(section, "cluster");
  long long ms = json_integer_value(json_object_get(json_object_get(section, "spent"), "wall_ms"));
  struct kr_out *out = &junit->out;
  struct kr_buffer command;
  kr_buffer_init(&command, (size_t)64 << 10);
  if (!json_object_get(section, "runbook"))
    out->code = kr_buffer_puts(&command, "krunbook");
  else
    out->code = kr_document_command(&command, section);
  if (!out->code && *kr_document_cluster(section))
    out->code = kr_buffer_printf(&command, " on %s", kr_document_cluster(section));
  kr_out_put(out, "  <testsuite");
  attribute(out, "name", kr_buffer_text(&command));
  kr_buffer_free(&command);
  kr_out_putf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%lld.%03lld\"", counts.all,
              counts.of[KR_FAILED], counts.of[KR_ERROR], counts.of[KR_SKIPPED], ms / 1000, ms % 1000);
  attribute(out, "timestamp", taken_at);
  kr_out_put(out, ">\n");
  if (json_is_object(cluster)) {
    kr_out_put(out, "    <properties>\n");
    property(out, "cluster", kr_document_cluster(section));
    property(out, "version", kr_document_text(cluster, "version"));
    kr_out_put(out, "    </properties>\n");
  }
  if (!out->code) out->code = kr_verdicts_each(section, write_case, junit);
  kr_out_put(out, "  </testsuite>\n");
  return out->code;
}

int kr_render_junit(struct kr_buffer *to, const json_t *document, const struct kr_render_options *options) {
  const json_t *sections = json_object_get(document, "sections");
  struct kr_verdict_counts all = kr_verdicts_count(document), own = all;
  struct junit junit = {.out = {.to = to}, .name = "krunbook"};
  char taken_at[32] = "";
  (void)options;
  for (size_t i = 0; i < json_array_size(sections); i++) {
    struct kr_verdict_counts one = kr_verdicts_count(json_array_get(sections, i));
    all.all += one.all;
    all.of[KR_FAILED] += one.of[KR_FAILED];
    all.of[KR_ERROR] += one.of[KR_ERROR];
  }
  /* Without the zone: the readers of a suite's timestamp take it for UTC, and some take no letter behind it. */
  (void)strncat(taken_at, kr_document_text(document, "taken_at"), 19);
  kr_out_put(&junit.out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  kr_out_putf(&junit.out, "<testsuites name=\"krunbook\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n", all.all,
              all.of[KR_FAILED], all.of[KR_ERROR]);
  for (size_t i = 0; i < json_array_size(sections); i++) {
    const json_t *section = json_array_get(sections, i);
    junit.name = kr_document_text(json_object_get(section, "runbook"), "name");
    (void)write_suite(&junit, section, taken_at);
  }
  junit.name = "krunbook";
  if (own.all > 0) (void)write_suite(&junit, document, taken_at);
  kr_out_put(&junit.out, "</testsuites>\n");
  return junit.out.code;
}
