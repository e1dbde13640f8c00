/* selector.c - see selector.h. A selector is a list of requirements, all of which have to hold. */
#define _POSIX_C_SOURCE 200809L /* strndup */
#include "kube/selector.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"

enum relation { EXISTS, ABSENT, IN, NOT_IN, GREATER, LESS };

enum { REQUIREMENTS_MAX = 64, VALUES_MAX = 256, STEP_MAX = 64 };

struct requirement {
  char *key;
  enum relation relation;
  char **values;
  size_t value_count;
  const char *unset; /* of a field: the value of an object that does not set it */
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

/* Takes value over. */
static int add_value(struct requirement *requirement, char *value, struct kr_error *error) {
  bool full = requirement->value_count == VALUES_MAX;
  char **values = value == NULL || full
                      ? NULL
                      : realloc((void *)requirement->values, (requirement->value_count + 1) * sizeof *values);
  if (values == NULL) {
    free(value);
    if (full) return kr_error_set(error, KR_EINVAL, "a selector has more than %d values", VALUES_MAX);
    return kr_error_set(error, KR_ENOMEM, "no memory for a selector");
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
    int status = add_value(requirement, read_word(reader), reader->error);
    if (status != KR_OK) return status;
  } while (*reader->at == ',');
  if (*reader->at != ')') return malformed(reader, "',' or ')'");
  reader->at++;
  skip_spaces(reader);
  return KR_OK;
}

static bool is_number(const char *text) {
  char *end;
  (void)strtoll(text, &end, 10);
  return end != text && *end == '\0';
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
    requirement->relation = EXISTS;
    return KR_OK;
  }
  if (take(reader, "notin")) {
    requirement->relation = NOT_IN;
    skip_spaces(reader);
    return read_set(reader, requirement);
  }
  if (take(reader, "in")) {
    requirement->relation = IN;
    skip_spaces(reader);
    return read_set(reader, requirement);
  }
  if (take(reader, "!="))
    requirement->relation = NOT_IN;
  else if (take(reader, "==") || take(reader, "="))
    requirement->relation = IN;
  else if (take(reader, ">"))
    requirement->relation = GREATER;
  else if (take(reader, "<"))
    requirement->relation = LESS;
  else
    return malformed(reader, "in, notin, =, ==, !=, >, < or ','");
  bool compares = requirement->relation == GREATER || requirement->relation == LESS;
  char *word = read_word(reader);
  bool wrong = compares && word != NULL && !is_number(word);
  int status = add_value(requirement, word, reader->error);
  return status == KR_OK && wrong ? malformed(reader, "a number to compare with") : status;
}

