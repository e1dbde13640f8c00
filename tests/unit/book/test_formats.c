/* What each format makes of a report, and of words that would mean something in it. */
#include <criterion/criterion.h>
#include <string.h>

#include "book/document.h"
#include "book/formats.h"

static struct kr_buffer out;

/* A report of one finding, whose cause, container, evidence and step are text. */
static json_t *report_of(const char *text) {
  json_t *document = json_pack(
      "{s:s, s:i, s:s, s:[], s:[{s:{s:s}, s:{}, s:s, s:n, s:[{s:s, s:s, s:i, s:s, s:n, s:{s:s, s:s, s:s, s:s, s:n},"
      "s:[], s:[], s:s, s:[{s:s, s:n, s:s}], s:[s]}], s:[], s:[], s:[]}]}",
      "status", "critical", "exit_code", 2, "taken_at", "2026-01-31T08:00:00Z", "errors", "sections", "runbook", "name",
      "pod-status", "args", "status", "critical", "cluster", "findings", "code", "crash", "severity", "critical",
      "count", 1, "fingerprint", "0123456789abcdef", "since", "object", "kind", "Pod", "namespace", "shop", "name",
      "web", "container", text, "owner", "objects", "chain", "cause", text, "evidence", "kind", "log", "at", "text",
      text, "next_steps", text, "healthy", "unknown", "errors");
  cr_assert_not_null(document);
  return document;
}

static const char *render(const char *format_name, json_t *document, const char *template) {
  const struct kr_format *format = NULL;
  const struct kr_render_options options = {.width = 100, .template_ = template};
  struct kr_error error = KR_ERROR_INIT;
  kr_buffer_free(&out);
  kr_buffer_init(&out, KR_RENDER_MAX);
  cr_assert_eq(kr_format_find(&format, format_name, strlen(format_name), &error), 0, "%s", error.message);
  cr_assert_eq(kr_format_render(format, &out, document, &options, &error), 0, "%s", error.message);
  json_decref(document);
  return kr_buffer_text(&out);
}

static const char *render_text(const char *format, const char *text) { return render(format, report_of(text), NULL); }

#define HAS(text, part)    cr_assert_not_null(strstr(text, part), "no %s in %s", part, text)
#define HAS_NO(text, part) cr_assert_null(strstr(text, part), "%s in %s", part, text)

Test(formats, xml_is_escaped_in_text_and_attributes) {
  const char *text = render_text("junit", "a<b>&\"c\" ]]> d\ne\t\x1b[31m");
  HAS(text, "message=\"a&lt;b&gt;&amp;&quot;c&quot; ]]&gt; d&#10;e&#9;\\x1b[31m\"");
  HAS(text, ">a&lt;b&gt;&amp;&quot;c&quot; ]]&gt; d\ne\t\\x1b[31m\n");
  HAS_NO(text, "\x1b");
  kr_buffer_free(&out);
}

Test(formats, what_is_no_character_of_xml_is_written_out) {
  const char *text = render_text("junit", "\xEF\xBF\xBE and \xEF\xBF\xBF and \xEF\xBF\xBD");
  HAS(text, "\\ufffe and \\uffff and \xEF\xBF\xBD");
  kr_buffer_free(&out);
}

Test(formats, a_line_of_a_log_does_not_look_like_one_of_ours_in_junit) {
  HAS(render_text("junit", "one\nnext:\n  rm"), "  log: one\n      next:\n        rm\n");
  kr_buffer_free(&out);
}

Test(formats, html_holds_no_tag_of_the_clusters) {
  const char *text = render_text("html", "</pre><script>x</script><b onclick='y'>");
  HAS_NO(text, "<script>x");
  HAS_NO(text, "<b onclick");
  HAS(text, "&lt;/pre&gt;&lt;script&gt;x&lt;/script&gt;&lt;b onclick=&#39;y&#39;&gt;");
  kr_buffer_free(&out);
}

