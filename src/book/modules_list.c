/* modules_list.c - which modules there are. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "book/embedded.h"
#include "book/folders.h"
#include "book/library.h"

enum { DEPTH_MAX = 8, MODULES_MAX = 5000 };

struct names {
  char **items;
  size_t count;
};

/* "krunbook/checks/pod.lua" as "krunbook.checks.pod"; in its place, once. */
static int add(struct names *names, const char *path) {
  size_t length = strlen(path), at = 0;
  if (length <= 4 || strcmp(path + length - 4, ".lua") != 0) return 0;
  if (names->count == MODULES_MAX) return KR_ELIMIT;
  char *name = strndup(path, length - 4);
  if (!name) return KR_ENOMEM;
  for (char *slash = name; (slash = strchr(slash, '/')) != NULL;) *slash = '.';
  while (at < names->count && strcmp(names->items[at], name) < 0) at++;
  bool known = at < names->count && strcmp(names->items[at], name) == 0;
  char **more = known ? NULL : realloc(names->items, (names->count + 1) * sizeof *more);
  if (!more) {
    free(name);
    return known ? 0 : KR_ENOMEM;
  }
  memmove(more + at + 1, more + at, (names->count - at) * sizeof *more);
  more[at] = name;
  names->items = more;
  names->count++;
  return 0;
}

/* Adds those below root/inside. */
static int add_folder(struct names *names, const char *root, const char *inside, int depth) {
  char **entries = NULL, *folder = kr_path_join(root, inside);
  size_t count = 0;
  if (!folder) return KR_ENOMEM;
  bool there = kr_folder_exists(folder) && kr_folder_list(&entries, &count, folder, NULL) == 0;
  int code = 0;
  for (size_t i = 0; there && !code && i < count; i++) {
    char *path = *inside ? kr_path_join(inside, entries[i]) : strdup(entries[i]);
    char *full = path ? kr_path_join(root, path) : NULL;
    if (!full)
      code = KR_ENOMEM;
    else if (kr_folder_exists(full))
      code = depth < DEPTH_MAX ? add_folder(names, root, path, depth + 1) : 0;
    else
      code = add(names, path);
    free(path);
    free(full);
  }
  kr_names_free(entries, count);
  free(folder);
  return code;
}

int kr_library_modules(char ***out, size_t *count, const struct kr_library *library, struct kr_error *error) {
  static const char inside[] = "stdlib/";
  struct names names = {0};
  int code = 0;
  for (size_t i = 0; !code && i < library->count; i++) {
    char *folder = kr_path_join(library->folders[i], "stdlib");
    code = folder ? add_folder(&names, folder, "", 0) : KR_ENOMEM;
    free(folder);
  }
  for (size_t i = 0; !code && i < kr_embedded_count; i++)
    if (strncmp(kr_embedded[i].name, inside, sizeof inside - 1) == 0)
      code = add(&names, kr_embedded[i].name + sizeof inside - 1);
  if (code) {
    kr_names_free(names.items, names.count);
    return kr_error_set(error, code, code == KR_ELIMIT ? "there are too many modules" : "out of memory for modules");
  }
  *out = names.items;
  *count = names.count;
  return 0;
}