static int read_requirement(struct reader *reader, struct requirement *requirement) {
  skip_spaces(reader);
  bool negated = take(reader, "!");
  requirement->key = read_word(reader);
  if (requirement->key == NULL) return kr_error_set(reader->error, KR_ENOMEM, "no memory for a selector");
  if (*requirement->key == '\0') return malformed(reader, "a key");
  if (!negated) return read_operation(reader, requirement);
  requirement->relation = ABSENT;
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

/* The fields that the API serves, beyond metadata.name and metadata.namespace; what it takes for a field that is not
 * set stands behind the '='. */
static const struct {
  const char *resource;
  const char *fields; /* each between spaces */
} served[] = {
    {"pods",
     " spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName spec.hostNetwork=false status.phase"
     " status.podIP status.podIPs status.nominatedNodeName "},
    {"events",
     " involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid involvedObject.apiVersion"
     " involvedObject.resourceVersion involvedObject.fieldPath reason reportingComponent source type "},
    {"nodes", " spec.unschedulable=false "},
    {"namespaces", " status.phase "},
    {"secrets", " type "},
    {"services", " spec.clusterIP spec.type "},
    {"replicasets.apps", " status.replicas=0 "},
    {"replicationcontrollers", " status.replicas=0 "},
    {"jobs.batch", " status.successful=0 "},
};

/* What an object has for a field that it does not set; NULL when the API does not serve the field. */
static const char *unset_value(const char *resource, const char *field) {
  static const char *const values[] = {"false", "0"};
  if (strcmp(field, "metadata.name") == 0 || strcmp(field, "metadata.namespace") == 0) return "";
  size_t length = strlen(field);
  for (size_t i = 0; i < sizeof served / sizeof *served; i++) {
    if (strcmp(served[i].resource, resource) != 0) continue;
    for (const char *at = strstr(served[i].fields, field); at != NULL; at = strstr(at + 1, field)) {
      if (at[-1] != ' ') continue;
      if (at[length] == ' ') return "";
      if (at[length] == '=') return at[length + 1] == *values[0] ? values[0] : values[1];
    }
  }
  return NULL;
}

int kr_selector_parse_fields(struct kr_selector **out, const char *text, const char *resource, struct kr_error *error) {
  struct kr_selector *selector = NULL;
  int status = parse(&selector, text, true, error);
  if (selector == NULL) return status;
  for (size_t i = 0; status == KR_OK && i < selector->count; i++) {
    struct requirement *requirement = &selector->requirements[i];
    if (requirement->value_count != 1 || (requirement->relation != IN && requirement->relation != NOT_IN))
      status = kr_error_set(error, KR_EINVAL, "invalid selector: '%s'; can't understand it", text);
    else if ((requirement->unset = unset_value(resource, requirement->key)) == NULL)
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

static bool is_beyond(const struct requirement *requirement, const char *value) {
  if (!is_number(value)) return false;
  long long is = strtoll(value, NULL, 10), bound = strtoll(requirement->values[0], NULL, 10);
  return requirement->relation == GREATER ? is > bound : is < bound;
}

/* value NULL: there is no such label. */
static bool holds(const struct requirement *requirement, const char *value) {
  switch (requirement->relation) {
    case EXISTS:
      return value != NULL;
    case ABSENT:
      return value == NULL;
    case IN:
      return value != NULL && is_member(requirement, value);
    case NOT_IN:
      return value == NULL || !is_member(requirement, value);
    default:
      return value != NULL && is_beyond(requirement, value);
  }
}

/* JSON text: from at to end something begins. at NULL: nothing. */
struct part {
  const char *at, *end;
};

static struct part member(struct part object, const char *name) {
  return (struct part){object.at == NULL ? NULL : kr_json_member(object.at, object.end, name), object.end};
}

/* What stands at a dotted path. */
static struct part part_at(struct part object, const char *path) {
  char step[STEP_MAX];
  while (object.at != NULL) {
    size_t length = strcspn(path, ".");
    (void)snprintf(step, sizeof step, "%.*s", (int)length, path);
    object = member(object, step);
    if (path[length] == '\0') break;
    path += length + 1;
  }
  return object;
}

/* The part that a field names: most are paths, some have a name of their own. */
static struct part field_part(struct part object, const char *field) {
  if (strcmp(field, "source") == 0) {
    struct part component = part_at(object, "source.component");
    return component.at != NULL ? component : part_at(object, "reportingComponent");
  }
  if (strcmp(field, "status.podIPs") == 0) {
    struct part addresses = part_at(object, field);
    if (addresses.at != NULL) addresses.at = kr_json_element(addresses.at, addresses.end);
    return member(addresses, "ip");
  }
  if (strcmp(field, "status.successful") == 0) return part_at(object, "status.succeeded");
  return part_at(object, field);
}

/* A string, or a number or a word as it is written; NULL where it is none, or null. A new reference. */
static json_t *value_of(struct part part) {
  const char *after = part.at == NULL || *part.at == '{' || *part.at == '[' ? NULL : kr_json_skip(part.at, part.end);
  if (after == NULL || *part.at == 'n') return NULL;
  if (*part.at != '"') return json_stringn(part.at, (size_t)(after - part.at));
  return json_loadb(part.at, (size_t)(after - part.at), JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

/* Labels are strings alone; of a field the API compares the text, and has one for what is not set. */
static bool holds_for(const struct requirement *requirement, struct part part, bool is_field) {
  json_t *value = is_field || (part.at != NULL && *part.at == '"') ? value_of(part) : NULL;
  const char *text = json_string_value(value);
  bool does = holds(requirement, text == NULL && is_field ? requirement->unset : text);
  json_decref(value);
  return does;
}

bool kr_selector_matches(const struct kr_selector *selector, const char *object, const char *end) {
  struct part whole = {object, end}, labels = {NULL, end};
  if (selector->count > 0 && !selector->fields) labels = part_at(whole, "metadata.labels");
  for (size_t i = 0; i < selector->count; i++) {
    const struct requirement *requirement = &selector->requirements[i];
    struct part part = selector->fields ? field_part(whole, requirement->key) : member(labels, requirement->key);
    if (!holds_for(requirement, part, selector->fields)) return false;
  }
  return true;
}
