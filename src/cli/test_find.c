/* test_find.c - see test_find.h. */
#define _XOPEN_SOURCE 700 /* lstat, strdup */
#include "cli/test_find.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

enum { TESTS_MAX = 10000, DEPTH_MAX = 16 };

static bool ends_with(const char *path, const char *ending) {
  size_t length = strlen(path), end = strlen(ending);
  return length > end && strcmp(path + length - end, ending) == 0;
}

bool kr_test_is_spec(const char *path) { return ends_with(path, "_spec.lua"); }

static bool is_case(const char *path) { return ends_with(path, "/case.json") || strcmp(path, "case.json") == 0; }

/* Takes path over. */
static int add(struct kr_tests *tests, char *path, struct kr_error *error) {
  char **paths = path ? realloc(tests->paths, (tests->count + 1) * sizeof *paths) : NULL;
  if (paths) tests->paths = paths;
  if (!paths || tests->count == TESTS_MAX) {
    free(path);
    return paths ? kr_error_set(error, KR_ELIMIT, "more than %d tests", TESTS_MAX)
                 : kr_error_set(error, KR_ENOMEM, "out of memory while looking for tests");
  }
  paths[tests->count++] = path;
  return 0;
}

static bool is_own_folder(const char *path) {
  struct stat about;
  return lstat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static int walk(struct kr_tests *tests, const char *folder, int depth, struct kr_error *error);

static int visit(struct kr_tests *tests, const char *folder, const char *name, int depth, struct kr_error *error) {
  char *path = kr_path_join(folder, name);
  if (!path) return kr_error_set(error, KR_ENOMEM, "out of memory while looking for tests");
  if (kr_test_is_spec(name)) return add(tests, path, error);
  int code = is_own_folder(path) ? walk(tests, path, depth + 1, error) : 0;
  free(path);
  return code;
}

static int walk(struct kr_tests *tests, const char *folder, int depth, struct kr_error *error) {
  char **names = NULL, *file = kr_path_join(folder, "case.json");
  size_t count = 0;
  if (!file) return kr_error_set(error, KR_ENOMEM, "out of memory while looking for tests");
  if (kr_file_exists(file)) return add(tests, file, error);
  free(file);
  if (depth > DEPTH_MAX) return 0;
  int code = kr_folder_list(&names, &count, folder, error);
  for (size_t i = 0; !code && i < count; i++) {
    if (names[i][0] != '.') code = visit(tests, folder, names[i], depth, error);
  }
  kr_names_free(names, count);
  return code;
}

/* NAME.lua is tested by what lies in NAME.tests. */
static int beside_runbook(struct kr_tests *tests, const char *path, struct kr_error *error) {
  struct kr_buffer folder;
  kr_buffer_init(&folder, 8192);
  int code = kr_buffer_append(&folder, path, strlen(path) - strlen(".lua"));
  if (!code) code = kr_buffer_puts(&folder, ".tests");
  if (code) {
    (void)kr_error_set(error, code, "%.200s: its path is too long", path);
  } else if (!kr_folder_exists(kr_buffer_text(&folder))) {
    code = kr_error_set(error, KR_ENOTFOUND, "%s has no tests: there is no folder %s; see krunbook test --help", path,
                        kr_buffer_text(&folder));
  } else {
    code = walk(tests, kr_buffer_text(&folder), 0, error);
  }
  kr_buffer_free(&folder);
  return code;
}

int kr_tests_find(struct kr_tests *tests, const char *path, struct kr_error *error) {
  if (kr_folder_exists(path)) return walk(tests, path, 0, error);
  if (!kr_file_exists(path))
    return kr_error_set(error, KR_ENOTFOUND, "there is no file or folder %s to take tests from", path);
  if (is_case(path) || kr_test_is_spec(path)) return add(tests, strdup(path), error);
  if (ends_with(path, ".lua")) return beside_runbook(tests, path, error);
  return kr_error_set(error, KR_EUSAGE, "%s is no test: a folder, a case.json, a NAME_spec.lua or a runbook is", path);
}

void kr_tests_free(struct kr_tests *tests) {
  kr_names_free(tests->paths, tests->count);
  *tests = (struct kr_tests){0};
}
