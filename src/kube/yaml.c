/* yaml.c - see yaml.h. Reads libyaml's events by recursive descent, so that every bound is checked before memory is
 * spent. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include "kube/yaml.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct anchor {
  char *name;
  json_t *value;
  size_t nodes; /* what following an alias to it costs */
  size_t bytes;
};

struct reader {
  yaml_parser_t parser;
  const char *name;
  const char *text;
  size_t length;
  size_t nodes; /* so far */
  size_t bytes;
  struct anchor anchors[KR_YAML_ANCHORS_MAX];
  size_t anchor_count;
  bool lines;
  struct kr_error *error;
};

static int fail(struct reader *reader, int code, const yaml_mark_t *mark, const char *problem) {
  return kr_error_set(reader->error, code, "%s:%zu:%zu: %s", reader->name, mark->line + 1, mark->column + 1, problem);
}

static int no_memory(struct reader *reader) {
  return kr_error_set(reader->error, KR_ENOMEM, "%s: not enough memory to read it", reader->name);
}

/* libyaml gives only an offset for bytes that it cannot decode. */
static yaml_mark_t mark_of_offset(const struct reader *reader, size_t offset) {
  yaml_mark_t mark = {.index = offset};
  for (size_t i = 0; i < offset && i < reader->length; i++) {
    mark.column++;
    if (reader->text[i] != '\n') continue;
    mark.line++;
    mark.column = 0;
  }
  return mark;
}

static int next_event(struct reader *reader, yaml_event_t *event) {
  yaml_parser_t *parser = &reader->parser;
  if (yaml_parser_parse(parser, event)) return KR_OK;
  if (parser->error == YAML_MEMORY_ERROR) return no_memory(reader);
  yaml_mark_t mark =
      parser->error == YAML_READER_ERROR ? mark_of_offset(reader, parser->problem_offset) : parser->problem_mark;
  return fail(reader, KR_EINVAL, &mark, parser->problem == NULL ? "this is not YAML" : parser->problem);
}

static int spend(struct reader *reader, const yaml_mark_t *mark, size_t nodes, size_t bytes) {
  if (nodes > KR_YAML_NODES_MAX - reader->nodes || bytes > KR_YAML_EXPANDED_MAX - reader->bytes)
    return fail(reader, KR_ELIMIT, mark, "the document holds too much (aliases count as what they stand for)");
  reader->nodes += nodes;
  reader->bytes += bytes;
  return KR_OK;
}

/* ---- scalars ---- */

static json_t *number(const char *text) {
  char again[32];
  if (text[0] == '\0' || strspn(text, "0123456789.eE+-") != strlen(text)) return NULL;
  errno = 0;
  long long whole = strtoll(text, NULL, 10);
  (void)snprintf(again, sizeof again, "%lld", whole);
  if (errno == 0 && strcmp(again, text) == 0) return json_integer(whole);
  double real = strtod(text, NULL);
  (void)snprintf(again, sizeof again, "%.15g", real);
  if (isfinite(real) && strcmp(again, text) == 0) return json_real(real);
  return NULL;
}

static json_t *plain(const char *text) {
  if (text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0) return json_null();
  if (strcmp(text, "true") == 0) return json_true();
  if (strcmp(text, "false") == 0) return json_false();
  return number(text);
}

static bool tag_is(const yaml_char_t *tag, const char *wanted) { return strcmp((const char *)tag, wanted) == 0; }

static bool tag_is_known(const yaml_char_t *tag) {
  static const char *const known[] = {"!",          YAML_STR_TAG,   YAML_NULL_TAG, YAML_BOOL_TAG,
                                      YAML_INT_TAG, YAML_FLOAT_TAG, YAML_SEQ_TAG,  YAML_MAP_TAG};
  if (tag == NULL) return true;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (tag_is(tag, known[i])) return true;
  return false;
}

/* The text of a scalar event, which may not hold a NUL: what follows one would be lost unseen. */
static int scalar_text(struct reader *reader, const yaml_event_t *event, const char **text) {
  *text = (const char *)event->data.scalar.value;
  if (memchr(*text, '\0', event->data.scalar.length) != NULL)
    return fail(reader, KR_EINVAL, &event->start_mark, "a value holds a NUL character");
  return spend(reader, &event->start_mark, 1, event->data.scalar.length);
}

