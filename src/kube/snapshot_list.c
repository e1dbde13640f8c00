/* snapshot_list.c - see snapshot_list.h. kr_json_check tells of nearly every object that it is right; of the others
 * jansson does, and words what is wrong. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include "kube/snapshot_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "kube/snapshot_scan.h"

static uint32_t hash_of(const char *name) {
  uint32_t hash = 2166136261U; /* FNV-1a */
  for (; *name != '\0'; name++) hash = (hash ^ (unsigned char)*name) * 16777619U;
  return hash & ~1U;
}

void kr_snapshot_list_free(struct kr_snapshot_list *list) {
  if (list == NULL) return;
  free(list->name);
  free(list->places);
  free(list);
}

static int keep_place(struct kr_snapshot_list *list, const struct kr_snapshot_value *value, const char *name,
                      struct kr_error *error) {
  if (list->count == list->capacity) {
    size_t capacity = list->capacity == 0 ? 16 : list->capacity * 2;
    struct kr_snapshot_place *places = realloc(list->places, capacity * sizeof *places);
    if (places == NULL) return kr_error_set(error, KR_ENOMEM, "no memory for a snapshot");
    list->places = places;
    list->capacity = capacity;
  }
  list->places[list->count++] = (struct kr_snapshot_place){.from = value->from,
                                                           .length = (uint32_t)value->length,
                                                           .hash = hash_of(name) | (value->decoded == NULL ? 1U : 0U)};
  return KR_OK;
}

/* The string at a member of the value, under a member where one is named; a new reference, NULL for none. */
static json_t *string_in(const struct kr_snapshot_value *value, const char *under, const char *name) {
  if (value->decoded != NULL)
    return json_incref(json_object_get(under == NULL ? value->decoded : json_object_get(value->decoded, under), name));
  const char *end = value->text + value->length;
  const char *at = under == NULL ? value->text : kr_json_member(value->text, end, under);
  if (at != NULL) at = kr_json_member(at, end, name);
  const char *after = at == NULL || *at != '"' ? NULL : kr_json_skip(at, end);
  return after == NULL ? NULL : json_loadb(at, (size_t)(after - at), JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

static void copy_string(char *out, size_t size, const struct kr_snapshot_value *value, const char *name) {
  json_t *string = string_in(value, NULL, name);
  const char *text = json_string_value(string);
  (void)snprintf(out, size, "%s", text == NULL ? "" : text);
  json_decref(string);
}

static int take_item(void *user, const struct kr_snapshot_value *value, struct kr_error *error) {
  struct kr_snapshot_list *list = user;
  json_t *string = string_in(value, "metadata", "name");
  const char *name = json_string_value(string);
  int status = name == NULL ? kr_error_set(error, KR_EINVAL, "item %zu has no metadata.name", list->count)
                            : keep_place(list, value, name, error);
  if (status == KR_OK && list->count == 1) {
    copy_string(list->item_kind, sizeof list->item_kind, value, "kind");
    copy_string(list->item_version, sizeof list->item_version, value, "apiVersion");
  }
  json_decref(string);
  return status;
}

static void take_member(void *user, const char *name, const char *text) {
  struct kr_snapshot_list *list = user;
  if (strcmp(name, "kind") == 0) (void)snprintf(list->kind, sizeof list->kind, "%s", text);
  if (strcmp(name, "apiVersion") == 0) (void)snprintf(list->api_version, sizeof list->api_version, "%s", text);
}

int kr_snapshot_list_read(struct kr_snapshot_list **out, struct kr_snapshot_window *window, const char *name,
                          struct kr_error *error) {
  int status = kr_snapshot_window_open(window, name, error);
  if (status != KR_OK) return status;
  struct kr_snapshot_list *list = calloc(1, sizeof *list);
  if (list == NULL) return kr_error_set(error, KR_ENOMEM, "no memory for a snapshot");
  const struct kr_snapshot_scanner scanner = {take_item, take_member, list};
  list->version = window->version;
  list->name = strdup(name);
  status = list->name == NULL ? kr_error_set(error, KR_ENOMEM, "no memory for a snapshot")
                              : kr_snapshot_scan(window, &scanner, error);
  if (status == KR_OK)
    *out = list;
  else
    kr_snapshot_list_free(list);
  return status;
}

/* What is not to be passed on as it stands is decoded, and written again. */
static int rewrite(const char **text, size_t *length, char **decoded, struct kr_error *error) {
  json_t *item = json_loadb(*text, *length, JSON_ALLOW_NUL, NULL);
  *decoded = item == NULL ? NULL : json_dumps(item, JSON_COMPACT);
  json_decref(item);
  if (*decoded == NULL) return kr_error_set(error, KR_ENOMEM, "no memory for an object of a snapshot");
  *text = *decoded;
  *length = strlen(*decoded);
  return KR_OK;
}

static int changed(const struct kr_snapshot_window *window, const char *name, struct kr_error *error) {
  return kr_error_set(error, KR_EIO, "%s/%s has changed while it was read", window->folder, name);
}

int kr_snapshot_list_item(const char **text, size_t *length, char **decoded, const struct kr_snapshot_list *list,
                          struct kr_snapshot_window *window, size_t position, size_t ahead, struct kr_error *error) {
  const struct kr_snapshot_place *place = &list->places[position];
  *decoded = NULL;
  int status = kr_snapshot_window_open(window, list->name, error);
  if (status == KR_OK && !kr_snapshot_version_same(&window->version, &list->version))
    status = changed(window, list->name, error);
  if (status == KR_OK) status = kr_snapshot_window_read(text, length, window, place->from, place->length, ahead, error);
  if (status != KR_OK) return status;
  if (*length < place->length) return changed(window, list->name, error);
  *length = place->length;
  return (place->hash & 1U) != 0 ? KR_OK : rewrite(text, length, decoded, error);
}

static bool is_called(const char *text, size_t length, const char *name) {
  const struct kr_snapshot_value item = {.text = text, .length = length};
  json_t *string = string_in(&item, "metadata", "name");
  bool is = string != NULL && strcmp(json_string_value(string), name) == 0;
  json_decref(string);
  return is;
}

int kr_snapshot_list_find(size_t *position, const struct kr_snapshot_list *list, struct kr_snapshot_window *window,
                          const char *name, struct kr_error *error) {
  uint32_t hash = hash_of(name);
  for (*position = 0; *position < list->count; ++*position) {
    const char *text;
    size_t length;
    char *decoded;
    if ((list->places[*position].hash & ~1U) != hash) continue;
    int status = kr_snapshot_list_item(&text, &length, &decoded, list, window, *position, 0, error);
    if (status != KR_OK) return status;
    bool is = is_called(text, length, name);
    free(decoded);
    if (is) return KR_OK;
  }
  return KR_OK;
}
