/* selector.c - see selector.h. A selector is a list of requirements, all of which have to hold. */
#define _POSIX_C_SOURCE 200809L /* strndup */
#include "kube/selector.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum operator{ EXISTS, ABSENT, IN, NOT_IN, GREATER, LESS };

enum { REQUIREMENTS_MAX = 64, VALUES_MAX = 256, NUMBER_MAX = 24 };

struct requirement {
  char *key;
  enum operator operator;
  char **values;
  size_t value_count;
};

struct kr_selector {
  bool fields; /* keys are paths, else names of labels */
  size_t count;
  struct requirement requirements[REQUIREMENTS_MAX];
};

/* What is being read. */
struct reader {
  const char *at;
  struct kr_error *error;
};

static void skip_spaces(struct reader *reader) {
  while (isspace((unsigned char)*reader->at)) reader->at++;
}

static int malformed(const struct reader *reader, const char *wanted) {
  return kr_error_set(reader->error, KR_EINVAL, "unable to parse requirement: found '%.32s', expected: %s", reader->at,
                      wanted);
}

/* A key or value: what stands before an operator, comma, bracket or space. May be empty. */
static char *read_word(struct reader *reader) {
  skip_spaces(reader);
  size_t length = strcspn(reader->at, " \t\n,()=!<>");
  char *word = strndup(reader->at, length);
  reader->at += length;
  skip_spaces(reader);
  return word;
}

static int add_value(struct requirement *requirement, char *value) {
  if (value == NULL) return KR_ENOMEM;
  char **values = requirement->value_count < VALUES_MAX
                      ? realloc((void *)requirement->values, (requirement->value_count + 1) * sizeof *values)
                      : NULL;
  if (values == NULL) {
    free(value);
    return KR_ENOMEM;
  }
  requirement->values = values;
  values[requirement->value_count++] = value;
  return KR_OK;
}

/* "(a,b,c)" */
static int read_set(struct reader *reader, struct requirement *requirement) {
  if (*reader->at != '(') return malformed(reader, "'('");
  do {
    reader->at++;
    int status = add_value(requirement, read_word(reader));
    if (status != KR_OK) return kr_error_set(reader->error, status, "a selector has too many values");
  } while (*reader->at == ',');
  if (*reader->at != ')') return malformed(reader, "',' or ')'");
  reader->at++;
  skip_spaces(reader);
  return KR_OK;
}

static bool take(struct reader *reader, const char *text) {
  size_t length = strlen(text);
  if (strncmp(reader->at, text, length) != 0) return false;
  reader->at += length;
  return true;
}

/* What follows the key. */
static int read_operation(struct reader *reader, struct requirement *requirement) {
  if (*reader->at == '\0' || *reader->at == ',') {
    requirement->operator= EXISTS;
    return KR_OK;
  }
  if (take(reader, "notin")) {
    requirement->operator= NOT_IN;
    skip_spaces(reader);
    return read_set(reader, requirement);
  }
  if (take(reader, "in")) {
    requirement->operator= IN;
    skip_spaces(reader);
    return read_set(reader, requirement);
  }
  if (take(reader, "!="))
    requirement->operator= NOT_IN;
  else if (take(reader, "==") || take(reader, "="))
    requirement->operator= IN;
  else if (take(reader, ">"))
    requirement->operator= GREATER;
  else if (take(reader, "<"))
    requirement->operator= LESS;
  else
    return malformed(reader, "in, notin, =, ==, !=, >, < or ','");
  int status = add_value(requirement, read_word(reader));
  return status == KR_OK ? KR_OK : kr_error_set(reader->error, status, "no memory for a selector");
}

static int read_requirement(struct reader *reader, struct requirement *requirement) {
  skip_spaces(reader);
  bool negated = take(reader, "!");
  requirement->key = read_word(reader);
  if (requirement->key == NULL) return kr_error_set(reader->error, KR_ENOMEM, "no memory for a selector");
  if (*requirement->key == '\0') return malformed(reader, "a key");
  if (!negated) return read_operation(reader, requirement);
  requirement->operator= ABSENT;
  return *reader->at == '\0' || *reader->at == ',' ? KR_OK : malformed(reader, "','");
}

static int parse(struct kr_selector **out, const char *text, bool fields, struct kr_error *error) {
  struct reader reader = {.at = text == NULL ? "" : text, .error = error};
  struct kr_selector *selector = calloc(1, sizeof *selector);
  if (selector == NULL) return kr_error_set(error, KR_ENOMEM, "no memory for a selector");
  int status = KR_OK;
  selector->fields = fields;
  skip_spaces(&reader);
  while (status == KR_OK && *reader.at != '\0') {
    if (selector->count == REQUIREMENTS_MAX) {
      status = kr_error_set(error, KR_EINVAL, "a selector has more than %d requirements", REQUIREMENTS_MAX);
      break;
    }
    status = read_requirement(&reader, &selector->requirements[selector->count++]);
    if (status == KR_OK && *reader.at != '\0' && *reader.at != ',') status = malformed(&reader, "',' or its end");
    if (status == KR_OK && *reader.at == ',') {
      reader.at++;
      if (*reader.at == '\0') status = malformed(&reader, "a key");
    }
  }
  if (status == KR_OK)
    *out = selector;
  else
    kr_selector_free(selector);
  return status;
}

