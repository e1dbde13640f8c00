/* recorder_clean.c - see recorder_clean.h. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include "kube/recorder_clean.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "kube/secret.h"

enum { TEXT_FACTOR = 4 };

char *kr_recorder_clean_text(const char *text, size_t length, const struct kr_mask *mask) {
  struct kr_buffer valid, masked;
  kr_buffer_init(&valid, length * TEXT_FACTOR + 16);
  kr_buffer_init(&masked, length * TEXT_FACTOR * 2 + 64);
  char *clean = NULL;
  int status = kr_text_utf8(&valid, text, length);
  for (size_t i = 0; i < valid.length; i++) /* else what follows the NUL would be lost, or escape the mask */
    if (valid.data[i] == '\0') valid.data[i] = ' ';
  if (status == KR_OK && kr_mask_apply(mask, &masked, kr_buffer_text(&valid), valid.length) == KR_OK)
    clean = masked.data == NULL ? strdup("") : kr_buffer_take(&masked);
  kr_buffer_free(&valid);
  kr_buffer_free(&masked);
  return clean;
}

static int mask_value(json_t *value, const struct kr_mask *mask);

static int mask_string(json_t *value, const struct kr_mask *mask) {
  char *clean = kr_recorder_clean_text(json_string_value(value), json_string_length(value), mask);
  if (clean == NULL) return KR_ENOMEM;
  int failed = strcmp(clean, json_string_value(value)) != 0 && json_string_set(value, clean) != 0;
  free(clean);
  return failed ? KR_ENOMEM : KR_OK;
}

/* The value of what is called name, where joint ("=", ": ") stands between them: the name says what the value is. */
static int mask_named(const char *name, const char *joint, json_t *value, const struct kr_mask *mask) {
  struct kr_buffer text;
  kr_buffer_init(&text, strlen(name) + strlen(joint) + json_string_length(value) + 1);
  char *clean = NULL;
  bool failed = kr_buffer_printf(&text, "%s%s", name, joint) != KR_OK;
  size_t length = text.length;
  if (!failed) failed = kr_buffer_append(&text, json_string_value(value), json_string_length(value)) != KR_OK;
  if (!failed) failed = (clean = kr_recorder_clean_text(kr_buffer_text(&text), text.length, mask)) == NULL;
  if (!failed && strncmp(clean, kr_buffer_text(&text), length) == 0)
    failed = json_string_set(value, clean + length) != 0;
  kr_buffer_free(&text);
  free(clean);
  return failed ? KR_ENOMEM : KR_OK;
}

/* {"name": "DB_PASSWORD", "value": "..."}, an environment variable or an HTTP header. */
static int mask_pair(json_t *pair, const struct kr_mask *mask) {
  const char *name = json_string_value(json_object_get(pair, "name"));
  json_t *value = json_object_get(pair, "value");
  return name == NULL || !json_is_string(value) ? KR_OK : mask_named(name, "=", value, mask);
}

static int mask_value(json_t *value, const struct kr_mask *mask) {
  const char *name;
  json_t *member;
  size_t i;
  if (json_is_string(value)) return mask_string(value, mask);
  int status = mask_pair(value, mask);
  json_object_foreach(value, name, member) {
    if (status == KR_OK) status = mask_value(member, mask);
  }
  json_array_foreach(value, i, member) {
    if (status == KR_OK) status = mask_value(member, mask);
  }
  return status;
}

/* Keeps the keys of a map of values. */
static int empty_values(json_t *map) {
  const char *name;
  json_t *value;
  void *next;
  json_object_foreach_safe(map, next, name, value) {
    if (json_object_set_new(map, name, json_string("")) != 0) return KR_ENOMEM;
  }
  return KR_OK;
}

static int clean_config_map(json_t *map) {
  int status = empty_values(json_object_get(map, "data"));
  return status == KR_OK ? empty_values(json_object_get(map, "binaryData")) : status;
}

/* References to Secrets and ConfigMaps stay: they are what a diagnosis needs. */
static int redact_environment(json_t *containers) {
  json_t *container, *variable;
  size_t i, j;
  char name[32];
  json_array_foreach(containers, i, container) {
    json_array_foreach(json_object_get(container, "env"), j, variable) {
      (void)snprintf(name, sizeof name, "ENV_%zu", j + 1);
      int failed = json_object_set_new(variable, "name", json_string(name));
      if (!failed && json_object_get(variable, "value") != NULL)
        failed = json_object_set_new(variable, "value", json_string("***"));
      if (failed) return KR_ENOMEM;
    }
  }
  return KR_OK;
}

/* A pod's containers, and those of the template that a controller makes pods from. */
static int redact(json_t *object) {
  json_t *spec = json_object_get(object, "spec");
  json_t *job = json_object_get(json_object_get(spec, "jobTemplate"), "spec");
  json_t *specs[] = {spec, json_object_get(json_object_get(spec, "template"), "spec"),
                     json_object_get(json_object_get(job, "template"), "spec")};
  static const char *const lists[] = {"initContainers", "containers", "ephemeralContainers"};
  for (size_t i = 0; i < sizeof specs / sizeof *specs; i++)
    for (size_t j = 0; j < sizeof lists / sizeof *lists; j++) {
      int status = redact_environment(json_object_get(specs[i], lists[j]));
      if (status != KR_OK) return status;
    }
  return KR_OK;
}

int kr_recorder_clean(json_t *object, const char *kind, const struct kr_mask *mask, bool redacted) {
  json_t *metadata = json_object_get(object, "metadata"), *annotations = json_object_get(metadata, "annotations");
  int status = KR_OK;
  (void)json_object_del(metadata, "managedFields");
  (void)json_object_del(annotations, "kubectl.kubernetes.io/last-applied-configuration");
  if (annotations != NULL && json_object_size(annotations) == 0) (void)json_object_del(metadata, "annotations");
  if (strcmp(kind, "Secret") == 0) status = kr_secret_strip(object, true);
  if (strcmp(kind, "ConfigMap") == 0) status = clean_config_map(object);
  if (status == KR_OK && redacted) status = redact(object);
  return status == KR_OK ? mask_value(object, mask) : status;
}

int kr_recorder_clean_probe(json_t *record, const struct kr_mask *mask) {
  const char *name;
  json_t *value;
  int status = KR_OK;
  json_object_foreach(json_object_get(record, "headers"), name, value) {
    if (status == KR_OK) status = mask_named(name, ": ", value, mask);
  }
  return status == KR_OK ? mask_value(record, mask) : status;
}
