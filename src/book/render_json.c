/* render_json.c - the report as the document that it is. */
#include "base/error.h"
#include "book/render.h"

static int append(const char *bytes, size_t count, void *buffer) { return kr_buffer_append(buffer, bytes, count); }

int kr_render_json(struct kr_buffer *out, const json_t *document) {
  /* Escaped to ASCII: no reader's locale matters, and no control character is raw. */
  if (json_dump_callback(document, append, out, JSON_INDENT(2) | JSON_ENSURE_ASCII)) return KR_ENOMEM;
  return kr_buffer_puts(out, "\n");
}
