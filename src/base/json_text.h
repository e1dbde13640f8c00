/* json_text.h - finds its way about JSON text without decoding it: where a member's value begins, where a value ends.
 *
 * What is wrong in the text (a letter too many, a bracket of the wrong kind) may go unnoticed: whoever decodes a part
 * sees it. Nothing at or after end is read, and none of these allocates but kr_json_compact. */
#ifndef KR_BASE_JSON_TEXT_H
#define KR_BASE_JSON_TEXT_H

#include <stddef.h>

#include "base/buffer.h"

/* What follows the value that begins at, white space before it skipped; NULL when none ends before end. */
const char *kr_json_skip(const char *at, const char *end);

/* Where the value of the first member called name begins, in the object that begins at; NULL when at is no object, or
 * has none. Names are compared as they are written, escapes and all. */
const char *kr_json_member(const char *at, const char *end, const char *name);

/* The same for several members, in one pass: values[i] is where that of names[i] begins, NULL for none. */
void kr_json_members(const char *values[], const char *const names[], size_t count, const char *at, const char *end);

/* Where the next element begins: at is the array's beginning, or what follows the element before. NULL when there is
 * none. */
const char *kr_json_element(const char *at, const char *end);

/* What follows the array that begins at, and how many elements it has; NULL as kr_json_skip, and where at is none. */
const char *kr_json_array(size_t *count, const char *at, const char *end);

/* Appends the text from at to end, a value, without the white space that stands between its parts. 0, KR_ENOMEM,
 * KR_ELIMIT. */
int kr_json_compact(struct kr_buffer *out, const char *at, const char *end) __attribute__((warn_unused_result));

#endif
