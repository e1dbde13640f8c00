/* render_page.c - see render_page.h. */
#include "book/render_page.h"

#include <stdarg.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define STYLE_RESET "\x1b[0m"

void kr_page_put(struct kr_page *page, const char *text) {
  if (!page->code) page->code = kr_buffer_puts(page->out, text);
}

void kr_page_style(struct kr_page *page, const char *codes) {
  if (!page->options->colour || page->code) return;
  page->code = codes ? kr_buffer_printf(page->out, "\x1b[%sm", codes) : kr_buffer_puts(page->out, STYLE_RESET);
}

void kr_page_say(struct kr_page *page, const char *text, size_t indent, bool wrap) {
  struct kr_buffer clean;
  if (page->code) return;
  kr_buffer_init(&clean, strlen(text) * 12 + 1);
  page->code = kr_text_harmless(&clean, text, strlen(text));
  if (!page->code && wrap) {
    page->code = kr_text_wrap(page->out, kr_buffer_text(&clean), page->options->width, indent);
  } else if (!page->code) {
    const char *line = kr_buffer_text(&clean);
    while (!page->code && *line) {
      size_t length = strcspn(line, "\n");
      page->code = kr_buffer_append(page->out, line, length);
      line += length + (line[length] == '\n');
      if (*line && !page->code) page->code = kr_buffer_printf(page->out, "\n%*s", (int)indent, "");
    }
  }
  kr_buffer_free(&clean);
}

void kr_page_sayf(struct kr_page *page, size_t indent, bool wrap, const char *format, ...) {
  struct kr_buffer text;
  va_list arguments;
  if (page->code) return;
  kr_buffer_init(&text, (size_t)1 << 20);
  va_start(arguments, format);
  page->code = kr_buffer_vprintf(&text, format, arguments);
  va_end(arguments);
  kr_page_say(page, kr_buffer_text(&text), indent, wrap);
  kr_buffer_free(&text);
}

void kr_page_objects(struct kr_page *page, const json_t *list, size_t indent) {
  size_t count = json_array_size(list);
  size_t shown = page->options->verbose || count <= KR_NAMED_MAX ? count : KR_NAMED_MAX;
  struct kr_buffer names;
  kr_buffer_init(&names, (size_t)1 << 20);
  for (size_t i = 0; i < shown; i++) {
    if (i > 0) (void)!kr_buffer_puts(&names, ", ");
    kr_document_name(&names, json_array_get(list, i));
  }
  if (shown < count) (void)!kr_buffer_printf(&names, " and %zu more (-v names them)", count - shown);
  kr_page_say(page, kr_buffer_text(&names), indent, true);
  kr_buffer_free(&names);
}

void kr_page_label(struct kr_page *page, const char *word) {
  kr_page_style(page, KR_DIM);
  kr_page_sayf(page, 0, false, "  %-8s", word);
  kr_page_style(page, NULL);
}
