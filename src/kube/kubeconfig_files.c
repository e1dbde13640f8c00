/* kubeconfig_files.c - see kubeconfig_files.h. */
#define _POSIX_C_SOURCE 200809L /* strdup, strndup */
#include "kube/kubeconfig_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "kube/yaml.h"

enum { NAMES_MAX = 1000, LOOKED_MAX = 4096 };

static const char *const lists[][2] = {{"cluster", "clusters"}, {"user", "users"}, {"context", "contexts"}};
enum { LIST_COUNT = sizeof lists / sizeof *lists };

static int no_memory(struct kr_error *error) { return kr_error_set(error, KR_ENOMEM, "no memory for a kubeconfig"); }

static const json_t *list_of(const struct kr_kubeconfig_file *file, const char *what) {
  for (size_t i = 0; i < LIST_COUNT; i++)
    if (strcmp(lists[i][0], what) == 0) return json_object_get(file->root, lists[i][1]);
  return NULL;
}

static const char *name_of(const json_t *entry) { return json_string_value(json_object_get(entry, "name")); }

/* A name such as 123 without quotes is text as well. */
static int make_text(const json_t *object, const char *field, struct kr_error *error) {
  const json_t *value = json_object_get(object, field);
  if (!json_is_number(value) && !json_is_boolean(value)) return KR_OK;
  char *text = json_dumps(value, JSON_ENCODE_ANY);
  int failed = text == NULL || json_object_set_new((json_t *)object, field, json_string(text)) != 0;
  free(text);
  return failed ? no_memory(error) : KR_OK;
}

static int make_names_text(const struct kr_kubeconfig_file *file, struct kr_error *error) {
  static const char *const fields[] = {"cluster", "user", "namespace"};
  int status = make_text(file->root, "current-context", error);
  for (size_t i = 0; i < LIST_COUNT; i++) {
    const json_t *entry;
    size_t j;
    json_array_foreach(list_of(file, lists[i][0]), j, entry) {
      const json_t *context = json_object_get(entry, "context");
      if (status == KR_OK) status = make_text(entry, "name", error);
      for (size_t k = 0; k < sizeof fields / sizeof *fields && status == KR_OK; k++)
        status = make_text(context, fields[k], error);
    }
  }
  return status;
}

/* Each entry has a name of its own. */
static int check_list(const struct kr_kubeconfig_file *file, const char *what, struct kr_error *error) {
  const json_t *list = list_of(file, what), *entry;
  json_t *seen = json_object();
  size_t i;
  int status = seen == NULL ? no_memory(error) : KR_OK;
  if (status == KR_OK && list != NULL && !json_is_null(list) && !json_is_array(list))
    status = kr_error_set(error, KR_ECONFIG, "%s: its %ss are no list", file->path, what);
  json_array_foreach(list, i, entry) {
    const char *name = name_of(entry);
    if (status != KR_OK) break;
    if (name == NULL)
      status = kr_error_set(error, KR_ECONFIG, "%s: %s number %zu has no name", file->path, what, i + 1);
    else if (json_object_get(seen, name) != NULL)
      status = kr_error_set(error, KR_ECONFIG, "%s: two %ss are named \"%s\"; remove one", file->path, what, name);
    else if (json_object_set_new(seen, name, json_true()) != 0)
      status = no_memory(error);
  }
  json_decref(seen);
  return status;
}

static int check_file(struct kr_kubeconfig_file *file, struct kr_error *error) {
  const char *kind = json_string_value(json_object_get(file->root, "kind"));
  if (json_is_null(file->root)) { /* an empty file is an empty config, as for kubectl */
    file->root = json_object();   /* JSON's null needs no freeing */
    return file->root == NULL ? no_memory(error) : KR_OK;
  }
  if (!json_is_object(file->root)) return kr_error_set(error, KR_ECONFIG, "%s is no kubeconfig", file->path);
  if (kind != NULL && strcmp(kind, "Config") != 0)
    return kr_error_set(error, KR_ECONFIG, "%s is no kubeconfig: its kind is %s, not Config", file->path, kind);
  int status = make_names_text(file, error);
  if (status != KR_OK) return status;
  for (size_t i = 0; i < LIST_COUNT; i++) {
    status = check_list(file, lists[i][0], error);
    if (status != KR_OK) return status;
  }
  return KR_OK;
}

int kr_kubeconfig_files_parse(struct kr_kubeconfig_files *files, const char *text, size_t length, const char *path,
                              struct kr_error *error) {
  if (files->count == KR_KUBECONFIG_FILES_MAX)
    return kr_error_set(error, KR_ECONFIG, "more than %d kubeconfig files", KR_KUBECONFIG_FILES_MAX);
  struct kr_kubeconfig_file *file = &files->items[files->count++];
  *file = (struct kr_kubeconfig_file){.path = strdup(path), .folder = kr_path_folder(path)};
  if (file->path == NULL || file->folder == NULL) return no_memory(error);
  int status = kr_yaml_parse(&file->root, text, length, path, error);
  if (status != KR_OK && status != KR_ENOMEM) status = KR_ECONFIG;
  if (status != KR_OK && error != NULL) error->code = status;
  if (status != KR_OK) return status;
  return check_file(file, error);
}

