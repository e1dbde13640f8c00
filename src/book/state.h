/* state.h - what was told the last time, so that only what is new, worse or resolved is told now.
 *
 * The state is a JSON document (krunbook.state/v1): for each scope (a runbook, its arguments, a cluster, a namespace)
 * the findings by their fingerprint, with what they were when they were last told of. Scopes that a run does not look
 * at stay as they are, so several runs may share one state. */
#ifndef KR_BOOK_STATE_H
#define KR_BOOK_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define KR_STATE_MAX ((size_t)64 << 20) /* bytes of a state */

struct kr_state;

/* The state of a file; an empty one where there is no file. KR_EIO; KR_EINVAL: it is damaged, or of a later version. */
int kr_state_load(struct kr_state **out, const char *path, struct kr_error *error);
int kr_state_parse(struct kr_state **out, const char *text, size_t length, const char *path, struct kr_error *error);
void kr_state_free(struct kr_state *state);

/* Compares a report's document with the state, which then holds what is to be known next time. In the document each
 * finding gets
 *
 *   "change"      "new", "worse" (and "worse": why) or "known"
 *   "first_seen"  when it was first told of
 *
 * each unknown and error of a section "change" too, and each section "resolved": findings of last time that are gone.
 * What was not looked at in full, because of an unknown, an error or an interruption, resolves nothing. *changed tells
 * whether there is anything to tell. KR_ENOMEM. */
int kr_state_compare(struct kr_state *state, bool *changed, json_t *document, struct kr_error *error);

/* Writes it, whole or not at all: at any moment the file holds the old state or the new one. */
int kr_state_save(const struct kr_state *state, const char *path, struct kr_error *error);

#endif
