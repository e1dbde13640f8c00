/* render_overview.c - see render_overview.h. */
#include "book/render_overview.h"

#include <string.h>

#include "base/error.h"
#include "book/render_changes.h"

/* All told findings of that severity: {CODE: how many}, in the order in which they were told. */
static int count_codes(json_t *codes, const struct kr_page *page, const json_t *sections, const char *severity) {
  int failed = 0;
  for (size_t i = 0; i < json_array_size(sections); i++) {
    json_t *told = kr_page_told(page, json_object_get(json_array_get(sections, i), "findings"));
    if (!told) failed = 1;
    for (size_t j = 0; j < json_array_size(told); j++) {
      const json_t *finding = json_array_get(told, j);
      const char *code = kr_document_text(finding, "code");
      if (strcmp(kr_document_severity(finding), severity) != 0) continue;
      json_int_t before = json_integer_value(json_object_get(codes, code));
      failed |= json_object_set_new(codes, code, json_integer(before + 1));
    }
    json_decref(told);
  }
  return failed ? KR_ENOMEM : KR_OK;
}

/* "  critical crash-on-start x2, job-failed". */
static void say_codes(struct kr_page *page, const char *severity, const json_t *codes) {
  struct kr_buffer line;
  const char *code;
  json_t *count;
  if (json_object_size(codes) == 0) return;
  kr_buffer_init(&line, (size_t)1 << 20);
  json_object_foreach((json_t *)codes, code, count) {
    (void)!kr_buffer_printf(&line, "%s%s", line.length > 0 ? ", " : "", code);
    if (json_integer_value(count) > 1) (void)!kr_buffer_printf(&line, " x%lld", (long long)json_integer_value(count));
  }
  kr_page_label(page, severity);
  kr_page_sayf(page, 11, true, " %s", kr_buffer_text(&line));
  kr_page_put(page, "\n");
  kr_buffer_free(&line);
}

void kr_page_overview(struct kr_page *page, const json_t *sections) {
  static const char *const severities[] = {"critical", "warning", "info"};
  json_t *codes[3] = {json_object(), json_object(), json_object()};
  json_int_t total = 0;
  for (size_t i = 0; i < 3; i++) {
    const char *code;
    json_t *count;
    if (!page->code) page->code = codes[i] ? count_codes(codes[i], page, sections, severities[i]) : KR_ENOMEM;
    json_object_foreach(codes[i], code, count) total += json_integer_value(count);
  }
  if (total > KR_NAMED_MAX) {
    kr_page_put(page, "In short\n");
    for (size_t i = 0; i < 3; i++) say_codes(page, severities[i], codes[i]);
    kr_page_put(page, "\n");
  }
  for (size_t i = 0; i < 3; i++) json_decref(codes[i]);
}