int kr_selector_parse_labels(struct kr_selector **out, const char *text, struct kr_error *error) {
  return parse(out, text, false, error);
}

/* The fields that the API serves, beyond metadata.name and metadata.namespace. */
static const struct {
  const char *resource;
  const char *fields; /* each between spaces */
} served[] = {
    {"pods",
     " spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName spec.hostNetwork status.phase"
     " status.podIP status.nominatedNodeName "},
    {"events",
     " involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid involvedObject.apiVersion"
     " involvedObject.resourceVersion involvedObject.fieldPath reason reportingComponent source type "},
    {"nodes", " spec.unschedulable "},
    {"namespaces", " status.phase "},
    {"secrets", " type "},
    {"services", " spec.clusterIP spec.type "},
    {"replicasets", " status.replicas "},
    {"replicationcontrollers", " status.replicas "},
    {"jobs", " status.successful "},
};

static bool is_served(const char *resource, const char *field) {
  if (strcmp(field, "metadata.name") == 0 || strcmp(field, "metadata.namespace") == 0) return true;
  size_t length = strlen(field);
  for (size_t i = 0; i < sizeof served / sizeof *served; i++) {
    if (strcmp(served[i].resource, resource) != 0) continue;
    for (const char *at = strstr(served[i].fields, field); at != NULL; at = strstr(at + 1, field))
      if (at[-1] == ' ' && at[length] == ' ') return true;
  }
  return false;
}

int kr_selector_parse_fields(struct kr_selector **out, const char *text, const char *resource, struct kr_error *error) {
  struct kr_selector *selector = NULL;
  int status = parse(&selector, text, true, error);
  for (size_t i = 0; status == KR_OK && i < selector->count; i++) {
    const struct requirement *requirement = &selector->requirements[i];
    if (requirement->value_count != 1 || (requirement->operator!= IN && requirement->operator!= NOT_IN))
      status = kr_error_set(error, KR_EINVAL, "invalid selector: '%s'; can't understand it", text);
    else if (!is_served(resource, requirement->key))
      status = kr_error_set(error, KR_EINVAL, "field label not supported: %s", requirement->key);
  }
  if (status == KR_OK)
    *out = selector;
  else
    kr_selector_free(selector);
  return status;
}

void kr_selector_free(struct kr_selector *selector) {
  if (selector == NULL) return;
  for (size_t i = 0; i < selector->count; i++) {
    for (size_t j = 0; j < selector->requirements[i].value_count; j++) free(selector->requirements[i].values[j]);
    free((void *)selector->requirements[i].values);
    free(selector->requirements[i].key);
  }
  free(selector);
}

static bool is_member(const struct requirement *requirement, const char *value) {
  for (size_t i = 0; i < requirement->value_count; i++)
    if (strcmp(requirement->values[i], value) == 0) return true;
  return false;
}

static bool compares(const struct requirement *requirement, const char *value) {
  char *value_end, *bound_end;
  long long is = strtoll(value, &value_end, 10), bound = strtoll(requirement->values[0], &bound_end, 10);
  if (value_end == value || *value_end != '\0' || *bound_end != '\0') return false;
  return requirement->operator== GREATER ? is > bound : is<bound;
}

/* value NULL: there is no such label. */
static bool holds(const struct requirement *requirement, const char *value) {
  switch (requirement->operator) {
    case EXISTS:
      return value != NULL;
    case ABSENT:
      return value == NULL;
    case IN:
      return value != NULL && is_member(requirement, value);
    case NOT_IN:
      return value == NULL || !is_member(requirement, value);
    default:
      return value != NULL && compares(requirement, value);
  }
}

/* The text at a dotted path; "" where there is none, as the API has it. Events' source is their source.component. */
static const char *field_text(const json_t *object, const char *path, char number[NUMBER_MAX]) {
  if (strcmp(path, "source") == 0) path = "source.component";
  while (object != NULL) {
    size_t length = strcspn(path, ".");
    object = json_object_getn(object, path, length);
    if (path[length] == '\0') break;
    path += length + 1;
  }
  if (json_is_boolean(object)) return json_is_true(object) ? "true" : "false";
  if (json_is_integer(object)) {
    (void)snprintf(number, NUMBER_MAX, "%lld", (long long)json_integer_value(object));
    return number;
  }
  return json_is_string(object) ? json_string_value(object) : "";
}

bool kr_selector_matches(const struct kr_selector *selector, const json_t *object) {
  const json_t *labels = json_object_get(json_object_get(object, "metadata"), "labels");
  for (size_t i = 0; i < selector->count; i++) {
    const struct requirement *requirement = &selector->requirements[i];
    char number[NUMBER_MAX];
    const char *value = selector->fields ? field_text(object, requirement->key, number)
                                         : json_string_value(json_object_get(labels, requirement->key));
    if (!holds(requirement, value)) return false;
  }
  return true;
}
