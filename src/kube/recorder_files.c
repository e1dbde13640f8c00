/* recorder_files.c - see recorder_files.h. */
#define _GNU_SOURCE /* asprintf, mkdtemp, nftw */
#include "kube/recorder_files.h"

#include <errno.h>
#include <ftw.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "kube/snapshot_folder.h"

enum { OPEN_FOLDERS = 16, BUFFER_SIZE = 1 << 18 };

static int no_memory(struct kr_error *error) { return kr_error_set(error, KR_ENOMEM, "no memory to write a snapshot"); }

static int cannot_write(const char *path, struct kr_error *error) {
  return kr_error_set(error, KR_EIO, "cannot write %s: %s", path, strerror(errno));
}

static int check_free(const char *folder, struct kr_error *error) {
  char **names = NULL;
  size_t count = 0;
  if (kr_file_exists(folder)) return kr_error_set(error, KR_EUSAGE, "%s is a file: a snapshot is a folder", folder);
  if (!kr_folder_exists(folder)) return KR_OK;
  int status = kr_folder_list(&names, &count, folder, error);
  kr_names_free(names, count);
  if (status != KR_OK || count == 0) return status;
  return kr_error_set(error, KR_EUSAGE, "%s exists and is not empty: name a new folder", folder);
}

/* Opens a file, and makes the folders above it where there are none yet. */
static FILE *open_file(const char *path, const char *mode) {
  FILE *file = fopen(path, mode);
  if (file != NULL || errno != ENOENT) return file;
  char *folder = kr_path_folder(path);
  bool made = folder != NULL && kr_folder_make(folder, NULL) == KR_OK;
  free(folder);
  return made ? fopen(path, mode) : NULL;
}

static int make_folder_of(const char *path, struct kr_error *error) {
  char *folder = kr_path_folder(path);
  int status = folder == NULL ? no_memory(error) : kr_folder_make(folder, error);
  free(folder);
  return status;
}

/* A new one under a name that nobody can have prepared, nor a run that was killed have left: lists are appended to. */
static int make_temporary(struct kr_recorder_files *files, struct kr_error *error) {
  char *path = NULL;
  if (asprintf(&path, "%s.partial-XXXXXX", files->folder) < 0) return no_memory(error);
  int status = make_folder_of(path, error);
  if (status == KR_OK && mkdtemp(path) == NULL) status = cannot_write(files->folder, error);
  if (status != KR_OK) {
    free(path);
    return status;
  }
  files->temporary = path;
  return chmod(path, (mode_t)kr_file_mode(0777)) == 0 ? KR_OK : cannot_write(files->folder, error);
}

int kr_recorder_files_open(struct kr_recorder_files *files, const char *folder, struct kr_error *error) {
  *files = (struct kr_recorder_files){.lists = json_object()};
  size_t length = strlen(folder);
  while (length > 1 && folder[length - 1] == '/') length--;
  files->folder = strndup(folder, length);
  files->buffer = malloc(BUFFER_SIZE);
  if (files->folder == NULL || files->lists == NULL || files->buffer == NULL) return no_memory(error);
  int status = check_free(files->folder, error);
  return status == KR_OK ? make_temporary(files, error) : status;
}

static int close_list(struct kr_recorder_files *files, struct kr_error *error) {
  int failed = files->open != NULL && fclose(files->open) != 0;
  int status = failed ? cannot_write(files->open_path, error) : KR_OK;
  free(files->open_path);
  files->open_path = NULL;
  files->open = NULL;
  return status;
}

/* What stands before the items. The server says what kind they are: any text. */
static int write_head(struct kr_recorder_files *files, const char *kind, const char *version, struct kr_error *error) {
  json_t *texts[] = {json_string(version), json_string(kind)};
  char *quoted[] = {json_dumps(texts[0], JSON_ENCODE_ANY), json_dumps(texts[1], JSON_ENCODE_ANY)};
  int status = KR_OK;
  if (quoted[0] == NULL || quoted[1] == NULL)
    status = no_memory(error);
  else if (fprintf(files->open, "{\n  \"apiVersion\": %s,\n  \"kind\": %s,\n  \"items\": [", quoted[0], quoted[1]) < 0)
    status = cannot_write(files->open_path, error);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    json_decref(texts[i]);
    free(quoted[i]);
  }
  return status;
}

/* Opens the list at path for appending; a new one gets its head. */
static int open_list(struct kr_recorder_files *files, const char *path, const char *kind, const char *version,
                     struct kr_error *error) {
  bool begun = json_object_get(files->lists, path) != NULL;
  int status = close_list(files, error);
  if (status != KR_OK) return status;
  files->open_path = strdup(path);
  files->open = open_file(path, "ae");
  if (files->open_path == NULL || files->open == NULL) return cannot_write(path, error);
  (void)setvbuf(files->open, files->buffer, _IOFBF, BUFFER_SIZE);
  files->is_new = !begun;
  if (begun) return KR_OK;
  if (json_object_set_new(files->lists, path, json_true()) != 0) return no_memory(error);
  return write_head(files, kind, version, error);
}

