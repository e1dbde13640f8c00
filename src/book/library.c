/* library.c - finding runbooks and modules by name. */
#define _POSIX_C_SOURCE 200809L
#include "book/library.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "book/embedded.h"
#include "book/folders.h"

#define EMBEDDED "embedded:"

static int no_memory(struct kr_error *error) {
  return kr_error_set(error, KR_ENOMEM, "out of memory while looking for a runbook");
}

int kr_library_new(struct kr_library **out, const char *const *paths, size_t path_count, const char *program,
                   struct kr_error *error) {
  struct kr_library *library = calloc(1, sizeof *library);
  if (!library) return no_memory(error);
  int code = kr_folders_find(library, paths, path_count, program, error);
  if (code) {
    kr_library_free(library);
  } else {
    *out = library;
  }
  return code;
}

void kr_library_free(struct kr_library *library) {
  if (!library) return;
  for (size_t i = 0; i < library->count; i++) free(library->folders[i]);
  free(library);
}

void kr_place_free(struct kr_place *place) {
  free(place->name);
  free(place->path);
  free(place->folder);
  free(place->shadows);
  memset(place, 0, sizeof *place);
}

void kr_places_free(struct kr_place *places, size_t count) {
  for (size_t i = 0; i < count; i++) kr_place_free(&places[i]);
  free(places);
}

static char *format_path(const char *folder, const char *inside, const char *name, const char *ending) {
  struct kr_buffer path;
  kr_buffer_init(&path, 8192);
  int code = kr_buffer_printf(&path, "%s/%s%s%s", folder, inside, name, ending);
  if (code) kr_buffer_free(&path);
  return kr_buffer_take(&path);
}

static const struct kr_embedded *embedded_find(const char *inside, const char *name) {
  size_t length = strlen(inside);
  for (size_t i = 0; i < kr_embedded_count; i++) {
    const char *rest = kr_embedded[i].name;
    if (strncmp(rest, inside, length) != 0) continue;
    rest += length;
    size_t stem = strlen(name);
    if (strncmp(rest, name, stem) == 0 && strcmp(rest + stem, ".lua") == 0) return &kr_embedded[i];
  }
  return NULL;
}

/* The file of a name in a folder: in its own place (runbooks/, stdlib/), or directly in the folder. *path stays NULL
 * when there is none. */
static int in_folder(char **path, const char *folder, const char *inside, const char *name) {
  const char *const places[] = {inside, ""};
  for (int i = 0; i < 2; i++) {
    char *candidate = format_path(folder, places[i], name, ".lua");
    if (!candidate) return KR_ENOMEM;
    if (kr_file_exists(candidate)) {
      *path = candidate;
      return 0;
    }
    free(candidate);
  }
  return 0;
}

static int read_path(struct kr_buffer *out, const char *path, struct kr_error *error) {
  if (strncmp(path, EMBEDDED, strlen(EMBEDDED)) != 0) return kr_file_read(out, path, error);
  for (size_t i = 0; i < kr_embedded_count; i++) {
    if (strcmp(kr_embedded[i].name, path + strlen(EMBEDDED)) != 0) continue;
    return kr_buffer_append(out, kr_embedded[i].text, kr_embedded[i].length) ? no_memory(error) : 0;
  }
  return kr_error_set(error, KR_ENOTFOUND, "%s: there is no such file in the program", path);
}

int kr_library_read(struct kr_buffer *out, const struct kr_place *place, struct kr_error *error) {
  return read_path(out, place->path, error);
}

/* Whether two files hold the same: then the second is no different runbook that the first hides. */
static bool same_text(const char *one, const char *other) {
  struct kr_buffer first, second;
  kr_buffer_init(&first, KR_SOURCE_MAX);
  kr_buffer_init(&second, KR_SOURCE_MAX);
  bool same = !read_path(&first, one, NULL) && !read_path(&second, other, NULL) && first.length == second.length &&
              strcmp(kr_buffer_text(&first), kr_buffer_text(&second)) == 0;
  kr_buffer_free(&first);
  kr_buffer_free(&second);
  return same;
}

/* Takes path over: the place when it is the first of its name, else what that hides. */
static int note(struct kr_place *place, char *path, const char *folder) {
  if (!place->path) {
    place->path = path;
    if (folder && !(place->folder = strdup(folder))) return KR_ENOMEM;
    return 0;
  }
  if (place->shadows || same_text(place->path, path)) {
    free(path);
  } else {
    place->shadows = path;
  }
  return 0;
}

/* Fills place for a bare name; its path stays NULL when nothing has it. */
static int search(struct kr_place *place, const struct kr_library *library, const char *name) {
  for (size_t i = 0; i < library->count; i++) {
    char *path = NULL;
    if (in_folder(&path, library->folders[i], "runbooks/", name)) return KR_ENOMEM;
    if (path && note(place, path, library->folders[i])) return KR_ENOMEM;
  }
  if (embedded_find("runbooks/", name)) {
    char *path = format_path(EMBEDDED "runbooks", "", name, ".lua");
    if (!path || note(place, path, NULL)) return KR_ENOMEM;
  }
  return 0;
}

