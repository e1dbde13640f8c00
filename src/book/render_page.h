/* render_page.h - private to the text of a report: the page that is being written, and the one door by which the
 * cluster's words come onto it. The first failure stays in code, so that calls can follow one another. */
#ifndef KR_BOOK_RENDER_PAGE_H
#define KR_BOOK_RENDER_PAGE_H

#include <stdint.h>

#include "book/document.h"
#include "book/render.h"

#define KR_NAMED_MAX 8 /* objects named one by one, beyond it only with -v */
#define KR_RED       "31;1"
#define KR_YELLOW    "33;1"
#define KR_GREEN     "32"
#define KR_CYAN      "36"
#define KR_BOLD      "1"
#define KR_DIM       "2"

struct kr_page {
  struct kr_buffer *out;
  const struct kr_render_options *options;
  int64_t now; /* when the report was taken */
  int code;
};

/* Our own words, never the cluster's. */
void kr_page_put(struct kr_page *page, const char *text);

/* Begins a style (NULL: ends it), where there are colours. */
void kr_page_style(struct kr_page *page, const char *codes);

/* The one way by which anything else comes in: harmless, each line indented, wrapped where wrap says so. */
void kr_page_say(struct kr_page *page, const char *text, size_t indent, bool wrap);
void kr_page_sayf(struct kr_page *page, size_t indent, bool wrap, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Names of a list, some of them unless all are wanted. */
void kr_page_objects(struct kr_page *page, const json_t *list, size_t indent);

/* The word in the left margin: "since", "next"; "" continues the line above. */
void kr_page_label(struct kr_page *page, const char *word);

#endif