static int read_scalar(struct reader *reader, const yaml_event_t *event, json_t **out) {
  const char *text;
  int status = scalar_text(reader, event, &text);
  if (status != KR_OK) return status;
  const yaml_char_t *tag = event->data.scalar.tag;
  bool is_text = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
                 (tag != NULL && (tag_is(tag, "!") || tag_is(tag, YAML_STR_TAG)));
  if (!is_text) *out = plain(text);
  if (*out == NULL) *out = json_stringn(text, event->data.scalar.length);
  return *out == NULL ? no_memory(reader) : KR_OK;
}

/* ---- anchors and aliases ---- */

static int read_alias(struct reader *reader, const yaml_event_t *event, json_t **out) {
  for (size_t i = reader->anchor_count; i-- > 0;) {
    const struct anchor *anchor = &reader->anchors[i];
    if (strcmp(anchor->name, (const char *)event->data.alias.anchor) != 0) continue;
    *out = json_incref(anchor->value);
    return spend(reader, &event->start_mark, anchor->nodes, anchor->bytes);
  }
  /* Also one that stands inside what it names. The name is not quoted: it may be a password that begins with '*'. */
  return fail(reader, KR_EINVAL, &event->start_mark,
              "this alias names no anchor before it (quote a value that begins with *)");
}

static const yaml_char_t *anchor_of(const yaml_event_t *event) {
  switch (event->type) {
    case YAML_SCALAR_EVENT:
      return event->data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT:
      return event->data.sequence_start.anchor;
    case YAML_MAPPING_START_EVENT:
      return event->data.mapping_start.anchor;
    default:
      return NULL;
  }
}

static int remember_anchor(struct reader *reader, const yaml_event_t *event, json_t *value, size_t nodes,
                           size_t bytes) {
  if (reader->anchor_count == KR_YAML_ANCHORS_MAX)
    return fail(reader, KR_ELIMIT, &event->start_mark, "the document has too many anchors");
  char *name = strdup((const char *)anchor_of(event));
  if (name == NULL) return no_memory(reader);
  reader->anchors[reader->anchor_count++] =
      (struct anchor){.name = name, .value = json_incref(value), .nodes = nodes, .bytes = bytes};
  return KR_OK;
}

/* ---- collections ---- */

static int read_node(struct reader *reader, const yaml_event_t *event, int depth, json_t **out);

static int read_sequence(struct reader *reader, int depth, json_t *array) {
  for (;;) {
    yaml_event_t event;
    int status = next_event(reader, &event);
    if (status != KR_OK) return status;
    bool end = event.type == YAML_SEQUENCE_END_EVENT;
    json_t *value = NULL;
    if (!end) status = read_node(reader, &event, depth + 1, &value);
    yaml_event_delete(&event);
    if (end || status != KR_OK) return status;
    if (json_array_append_new(array, value) != 0) return no_memory(reader);
  }
}