/* The last part of a path, without ".lua". */
static char *stem_of(const char *path) {
  const char *base = strrchr(path, '/');
  base = base ? base + 1 : path;
  size_t length = strlen(base);
  if (length > 4 && strcmp(base + length - 4, ".lua") == 0) length -= 4;
  return strndup(base, length);
}

static int find_path(struct kr_place *out, const char *name, struct kr_error *error) {
  char *with = NULL;
  if (kr_file_exists(name)) {
    with = strdup(name);
  } else {
    char *longer = format_path(name[0] == '/' ? "" : ".", "", name[0] == '/' ? name + 1 : name, ".lua");
    if (longer && kr_file_exists(longer)) {
      with = longer;
    } else {
      free(longer);
      return kr_error_set(error, KR_ENOTFOUND, "there is no file %s", name);
    }
  }
  out->name = stem_of(name);
  out->path = with;
  return out->name && out->path ? 0 : no_memory(error);
}

/* Says how to run ./NAME, or which name is nearest, and where it was looked for. */
static int not_found(const struct kr_library *library, const char *name, const char *stem, struct kr_error *error) {
  struct kr_place *places = NULL;
  size_t count = 0;
  char *file = format_path(".", "", stem, ".lua");
  bool here = file && kr_file_exists(file);
  kr_error_set(error, KR_ENOTFOUND, "no runbook \"%s\"", name);
  if (here) {
    kr_error_set(error, KR_ENOTFOUND,
                 "no runbook \"%s\"; the current folder has one, but is not searched unasked: krunbook run ./%s.lua",
                 name, stem);
  } else if (!kr_library_all(&places, &count, library, NULL)) {
    const char **names = calloc(count + 1, sizeof *names);
    for (size_t i = 0; names && places && i < count; i++) names[i] = places[i].name;
    const char *nearest = names ? kr_text_nearest(stem, names, count) : NULL;
    if (nearest) {
      kr_error_set(error, KR_ENOTFOUND, "no runbook \"%s\"; nearest: \"%s\"", name, nearest);
    } else {
      kr_error_set(error, KR_ENOTFOUND, "no runbook \"%s\"; krunbook list shows what there is, a path has a \"/\"",
                   name);
    }
    free(names);
  }
  free(file);
  kr_places_free(places, count);
  return KR_ENOTFOUND;
}

int kr_library_find(struct kr_place *out, const struct kr_library *library, const char *name, struct kr_error *error) {
  memset(out, 0, sizeof *out);
  int code = 0;
  if (strchr(name, '/')) {
    code = find_path(out, name, error);
  } else {
    out->name = stem_of(name);
    if (!out->name || search(out, library, out->name)) code = no_memory(error);
    if (!code && !out->path) code = not_found(library, name, out->name, error);
  }
  if (code) kr_place_free(out);
  return code;
}

/* Adds a name (of length bytes) once, in byte order. */
static int add_name(struct kr_place **places, size_t *count, const struct kr_library *library, const char *file) {
  char *name = stem_of(file);
  if (!name) return KR_ENOMEM;
  size_t at = 0;
  while (at < *count && strcmp((*places)[at].name, name) < 0) at++;
  bool known = at < *count && strcmp((*places)[at].name, name) == 0;
  struct kr_place place = {.name = name};
  struct kr_place *more = known ? NULL : realloc(*places, (*count + 1) * sizeof *more);
  if (known || !more || search(&place, library, name) || !place.path) {
    if (more) *places = more;
    kr_place_free(&place);
    return known || (more && !place.path) ? 0 : KR_ENOMEM;
  }
  memmove(more + at + 1, more + at, (*count - at) * sizeof *more);
  more[at] = place;
  *places = more;
  *count += 1;
  return 0;
}

static bool is_lua(const char *file) {
  size_t length = strlen(file);
  return length > 4 && file[0] != '.' && strcmp(file + length - 4, ".lua") == 0;
}

static int add_folder(struct kr_place **places, size_t *count, const struct kr_library *library, const char *folder) {
  char **files = NULL;
  size_t file_count = 0;
  int code = 0;
  if (!kr_folder_exists(folder) || kr_folder_list(&files, &file_count, folder, NULL)) return 0;
  for (size_t i = 0; !code && i < file_count; i++) {
    if (is_lua(files[i])) code = add_name(places, count, library, files[i]);
  }
  kr_names_free(files, file_count);
  return code;
}

int kr_library_all(struct kr_place **out, size_t *count, const struct kr_library *library, struct kr_error *error) {
  struct kr_place *places = NULL;
  int code = 0;
  *count = 0;
  for (size_t i = 0; !code && i < library->count; i++) {
    char *inside = kr_path_join(library->folders[i], "runbooks");
    code = inside ? add_folder(&places, count, library, inside) : KR_ENOMEM;
    if (!code) code = add_folder(&places, count, library, library->folders[i]);
    free(inside);
  }
  for (size_t i = 0; !code && i < kr_embedded_count; i++) {
    if (strncmp(kr_embedded[i].name, "runbooks/", 9) == 0)
      code = add_name(&places, count, library, kr_embedded[i].name);
  }
  if (code) {
    kr_places_free(places, *count);
    return no_memory(error);
  }
  *out = places;
  return 0;
}
