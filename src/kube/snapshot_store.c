/* snapshot_store.c - see snapshot_store.h. */
#define _GNU_SOURCE /* asprintf, tdestroy */
#include "kube/snapshot_store.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "kube/probe.h"
#include "kube/snapshot_folder.h"

#define FILE_BYTES_MAX ((size_t)1 << 30)
#define LOG_BYTES_MAX  ((size_t)64 << 20)

/* Whether a document is what the file called name holds. */
typedef int (*check_fn)(const json_t *document, const struct kr_snapshot_store *store, const char *name,
                        struct kr_error *error);

static int no_memory(struct kr_error *error) { return kr_error_set(error, KR_ENOMEM, "no memory for a snapshot"); }

/* Reads a JSON file below the folder. */
static int read_json(json_t **out, const char *folder, const char *name, struct kr_error *error) {
  struct kr_buffer text;
  json_error_t problem;
  kr_buffer_init(&text, FILE_BYTES_MAX);
  int status = kr_snapshot_folder_read(&text, folder, name, error);
  if (status == KR_OK) {
    *out = json_loadb(kr_buffer_text(&text), text.length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &problem);
    if (*out == NULL)
      status =
          kr_error_set(error, KR_EINVAL, "%s/%s:%d:%d: %s", folder, name, problem.line, problem.column, problem.text);
  }
  kr_buffer_free(&text);
  return status;
}

static int check_index(struct kr_snapshot_store *store, struct kr_error *error) {
  static const char *const arrays[] = {"covered", "refused", "logs", "reviews"};
  const char *schema = json_string_value(json_object_get(store->index, "schema"));
  const char *taken_at = json_string_value(json_object_get(store->index, "taken_at"));
  if (schema == NULL || strcmp(schema, KR_SNAPSHOT_SCHEMA) != 0)
    return kr_error_set(error, KR_EINVAL, "%s/snapshot.json: its schema is \"%s\", not \"%s\"", store->folder,
                        schema == NULL ? "" : schema, KR_SNAPSHOT_SCHEMA);
  store->taken_at = taken_at == NULL ? KR_TIME_NONE : kr_time_parse(taken_at);
  if (store->taken_at == KR_TIME_NONE)
    return kr_error_set(error, KR_EINVAL, "%s/snapshot.json: taken_at must be a time such as 2026-01-31T08:00:00Z",
                        store->folder);
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
    const json_t *array = json_object_get(store->index, arrays[i]);
    if (array != NULL && !json_is_array(array))
      return kr_error_set(error, KR_EINVAL, "%s/snapshot.json: %s must be an array", store->folder, arrays[i]);
  }
  return KR_OK;
}

int kr_snapshot_store_open(struct kr_snapshot_store *store, const char *folder, struct kr_error *error) {
  *store = (struct kr_snapshot_store){.folder = strdup(folder), .documents = json_object()};
  kr_snapshot_window_init(&store->window, store->folder);
  int status = store->folder == NULL || store->documents == NULL ? no_memory(error) : KR_OK;
  if (status == KR_OK && !kr_folder_exists(folder))
    status = kr_error_set(error, KR_ENOTFOUND, "there is no snapshot folder %s", folder);
  if (status == KR_OK) status = read_json(&store->index, folder, "snapshot.json", error);
  if (status == KR_ENOTFOUND && kr_folder_exists(folder))
    status = kr_error_set(error, KR_EINVAL, "%s is no snapshot: it has no snapshot.json", folder);
  if (status == KR_OK) status = check_index(store, error);
  if (status != KR_OK) kr_snapshot_store_close(store);
  return status;
}

static void free_list(void *list) { kr_snapshot_list_free(list); }

void kr_snapshot_store_close(struct kr_snapshot_store *store) {
  tdestroy(store->lists, free_list);
  kr_snapshot_window_close(&store->window);
  free(store->folder);
  json_decref(store->index);
  json_decref(store->documents);
  *store = (struct kr_snapshot_store){0};
}

static int check_probes(const json_t *document, const struct kr_snapshot_store *store, const char *name,
                        struct kr_error *error) {
  const json_t *probes = json_object_get(document, "probes"), *probe;
  size_t i;
  if (!json_is_array(probes))
    return kr_error_set(error, KR_EINVAL, "%s/%s: an object with an array \"probes\" is wanted", store->folder, name);
  json_array_foreach(probes, i, probe) {
    if (kr_probe_check_record(probe, error) != KR_OK)
      return kr_error_prefix(error, "%s/%s: probes[%zu]", store->folder, name, i);
  }
  return KR_OK;
}

/* Reads the document called name once; what is not there is remembered as null. check may be NULL. */
static int load(const json_t **document, struct kr_snapshot_store *store, const char *name, check_fn check,
                struct kr_error *error) {
  json_t *read = json_object_get(store->documents, name);
  if (read == NULL) {
    int status = read_json(&read, store->folder, name, error);
    if (status == KR_OK && check != NULL) status = check(read, store, name, error);
    if (status == KR_ENOTFOUND) {
      read = json_null();
      status = KR_OK;
    }
    if (status == KR_OK && json_object_set(store->documents, name, read) != 0) status = no_memory(error);
    json_decref(read); /* the table keeps it */
    if (status != KR_OK) return status;
  }
  *document = json_is_null(read) ? NULL : read;
  return KR_OK;
}