Test(formats, tap_has_no_directive_and_no_line_of_the_clusters) {
  const char *text = render_text("tap", "x # SKIP\nnot ok 2 \\");
  HAS(text, "\n1..1\nnot ok 1 - pod-status: Pod shop/web, container x \\# SKIP not ok 2 \\\\: crash\n");
  HAS(text, "  message: \"x # SKIP\\nnot ok 2 \\\\\"\n");
  HAS(text, "  evidence: |\n    - x # SKIP\n      not ok 2 \\\n");
  kr_buffer_free(&out);
}

Test(formats, markdown_is_escaped_outside_of_fences) {
  const char *text = render_text("markdown", "a|b *c* `d` <i> #1 @all [x](y)");
  HAS(text, "\na\\|b \\*c\\* \\`d\\` &lt;i&gt; \\#1 @&#8203;all \\[x\\](y)\n");
  HAS(text, "```text\nlog: a|b *c* `d` <i> #1 @all [x](y)\n```\n");
  kr_buffer_free(&out);
}

Test(formats, a_fence_is_longer_than_any_within) {
  HAS(render_text("markdown", "a\n````\nb"), "\n`````text\nlog: a\n````\nb\n`````\n");
  kr_buffer_free(&out);
}

Test(formats, labels_of_metrics_are_escaped) {
  HAS(render_text("prometheus", "a\"b\\c\nd{}"),
      "krunbook_finding{runbook=\"pod-status\",severity=\"critical\",code=\"crash\",kind=\"Pod\",namespace=\"shop\","
      "name=\"web\",container=\"a\\\"b\\\\c\\nd{}\",fingerprint=\"0123456789abcdef\"} 1\n");
  kr_buffer_free(&out);
}

Test(formats, the_same_labels_twice_are_one_metric) {
  json_t *document = report_of("x"), *section = json_array_get(json_object_get(document, "sections"), 0);
  json_t *finding = json_array_get(json_object_get(section, "findings"), 0);
  cr_assert_eq(json_array_append(json_object_get(section, "findings"), finding), 0);
  const char *text = render("prometheus", document, NULL);
  const char *first = strstr(text, "krunbook_finding{");
  cr_assert_not_null(first);
  cr_assert_null(strstr(first + 1, "krunbook_finding{"));
  HAS(first, "} 2\n");
  kr_buffer_free(&out);
}

Test(formats, nagios_gets_one_line_and_nothing_for_a_shell) {
  json_t *document = report_of("x");
  json_t *error = json_pack("{s:s, s:s}", "kind", "usage", "message", "a | b\n`c` $(d) \"e\"");
  cr_assert_eq(json_array_append_new(json_object_get(document, "errors"), error), 0);
  const char *text = render("nagios", document, NULL);
  HAS(text, "KRUNBOOK CRITICAL: 1 critical, 1 error - crash Pod shop/web; a _ b _c_ _(d) e | critical=1;;0;0 ");
  cr_assert_eq(strchr(text, '\n') + 1, text + strlen(text));
  kr_buffer_free(&out);
}

Test(formats, sarif_messages_hold_no_link_and_no_place) {
  const char *text = render_text("sarif", "[a](b) {0} [\"sleep\"] {x}");
  HAS(text, "\"text\": \"\\\\[a](b) {{0}} [\\\"sleep\\\"] {x}\"");
  kr_buffer_free(&out);
}

Test(formats, yaml_quotes_what_would_be_no_string) {
  const char *const words[] = {"yes", "No", "null", "1", "2026-01-31", "~", "", "0x1f", "a: b", "# c", "- d", "NaN"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    char expected[64] = "cause: \"";
    (void)strncat(expected, words[i], 40);
    (void)strncat(expected, "\"\n", 3);
    HAS(render_text("yaml", words[i]), expected);
  }
  HAS(render_text("yaml", "plain-word"), "cause: plain-word\n");
  HAS(render_text("yaml", "\x1b[31m \xE2\x80\xAE"), "cause: \"\\e[31m \\u202E\"\n");
  HAS(render_text("yaml", "two\nlines"), "cause: |-\n      two\n      lines\n");
  kr_buffer_free(&out);
}

