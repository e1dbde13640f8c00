/* test_results.c - see test_results.h. */
#include "cli/test_results.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "book/render.h"

#define TEXT_MAX ((size_t)4 << 20) /* of one line or name */

static const char *text_of(const json_t *result, const char *member) {
  const char *text = json_string_value(json_object_get(result, member));
  return text ? text : "";
}

static bool gave(const json_t *result, const char *what) { return strcmp(text_of(result, "result"), what) == 0; }

size_t kr_test_count(const json_t *results, const char *what) {
  const json_t *result;
  size_t i, count = 0;
  json_array_foreach(results, i, result) count += gave(result, what);
  return count;
}

/* Appends text made harmless; every line after its first begins with indent. */
static int put_lines(struct kr_buffer *out, const char *text, const char *indent) {
  struct kr_buffer clean;
  kr_buffer_init(&clean, TEXT_MAX);
  int code = kr_text_harmless(&clean, text, strlen(text));
  const char *at = kr_buffer_text(&clean);
  for (const char *end; !code && (end = strchr(at, '\n')); at = end + 1) {
    code = kr_buffer_append(out, at, (size_t)(end - at) + 1);
    if (!code) code = kr_buffer_puts(out, indent);
  }
  if (!code) code = kr_buffer_puts(out, at);
  kr_buffer_free(&clean);
  return code;
}

static int put_indented(struct kr_buffer *out, const json_t *result, const char *indent) {
  const json_t *line;
  size_t i;
  int code = 0;
  json_array_foreach(json_object_get(result, "lines"), i, line) {
    if (!code) code = kr_buffer_puts(out, indent);
    if (!code) code = put_lines(out, json_string_value(line), indent);
    if (!code) code = kr_buffer_puts(out, "\n");
  }
  return code;
}

int kr_test_render_text(struct kr_buffer *out, const json_t *results, const char *note) {
  const json_t *result;
  size_t i;
  int code = 0;
  json_array_foreach(results, i, result) {
    if (!code) code = kr_buffer_puts(out, gave(result, "pass") ? "ok    " : gave(result, "fail") ? "FAIL  " : "ERROR ");
    if (!code) code = put_lines(out, text_of(result, "name"), "      ");
    if (!code) code = kr_buffer_puts(out, "\n");
    if (!code) code = put_indented(out, result, "      ");
  }
  if (code) return code;
  return kr_buffer_printf(out, "%zu of %zu passed%s%s\n", kr_test_count(results, "pass"), json_array_size(results),
                          note ? ", " : "", note ? note : "");
}

int kr_test_render_json(struct kr_buffer *out, const json_t *results, const char *note) {
  json_t *document = json_pack("{s:s, s:i, s:i, s:i, s:s*, s:O}", "schema", "krunbook.test/v1", "passed",
                               (int)kr_test_count(results, "pass"), "failed", (int)kr_test_count(results, "fail"),
                               "errors", (int)kr_test_count(results, "error"), "note", note, "tests", results);
  int code = document ? kr_render_json(out, document) : -1;
  json_decref(document);
  return code;
}

/* A description ends where its line does, and "#" would begin a directive. */
static int put_tap_name(struct kr_buffer *out, const char *name) {
  struct kr_buffer clean;
  kr_buffer_init(&clean, TEXT_MAX);
  int code = kr_text_harmless(&clean, name, strlen(name));
  for (const char *at = kr_buffer_text(&clean); !code && *at; at++)
    code = *at == '\n' || *at == '\t' ? kr_buffer_puts(out, " ")
           : *at == '#'               ? kr_buffer_puts(out, "\\#")
                                      : kr_buffer_append(out, at, 1);
  kr_buffer_free(&clean);
  return code;
}

