/* formats.c - the table of formats. */
#include "book/formats.h"

#include <string.h>

#include "base/text.h"

static int render_json(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options) {
  (void)options;
  return kr_render_json(out, document);
}

const struct kr_format kr_formats[] = {
    {"text", "for people, at a terminal or in a mail; the default", "text/plain; charset=utf-8", kr_render_text, false,
     false},
    {"json", "the whole report, docs/report.schema.json", "application/json", render_json, true, false},
    {"jsonl", "a line for each finding, unknown and error, and one that sums up", "application/jsonl", kr_render_jsonl,
     false, false},
    {"yaml", "the whole report as YAML", "application/yaml", kr_render_yaml, true, false},
    {"junit", "test results, for Jenkins, GitLab and their like", "application/xml", kr_render_junit, false, false},
    {"tap", "test results, for prove and other TAP harnesses", "text/plain; charset=utf-8", kr_render_tap, false,
     false},
    {"markdown", "for an issue, a wiki or a chat", "text/markdown; charset=utf-8", kr_render_markdown, false, false},
    {"html", "one page that needs nothing else, with filter and search", "text/html; charset=utf-8", kr_render_html,
     false, false},
    {"prometheus", "metrics, for node_exporter's textfile collector", "text/plain; version=0.0.4; charset=utf-8",
     kr_render_prometheus, false, false},
    {"sarif", "results in SARIF 2.1.0, for code scanning and its viewers", "application/sarif+json", kr_render_sarif,
     false, false},
    {"nagios", "one line with performance data, for Nagios, Icinga and their like", "text/plain; charset=utf-8",
     kr_render_nagios, false, false},
    {"template", "template=FILE: what a Lua function of the report returns", "text/plain; charset=utf-8",
     kr_render_template, false, true}};
const size_t kr_format_count = sizeof kr_formats / sizeof kr_formats[0];

int kr_format_find(const struct kr_format **out, const char *name, size_t length, struct kr_error *error) {
  const char *names[sizeof kr_formats / sizeof kr_formats[0]];
  char wanted[64] = "";
  if (length < sizeof wanted) (void)strncat(wanted, name, length);
  for (size_t i = 0; i < kr_format_count; i++) {
    names[i] = kr_formats[i].name;
    if (strcmp(kr_formats[i].name, wanted) == 0) *out = &kr_formats[i];
    if (strcmp(kr_formats[i].name, wanted) == 0) return KR_OK;
  }
  const char *nearest = *wanted ? kr_text_nearest(wanted, names, kr_format_count) : NULL;
  if (nearest) return kr_error_set(error, KR_EUSAGE, "-o: no format \"%.60s\"; nearest: %s", wanted, nearest);
  struct kr_buffer all;
  kr_buffer_init(&all, 1024);
  for (size_t i = 0; i < kr_format_count; i++) (void)!kr_buffer_printf(&all, "%s%s", i > 0 ? ", " : "", names[i]);
  int code = kr_error_set(error, KR_EUSAGE, "-o: no format \"%.*s\"; there are %s", (int)(length < 60 ? length : 60),
                          name, kr_buffer_text(&all));
  kr_buffer_free(&all);
  return code;
}

int kr_format_render(const struct kr_format *format, struct kr_buffer *out, const json_t *document,
                     const struct kr_render_options *options, struct kr_error *error) {
  struct kr_error own = KR_ERROR_INIT;
  struct kr_render_options with_error = *options;
  with_error.error = &own;
  int code = document ? format->render(out, document, &with_error) : KR_ENOMEM;
  if (code && own.code) return kr_error_set(error, own.code, "%s", own.message);
  if (code)
    return kr_error_set(error, code, "the report cannot be written as %s: it is too large, or memory was refused",
                        format->name);
  return KR_OK;
}

int kr_formats_help(struct kr_buffer *out) {
  int code = 0;
  for (size_t i = 0; !code && i < kr_format_count; i++)
    code = kr_buffer_printf(out, "  %-12s%s\n", kr_formats[i].name, kr_formats[i].summary);
  return code;
}
