/* render_out.h - private to the formats: where one writes to, and the one way by which the cluster's words come there.
 * The first failure stays in code, so that calls can follow one another. */
#ifndef KR_BOOK_RENDER_OUT_H
#define KR_BOOK_RENDER_OUT_H

#include <jansson.h>

#include "base/buffer.h"

struct kr_out {
  struct kr_buffer *to;
  int code;
};

/* Our own words and numbers, never the cluster's. */
void kr_out_put(struct kr_out *out, const char *text);
void kr_out_putf(struct kr_out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What stands for a byte in a format; NULL: the byte itself. */
typedef const char *(*kr_escape_fn)(char byte);

/* Anything else: harmless as for a terminal, then escaped byte by byte. */
void kr_out_say(struct kr_out *out, const char *text, kr_escape_fn escape);

/* "Pod default/error" of a reference, in the same way. */
void kr_out_say_name(struct kr_out *out, const json_t *reference, kr_escape_fn escape);

#endif