int kr_test_render_tap(struct kr_buffer *out, const json_t *results, const char *note) {
  const json_t *result;
  size_t i;
  int code = kr_buffer_printf(out, "TAP version 13\n1..%zu\n", json_array_size(results));
  json_array_foreach(results, i, result) {
    if (!code) code = kr_buffer_printf(out, "%s %zu - ", gave(result, "pass") ? "ok" : "not ok", i + 1);
    if (!code) code = put_tap_name(out, text_of(result, "name"));
    if (!code) code = kr_buffer_puts(out, "\n");
    if (!code) code = put_indented(out, result, "# ");
  }
  return code || !note ? code : kr_buffer_printf(out, "# %s\n", note);
}

/* XML carries no control characters, however they are written: kr_text_harmless has made words of them. The two last
 * code points of a plane are valid UTF-8, and no characters of XML. */
static int put_xml(struct kr_buffer *out, const char *text) {
  struct kr_buffer clean;
  kr_buffer_init(&clean, TEXT_MAX);
  int code = kr_text_harmless(&clean, text, strlen(text));
  for (const char *at = kr_buffer_text(&clean); !code && *at; at++) {
    if (strncmp(at, "\xef\xbf\xbe", 3) == 0 || strncmp(at, "\xef\xbf\xbf", 3) == 0) {
      code = kr_buffer_puts(out, "\xef\xbf\xbd");
      at += 2;
      continue;
    }
    const char *name = *at == '&' ? "&amp;" : *at == '<' ? "&lt;" : *at == '>' ? "&gt;" : *at == '"' ? "&quot;" : NULL;
    if (*at == '\n') name = "&#10;";
    if (*at == '\t') name = "&#9;";
    code = name ? kr_buffer_puts(out, name) : kr_buffer_append(out, at, 1);
  }
  kr_buffer_free(&clean);
  return code;
}

/* The tests of one runbook are one class: what stands before the name's first slash or colon. */
static int put_class(struct kr_buffer *out, const char *name) {
  char class[256] = "";
  size_t length = strcspn(name, "/:");
  if (length >= sizeof class) length = sizeof class - 1;
  memcpy(class, name, length);
  class[length] = '\0';
  return put_xml(out, class);
}

static int put_problem(struct kr_buffer *out, const json_t *result) {
  const char *element = gave(result, "fail") ? "failure" : "error";
  const json_t *line;
  size_t i;
  int code = kr_buffer_printf(out, ">\n    <%s message=\"%s\">", element,
                              gave(result, "fail") ? "it does not hold" : "it could not be run");
  json_array_foreach(json_object_get(result, "lines"), i, line) {
    if (!code) code = put_xml(out, json_string_value(line));
    if (!code) code = kr_buffer_puts(out, "\n");
  }
  return code ? code : kr_buffer_printf(out, "</%s>\n  </testcase>\n", element);
}

int kr_test_render_junit(struct kr_buffer *out, const json_t *results, const char *note) {
  const json_t *result;
  size_t i;
  double seconds = 0;
  (void)note;
  json_array_foreach(results, i, result) seconds += json_number_value(json_object_get(result, "seconds"));
  int code = kr_buffer_printf(out,
                              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n <testsuite name=\"krunbook "
                              "test\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\" time=\"%.3f\">\n",
                              json_array_size(results), kr_test_count(results, "fail"), kr_test_count(results, "error"),
                              seconds);
  json_array_foreach(results, i, result) {
    if (!code) code = kr_buffer_puts(out, "  <testcase classname=\"");
    if (!code) code = put_class(out, text_of(result, "name"));
    if (!code) code = kr_buffer_puts(out, "\" name=\"");
    if (!code) code = put_xml(out, text_of(result, "name"));
    if (!code) code = kr_buffer_printf(out, "\" time=\"%.3f\"", json_number_value(json_object_get(result, "seconds")));
    if (!code) code = gave(result, "pass") ? kr_buffer_puts(out, "/>\n") : put_problem(out, result);
  }
  return code ? code : kr_buffer_puts(out, " </testsuite>\n</testsuites>\n");
}
