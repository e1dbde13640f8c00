/* kinds_discovery.c - reads discovery documents, of the aggregated and of the plain form, into kinds.
 *
 * They come from the server, and custom resources' names from whoever may create those: a name that could not be one
 * is passed over. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "kube/kinds_private.h"
#include "kube/kinds_table.h"

enum { FOUND_MAX = 10000, LIST_MAX = 512 };

void kr_found_kind_free(struct kr_found_kind *found) {
  if (found == NULL) return;
  for (size_t i = 0; i < sizeof found->texts / sizeof *found->texts; i++) free(found->texts[i]);
  free(found);
}

static const char *text_at(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text == NULL ? "" : text;
}

static bool is_name(const char *text) {
  size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");
  return length > 0 && length <= 253 && text[length] == '\0' && isalnum((unsigned char)*text);
}

static bool can_be_read(const json_t *resource) {
  size_t i;
  const json_t *verb;
  json_array_foreach(json_object_get(resource, "verbs"), i, verb) {
    const char *word = json_string_value(verb);
    if (word != NULL && (strcmp(word, "get") == 0 || strcmp(word, "list") == 0)) return true;
  }
  return false;
}

/* One more entry at the end of a comma-separated list. */
static int list_add(char **list, const char *entry) {
  struct kr_buffer text;
  kr_buffer_init(&text, LIST_MAX);
  int status =
      kr_buffer_printf(&text, "%s%s%s", *list == NULL ? "" : *list, *list == NULL || **list == '\0' ? "" : ",", entry);
  if (status == KR_OK) {
    free(*list);
    *list = kr_buffer_take(&text);
  }
  kr_buffer_free(&text);
  return status == KR_ELIMIT ? KR_OK : status; /* what does not fit is not needed */
}

static bool list_has(const char *list, const char *entry) {
  size_t length = strlen(entry);
  for (const char *at = list; *at != '\0';) {
    size_t size = strcspn(at, ",");
    if (size == length && memcmp(at, entry, size) == 0) return true;
    at += size + (at[size] == ',');
  }
  return false;
}

/* What both forms of discovery say of a resource. */
struct resource {
  const char *kind, *name, *singular, *group, *version;
  const json_t *short_names;
  bool namespaced;
};

static struct kr_found_kind *found_of(struct kr_kinds *kinds, const struct resource *resource) {
  for (size_t i = 0; i < kinds->count; i++) {
    const struct kr_kind *kind = &kinds->found[i]->kind;
    if (strcmp(kind->resource, resource->name) == 0 && strcmp(kind->group, resource->group) == 0)
      return kinds->found[i];
  }
  return NULL;
}

static bool is_built_in(const struct resource *resource) {
  for (size_t i = 0; i < kr_kinds_table_count; i++)
    if (strcmp(kr_kinds_table[i].resource, resource->name) == 0 &&
        strcmp(kr_kinds_table[i].group, resource->group) == 0)
      return true;
  return false;
}

static int fill(struct kr_found_kind *found, const struct resource *resource) {
  const char *singular = is_name(resource->singular) ? resource->singular : resource->name;
  const char *const texts[] = {resource->kind, resource->name, singular, "", resource->group, resource->version};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    found->texts[i] = strdup(texts[i]);
    if (found->texts[i] == NULL) return KR_ENOMEM;
  }
  /* kubectl compares with the lower-cased kind where the server gives no singular name */
  if (singular == resource->name) {
    free(found->texts[2]);
    found->texts[2] = strdup(resource->kind);
    if (found->texts[2] == NULL) return KR_ENOMEM;
    for (char *at = found->texts[2]; *at != '\0'; at++) *at = (char)tolower((unsigned char)*at);
  }
  size_t i;
  const json_t *name;
  json_array_foreach(resource->short_names, i, name) {
    const char *text = json_string_value(name);
    if (text != NULL && is_name(text) && list_add(&found->texts[3], text) != KR_OK) return KR_ENOMEM;
  }
  char **t = found->texts;
  found->kind = (struct kr_kind){t[0], t[1], t[2], t[3], t[4], t[5], resource->namespaced};
  return KR_OK;
}

