/* file.c - see file.h. */
#define _GNU_SOURCE /* O_CLOEXEC, strdup, mkstemp */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 16384, NAMES_MAX = 1000000 };

static int failed(struct kr_error *error, const char *what, const char *path) {
  int code = errno == ENOENT ? KR_ENOTFOUND : errno == ENOMEM ? KR_ENOMEM : KR_EIO;
  return kr_error_set(error, code, "cannot %s %s: %s", what, path, strerror(errno));
}

static int append(struct kr_buffer *out, const char *bytes, size_t count, const char *path, struct kr_error *error) {
  int status = kr_buffer_append(out, bytes, count);
  if (status == KR_ELIMIT) return kr_error_set(error, status, "%s is larger than %zu bytes", path, out->limit);
  if (status != KR_OK) return kr_error_set(error, status, "no memory to read %s", path);
  return KR_OK;
}

int kr_file_read(struct kr_buffer *out, const char *path, struct kr_error *error) {
  int status = KR_OK, file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return failed(error, "read", path);
  char chunk[CHUNK]; /* malloc'ed and freed for each module, it would have glibc grow, tidy and trim its heap each time
                      */
  while (status == KR_OK) {
    ssize_t count = read(file, chunk, sizeof chunk);
    if (count == 0) break;
    if (count < 0 && errno == EINTR) continue;
    status = count < 0 ? failed(error, "read", path) : append(out, chunk, (size_t)count, path, error);
  }
  (void)close(file);
  return status;
}

static int write_all(int file, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(file, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return -1;
    bytes += written;
    count -= (size_t)written;
  }
  return 0;
}

unsigned kr_file_mode(unsigned mode) {
  mode_t mask = umask(0);
  (void)umask(mask);
  return mode & ~(unsigned)mask & 07777U;
}

/* As open(2) would leave it: a file that is there keeps its mode, which somebody may have chosen. */
static mode_t mode_for(const char *path, unsigned mode) {
  struct stat about;
  return stat(path, &about) == 0 && S_ISREG(about.st_mode) ? about.st_mode & 0777 : (mode_t)kr_file_mode(mode);
}

int kr_file_write(const char *path, const void *bytes, size_t count, unsigned mode, struct kr_error *error) {
  int status = KR_OK, file = -1;
  size_t room = strlen(path) + sizeof ".XXXXXX";
  char *temporary = malloc(room);
  if (temporary == NULL) return kr_error_set(error, KR_ENOMEM, "no memory to write %s", path);
  (void)snprintf(temporary, room, "%s.XXXXXX", path);
  file = mkostemp(temporary, O_CLOEXEC);
  if (file < 0) {
    status = failed(error, "write", path);
    goto done;
  }
  /* mkostemp makes a file for its owner alone. */
  if (fchmod(file, mode_for(path, mode)) != 0 || write_all(file, bytes, count) != 0 || fsync(file) != 0)
    status = failed(error, "write", path);
  if (close(file) != 0 && status == KR_OK) status = failed(error, "write", path);
  if (status == KR_OK && rename(temporary, path) != 0) status = failed(error, "write", path);
  if (status != KR_OK) (void)unlink(temporary);
done:
  free(temporary);
  return status;
}

bool kr_file_exists(const char *path) {
  struct stat about;
  return stat(path, &about) == 0 && !S_ISDIR(about.st_mode);
}

bool kr_folder_exists(const char *path) {
  struct stat about;
  return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static bool make_one(const char *path) { return mkdir(path, 0777) == 0 || (errno == EEXIST && kr_folder_exists(path)); }

int kr_folder_make(const char *path, struct kr_error *error) {
  if (make_one(path)) return KR_OK;
  char *above = errno == ENOENT && strchr(path, '/') != NULL ? kr_path_folder(path) : NULL;
  if (above == NULL) return failed(error, "make folder", path);
  int status = kr_folder_make(above, error);
  free(above);
  return status != KR_OK || make_one(path) ? status : failed(error, "make folder", path);
}

struct names {
  char **items;
  size_t count, capacity;
};

static int keep_name(struct names *names, const char *name) {
  if (names->count == NAMES_MAX) return KR_ELIMIT;
  if (names->count == names->capacity) {
    size_t capacity = names->capacity == 0 ? 16 : names->capacity * 2;
    char **items = realloc(names->items, capacity * sizeof *items);
    if (items == NULL) return KR_ENOMEM;
    names->items = items;
    names->capacity = capacity;
  }
  char *copy = strdup(name);
  if (copy == NULL) return KR_ENOMEM;
  names->items[names->count++] = copy;
  return KR_OK;
}

static int by_bytes(const void *left, const void *right) { return strcmp(*(char *const *)left, *(char *const *)right); }

int kr_folder_list(char ***names, size_t *count, const char *path, struct kr_error *error) {
  int status = KR_OK;
  struct names found = {0};
  DIR *folder = opendir(path);
  if (folder == NULL) return failed(error, "list", path);
  while (status == KR_OK) {
    errno = 0;
    const struct dirent *entry = readdir(folder);
    if (entry == NULL && errno != 0) status = failed(error, "list", path);
    if (entry == NULL) break;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    status = keep_name(&found, entry->d_name);
    if (status == KR_ELIMIT) (void)kr_error_set(error, status, "%s holds more than %d names", path, NAMES_MAX);
    if (status == KR_ENOMEM) (void)kr_error_set(error, status, "no memory to list %s", path);
  }
  (void)closedir(folder);
  if (status != KR_OK) {
    kr_names_free(found.items, found.count);
    return status;
  }
  if (found.count > 0) qsort(found.items, found.count, sizeof *found.items, by_bytes);
  *names = found.items;
  *count = found.count;
  return KR_OK;
}

void kr_names_free(char **names, size_t count) {
  for (size_t i = 0; i < count; i++) free(names[i]);
  free((void *)names);
}

char *kr_path_join(const char *folder, const char *name) {
  if (*name == '/' || *folder == '\0') return strdup(name);
  size_t length = strlen(folder), room = length + strlen(name) + 2;
  char *path = malloc(room);
  if (path == NULL) return NULL;
  (void)snprintf(path, room, "%s%s%s", folder, folder[length - 1] == '/' ? "" : "/", name);
  return path;
}

char *kr_path_folder(const char *path) {
  const char *slash = strrchr(path, '/');
  if (slash == NULL) return strdup(".");
  while (slash > path && slash[-1] == '/') slash--;
  return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}