Test(formats, json_lines_are_one_line_each) {
  const char *text = render_text("jsonl", "a\nb\x7f");
  HAS(text,
      "{\"schema\":\"krunbook.line/v1\",\"type\":\"finding\",\"taken_at\":\"2026-01-31T08:00:00Z\",\"runbook\":"
      "\"pod-status\",");
  HAS(text, "\"cause\":\"a\\nb\\u007f\"");
  size_t lines = 0;
  for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) lines++;
  cr_assert_eq(lines, 2);
  kr_buffer_free(&out);
}

Test(formats, a_wrong_name_is_answered_with_the_nearest) {
  const struct kr_format *format = NULL;
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_format_find(&format, "jnuit=x", 5, &error), KR_EUSAGE);
  cr_assert_str_eq(error.message, "-o: no format \"jnuit\"; nearest: junit");
  cr_assert_eq(kr_format_find(&format, "", 0, &error), KR_EUSAGE);
  cr_assert_eq(kr_format_find(&format, "htmlx", 4, &error), 0);
  cr_assert_str_eq(format->name, "html");
}

Test(formats, every_format_renders_a_report_that_holds_nothing) {
  for (size_t i = 0; i < kr_format_count; i++) {
    if (kr_formats[i].of_files) continue;
    json_t *document = json_pack("{s:s, s:i, s:s, s:[], s:[]}", "status", "ok", "exit_code", 0, "taken_at",
                                 "2026-01-31T08:00:00Z", "errors", "sections");
    cr_assert_neq(strlen(render(kr_formats[i].name, document, NULL)), 0, "%s", kr_formats[i].name);
  }
  kr_buffer_free(&out);
}

Test(document, an_error_that_comes_later_makes_the_rest_undetermined) {
  struct kr_error error = {KR_ECONNECT, "nobody was told"};
  json_t *before = json_pack("{s:s, s:i, s:[]}", "status", "warning", "exit_code", 1, "errors");
  json_t *after = kr_document_with_error(before, NULL, &error);
  cr_assert_str_eq(kr_document_text(after, "status"), "unknown");
  cr_assert_eq(json_integer_value(json_object_get(after, "exit_code")), 3);
  cr_assert_str_eq(kr_document_text(json_array_get(json_object_get(after, "errors"), 0), "message"), "nobody was told");
  cr_assert_eq(json_array_size(json_object_get(before, "errors")), 0);
  json_decref(after);
  json_decref(before);
}

Test(document, an_error_takes_nothing_from_a_critical_finding_or_an_interruption) {
  struct kr_error error = {KR_EIO, "x"};
  const struct {
    const char *status;
    int code;
  } rows[] = {{"critical", 2}, {"unknown", 130}, {"unknown", 3}};
  for (size_t i = 0; i < 3; i++) {
    json_t *before = json_pack("{s:s, s:i}", "status", rows[i].status, "exit_code", rows[i].code);
    json_t *after = kr_document_with_error(before, NULL, &error);
    cr_assert_str_eq(kr_document_text(after, "status"), rows[i].status);
    cr_assert_eq(json_integer_value(json_object_get(after, "exit_code")), rows[i].code);
    json_decref(after);
    json_decref(before);
  }
}

Test(document, a_tally_says_nothing_of_what_there_is_none_of) {
  const struct kr_tally some = {.critical = 2, .warning = 1, .healthy = 3}, none = {0};
  struct kr_buffer text;
  kr_buffer_init(&text, 200);
  cr_assert_eq(kr_tally_say(&text, &some), 0);
  cr_assert_str_eq(kr_buffer_text(&text), "2 critical, 1 warning, 3 healthy");
  kr_buffer_clear(&text);
  cr_assert_eq(kr_tally_say(&text, &none), 0);
  cr_assert_str_eq(kr_buffer_text(&text), "nothing found");
  kr_buffer_free(&text);
}
