/* arguments.c - declared arguments and their values. */
#define _POSIX_C_SOURCE 200809L
#include "book/arguments.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/text.h"

#define ARGUMENTS_MAX 100

const struct kr_argument_type kr_argument_types[] = {
    {"string", "a string"},
    {"integer", "a whole number"},
    {"number", "a number"},
    {"boolean", "true or false"},
    {"duration", "a duration like 90s, 5m or 1h30m"},
    {"enum", "one of its values"},
    {"object", "KIND/NAME, such as ingress/shop or deploy/api"},
};
const size_t kr_argument_type_count = sizeof kr_argument_types / sizeof kr_argument_types[0];
static const char *const members[] = {"type", "values", "required", "default", "repeated", "help"};
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool is_one_of(const char *text, const char *const *words, size_t count) {
  for (size_t i = 0; text && i < count; i++) {
    if (strcmp(words[i], text) == 0) return true;
  }
  return false;
}

static const struct kr_argument_type *find_type(const char *name) {
  for (size_t i = 0; name && i < kr_argument_type_count; i++) {
    if (strcmp(kr_argument_types[i].name, name) == 0) return &kr_argument_types[i];
  }
  return NULL;
}

static const char *type_of(const json_t *declaration) {
  const char *type = json_string_value(json_object_get(declaration, "type"));
  return type ? type : "string";
}

static int out_of_memory(struct kr_error *error) {
  return kr_error_set(error, KR_ENOMEM, "out of memory while reading arguments");
}

/* The values of an enum: "a, b or c". */
static void list_values(struct kr_buffer *out, const json_t *values) {
  size_t count = json_array_size(values);
  for (size_t i = 0; i < count; i++) {
    const char *between = i == 0 ? "" : i + 1 == count ? " or " : ", ";
    if (kr_buffer_printf(out, "%s%s", between, json_string_value(json_array_get(values, i)))) return;
  }
}

static int not_a(struct kr_error *error, const char *name, const json_t *value, const json_t *declaration) {
  const struct kr_argument_type *type = find_type(type_of(declaration));
  const char *given = json_string_value(value);
  struct kr_buffer expected;
  kr_buffer_init(&expected, 512);
  if (type && strcmp(type->name, "enum") == 0)
    list_values(&expected, json_object_get(declaration, "values"));
  else if (type && kr_buffer_puts(&expected, type->takes))
    kr_buffer_clear(&expected);
  if (given) {
    kr_error_set(error, KR_EUSAGE, "--%s takes %s, not \"%.200s\"", name, kr_buffer_text(&expected), given);
  } else {
    kr_error_set(error, KR_EUSAGE, "--%s takes %s", name, kr_buffer_text(&expected));
  }
  kr_buffer_free(&expected);
  return KR_EUSAGE;
}

static json_t *as_integer(const json_t *value) {
  const char *text = json_string_value(value);
  char *end = NULL;
  if (json_is_integer(value)) return json_copy((json_t *)value);
  if (!text || !*text) return NULL;
  errno = 0;
  long long number = strtoll(text, &end, 10);
  return errno || *end ? NULL : json_integer(number);
}

static json_t *as_number(const json_t *value) {
  const char *text = json_string_value(value);
  char *end = NULL;
  if (json_is_number(value)) return json_copy((json_t *)value);
  if (!text || !*text) return NULL;
  double number = strtod(text, &end);
  return *end || !isfinite(number) ? NULL : json_real(number);
}

static json_t *as_boolean(const json_t *value) {
  const char *text = json_string_value(value);
  if (json_is_boolean(value)) return json_copy((json_t *)value);
  if (text && strcmp(text, "true") == 0) return json_true();
  return text && strcmp(text, "false") == 0 ? json_false() : NULL;
}

/* Seconds. */
static json_t *as_duration(const json_t *value) {
  if (json_is_number(value)) return json_copy((json_t *)value);
  int64_t time = json_is_string(value) ? kr_duration_parse(json_string_value(value)) : KR_TIME_NONE;
  if (time == KR_TIME_NONE || time < 0) return NULL;
  return time % 1000 == 0 ? json_integer(time / 1000) : json_real((double)time / 1000);
}

static json_t *as_enum(const json_t *value, const json_t *values) {
  for (size_t i = 0; i < json_array_size(values); i++) {
    if (json_equal(json_array_get(values, i), value)) return json_copy((json_t *)value);
  }
  return NULL;
}

