/* mask.h - secrets that must not leave: bearer tokens, passwords in URLs, private keys, password=-like pairs, cloud
 * keys.
 *
 * A mask is a POSIX extended regular expression whose first group (or whole match, where it has no group) is replaced
 * with
 * "***". The built-in table is always in force; files named masks.conf on the search path add to it, one expression a
 * line, # begins a comment. Matching is done a line at a time; a private key's block is masked as a whole. */
#ifndef KR_BASE_MASK_H
#define KR_BASE_MASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

struct kr_mask;

int kr_mask_new(struct kr_mask **out, struct kr_error *error);
void kr_mask_free(struct kr_mask *mask);

/* Adds the expressions of a file; a malformed one is KR_EINVAL naming file and line. */
int kr_mask_add_file(struct kr_mask *mask, const char *path, struct kr_error *error);

/* Appends text, masked. 0, KR_ENOMEM, KR_ELIMIT. */
int kr_mask_apply(const struct kr_mask *mask, struct kr_buffer *out, const char *text, size_t length);

/* Whether kr_mask_apply might change the text: false only where it surely does not. Much faster than that. */
bool kr_mask_may_hide(const struct kr_mask *mask, const char *text, size_t length);

#endif
