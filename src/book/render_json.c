/* render_json.c - the report as the document that it is. */
#include <string.h>

#include "base/error.h"
#include "book/render.h"

/* jansson takes DEL for a printable character; a terminal does not. It can only stand in a string, where an escape may.
 */
static int append(const char *bytes, size_t count, void *buffer) {
  const char *from = bytes, *end = bytes + count, *at;
  int status = KR_OK;
  while (status == KR_OK && (at = memchr(from, 0x7F, (size_t)(end - from))) != NULL) {
    status = kr_buffer_append(buffer, from, (size_t)(at - from));
    if (status == KR_OK) status = kr_buffer_puts(buffer, "\\u007f");
    from = at + 1;
  }
  return status == KR_OK ? kr_buffer_append(buffer, from, (size_t)(end - from)) : status;
}

int kr_render_json_with(struct kr_buffer *out, const json_t *value, size_t flags) {
  /* Escaped to ASCII: no reader's locale matters, and no control character is raw. */
  return json_dump_callback(value, append, out, flags | JSON_ENSURE_ASCII) ? KR_ENOMEM : KR_OK;
}

int kr_render_json(struct kr_buffer *out, const json_t *document) {
  int status = kr_render_json_with(out, document, JSON_INDENT(2));
  return status == KR_OK ? kr_buffer_puts(out, "\n") : status;
}