/* KIND/NAME */
static json_t *as_object(const json_t *value) {
  const char *text = json_string_value(value), *slash = text ? strchr(text, '/') : NULL;
  bool is_one = slash && slash > text && slash[1] != '\0' && !strchr(slash + 1, '/');
  return is_one ? json_copy((json_t *)value) : NULL;
}

static int convert_one(json_t **out, const char *name, const json_t *declaration, const json_t *value,
                       struct kr_error *error) {
  const char *type = type_of(declaration);
  *out = strcmp(type, "integer") == 0    ? as_integer(value)
         : strcmp(type, "number") == 0   ? as_number(value)
         : strcmp(type, "boolean") == 0  ? as_boolean(value)
         : strcmp(type, "duration") == 0 ? as_duration(value)
         : strcmp(type, "enum") == 0     ? as_enum(value, json_object_get(declaration, "values"))
         : strcmp(type, "object") == 0   ? as_object(value)
         : json_is_string(value)         ? json_copy((json_t *)value)
                                         : NULL;
  return *out ? 0 : not_a(error, name, value, declaration);
}

static int convert(json_t **out, const char *name, const json_t *declaration, const json_t *value,
                   struct kr_error *error) {
  bool repeated = json_is_true(json_object_get(declaration, "repeated"));
  if (!repeated) {
    if (!json_is_array(value)) return convert_one(out, name, declaration, value, error);
    return kr_error_set(error, KR_EUSAGE, "--%s is given more than once, but takes one value", name);
  }
  json_t *list = json_array();
  size_t count = json_is_array(value) ? json_array_size(value) : 1;
  int code = 0;
  if (json_is_object(value) && json_object_size(value) == 0) count = 0; /* an empty Lua table */
  for (size_t i = 0; !code && i < count; i++) {
    json_t *one = NULL;
    code = convert_one(&one, name, declaration, json_is_array(value) ? json_array_get(value, i) : value, error);
    if (!code && json_array_append_new(list, one)) code = out_of_memory(error);
  }
  if (code) {
    json_decref(list);
  } else {
    *out = list;
  }
  return code;
}

static int wrong(struct kr_error *error, const char *name, const char *member, const char *expected) {
  return kr_error_set(error, KR_EINVAL, "args.%s%s%s must be %s", name, *member ? "." : "", member, expected);
}

static int check_values(const char *name, const json_t *declaration, struct kr_error *error) {
  const json_t *values = json_object_get(declaration, "values");
  bool is_enum = strcmp(type_of(declaration), "enum") == 0;
  if (!is_enum && values) return wrong(error, name, "type", "\"enum\" where values are listed");
  if (is_enum && json_array_size(values) == 0) return wrong(error, name, "values", "a list of strings");
  for (size_t i = 0; i < json_array_size(values); i++) {
    if (!json_is_string(json_array_get(values, i))) return wrong(error, name, "values", "a list of strings");
  }
  return 0;
}

static int declare(const char *name, const json_t *declaration, struct kr_error *error) {
  const char *member;
  json_t *value;
  if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != strlen(name) || name[0] == '-' || strlen(name) > 63)
    return kr_error_set(error, KR_EINVAL, "args.%.80s: a name is lower-case letters, digits and _", name);
  if (!json_is_object(declaration)) return wrong(error, name, "", "a table like { type = \"string\" }");
  json_object_foreach((json_t *)declaration, member, value) {
    if (is_one_of(member, members, COUNT(members))) continue;
    const char *nearest = kr_text_nearest(member, members, COUNT(members));
    return kr_error_set(error, KR_EINVAL, "args.%s has no field \"%s\"%s%s", name, member, nearest ? "; nearest: " : "",
                        nearest ? nearest : "");
  }
  if (!json_is_string(json_object_get(declaration, "type")) || !find_type(type_of(declaration)))
    return wrong(error, name, "type", "string, integer, number, boolean, duration, enum or object");
  static const char *const booleans[] = {"required", "repeated"};
  for (size_t i = 0; i < 2; i++) {
    value = json_object_get(declaration, booleans[i]);
    if (value && !json_is_boolean(value)) return wrong(error, name, booleans[i], "true or false");
  }
  value = json_object_get(declaration, "help");
  if (value && !json_is_string(value)) return wrong(error, name, "help", "a string");
  int code = check_values(name, declaration, error);
  value = json_object_get(declaration, "default");
  if (!code && value) {
    json_t *ignored = NULL;
    if (convert(&ignored, name, declaration, value, NULL)) code = wrong(error, name, "default", "of its own type");
    json_decref(ignored);
  }
  return code;
}

