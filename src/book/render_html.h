/* render_html.h - private to the HTML page: its parts. */
#ifndef KR_BOOK_RENDER_HTML_H
#define KR_BOOK_RENDER_HTML_H

#include <jansson.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "book/render_out.h"

void kr_html_time(struct kr_out *out, const char *time);

/* A finding as a card; section and number make its address in the page. */
void kr_html_finding(struct kr_out *out, const json_t *finding, size_t section, size_t number, int64_t now);
void kr_html_unknowns(struct kr_out *out, const json_t *unknowns);
void kr_html_errors(struct kr_out *out, const json_t *errors);
/* What is starting, healthy, done without; the decision trace; what was spent. */
void kr_html_rest(struct kr_out *out, const json_t *section);

#endif
