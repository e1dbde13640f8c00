/* recorder_text.c - see recorder_text.h. What the masks cannot find anything in, which is nearly all, is copied; the
 * rest passes the same functions as a decoded object. */
#include "kube/recorder_text.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json_text.h"
#include "kube/recorder_clean.h"

enum { ITEM_INDENT = 4, INDENT = 2 };

/* Where in the object a map stands: from some, members are left out. */
enum place { ELSEWHERE, OBJECT, METADATA, ANNOTATIONS };

struct writer {
  struct kr_buffer *out;
  const char *at, *end; /* what is left to read */
  const struct kr_mask *mask;
};

/* Text between two places. */
struct part {
  const char *at;
  size_t length;
};

static int write_value(struct writer *writer, const char *object, int depth, enum place place);

static bool is_member(struct part name, const char *text) {
  return name.length == strlen(text) && memcmp(name.at, text, name.length) == 0;
}

static bool is_left_out(enum place place, struct part name) {
  if (place == OBJECT) return is_member(name, "kind") || is_member(name, "apiVersion");
  if (place == METADATA) return is_member(name, "managedFields");
  return place == ANNOTATIONS && is_member(name, "kubectl.kubernetes.io/last-applied-configuration");
}

static enum place place_below(enum place place, struct part name) {
  if (place == OBJECT && is_member(name, "metadata")) return METADATA;
  return place == METADATA && is_member(name, "annotations") ? ANNOTATIONS : ELSEWHERE;
}

static int new_line(struct writer *writer, int depth) {
  static const char spaces[] = "\n                                                                ";
  size_t left = ITEM_INDENT + INDENT * (size_t)depth, most = sizeof spaces - 2;
  int status = kr_buffer_append(writer->out, spaces, 1 + (left < most ? left : most));
  for (left -= left < most ? left : most; status == KR_OK && left > 0; left--)
    status = kr_buffer_append(writer->out, " ", 1);
  return status;
}

/* What the quotes hold. */
static struct part inside(const char *at, const char *after) { return (struct part){at + 1, (size_t)(after - at) - 2}; }

