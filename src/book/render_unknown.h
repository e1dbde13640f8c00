/* render_unknown.h - private to the text of a report: what could not be determined. */
#ifndef KR_BOOK_RENDER_UNKNOWN_H
#define KR_BOOK_RENDER_UNKNOWN_H

#include "book/render_page.h"

/* All of a section's unknowns; those that have one reason in common (a sign-in that failed, a server that is not there,
 * what RBAC refuses) together. */
void kr_page_unknowns(struct kr_page *page, const json_t *unknowns);

#endif
