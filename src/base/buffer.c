/* buffer.c - see buffer.h. */
#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void kr_buffer_init(struct kr_buffer *buffer, size_t limit) { *buffer = (struct kr_buffer){.limit = limit}; }

void kr_buffer_free(struct kr_buffer *buffer) {
  bool last = buffer->sharers == NULL || --*buffer->sharers == 0;
  if (last) {
    free(buffer->sharers);
    free(buffer->data);
  }
  kr_buffer_init(buffer, buffer->limit);
}

int kr_buffer_share(struct kr_buffer *out, struct kr_buffer *buffer) {
  if (buffer->sharers == NULL) {
    buffer->sharers = malloc(sizeof *buffer->sharers);
    if (buffer->sharers == NULL) return KR_ENOMEM;
    *buffer->sharers = 1;
  }
  ++*buffer->sharers;
  *out = *buffer;
  return KR_OK;
}

void kr_buffer_clear(struct kr_buffer *buffer) {
  if (buffer->sharers != NULL) {
    kr_buffer_free(buffer);
    return;
  }
  buffer->length = 0;
  if (buffer->data != NULL) buffer->data[0] = '\0';
}

void kr_buffer_cut(struct kr_buffer *buffer, size_t length) {
  if (buffer->data == NULL || buffer->sharers != NULL || length > buffer->length) return;
  buffer->length = length;
  buffer->data[length] = '\0';
  char *data = realloc(buffer->data, length + 1);
  if (data == NULL) return; /* then it stays as large as it is */
  buffer->data = data;
  buffer->capacity = length + 1;
}

/* Makes room for count more bytes and a NUL. The first time no more than that: most are written once. */
static int reserve(struct kr_buffer *buffer, size_t count) {
  if (buffer->sharers != NULL) return KR_EINVAL;
  if (count > buffer->limit || buffer->length > buffer->limit - count) return KR_ELIMIT;
  size_t needed = buffer->length + count + 1;
  if (needed <= buffer->capacity) return KR_OK;
  size_t capacity = buffer->capacity > 0 ? buffer->capacity : needed < 64 ? 64 : needed;
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
  if (buffer->sharers != NULL) {
    kr_buffer_free(buffer);
    return NULL;
  }
  char *data = buffer->data;
  kr_buffer_init(buffer, buffer->limit);
  return data;
}