static json_t *decode(const char *at, const char *after) {
  return json_loadb(at, (size_t)(after - at), JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

/* Writes a string that escapes nothing as kr_recorder_clean leaves it. */
static int write_masked(struct writer *writer, struct part text) {
  char *clean = kr_recorder_clean_text(text.at, text.length, writer->mask);
  int status = clean == NULL ? KR_ENOMEM : kr_buffer_puts(writer->out, "\"");
  if (status == KR_OK) status = kr_buffer_puts(writer->out, clean);
  free(clean);
  return status == KR_OK ? kr_buffer_puts(writer->out, "\"") : status;
}

/* Writes a string of JSON as kr_recorder_clean leaves it, as the value of an object's member where that object has a
 * name for it (NULL: none). */
static int write_cleaned(struct writer *writer, const char *at, const char *after, const char *name) {
  const char *name_after = name == NULL ? NULL : kr_json_skip(name, writer->end);
  json_t *pair = json_object(), *value = decode(at, after);
  int failed = json_object_set_new(pair, "value", value);
  if (name_after != NULL) failed |= json_object_set_new(pair, "name", decode(name, name_after));
  int status = failed ? KR_ENOMEM : kr_recorder_clean(pair, "", writer->mask, false);
  char *text = status == KR_OK ? json_dumps(json_object_get(pair, "value"), JSON_ENCODE_ANY) : NULL;
  status = text == NULL ? KR_ENOMEM : kr_buffer_puts(writer->out, text);
  free(text);
  json_decref(pair);
  return status;
}

/* Whether a mask might find something in "name=value". */
static bool may_hide_pair(struct writer *writer, struct part name, struct part value) {
  struct kr_buffer text;
  kr_buffer_init(&text, name.length + value.length + 1);
  bool failed = kr_buffer_append(&text, name.at, name.length) != KR_OK || kr_buffer_puts(&text, "=") != KR_OK ||
                kr_buffer_append(&text, value.at, value.length) != KR_OK;
  bool may = failed || kr_mask_may_hide(writer->mask, kr_buffer_text(&text), text.length);
  kr_buffer_free(&text);
  return may;
}

/* object: which the string is the member "value" of, or NULL. */
static int write_string(struct writer *writer, const char *at, const char *after, const char *object) {
  struct part text = inside(at, after);
  if (writer->mask == NULL) return kr_buffer_append(writer->out, at, (size_t)(after - at));
  const char *name = object == NULL ? NULL : kr_json_member(object, writer->end, "name");
  const char *name_after = name == NULL || *name != '"' ? NULL : kr_json_skip(name, writer->end);
  if (name_after == NULL) name = NULL;
  struct part of = name_after == NULL ? text : inside(name, name_after);
  bool plain = memchr(text.at, '\\', text.length) == NULL && memchr(of.at, '\\', of.length) == NULL, may = true;
  if (plain)
    may = name == NULL ? kr_mask_may_hide(writer->mask, text.at, text.length) : may_hide_pair(writer, of, text);
  if (!may) return kr_buffer_append(writer->out, at, (size_t)(after - at));
  return plain && name == NULL ? write_masked(writer, text) : write_cleaned(writer, at, after, name);
}

/* The next byte that is no white space; '\0' at the end. */
static char peek(struct writer *writer) {
  while (writer->at < writer->end &&
         (*writer->at == ' ' || *writer->at == '\n' || *writer->at == '\r' || *writer->at == '\t'))
    writer->at++;
  return writer->at < writer->end ? *writer->at : '\0';
}

/* Takes a bracket, or what stands between two elements. */
static bool take(struct writer *writer, char byte) {
  bool there = peek(writer) == byte;
  if (there) writer->at++;
  return there;
}

/* Moves behind a string, a number, a word, or what is left out; NULL: there is none. */
static const char *pass(struct writer *writer) {
  const char *from = writer->at, *after = kr_json_skip(from, writer->end);
  if (after == NULL) return NULL;
  writer->at = after;
  return from;
}

static int write_array(struct writer *writer, int depth) {
  int status = kr_buffer_puts(writer->out, "[");
  writer->at++;
  if (take(writer, ']')) return status == KR_OK ? kr_buffer_puts(writer->out, "]") : status;
  do {
    if (status == KR_OK) status = new_line(writer, depth + 1);
    if (status == KR_OK) status = write_value(writer, NULL, depth + 1, ELSEWHERE);
    if (status == KR_OK && peek(writer) == ',') status = kr_buffer_puts(writer->out, ",");
  } while (status == KR_OK && take(writer, ','));
  if (status == KR_OK) status = take(writer, ']') ? new_line(writer, depth) : KR_EINVAL;
  return status == KR_OK ? kr_buffer_puts(writer->out, "]") : status;
}

/* Takes back what was written since. */
static void cut(struct writer *writer, size_t length) {
  writer->out->length = length;
  writer->out->data[length] = '\0';
}

/* Whether what was written since is a map that holds something. */
static bool is_filled_map(const struct writer *writer, size_t begin) {
  return writer->out->data[begin] == '{' && writer->out->data[begin + 1] != '}';
}

/* Writes a member, a comma before it where it is not the first. Annotations of which none is kept are left out. */
static int write_member(struct writer *writer, const char *object, struct part name, bool *first, int depth,
                        enum place place) {
  size_t before = writer->out->length;
  enum place below = place_below(place, name);
  int status = *first ? KR_OK : kr_buffer_puts(writer->out, ",");
  if (status == KR_OK) status = new_line(writer, depth + 1);
  if (status == KR_OK) status = kr_buffer_append(writer->out, name.at - 1, name.length + 2);
  if (status == KR_OK) status = kr_buffer_puts(writer->out, ": ");
  size_t begin = writer->out->length;
  if (status == KR_OK) status = write_value(writer, is_member(name, "value") ? object : NULL, depth + 1, below);
  if (status != KR_OK) return status;
  if (below == ANNOTATIONS && !is_filled_map(writer, begin))
    cut(writer, before);
  else
    *first = false;
  return KR_OK;
}

static int write_object(struct writer *writer, int depth, enum place place) {
  const char *object = writer->at++;
  bool first = true;
  int status = kr_buffer_puts(writer->out, "{");
  while (status == KR_OK && peek(writer) == '"') {
    const char *from = pass(writer);
    if (from == NULL) return KR_EINVAL;
    struct part name = inside(from, writer->at);
    if (!take(writer, ':') || peek(writer) == '\0') return KR_EINVAL;
    if (is_left_out(place, name))
      status = pass(writer) == NULL ? KR_EINVAL : KR_OK;
    else
      status = write_member(writer, object, name, &first, depth, place);
    if (!take(writer, ',')) break;
  }
  if (status == KR_OK && !take(writer, '}')) status = KR_EINVAL;
  if (status == KR_OK && !first) status = new_line(writer, depth);
  return status == KR_OK ? kr_buffer_puts(writer->out, "}") : status;
}

static int write_value(struct writer *writer, const char *object, int depth, enum place place) {
  char byte = peek(writer);
  if (byte == '{') return write_object(writer, depth, place);
  if (byte == '[') return write_array(writer, depth);
  const char *from = pass(writer);
  if (from == NULL) return KR_EINVAL;
  return byte == '"' ? write_string(writer, from, writer->at, object)
                     : kr_buffer_append(writer->out, from, (size_t)(writer->at - from));
}

int kr_recorder_text(struct kr_buffer *out, const char *at, const char *end, const struct kr_mask *mask) {
  struct writer writer = {out, at, end, mask};
  return write_value(&writer, NULL, 0, OBJECT);
}
