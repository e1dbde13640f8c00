/* folders.c - which folders are searched, and in which order. */
#define _GNU_SOURCE
#include "book/folders.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

/* Folders that are not there are left out; one that two ways lead to is searched once. Takes path over. */
static int add(struct kr_library *library, char *path, struct kr_error *error) {
  if (!path) return kr_error_set(error, KR_ENOMEM, "out of memory while looking for runbooks");
  char *real = kr_folder_exists(path) ? realpath(path, NULL) : NULL;
  int code = 0;
  bool known = false;
  for (size_t i = 0; real && i < library->count && !known; i++) {
    char *other = realpath(library->folders[i], NULL);
    known = other && strcmp(real, other) == 0;
    free(other);
  }
  if (real && !known) {
    if (library->count < KR_FOLDERS_MAX) {
      library->folders[library->count++] = path;
      path = NULL;
    } else {
      code = kr_error_set(error, KR_ELIMIT, "more than %d folders to search for runbooks", KR_FOLDERS_MAX);
    }
  }
  free(real);
  free(path);
  return code;
}

static int add_list(struct kr_library *library, const char *list, struct kr_error *error) {
  while (list && *list) {
    size_t length = strcspn(list, ":");
    int code = length > 0 ? add(library, strndup(list, length), error) : 0;
    if (code) return code;
    list += length + (list[length] == ':');
  }
  return 0;
}

static int add_home(struct kr_library *library, struct kr_error *error) {
  const char *config = getenv("XDG_CONFIG_HOME");
  const char *home = getenv("HOME");
  if (config && config[0] == '/') return add(library, kr_path_join(config, "krunbook"), error);
  return home && *home ? add(library, kr_path_join(home, ".config/krunbook"), error) : 0;
}

/* bin/krunbook has ../share/krunbook; in a build tree share/krunbook stands beside the program. */
static int add_beside(struct kr_library *library, const char *program, struct kr_error *error) {
  char resolved[PATH_MAX];
  if (!program) {
    ssize_t length = readlink("/proc/self/exe", resolved, sizeof resolved - 1);
    if (length < 0) return 0;
    resolved[length] = '\0';
    program = resolved;
  }
  char *folder = kr_path_folder(program);
  if (!folder) return kr_error_set(error, KR_ENOMEM, "out of memory while looking for runbooks");
  int code = add(library, kr_path_join(folder, "../share/krunbook"), error);
  if (!code) code = add(library, kr_path_join(folder, "share/krunbook"), error);
  free(folder);
  return code;
}

int kr_folders_find(struct kr_library *library, const char *const *paths, size_t path_count, const char *program,
                    struct kr_error *error) {
  int code = 0;
  for (size_t i = 0; !code && i < path_count; i++) {
    if (!kr_folder_exists(paths[i]))
      return kr_error_set(error, KR_ENOTFOUND, "--runbook-path %s: there is no such folder", paths[i]);
    code = add(library, strdup(paths[i]), error);
  }
  if (!code) code = add_list(library, getenv("KRUNBOOK_PATH"), error);
  if (!code) code = add_home(library, error);
  if (!code) code = add_beside(library, program, error);
  return code ? code : add(library, strdup(KR_DATA_FOLDER), error);
}
