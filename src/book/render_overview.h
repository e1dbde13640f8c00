/* render_overview.h - private to the text of a report: what a long one holds, in a few lines at its end. */
#ifndef KR_BOOK_RENDER_OVERVIEW_H
#define KR_BOOK_RENDER_OVERVIEW_H

#include "book/render_page.h"

/* The codes of the findings that were told of all sections, by severity; nothing where they are few enough to be seen.
 */
void kr_page_overview(struct kr_page *page, const json_t *sections);

#endif