static int by_name(const void *left, const void *right) {
  const struct kr_snapshot_list *first = left, *second = right;
  return strcmp(first->name, second->name);
}

/* Puts a list into the tree, which owns it then. */
static int keep_list(struct kr_snapshot_store *store, struct kr_snapshot_list *list, struct kr_error *error) {
  if (tsearch(list, &store->lists, by_name) != NULL) return KR_OK;
  kr_snapshot_list_free(list);
  return no_memory(error);
}

/* The list in the file called name; that there is none is not remembered. */
static int find_list(const struct kr_snapshot_list **list, struct kr_snapshot_store *store, char *name,
                     struct kr_error *error) {
  const struct kr_snapshot_list wanted = {.name = name};
  struct kr_snapshot_list *read = NULL;
  struct kr_snapshot_list *const *known = tfind(&wanted, &store->lists, by_name);
  if (known != NULL) {
    *list = *known;
    return KR_OK;
  }
  int status = kr_snapshot_list_read(&read, &store->window, name, error);
  if (status == KR_ENOTFOUND) return KR_OK;
  if (status == KR_OK) status = keep_list(store, read, error);
  if (status == KR_OK) *list = read;
  return status;
}

int kr_snapshot_store_list(const struct kr_snapshot_list **list, struct kr_snapshot_store *store, const char *resource,
                           const char *namespace_, struct kr_error *error) {
  char *name = NULL;
  *list = NULL;
  if (!kr_snapshot_name_is_safe(resource) || (namespace_ != NULL && !kr_snapshot_name_is_safe(namespace_)))
    return KR_OK;
  int length = namespace_ == NULL ? asprintf(&name, "cluster/%s.json", resource)
                                  : asprintf(&name, "namespaces/%s/%s.json", namespace_, resource);
  if (length < 0) return no_memory(error);
  int status = find_list(list, store, name, error);
  free(name);
  return status;
}

int kr_snapshot_store_find(bool *found, size_t *position, struct kr_snapshot_store *store,
                           const struct kr_snapshot_list *list, const char *name, struct kr_error *error) {
  *found = false;
  if (list == NULL || name == NULL) return KR_OK;
  int status = kr_snapshot_list_find(position, list, &store->window, name, error);
  *found = status == KR_OK && *position < list->count;
  return status;
}

int kr_snapshot_store_object(json_t **object, struct kr_snapshot_store *store, const char *resource,
                             const char *namespace_, const char *name, struct kr_error *error) {
  const struct kr_snapshot_list *list = NULL;
  const char *text = NULL;
  size_t position = 0, length = 0;
  char *decoded = NULL;
  bool found = false;
  *object = NULL;
  int status = kr_snapshot_store_list(&list, store, resource, namespace_, error);
  if (status == KR_OK) status = kr_snapshot_store_find(&found, &position, store, list, name, error);
  if (status != KR_OK || !found) return status;
  status = kr_snapshot_list_item(&text, &length, &decoded, list, &store->window, position, 0, error);
  if (status == KR_OK) *object = json_loadb(text, length, JSON_ALLOW_NUL, NULL);
  free(decoded);
  return status == KR_OK && *object == NULL ? no_memory(error) : status;
}

int kr_snapshot_store_discovery(const json_t **discovery, struct kr_snapshot_store *store, struct kr_error *error) {
  return load(discovery, store, "discovery.json", NULL, error);
}

int kr_snapshot_store_probes(const json_t **probes, struct kr_snapshot_store *store, const char *namespace_,
                             struct kr_error *error) {
  char *name = NULL;
  *probes = NULL;
  if (!kr_snapshot_name_is_safe(namespace_)) return KR_OK;
  if (asprintf(&name, "namespaces/%s/probes.json", namespace_) < 0) return no_memory(error);
  int status = load(probes, store, name, check_probes, error);
  if (status == KR_OK) *probes = json_object_get(*probes, "probes");
  free(name);
  return status;
}

int kr_snapshot_store_log(struct kr_buffer *out, const struct kr_snapshot_store *store, const char *namespace_,
                          const char *pod, const char *container, bool previous, struct kr_error *error) {
  char *name = NULL;
  if (!kr_snapshot_name_is_safe(namespace_) || !kr_snapshot_name_is_safe(pod) || !kr_snapshot_name_is_safe(container))
    return kr_error_set(error, KR_ENOTFOUND, "there is no log of that name");
  if (asprintf(&name, "namespaces/%s/logs/%s/%s%s.log", namespace_, pod, container, previous ? ".previous" : "") < 0)
    return no_memory(error);
  out->limit = LOG_BYTES_MAX;
  int status = kr_snapshot_folder_read(out, store->folder, name, error);
  free(name);
  return status;
}

int kr_snapshot_store_namespaces(char ***names, size_t *count, const struct kr_snapshot_store *store,
                                 struct kr_error *error) {
  char *path = kr_path_join(store->folder, "namespaces");
  *names = NULL;
  *count = 0;
  if (path == NULL) return no_memory(error);
  int status = kr_folder_exists(path) ? kr_folder_list(names, count, path, error) : KR_OK;
  free(path);
  return status;
}
