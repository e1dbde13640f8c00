/* formats.c - the table of formats. */
#include "book/formats.h"

#include <string.h>

#include "base/text.h"

static int render_json(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options) {
  (void)options;
  return kr_render_json(out, document);
}

#define PLAIN "text/plain; charset=utf-8"

const struct kr_format kr_formats[] = {
    {.name = "text",
     .summary = "for people, at a terminal or in a mail; the default",
     .content_type = PLAIN,
     .render = kr_render_text,
     .of_all = true},
    {.name = "json",
     .summary = "the whole report, docs/report.schema.json",
     .content_type = "application/json",
     .render = render_json,
     .of_all = true},
    {.name = "jsonl",
     .summary = "a line for each finding, unknown and error, and one that sums up",
     .content_type = "application/jsonl",
     .render = kr_render_jsonl},
    {.name = "yaml",
     .summary = "the whole report as YAML",
     .content_type = "application/yaml",
     .render = kr_render_yaml,
     .of_all = true},
    {.name = "junit",
     .summary = "test results, for Jenkins, GitLab and their like",
     .content_type = "application/xml",
     .render = kr_render_junit},
    {.name = "tap",
     .summary = "test results, for prove and other TAP harnesses",
     .content_type = PLAIN,
     .render = kr_render_tap},
    {.name = "markdown",
     .summary = "for an issue, a wiki or a chat",
     .content_type = "text/markdown; charset=utf-8",
     .render = kr_render_markdown},
    {.name = "html",
     .summary = "one page that needs nothing else, with filter and search",
     .content_type = "text/html; charset=utf-8",
     .render = kr_render_html},
    {.name = "prometheus",
     .summary = "metrics, for node_exporter's textfile collector",
     .content_type = "text/plain; version=0.0.4; charset=utf-8",
     .render = kr_render_prometheus,
     .wordless = true},
    {.name = "sarif",
     .summary = "results in SARIF 2.1.0, for code scanning and its viewers",
     .content_type = "application/sarif+json",
     .render = kr_render_sarif},
    {.name = "nagios",
     .summary = "one line with performance data, for Nagios, Icinga and their like",
     .content_type = PLAIN,
     .render = kr_render_nagios},
    {.name = "template",
     .summary = "template=FILE: what a Lua function of the report returns",
     .content_type = PLAIN,
     .render = kr_render_template,
     .wordless = true,
     .of_files = true},
};
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
