/* formats.h - the formats in which a report can be had: a table, from which --help, errors and completions come. */
#ifndef KR_BOOK_FORMATS_H
#define KR_BOOK_FORMATS_H

#include "base/error.h"
#include "book/render.h"

struct kr_format {
  const char *name;
  const char *summary; /* who reads it, for --help */
  const char *content_type;
  int (*render)(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options);
  bool wordless; /* may hold no word of what went wrong: that is to be said elsewhere too */
  bool of_files; /* template: renders by a file that is named with it */
  bool of_all;   /* every command answers in it, not only those that give a report */
};

extern const struct kr_format kr_formats[];
extern const size_t kr_format_count;

/* KR_EUSAGE names the nearest. name need not end behind length. */
int kr_format_find(const struct kr_format **out, const char *name, size_t length, struct kr_error *error);

/* Renders, and says what went wrong. */
int kr_format_render(const struct kr_format *format, struct kr_buffer *out, const json_t *document,
                     const struct kr_render_options *options, struct kr_error *error);

/* Appends a line for each format, as --help shows them. */
int kr_formats_help(struct kr_buffer *out);

#endif
