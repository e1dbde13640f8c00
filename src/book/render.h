/* render.h - a report's document as text or JSON. */
#ifndef KR_BOOK_RENDER_H
#define KR_BOOK_RENDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

#define KR_RENDER_MAX ((size_t)64 << 20)

struct kr_render_options {
  size_t width; /* columns; 0: not wrapped */
  bool colour;
  bool explain; /* the decision trace */
  bool verbose; /* names every healthy object */
};

/* The text that a person reads at 3 a.m.: the worst first, its cause, since when, what shows it, what to do. Everything
 * that came from a cluster is made harmless for a terminal here. 0, KR_ENOMEM, KR_ELIMIT. */
int kr_render_text(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options);

int kr_render_json(struct kr_buffer *out, const json_t *document);

#endif
