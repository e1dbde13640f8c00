/* modules.c - the other things the library finds: modules that runbooks require, masks, the snapshot of --demo. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "book/embedded.h"
#include "book/folders.h"
#include "book/library.h"

#define DEMO "clusters/procedures"

/* "krunbook.pods" as a path, "krunbook/pods"; false when it is no module's name, which "../x" is not. */
static bool module_path(char *path, size_t size, const char *name) {
  size_t length = strlen(name);
  if (length == 0 || length >= size || name[0] == '.' || name[length - 1] == '.' || strstr(name, "..")) return false;
  for (size_t i = 0; i <= length; i++) {
    bool plain = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z') || name[i] == '_' ||
                 (name[i] >= '0' && name[i] <= '9') || name[i] == '-' || name[i] == '\0';
    if (!plain && name[i] != '.') return false;
    path[i] = name[i] == '.' ? '/' : name[i];
  }
  return true;
}

/* Reads folder/inside/path.lua when it is there, and not own; *found tells. */
static int try_file(struct kr_buffer *out, char **found, const char *folder, const char *inside, const char *path,
                    const char *own, struct kr_error *error) {
  struct kr_buffer file;
  kr_buffer_init(&file, 8192);
  int code = kr_buffer_printf(&file, "%s/%s%s.lua", folder, inside, path)
                 ? kr_error_set(error, KR_ENOMEM, "out of memory while looking for a module")
                 : 0;
  bool is_own = own && strcmp(kr_buffer_text(&file), own) == 0;
  if (!code && !is_own && kr_file_exists(kr_buffer_text(&file))) {
    code = kr_file_read(out, kr_buffer_text(&file), error);
    if (!code) *found = kr_buffer_take(&file);
  }
  kr_buffer_free(&file);
  return code;
}

static bool is_runbook(const char *path) { return strncmp(path, "runbooks/", 9) == 0; }

static int try_embedded(struct kr_buffer *out, char **found, const char *path, struct kr_error *error) {
  struct kr_buffer name;
  kr_buffer_init(&name, 1024);
  int code = kr_buffer_printf(&name, "embedded:%s%s.lua", is_runbook(path) ? "" : "stdlib/", path);
  for (size_t i = 0; !code && !*found && i < kr_embedded_count; i++) {
    if (strcmp(kr_embedded[i].name, kr_buffer_text(&name) + strlen("embedded:")) != 0) continue;
    code = kr_buffer_append(out, kr_embedded[i].text, kr_embedded[i].length);
    if (!code) *found = kr_buffer_take(&name);
  }
  kr_buffer_free(&name);
  return code ? kr_error_set(error, code, "out of memory while reading module %s", path) : 0;
}

int kr_library_module(struct kr_buffer *out, char **path, const struct kr_library *library, const char *name,
                      const char *beside, const char *own, struct kr_error *error) {
  char inner[256];
  char *found = NULL;
  int code = 0;
  if (!module_path(inner, sizeof inner, name))
    return kr_error_set(error, KR_ENOTFOUND, "\"%s\" is no module's name: words with dots between them", name);
  /* Ours are never taken from a folder that was only named to run one file in it. */
  if (beside && strncmp(name, "krunbook.", 9) != 0 && !is_runbook(inner))
    code = try_file(out, &found, beside, "", inner, NULL, error);
  for (size_t i = 0; !code && !found && i < library->count; i++) {
    code = try_file(out, &found, library->folders[i], "stdlib/", inner, own, error);
    if (!code && !found) code = try_file(out, &found, library->folders[i], "", inner, own, error);
  }
  if (!code && !found) code = try_embedded(out, &found, inner, error);
  if (code) return code;
  if (!found) {
    return kr_error_set(error, KR_ENOTFOUND, "no module \"%s\": there is no stdlib/%s.lua in the runbook folders", name,
                        inner);
  }
  *path = found;
  return 0;
}

int kr_library_masks(const struct kr_library *library, struct kr_mask *mask, struct kr_error *error) {
  int code = 0;
  for (size_t i = 0; !code && i < library->count; i++) {
    char *path = kr_path_join(library->folders[i], "masks.conf");
    if (!path) return kr_error_set(error, KR_ENOMEM, "out of memory while looking for masks");
    if (kr_file_exists(path)) code = kr_mask_add_file(mask, path, error);
    free(path);
  }
  return code;
}

int kr_library_demo(char **folder, const struct kr_library *library, struct kr_error *error) {
  for (size_t i = 0; i < library->count; i++) {
    char *path = kr_path_join(library->folders[i], DEMO);
    if (!path) return kr_error_set(error, KR_ENOMEM, "out of memory while looking for the demo");
    if (kr_folder_exists(path)) {
      *folder = path;
      return 0;
    }
    free(path);
  }
  return kr_error_set(
      error, KR_ENOTFOUND,
      "the snapshot of --demo is not installed: no %s in any data folder (looked beside the program and in "
      "%s); name one with --snapshot DIR",
      DEMO, KR_DATA_FOLDER);
}