static int write_item(struct kr_recorder_files *files, const char *text, size_t length, struct kr_error *error) {
  bool failed =
      fputs(files->is_new ? "\n    " : ",\n    ", files->open) == EOF || fwrite(text, 1, length, files->open) != length;
  files->is_new = false;
  return failed ? cannot_write(files->open_path, error) : KR_OK;
}

/* Adds an item to the list at path; one that was read twice holds what it held the first time. */
static int add_item(struct kr_recorder_files *files, const char *path, const struct kr_recorder_item *item,
                    const char *text, size_t length, struct kr_error *error) {
  bool known;
  int status = kr_recorder_names_add(&known, &files->names, path, item->name);
  if (status != KR_OK) return no_memory(error);
  if (known) return KR_OK;
  if (files->open_path == NULL || strcmp(files->open_path, path) != 0)
    status = open_list(files, path, item->list_kind, item->version, error);
  return status == KR_OK ? write_item(files, text, length, error) : status;
}

int kr_recorder_files_item(struct kr_recorder_files *files, const struct kr_recorder_item *item, const char *text,
                           size_t length, struct kr_error *error) {
  const char *resource = item->resource, *namespace_ = item->namespace_;
  char *path = NULL;
  if (item->name == NULL) return kr_error_set(error, KR_EINVAL, "one of the %s has no name", resource);
  if (!kr_snapshot_name_is_safe(resource) || (namespace_ != NULL && !kr_snapshot_name_is_safe(namespace_)))
    return kr_error_set(error, KR_EINVAL, "a name that cannot be a file's: %s", resource);
  int size = namespace_ == NULL ? asprintf(&path, "%s/cluster/%s.json", files->temporary, resource)
                                : asprintf(&path, "%s/namespaces/%s/%s.json", files->temporary, namespace_, resource);
  if (size < 0) return no_memory(error);
  int status = add_item(files, path, item, text, length, error);
  free(path);
  return status;
}

/* Nobody sees the folder before it is whole, so its files need not appear whole by themselves. */
int kr_recorder_files_write(struct kr_recorder_files *files, const char *path, const char *text, size_t length,
                            struct kr_error *error) {
  char *whole = kr_path_join(files->temporary, path);
  if (whole == NULL) return no_memory(error);
  FILE *file = open_file(whole, "we");
  int status = file == NULL || fwrite(text, 1, length, file) != length ? cannot_write(whole, error) : KR_OK;
  if (file != NULL && fclose(file) != 0 && status == KR_OK) status = cannot_write(whole, error);
  free(whole);
  return status;
}

bool kr_recorder_files_holds(const struct kr_recorder_files *files, const char *path, size_t length) {
  char *whole = kr_path_join(files->temporary, path);
  struct stat about;
  bool holds = whole != NULL && stat(whole, &about) == 0 && (uint64_t)about.st_size >= length;
  free(whole);
  return holds;
}

static int end_lists(struct kr_recorder_files *files, struct kr_error *error) {
  const char *path;
  json_t *begun;
  int status = close_list(files, error);
  json_object_foreach(files->lists, path, begun) {
    if (status != KR_OK) break;
    FILE *file = fopen(path, "ae");
    if (file == NULL) return cannot_write(path, error);
    int failed = fputs("\n  ]\n}\n", file) == EOF;
    if (fclose(file) != 0 || failed) status = cannot_write(path, error);
  }
  return status;
}

int kr_recorder_files_finish(struct kr_recorder_files *files, struct kr_error *error) {
  int status = end_lists(files, error);
  if (status == KR_OK && kr_folder_exists(files->folder) && rmdir(files->folder) != 0)
    status = cannot_write(files->folder, error);
  if (status == KR_OK && rename(files->temporary, files->folder) != 0) status = cannot_write(files->folder, error);
  if (status != KR_OK) return status;
  free(files->temporary);
  files->temporary = NULL;
  return KR_OK;
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where) {
  (void)about, (void)type, (void)where;
  return remove(path);
}

void kr_recorder_files_close(struct kr_recorder_files *files) {
  (void)close_list(files, NULL);
  if (files->temporary != NULL) (void)nftw(files->temporary, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
  free(files->folder);
  free(files->temporary);
  free(files->buffer);
  json_decref(files->lists);
  kr_recorder_names_free(&files->names);
  *files = (struct kr_recorder_files){0};
}