/* Adds a file; one that is not there is skipped unless it must be. */
static int add_file(struct kr_kubeconfig_files *files, const char *path, bool required, struct kr_error *error) {
  struct kr_buffer text;
  for (size_t i = 0; i < files->count; i++)
    if (strcmp(files->items[i].path, path) == 0) return KR_OK;
  kr_buffer_init(&text, KR_YAML_TEXT_MAX);
  int status = kr_buffer_printf(&files->looked, "%s%s", files->looked.length > 0 ? ", " : "", path);
  if (status == KR_ELIMIT) status = KR_OK; /* it is only for a message */
  if (status == KR_OK) status = kr_file_read(&text, path, error);
  if (status == KR_ENOTFOUND && !required) {
    kr_buffer_free(&text);
    return KR_OK;
  }
  if (status == KR_OK)
    status = kr_kubeconfig_files_parse(files, kr_buffer_text(&text), text.length, path, error);
  else if (status != KR_ENOMEM)
    status = KR_ECONFIG;
  if (status != KR_OK && error != NULL) error->code = status;
  kr_buffer_free(&text);
  return status;
}

static int add_list(struct kr_kubeconfig_files *files, const char *list, struct kr_error *error) {
  int status = KR_OK;
  while (status == KR_OK && *list != '\0') {
    size_t length = strcspn(list, ":");
    char *path = strndup(list, length);
    if (path == NULL) return no_memory(error);
    if (length > 0) status = add_file(files, path, false, error);
    free(path);
    list += length + (list[length] == ':' ? 1 : 0);
  }
  return status;
}

static int add_home(struct kr_kubeconfig_files *files, struct kr_error *error) {
  const char *home = getenv("HOME");
  if (home == NULL || *home == '\0') return KR_OK;
  char *path = kr_path_join(home, ".kube/config");
  int status = path == NULL ? no_memory(error) : add_file(files, path, false, error);
  free(path);
  return status;
}

int kr_kubeconfig_files_load(struct kr_kubeconfig_files *files, const char *explicit_path, struct kr_error *error) {
  const char *list = getenv("KUBECONFIG");
  *files = (struct kr_kubeconfig_files){.count = 0};
  kr_buffer_init(&files->looked, LOOKED_MAX);
  if (explicit_path != NULL && *explicit_path != '\0') return add_file(files, explicit_path, true, error);
  if (list != NULL && *list != '\0') return add_list(files, list, error);
  return add_home(files, error);
}

void kr_kubeconfig_files_free(struct kr_kubeconfig_files *files) {
  for (size_t i = 0; i < files->count; i++) {
    free(files->items[i].path);
    free(files->items[i].folder);
    json_decref(files->items[i].root);
  }
  kr_buffer_free(&files->looked);
  files->count = 0;
}

static const json_t *find_in(const struct kr_kubeconfig_file *file, const char *what, const char *name) {
  const json_t *entry;
  size_t i;
  json_array_foreach(list_of(file, what), i, entry) {
    if (strcmp(name_of(entry), name) == 0) return entry;
  }
  return NULL;
}

static int not_found(const struct kr_kubeconfig_files *files, const char *what, const char *name,
                     struct kr_error *error) {
  const char *names[NAMES_MAX] = {NULL};
  const json_t *entry;
  size_t count = 0, i;
  for (size_t j = 0; j < files->count; j++) {
    json_array_foreach(list_of(&files->items[j], what), i, entry) {
      if (count < NAMES_MAX) names[count++] = name_of(entry);
    }
  }
  const char *nearest = kr_text_nearest(name, names, count);
  if (nearest == NULL && count == 1) nearest = names[0];
  return kr_error_set(error, KR_ECONFIG, "no %s \"%s\" in the kubeconfig (%s)%s%s%s", what, name,
                      kr_buffer_text(&files->looked), nearest != NULL ? "; nearest: \"" : "",
                      nearest != NULL ? nearest : "", nearest != NULL ? "\"" : "");
}

int kr_kubeconfig_files_find(struct kr_kubeconfig_entry *entry, const struct kr_kubeconfig_files *files,
                             const char *what, const char *name, struct kr_error *error) {
  for (size_t i = 0; i < files->count; i++) {
    const json_t *found = find_in(&files->items[i], what, name);
    if (found == NULL) continue;
    *entry = (struct kr_kubeconfig_entry){
        .what = what, .name = name, .file = &files->items[i], .value = json_object_get(found, what)};
    if (entry->value == NULL || json_is_object(entry->value) || json_is_null(entry->value)) return KR_OK;
    return kr_error_set(error, KR_ECONFIG, "%s: %s \"%s\" is no mapping", files->items[i].path, what, name);
  }
  return not_found(files, what, name, error);
}

json_t *kr_kubeconfig_files_names(const struct kr_kubeconfig_files *files, const char *what) {
  json_t *names = json_array(), *seen = json_object();
  const json_t *entry;
  size_t i;
  int failed = 0;
  for (size_t j = 0; j < files->count; j++) {
    json_array_foreach(list_of(&files->items[j], what), i, entry) {
      const char *name = name_of(entry);
      if (json_object_get(seen, name)) continue;
      failed |= json_object_set_new(seen, name, json_true()) || json_array_append_new(names, json_string(name));
    }
  }
  json_decref(seen);
  if (!failed) return names;
  json_decref(names);
  return NULL;
}

const char *kr_kubeconfig_files_current(const struct kr_kubeconfig_files *files) {
  for (size_t i = 0; i < files->count; i++) {
    const char *current = json_string_value(json_object_get(files->items[i].root, "current-context"));
    if (current != NULL && *current != '\0') return current;
  }
  return NULL;
}
