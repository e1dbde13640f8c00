/* runbook.c - a runbook's metadata, checked and shown. */
#include "book/runbook.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "book/arguments.h"

/* In the order in which they are written. */
static const char *const fields[] = {"args", "description", "examples", "findings", "name", "needs", "run", "summary"};
#define FIELD_COUNT (sizeof fields / sizeof fields[0])

static int check_list(json_t *metadata, const char *field, struct kr_error *error) {
  json_t *list = json_object_get(metadata, field);
  if (!list || (json_is_object(list) && json_object_size(list) == 0))
    return json_object_set_new(metadata, field, json_array()) ? kr_error_set(error, KR_ENOMEM, "out of memory") : 0;
  bool strings = json_is_array(list);
  for (size_t i = 0; strings && i < json_array_size(list); i++) strings = json_is_string(json_array_get(list, i));
  return strings ? 0 : kr_error_set(error, KR_EINVAL, "%s must be a list of strings", field);
}

/* What is declared of arguments, two objects deep, in the order of its members' names. */
static json_t *sorted(json_t *args) {
  char *text = json_dumps(args, JSON_SORT_KEYS | JSON_COMPACT);
  json_t *result = text ? json_loads(text, 0, NULL) : NULL;
  free(text);
  return result;
}

/* A Lua table has no order: what is shown and written has the same one each time. */
static int sort_members(json_t *metadata, struct kr_error *error) {
  json_t *ordered = json_object();
  int failed = !ordered || json_object_set_new(metadata, "args", sorted(json_object_get(metadata, "args")));
  for (size_t i = 0; !failed && i < FIELD_COUNT; i++) {
    json_t *value = json_object_get(metadata, fields[i]);
    failed = value && json_object_set(ordered, fields[i], value);
  }
  failed = failed || json_object_clear(metadata) || json_object_update(metadata, ordered);
  json_decref(ordered);
  return failed ? kr_error_set(error, KR_ENOMEM, "out of memory for a runbook's metadata") : 0;
}

int kr_metadata_check(json_t *metadata, const char *stem, struct kr_error *error) {
  static const char *const texts[] = {"name", "summary", "description"};
  static const char *const lists[] = {"needs", "findings", "examples"};
  const char *field;
  json_t *value;
  int code = 0;
  json_object_foreach(metadata, field, value) {
    size_t i = 0;
    while (i < FIELD_COUNT && strcmp(fields[i], field) != 0) i++;
    if (i < FIELD_COUNT) continue;
    const char *nearest = kr_text_nearest(field, fields, FIELD_COUNT);
    return kr_error_set(error, KR_EINVAL, "a runbook has no field \"%s\"%s%s", field, nearest ? "; nearest: " : "",
                        nearest ? nearest : "");
  }
  for (int i = 0; i < 3; i++) {
    value = json_object_get(metadata, texts[i]);
    if (value && !json_is_string(value)) return kr_error_set(error, KR_EINVAL, "%s must be a string", texts[i]);
    const char *fallback = i == 0 ? stem : "";
    if (!value && json_object_set_new(metadata, texts[i], json_string(fallback)))
      return kr_error_set(error, KR_ENOMEM, "out of memory");
  }
  for (int i = 0; !code && i < 3; i++) code = check_list(metadata, lists[i], error);
  if (!code && !json_object_get(metadata, "args") && json_object_set_new(metadata, "args", json_object()))
    code = kr_error_set(error, KR_ENOMEM, "out of memory");
  if (!code) code = kr_arguments_declare(json_object_get(metadata, "args"), error);
  return code ? code : sort_members(metadata, error);
}

static const char *text_of(const json_t *object, const char *member) {
  const char *text = json_string_value(json_object_get(object, member));
  return text ? text : "";
}

/* "one of a, b, c", "repeated", "needed", "default 5m": what there is to know beside the help text. */
static int show_details(struct kr_buffer *out, const json_t *declaration) {
  json_t *value = json_object_get(declaration, "default");
  json_t *values = json_object_get(declaration, "values");
  int code = 0;
  for (size_t i = 0; !code && i < json_array_size(values); i++)
    code = kr_buffer_printf(out, "%s%s", i ? ", " : " One of ", json_string_value(json_array_get(values, i)));
  if (!code && values) code = kr_buffer_puts(out, ".");
  if (!code && json_is_true(json_object_get(declaration, "required"))) code = kr_buffer_puts(out, " Needed.");
  if (!code && json_is_true(json_object_get(declaration, "repeated"))) code = kr_buffer_puts(out, " May be repeated.");
  if (code || !value) return code;
  if (json_is_string(value)) return kr_buffer_printf(out, " Default: %s.", json_string_value(value));
  if (json_is_boolean(value)) return kr_buffer_printf(out, " Default: %s.", json_is_true(value) ? "true" : "false");
  if (json_is_integer(value)) return kr_buffer_printf(out, " Default: %lld.", json_integer_value(value));
  return json_is_real(value) ? kr_buffer_printf(out, " Default: %g.", json_real_value(value)) : 0;
}

static int show_argument(struct kr_buffer *out, const char *name, const json_t *declaration, size_t width) {
  struct kr_buffer text;
  kr_buffer_init(&text, (size_t)16 << 10);
  const char *type = text_of(declaration, "type");
  int code = strcmp(type, "boolean") == 0 ? kr_buffer_printf(out, "  --%s", name)
                                          : kr_buffer_printf(out, "  --%s %s", name, type);
  const char *help = text_of(declaration, "help");
  if (!code && *help) code = kr_buffer_printf(&text, "%s%s", help, help[strlen(help) - 1] == '.' ? "" : ".");
  if (!code) code = show_details(&text, declaration);
  if (!code && text.length > 0) code = kr_buffer_puts(out, "\n      ");
  if (!code) code = kr_text_wrap(out, kr_buffer_text(&text) + (*help ? 0 : text.length > 0), width, 6);
  kr_buffer_free(&text);
  return code ? code : kr_buffer_puts(out, "\n");
}

static int show_list(struct kr_buffer *out, const json_t *metadata, const char *field, const char *title) {
  const json_t *list = json_object_get(metadata, field);
  int code = json_array_size(list) > 0 ? kr_buffer_printf(out, "\n%s\n", title) : 0;
  for (size_t i = 0; !code && i < json_array_size(list); i++)
    code = kr_buffer_printf(out, "  %s\n", json_string_value(json_array_get(list, i)));
  return code;
}

int kr_metadata_help(struct kr_buffer *out, const json_t *metadata, size_t width) {
  const json_t *args = json_object_get(metadata, "args");
  const char *description = text_of(metadata, "description");
  const char *name;
  json_t *declaration;
  int code = kr_buffer_printf(out, "%s - ", text_of(metadata, "name"));
  if (!code) code = kr_text_wrap(out, text_of(metadata, "summary"), width, 0);
  if (!code) code = kr_buffer_puts(out, "\n");
  if (!code && *description) code = kr_buffer_puts(out, "\n");
  if (!code && *description) code = kr_text_wrap(out, description, width, 0);
  if (!code && *description) code = kr_buffer_puts(out, "\n");
  if (!code) code = kr_buffer_puts(out, json_object_size(args) ? "\nArguments\n" : "\nIt takes no arguments.\n");
  json_object_foreach((json_t *)args, name, declaration) {
    if (!code) code = show_argument(out, name, declaration, width);
  }
  if (!code) code = show_list(out, metadata, "needs", "What it needs to be allowed (RBAC)");
  if (!code) code = show_list(out, metadata, "findings", "What it can find");
  return code ? code : show_list(out, metadata, "examples", "Examples");
}
