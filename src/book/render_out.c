/* render_out.c - see render_out.h. */
#include "book/render_out.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "book/document.h"

#define NAME_BYTES ((size_t)16 << 10)

void kr_out_put(struct kr_out *out, const char *text) {
  if (!out->code) out->code = kr_buffer_puts(out->to, text);
}

void kr_out_putf(struct kr_out *out, const char *format, ...) {
  va_list arguments;
  if (out->code) return;
  va_start(arguments, format);
  out->code = kr_buffer_vprintf(out->to, format, arguments);
  va_end(arguments);
}

void kr_out_say(struct kr_out *out, const char *text, kr_escape_fn escape) {
  struct kr_buffer clean;
  if (out->code) return;
  kr_buffer_init(&clean, strlen(text) * 12 + 1);
  out->code = kr_text_harmless(&clean, text, strlen(text));
  const char *plain = kr_buffer_text(&clean), *at = plain;
  for (; !out->code && *at; at++) {
    const char *instead = escape(*at);
    if (!instead) continue;
    out->code = kr_buffer_append(out->to, plain, (size_t)(at - plain));
    kr_out_put(out, instead);
    plain = at + 1;
  }
  if (!out->code) out->code = kr_buffer_append(out->to, plain, (size_t)(at - plain));
  kr_buffer_free(&clean);
}

void kr_out_say_name(struct kr_out *out, const json_t *reference, kr_escape_fn escape) {
  struct kr_buffer name;
  kr_buffer_init(&name, NAME_BYTES);
  kr_document_name(&name, reference);
  kr_out_say(out, kr_buffer_text(&name), escape);
  kr_buffer_free(&name);
}
