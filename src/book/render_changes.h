/* render_changes.h - private to the text of a report: what became of findings since last time, and which are ignored.
 */
#ifndef KR_BOOK_RENDER_CHANGES_H
#define KR_BOOK_RENDER_CHANGES_H

#include "book/render_page.h"

/* Those of a list that are told: all, or only what is not known yet. A new reference, NULL when memory is refused. */
json_t *kr_page_told(const struct kr_page *page, const json_t *list);

/* The line of a finding that says whether it is new or worse; nothing where the report was not compared. */
void kr_page_change(struct kr_page *page, const json_t *finding);

/* What of the section is gone since last time, what is known and left out, and what is ignored. */
void kr_page_gone(struct kr_page *page, const json_t *section);
void kr_page_left_out(struct kr_page *page, const json_t *section);
void kr_page_ignored(struct kr_page *page, const json_t *section);

/* Whether there is anything to tell of the section. */
bool kr_page_has_news(const struct kr_page *page, const json_t *section);

#endif