int kr_arguments_declare(const json_t *declared, struct kr_error *error) {
  const char *name;
  json_t *declaration;
  if (declared && !json_is_object(declared)) return kr_error_set(error, KR_EINVAL, "args must be a table");
  if (json_object_size(declared) > ARGUMENTS_MAX)
    return kr_error_set(error, KR_EINVAL, "args must be at most %d", ARGUMENTS_MAX);
  json_object_foreach((json_t *)declared, name, declaration) {
    int code = declare(name, declaration, error);
    if (code) return code;
  }
  return 0;
}

static bool same_name(const char *name, const char *flag) {
  while (*name && (*name == *flag || (*name == '_' && *flag == '-') || (*name == '-' && *flag == '_'))) name++, flag++;
  return *name == '\0' && *flag == '\0';
}

bool kr_arguments_is_flag(const json_t *declared, const char *name) {
  return strcmp(type_of(json_object_get(declared, name)), "boolean") == 0;
}

const char *kr_arguments_name(const json_t *declared, const char *flag, bool *negated) {
  const char *name;
  json_t *declaration;
  *negated = false;
  json_object_foreach((json_t *)declared, name, declaration) {
    if (same_name(name, flag)) return name;
  }
  if (strncmp(flag, "no-", 3) != 0) return NULL;
  json_object_foreach((json_t *)declared, name, declaration) {
    if (!same_name(name, flag + 3) || !kr_arguments_is_flag(declared, name)) continue;
    *negated = true;
    return name;
  }
  return NULL;
}

int kr_arguments_give(json_t *given, const char *name, json_t *value) {
  json_t *before = json_object_get(given, name);
  if (!before) return json_object_set_new(given, name, value) ? KR_ENOMEM : 0;
  if (json_is_array(before)) return json_array_append_new(before, value) ? KR_ENOMEM : 0;
  json_t *both = json_array();
  if (json_array_append(both, before) || json_array_append_new(both, value) || json_object_set(given, name, both)) {
    json_decref(both);
    return KR_ENOMEM;
  }
  json_decref(both);
  return 0;
}

int kr_arguments_unknown(const json_t *declared, const char *name, struct kr_error *error) {
  const char *names[ARGUMENTS_MAX];
  const char *known;
  json_t *declaration;
  size_t count = 0;
  json_object_foreach((json_t *)declared, known, declaration) {
    if (count < ARGUMENTS_MAX) names[count++] = known;
  }
  const char *nearest = kr_text_nearest(name, names, count);
  if (nearest) return kr_error_set(error, KR_EUSAGE, "no argument --%.100s; nearest: --%s", name, nearest);
  return kr_error_set(error, KR_EUSAGE, "no argument --%.100s; --help after the runbook's name shows what it takes",
                      name);
}

int kr_arguments_resolve(json_t **out, const json_t *declared, const json_t *given, struct kr_error *error) {
  json_t *resolved = json_object();
  const char *name;
  json_t *value, *declaration;
  int code = resolved ? 0 : out_of_memory(error);
  if (code) return code;
  json_object_foreach((json_t *)given, name, value) {
    if (!json_object_get(declared, name)) {
      code = kr_arguments_unknown(declared, name, error);
      goto done;
    }
  }
  json_object_foreach((json_t *)declared, name, declaration) {
    json_t *converted = NULL;
    value = json_object_get(given, name);
    if (!value || json_is_null(value)) value = json_object_get(declaration, "default");
    if (value) {
      if ((code = convert(&converted, name, declaration, value, error))) goto done;
      if (json_object_set_new(resolved, name, converted)) {
        code = out_of_memory(error);
        goto done;
      }
    } else if (json_is_true(json_object_get(declaration, "required"))) {
      const char *help = json_string_value(json_object_get(declaration, "help"));
      code = kr_error_set(error, KR_EUSAGE, "--%s is needed%s%s", name, help ? ": " : "", help ? help : "");
      goto done;
    }
  }
done:
  if (code) {
    json_decref(resolved);
  } else {
    *out = resolved;
  }
  return code;
}