static int add(struct kr_kinds *kinds, const struct resource *resource) {
  if (!is_name(resource->kind) || !is_name(resource->name) || !is_name(resource->version) ||
      (resource->group[0] != '\0' && !is_name(resource->group)) || is_built_in(resource))
    return KR_OK;
  struct kr_found_kind *found = found_of(kinds, resource);
  if (found != NULL) {
    if (list_has(found->kind.versions, resource->version)) return KR_OK;
    int status = list_add(&found->texts[5], resource->version);
    found->kind.versions = found->texts[5];
    return status;
  }
  if (kinds->count >= FOUND_MAX) return KR_OK;
  struct kr_found_kind **grown = realloc(kinds->found, (kinds->count + 1) * sizeof *grown);
  if (grown == NULL) return KR_ENOMEM;
  kinds->found = grown;
  found = calloc(1, sizeof *found);
  if (found == NULL || fill(found, resource) != KR_OK) {
    kr_found_kind_free(found);
    return KR_ENOMEM;
  }
  kinds->found[kinds->count++] = found;
  return KR_OK;
}

/* Reads the document, which must be of the kind. */
static int load(json_t **out, const char *text, size_t length, const char *kind, struct kr_error *error) {
  json_error_t why;
  *out = json_loadb(text, length, 0, &why);
  if (*out == NULL) return kr_error_set(error, KR_EINVAL, "discovery: not JSON: %s", why.text);
  if (strcmp(text_at(*out, "kind"), kind) == 0) return KR_OK;
  json_decref(*out);
  *out = NULL;
  return kr_error_set(error, KR_EINVAL, "discovery: expected an object of kind %s", kind);
}

static int add_aggregated_version(struct kr_kinds *kinds, const char *group, const json_t *version) {
  size_t i;
  const json_t *entry;
  json_array_foreach(json_object_get(version, "resources"), i, entry) {
    struct resource resource = {
        .kind = text_at(json_object_get(entry, "responseKind"), "kind"),
        .name = text_at(entry, "resource"),
        .singular = text_at(entry, "singularResource"),
        .group = group,
        .version = text_at(version, "version"),
        .short_names = json_object_get(entry, "shortNames"),
        .namespaced = strcmp(text_at(entry, "scope"), "Namespaced") == 0,
    };
    if (can_be_read(entry) && add(kinds, &resource) != KR_OK) return KR_ENOMEM;
  }
  return KR_OK;
}

int kr_kinds_add_aggregated(struct kr_kinds *kinds, const char *json, size_t length, struct kr_error *error) {
  json_t *document;
  int status = load(&document, json, length, "APIGroupDiscoveryList", error);
  if (status != KR_OK) return status;
  size_t i, j;
  const json_t *group, *version;
  json_array_foreach(json_object_get(document, "items"), i, group) {
    const char *name = text_at(json_object_get(group, "metadata"), "name");
    json_array_foreach(json_object_get(group, "versions"), j, version) {
      if (status == KR_OK) status = add_aggregated_version(kinds, name, version);
    }
  }
  json_decref(document);
  return status == KR_OK ? KR_OK : kr_error_set(error, status, "out of memory");
}

int kr_kinds_add_resources(struct kr_kinds *kinds, const char *json, size_t length, struct kr_error *error) {
  json_t *document;
  int status = load(&document, json, length, "APIResourceList", error);
  if (status != KR_OK) return status;
  const char *group_version = text_at(document, "groupVersion"), *slash = strchr(group_version, '/');
  char *group = strndup(group_version, slash == NULL ? 0 : (size_t)(slash - group_version));
  if (group == NULL) status = KR_ENOMEM;
  size_t i;
  const json_t *entry;
  json_array_foreach(json_object_get(document, "resources"), i, entry) {
    struct resource resource = {
        .kind = text_at(entry, "kind"),
        .name = text_at(entry, "name"), /* "pods/log" is no name: add() passes it over */
        .singular = text_at(entry, "singularName"),
        .group = group,
        .version = slash == NULL ? group_version : slash + 1,
        .short_names = json_object_get(entry, "shortNames"),
        .namespaced = json_is_true(json_object_get(entry, "namespaced")),
    };
    if (status == KR_OK && can_be_read(entry)) status = add(kinds, &resource);
  }
  free(group);
  json_decref(document);
  return status == KR_OK ? KR_OK : kr_error_set(error, status, "out of memory");
}