static int check_key(struct reader *reader, const yaml_event_t *event, const json_t *object) {
  if (event->type != YAML_SCALAR_EVENT)
    return fail(reader, KR_EINVAL, &event->start_mark, "a key must be a plain or quoted word");
  const char *key;
  int status = scalar_text(reader, event, &key);
  if (status != KR_OK) return status;
  if (strcmp(key, "<<") == 0 && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
    return fail(reader, KR_EINVAL, &event->start_mark, "merge keys (<<) are not supported: write the fields out");
  if (json_object_get(object, key) == NULL) return KR_OK;
  char problem[128];
  (void)snprintf(problem, sizeof problem, "the key \"%.64s\" is given twice", key);
  return fail(reader, KR_EINVAL, &event->start_mark, problem);
}

static int read_pair(struct reader *reader, const yaml_event_t *key, int depth, json_t *object) {
  int status = check_key(reader, key, object);
  if (status != KR_OK) return status;
  yaml_event_t event;
  status = next_event(reader, &event);
  if (status != KR_OK) return status;
  json_t *value = NULL;
  status = read_node(reader, &event, depth + 1, &value);
  yaml_event_delete(&event);
  if (status != KR_OK) return status;
  if (json_object_set_new(object, (const char *)key->data.scalar.value, value) != 0) return no_memory(reader);
  return KR_OK;
}

static int read_mapping(struct reader *reader, int depth, json_t *object) {
  for (;;) {
    yaml_event_t event;
    int status = next_event(reader, &event);
    if (status != KR_OK) return status;
    bool end = event.type == YAML_MAPPING_END_EVENT;
    if (!end) status = read_pair(reader, &event, depth, object);
    yaml_event_delete(&event);
    if (end || status != KR_OK) return status;
  }
}

static int read_collection(struct reader *reader, const yaml_event_t *event, int depth, json_t **out) {
  if (depth >= KR_YAML_DEPTH_MAX)
    return fail(reader, KR_ELIMIT, &event->start_mark, "the document is nested too deeply");
  int status = spend(reader, &event->start_mark, 1, 0);
  if (status != KR_OK) return status;
  bool is_mapping = event->type == YAML_MAPPING_START_EVENT;
  *out = is_mapping ? json_object() : json_array();
  if (*out == NULL) return no_memory(reader);
  if (is_mapping && reader->lines &&
      json_object_set_new(*out, KR_YAML_LINE, json_integer((json_int_t)event->start_mark.line + 1)) != 0)
    return no_memory(reader);
  return is_mapping ? read_mapping(reader, depth, *out) : read_sequence(reader, depth, *out);
}

static const yaml_char_t *tag_of(const yaml_event_t *event) {
  if (event->type == YAML_SCALAR_EVENT) return event->data.scalar.tag;
  return event->type == YAML_MAPPING_START_EVENT ? event->data.mapping_start.tag : event->data.sequence_start.tag;
}

/* The value that begins with event; *out is NULL when this fails. */
static int read_node(struct reader *reader, const yaml_event_t *event, int depth, json_t **out) {
  int status;
  size_t nodes = reader->nodes, bytes = reader->bytes;
  if (event->type == YAML_ALIAS_EVENT)
    status = read_alias(reader, event, out);
  else if (!tag_is_known(tag_of(event))) /* not quoted: it may be a password that begins with '!' */
    status =
        fail(reader, KR_EINVAL, &event->start_mark, "this tag is not supported (quote a value that begins with !)");
  else if (event->type == YAML_SCALAR_EVENT)
    status = read_scalar(reader, event, out);
  else
    status = read_collection(reader, event, depth, out);
  if (status == KR_OK && anchor_of(event) != NULL)
    status = remember_anchor(reader, event, *out, reader->nodes - nodes, reader->bytes - bytes);
  if (status == KR_OK) return KR_OK;
  json_decref(*out);
  *out = NULL;
  return status;
}

/* ---- the document ---- */

/* Reads up to the end of the stream; *out stays NULL when it holds no document. */
static int read_stream(struct reader *reader, json_t **out) {
  for (;;) {
    yaml_event_t event;
    int status = next_event(reader, &event);
    if (status != KR_OK) return status;
    yaml_event_type_t type = event.type;
    if (type == YAML_DOCUMENT_START_EVENT && *out != NULL)
      status = fail(reader, KR_EINVAL, &event.start_mark, "a second document begins here, one is expected");
    else if (type != YAML_STREAM_START_EVENT && type != YAML_STREAM_END_EVENT && type != YAML_DOCUMENT_START_EVENT &&
             type != YAML_DOCUMENT_END_EVENT)
      status = read_node(reader, &event, 0, out);
    yaml_event_delete(&event);
    if (type == YAML_STREAM_END_EVENT || status != KR_OK) return status;
  }
}

static void free_anchors(struct reader *reader) {
  for (size_t i = 0; i < reader->anchor_count; i++) {
    free(reader->anchors[i].name);
    json_decref(reader->anchors[i].value);
  }
}

static int parse(json_t **out, const char *text, size_t length, const char *name, bool lines, struct kr_error *error) {
  *out = NULL;
  if (length > KR_YAML_TEXT_MAX)
    return kr_error_set(error, KR_ELIMIT, "%s: is larger than %zu KiB", name, KR_YAML_TEXT_MAX >> 10);
  struct reader *reader = calloc(1, sizeof *reader);
  if (reader == NULL) return kr_error_set(error, KR_ENOMEM, "%s: not enough memory to read it", name);
  reader->name = name;
  reader->text = text;
  reader->length = length;
  reader->lines = lines;
  reader->error = error;
  int status;
  if (!yaml_parser_initialize(&reader->parser)) {
    status = no_memory(reader);
    goto done;
  }
  yaml_parser_set_input_string(&reader->parser, (const unsigned char *)text, length);
  status = read_stream(reader, out);
  if (status == KR_OK && *out == NULL) *out = json_null();
  if (status != KR_OK) {
    json_decref(*out);
    *out = NULL;
  }
  free_anchors(reader);
  yaml_parser_delete(&reader->parser);
done:
  free(reader);
  return status;
}

int kr_yaml_parse(json_t **out, const char *text, size_t length, const char *name, struct kr_error *error) {
  return parse(out, text, length, name, false, error);
}

int kr_yaml_parse_lines(json_t **out, const char *text, size_t length, const char *name, struct kr_error *error) {
  return parse(out, text, length, name, true, error);
}
