/* fuzz_render.c - any JSON document, a report or not, comes out of each format harmless: no control character, no line
 * or tag of its own. A report that is read back from a file is such a document. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "book/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count(const char *text, const char *part) {
  size_t found = 0;
  for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part)) found++;
  return found;
}

static void check_characters(const struct kr_buffer *out) {
  for (size_t i = 0; i < out->length; i++) {
    unsigned char byte = (unsigned char)out->data[i];
    if ((byte < ' ' && byte != '\n' && byte != '\t') || byte == 0x7F) abort();
  }
}

/* Each line begins as one that the format writes. */
static void check_lines(const char *text, const char *const *beginnings, size_t number) {
  while (*text) {
    size_t i = 0;
    while (i < number && strncmp(text, beginnings[i], strlen(beginnings[i])) != 0) i++;
    if (i == number) abort();
    text += strcspn(text, "\n");
    text += *text == '\n';
  }
}

static void check_json(const char *text) {
  json_t *value = json_loads(text, 0, NULL);
  if (!value) abort();
  json_decref(value);
}

static void check(const char *name, const char *text) {
  static const char *const metrics[] = {"# HELP krunbook_", "# TYPE krunbook_", "krunbook_"};
  static const char *const tests[] = {"TAP version 13", "1..", "ok ", "not ok ", "  "};
  if (strcmp(name, "json") == 0 || strcmp(name, "sarif") == 0) check_json(text);
  if (strcmp(name, "html") == 0 && (count(text, "<script") != 1 || count(text, "<style") != 1)) abort();
  if (strcmp(name, "html") == 0 && (count(text, "<article") != count(text, "</article>"))) abort();
  if (strcmp(name, "html") == 0 &&
      (count(text, "<ul") != count(text, "</ul>") || count(text, "<li") != count(text, "</li>")))
    abort();
  if (strcmp(name, "prometheus") == 0) check_lines(text, metrics, sizeof metrics / sizeof metrics[0]);
  if (strcmp(name, "tap") == 0) check_lines(text, tests, sizeof tests / sizeof tests[0]);
  if (strcmp(name, "nagios") == 0 && (count(text, "\n") != 1 || count(text, "|") != 1)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const struct kr_render_options options = {.width = 80, .explain = true, .verbose = true};
  json_t *document = json_loadb((const char *)data, size, 0, NULL);
  if (!document) return 0;
  for (size_t i = 0; i < kr_format_count; i++) {
    struct kr_buffer out;
    if (kr_formats[i].of_files) continue;
    kr_buffer_init(&out, (size_t)16 << 20);
    if (kr_formats[i].render(&out, document, &options) == KR_OK) {
      check_characters(&out);
      check(kr_formats[i].name, kr_buffer_text(&out));
    }
    kr_buffer_free(&out);
  }
  json_decref(document);
  return 0;
}
