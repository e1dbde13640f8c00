/* clean.c - text on its way into a report. */
#define _POSIX_C_SOURCE 200809L
#include "book/clean.h"

#include <string.h>

#include "base/buffer.h"
#include "base/text.h"

#define CUT_MARK "\xe2\x80\xa6" /* an ellipsis */

json_t *kr_clean_text(const struct kr_mask *mask, const char *text, size_t max) {
  if (!text) return json_null();
  /* Masking comes before the cut, for half a secret matches no mask; but not over more than can matter. */
  size_t length = strnlen(text, max * 4);
  struct kr_buffer valid, masked;
  json_t *result = NULL;
  kr_buffer_init(&valid, length * 3 + 1);
  kr_buffer_init(&masked, length * 12 + 64);
  if (kr_text_utf8(&valid, text, length)) goto done;
  if (mask ? kr_mask_apply(mask, &masked, kr_buffer_text(&valid), valid.length)
           : kr_buffer_append(&masked, kr_buffer_text(&valid), valid.length))
    goto done;
  const char *clean = kr_buffer_text(&masked);
  size_t cut = kr_text_cut(clean, masked.length, max);
  if (cut == masked.length) {
    result = json_stringn(clean, cut);
  } else {
    kr_buffer_clear(&valid);
    valid.limit = cut + sizeof CUT_MARK;
    if (kr_buffer_append(&valid, clean, cut) || kr_buffer_puts(&valid, CUT_MARK)) goto done;
    result = json_stringn(kr_buffer_text(&valid), valid.length);
  }
done:
  kr_buffer_free(&valid);
  kr_buffer_free(&masked);
  return result;
}

/* A control character is six bytes when it is written. */
static size_t text_size(const char *text, size_t length) {
  size_t size = length;
  for (size_t i = 0; i < length; i++) size += (unsigned char)text[i] < ' ' ? 5 : text[i] == '"' || text[i] == '\\';
  return size;
}

size_t kr_json_size(const json_t *value) {
  const char *name;
  const json_t *member;
  size_t size = 64 + text_size(json_string_value(value), json_string_length(value));
  for (size_t i = 0; i < json_array_size(value); i++) size += kr_json_size(json_array_get(value, i));
  json_object_foreach((json_t *)value, name, member) size += 64 + strlen(name) + kr_json_size(member);
  return size;
}

static json_t *clean_array(const struct kr_mask *mask, const json_t *array) {
  json_t *copy = json_array();
  for (size_t i = 0; copy && i < json_array_size(array); i++) {
    if (json_array_append_new(copy, kr_clean_json(mask, json_array_get(array, i)))) {
      json_decref(copy);
      copy = NULL;
    }
  }
  return copy;
}

static json_t *clean_object(const struct kr_mask *mask, const json_t *object) {
  json_t *copy = json_object();
  const char *key;
  json_t *member;
  json_object_foreach((json_t *)object, key, member) {
    if (copy && json_object_set_new(copy, key, kr_clean_json(mask, member))) {
      json_decref(copy);
      copy = NULL;
    }
  }
  return copy;
}

json_t *kr_clean_json(const struct kr_mask *mask, const json_t *value) {
  switch (json_typeof(value)) {
    case JSON_STRING:
      return kr_clean_text(mask, json_string_value(value), KR_CAUSE_MAX);
    case JSON_ARRAY:
      return clean_array(mask, value);
    case JSON_OBJECT:
      return clean_object(mask, value);
    default:
      return json_copy((json_t *)value);
  }
}
