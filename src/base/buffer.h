/* buffer.h - bytes that grow up to a stated limit, never further.
 *
 * data is always NUL-terminated once anything was appended (NULL before); length does not count that NUL. The buffer
 * owns data. Appending returns 0, KR_ENOMEM, or KR_ELIMIT with the buffer as it was. */
#ifndef KR_BASE_BUFFER_H
#define KR_BASE_BUFFER_H

#include <stdarg.h>
#include <stddef.h>

struct kr_buffer {
  char *data;
  size_t length;
  size_t capacity;
  size_t limit;    /* greatest length allowed */
  size_t *sharers; /* how many buffers have this data; NULL: one */
};

void kr_buffer_init(struct kr_buffer *buffer, size_t limit);
void kr_buffer_free(struct kr_buffer *buffer); /* the buffer can be used again, with the same limit */
void kr_buffer_clear(struct kr_buffer *buffer);
void kr_buffer_cut(struct kr_buffer *buffer,
                   size_t length); /* to length, not more than it has; no room is kept beyond */

int kr_buffer_append(struct kr_buffer *buffer, const void *bytes, size_t count) __attribute__((warn_unused_result));
int kr_buffer_puts(struct kr_buffer *buffer, const char *text) __attribute__((warn_unused_result));
int kr_buffer_printf(struct kr_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3), warn_unused_result));
int kr_buffer_vprintf(struct kr_buffer *buffer, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0), warn_unused_result));

/* Makes out, which holds nothing, a second owner of the same data, without a copy. From then on neither may be changed
 * (appending is refused with KR_EINVAL, taking gives NULL); both are freed, and the last one frees the data. 0,
 * KR_ENOMEM. */
int kr_buffer_share(struct kr_buffer *out, struct kr_buffer *buffer) __attribute__((warn_unused_result));

/* The text so far, "" when nothing was appended; still owned by the buffer. */
const char *kr_buffer_text(const struct kr_buffer *buffer);

/* Hands data to the caller, who frees it; the buffer is empty afterwards. NULL when nothing was appended. */
char *kr_buffer_take(struct kr_buffer *buffer);

#endif
