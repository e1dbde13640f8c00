/* render.h - a report's document as text or data. book/formats.h has the table of all formats.
 *
 * Whatever of the cluster is in a document comes out of each of these harmless: for a terminal, and for what reads the
 * format. They give 0, KR_ENOMEM or KR_ELIMIT. */
#ifndef KR_BOOK_RENDER_H
#define KR_BOOK_RENDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

#define KR_RENDER_MAX ((size_t)64 << 20)

struct kr_render_options {
  size_t width; /* columns; 0: not wrapped */
  bool colour;
  bool explain;           /* the decision trace */
  bool verbose;           /* names every healthy object */
  bool only_changes;      /* leaves out what the document marks as known */
  const char *template_;  /* the file of -o template=FILE */
  size_t template_memory; /* bytes that it may hold; 0: the usual bound */
  struct kr_error *error; /* what a template did wrong; may be NULL */
};

/* The text that a person reads at 3 a.m.: the worst first, its cause, since when, what shows it, what to do. */
int kr_render_text(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options);

int kr_render_json(struct kr_buffer *out, const json_t *document);
int kr_render_json_with(struct kr_buffer *out, const json_t *value, size_t flags); /* jansson's flags; no line end */
int kr_render_yaml(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options);

int kr_render_jsonl(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options);
int kr_render_junit(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options);
int kr_render_tap(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options);
int kr_render_markdown(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options);
int kr_render_html(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options);
int kr_render_prometheus(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options);
int kr_render_sarif(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options);
int kr_render_nagios(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options);

/* What the function that options->template_ returns makes of the report: Lua in the sandbox of runbooks, without
 * primitives and modules, bounded as they are. options->error says what is wrong with it. */
int kr_render_template(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options);

#endif
