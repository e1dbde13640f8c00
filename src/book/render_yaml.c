/* render_yaml.c - a JSON value as YAML, by libyaml. Of use for any document, not only a report. */
#include <ctype.h>
#include <string.h>
#include <yaml.h>

#include "base/error.h"
#include "book/render.h"

#define NUMBER_MAX 64

struct yaml {
  yaml_emitter_t emitter;
  struct kr_buffer *out;
  int code;
};

static int write_bytes(void *user, unsigned char *bytes, size_t count) {
  struct yaml *yaml = user;
  yaml->code = kr_buffer_append(yaml->out, bytes, count);
  return yaml->code == KR_OK;
}

/* The emitter takes the event over, also when it fails. */
static bool emit(struct yaml *yaml, yaml_event_t *event, int made) {
  if (yaml->code) return false;
  if (!made || !yaml_emitter_emit(&yaml->emitter, event)) yaml->code = yaml->code ? yaml->code : KR_ENOMEM;
  return !yaml->code;
}

/* Whether no reader can take the bare word for anything but a string: no number, no date, no true, yes, on, null. */
static bool is_bare(const char *text) {
  static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"};
  size_t length = strlen(text);
  if (!isalpha((unsigned char)*text) ||
      strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/.") != length)
    return false;
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    size_t at = 0;
    while (words[i][at] && words[i][at] == tolower((unsigned char)text[at])) at++;
    if (!words[i][at] && !text[at]) return false;
  }
  return true;
}

/* Text of several lines stands as a block, where libyaml finds that it can; else it quotes and escapes. */
static void write_string(struct yaml *yaml, const char *text, size_t length) {
  yaml_event_t event;
  bool bare = strlen(text) == length && is_bare(text);
  yaml_scalar_style_t style = bare                         ? YAML_PLAIN_SCALAR_STYLE
                              : memchr(text, '\n', length) ? YAML_LITERAL_SCALAR_STYLE
                                                           : YAML_DOUBLE_QUOTED_SCALAR_STYLE;
  int made = yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text, (int)length, bare, 1, style);
  (void)emit(yaml, &event, made);
}

static void write_plain(struct yaml *yaml, const char *text) {
  yaml_event_t event;
  int made = yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text, (int)strlen(text), 1, 0,
                                          YAML_PLAIN_SCALAR_STYLE);
  (void)emit(yaml, &event, made);
}

static void write_number(struct yaml *yaml, const json_t *value) {
  struct kr_buffer text;
  kr_buffer_init(&text, NUMBER_MAX);
  int status = kr_render_json_with(&text, value, JSON_ENCODE_ANY);
  if (status != KR_OK) yaml->code = status;
  write_plain(yaml, kr_buffer_text(&text));
  kr_buffer_free(&text);
}

static void write_value(struct yaml *yaml, const json_t *value);

static void write_list(struct yaml *yaml, const json_t *list) {
  yaml_event_t event;
  const json_t *item;
  size_t i;
  yaml_sequence_style_t style = json_array_size(list) > 0 ? YAML_BLOCK_SEQUENCE_STYLE : YAML_FLOW_SEQUENCE_STYLE;
  if (!emit(yaml, &event, yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, style))) return;
  json_array_foreach(list, i, item) write_value(yaml, item);
  if (!yaml->code) (void)emit(yaml, &event, yaml_sequence_end_event_initialize(&event));
}

static void write_mapping(struct yaml *yaml, const json_t *object) {
  yaml_event_t event;
  const char *name;
  json_t *member;
  yaml_mapping_style_t style = json_object_size(object) > 0 ? YAML_BLOCK_MAPPING_STYLE : YAML_FLOW_MAPPING_STYLE;
  if (!emit(yaml, &event, yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, style))) return;
  json_object_foreach((json_t *)object, name, member) {
    write_string(yaml, name, strlen(name));
    write_value(yaml, member);
  }
  if (!yaml->code) (void)emit(yaml, &event, yaml_mapping_end_event_initialize(&event));
}

static void write_value(struct yaml *yaml, const json_t *value) {
  if (yaml->code) return;
  switch (json_typeof(value)) {
    case JSON_OBJECT:
      write_mapping(yaml, value);
      break;
    case JSON_ARRAY:
      write_list(yaml, value);
      break;
    case JSON_STRING:
      write_string(yaml, json_string_value(value), json_string_length(value));
      break;
    case JSON_INTEGER:
    case JSON_REAL:
      write_number(yaml, value);
      break;
    case JSON_TRUE:
      write_plain(yaml, "true");
      break;
    case JSON_FALSE:
      write_plain(yaml, "false");
      break;
    default:
      write_plain(yaml, "null");
  }
}

int kr_render_yaml(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options) {
  struct yaml yaml = {.out = out};
  yaml_event_t event;
  (void)options;
  if (!yaml_emitter_initialize(&yaml.emitter)) return KR_ENOMEM;
  yaml_emitter_set_output(&yaml.emitter, write_bytes, &yaml);
  yaml_emitter_set_unicode(&yaml.emitter, 0); /* ASCII, as the JSON is: nothing that turns text about is raw */
  yaml_emitter_set_width(&yaml.emitter, -1);
  (void)emit(&yaml, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
  if (!yaml.code) (void)emit(&yaml, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 0));
  write_value(&yaml, document);
  if (!yaml.code) (void)emit(&yaml, &event, yaml_document_end_event_initialize(&event, 1));
  if (!yaml.code) (void)emit(&yaml, &event, yaml_stream_end_event_initialize(&event));
  yaml_emitter_delete(&yaml.emitter);
  return yaml.code;
}
