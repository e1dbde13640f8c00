/* buffer.c - see buffer.h. */
#include "base/buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void kr_buffer_init(struct kr_buffer *buffer, size_t limit) {
  *buffer = (struct kr_buffer){.data = NULL, .length = 0, .capacity = 0, .limit = limit};
}

void kr_buffer_free(struct kr_buffer *buffer) {
  free(buffer->data);
  kr_buffer_init(buffer, buffer->limit);
}

void kr_buffer_clear(struct kr_buffer *buffer) {
  buffer->length = 0;
  if (buffer->data != NULL) buffer->data[0] = '\0';
}

/* Makes room for count more bytes and a NUL. */
static int reserve(struct kr_buffer *buffer, size_t count) {
  if (count > buffer->limit || buffer->length > buffer->limit - count) return KR_ELIMIT;
  size_t needed = buffer->length + count + 1;
  if (needed <= buffer->capacity) return KR_OK;
  size_t capacity = buffer->capacity < 64 ? 64 : buffer->capacity;
  while (capacity < needed) capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
  if (capacity > buffer->limit && buffer->limit < SIZE_MAX) capacity = buffer->limit + 1;
  char *data = realloc(buffer->data, capacity);
  if (data == NULL) return KR_ENOMEM;
  buffer->data = data;
  buffer->capacity = capacity;
  return KR_OK;
}

int kr_buffer_append(struct kr_buffer *buffer, const void *bytes, size_t count) {
  int status = reserve(buffer, count);
  if (status != KR_OK) return status;
  if (count > 0) memcpy(buffer->data + buffer->length, bytes, count);
  buffer->length += count;
  buffer->data[buffer->length] = '\0';
  return KR_OK;
}

int kr_buffer_puts(struct kr_buffer *buffer, const char *text) { return kr_buffer_append(buffer, text, strlen(text)); }

int kr_buffer_vprintf(struct kr_buffer *buffer, const char *format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  if (length < 0) return KR_EINVAL;
  int status = reserve(buffer, (size_t)length);
  if (status != KR_OK) return status;
  (void)vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, arguments);
  buffer->length += (size_t)length;
  return KR_OK;
}

int kr_buffer_printf(struct kr_buffer *buffer, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int status = kr_buffer_vprintf(buffer, format, arguments);
  va_end(arguments);
  return status;
}

const char *kr_buffer_text(const struct kr_buffer *buffer) { return buffer->data == NULL ? "" : buffer->data; }

char *kr_buffer_take(struct kr_buffer *buffer) {
  char *data = buffer->data;
  kr_buffer_init(buffer, buffer->limit);
  return data;
}
