/* text.h - text for people: harmless on a terminal, wrapped, and the name they may have meant. */
#ifndef KR_BASE_TEXT_H
#define KR_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* Appends text with everything a terminal could obey replaced: control characters (C0 but newline and tab, DEL, C1),
 * bytes that are not UTF-8, and Unicode's direction overrides become "\x1b"-like escapes. 0, KR_ENOMEM, KR_ELIMIT. */
int kr_text_harmless(struct kr_buffer *out, const char *text, size_t length);

/* Appends valid UTF-8: bytes that are not become U+FFFD. */
int kr_text_utf8(struct kr_buffer *out, const char *text, size_t length);

/* The most bytes of text, at most max, that do not end within a character. */
size_t kr_text_cut(const char *text, size_t length, size_t max);

/* Appends text wrapped at width columns (0: not wrapped); every line after the first begins with indent spaces, and the
 * first is taken to begin in column indent already. Words longer than a line are not cut. */
int kr_text_wrap(struct kr_buffer *out, const char *text, size_t width, size_t indent);

/* Of candidates, the one nearest to name by edit distance (a transposition counts 1), or NULL when none is near enough
 * to be what was meant: at most a third of the longer name's length, and at least one edit is always allowed. */
const char *kr_text_nearest(const char *name, const char *const *candidates, size_t count);

/* The same, however far it is; NULL only when there is none. */
const char *kr_text_closest(const char *name, const char *const *candidates, size_t count);

/* Whether file descriptor fd is a terminal, and its width in columns (80 when it does not say). */
bool kr_terminal_is(int fd);
size_t kr_terminal_width(int fd);

/* Whether to colour: a terminal, NO_COLOR empty or unset, TERM not "dumb". */
bool kr_terminal_colour(int fd);

#endif
