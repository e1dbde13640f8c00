/* snapshot_window.c - see snapshot_window.h. Files are read, not mapped: of one that is cut short meanwhile less is
 * read, where a map would end the program. */
#define _POSIX_C_SOURCE 200809L /* pread, strdup */
#include "kube/snapshot_window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kube/snapshot_folder.h"

enum { NO_FILE = -1 };

void kr_snapshot_window_init(struct kr_snapshot_window *window, const char *folder) {
  *window = (struct kr_snapshot_window){.folder = folder, .file = NO_FILE};
}

/* Ends with the file; the room for its text stays. */
static void close_file(struct kr_snapshot_window *window) {
  if (window->file != NO_FILE) (void)close(window->file);
  free(window->name);
  window->name = NULL;
  window->file = NO_FILE;
  window->length = 0;
}

void kr_snapshot_window_close(struct kr_snapshot_window *window) {
  close_file(window);
  free(window->text);
  *window = (struct kr_snapshot_window){.file = NO_FILE};
}

int kr_snapshot_window_open(struct kr_snapshot_window *window, const char *name, struct kr_error *error) {
  struct stat about;
  if (window->name != NULL && strcmp(window->name, name) == 0) return KR_OK;
  close_file(window);
  int status = kr_snapshot_folder_open(&window->file, &about, window->folder, name, error);
  if (status != KR_OK) return status;
  window->version = (struct kr_snapshot_version){
      .device = about.st_dev, .inode = about.st_ino, .size = about.st_size, .changed = about.st_mtim};
  window->name = strdup(name);
  if (window->name != NULL) return KR_OK;
  close_file(window);
  return kr_error_set(error, KR_ENOMEM, "no memory to read %s/%s", window->folder, name);
}

static int make_room(struct kr_snapshot_window *window, size_t count, struct kr_error *error) {
  if (count > KR_SNAPSHOT_WINDOW_MAX)
    return kr_error_set(error, KR_ELIMIT, "%s/%s: an object in it is larger than %zu bytes", window->folder,
                        window->name, KR_SNAPSHOT_WINDOW_MAX);
  if (count <= window->capacity) return KR_OK;
  char *text = realloc(window->text, count);
  if (text == NULL) return kr_error_set(error, KR_ENOMEM, "no memory to read %s/%s", window->folder, window->name);
  window->text = text;
  window->capacity = count;
  return KR_OK;
}

/* Reads on behind what the window holds, until it holds count bytes or the file ends. */
static int fill(struct kr_snapshot_window *window, size_t count, struct kr_error *error) {
  while (window->length < count) {
    off_t at = (off_t)(window->from + window->length);
    ssize_t got = pread(window->file, window->text + window->length, count - window->length, at);
    if (got == 0) return KR_OK;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return kr_error_set(error, KR_EIO, "cannot read %s/%s: %s", window->folder, window->name, strerror(errno));
    window->length += (size_t)got;
  }
  return KR_OK;
}

int kr_snapshot_window_read(const char **text, size_t *length, struct kr_snapshot_window *window, uint64_t from,
                            size_t count, size_t ahead, struct kr_error *error) {
  bool inside = from >= window->from && from - window->from <= window->length;
  size_t skipped = inside ? (size_t)(from - window->from) : 0;
  if (!inside || window->length - skipped < count) {
    size_t wanted = count > ahead ? count : ahead;
    int status = make_room(window, wanted, error);
    if (status != KR_OK) return status;
    window->length = inside ? window->length - skipped : 0;
    if (window->length > 0) memmove(window->text, window->text + skipped, window->length);
    window->from = from;
    skipped = 0;
    status = fill(window, wanted, error);
    if (status != KR_OK) return status;
  }
  *text = window->text == NULL ? "" : window->text + skipped;
  *length = window->length - skipped;
  return KR_OK;
}

bool kr_snapshot_version_same(const struct kr_snapshot_version *left, const struct kr_snapshot_version *right) {
  return left->device == right->device && left->inode == right->inode && left->size == right->size &&
         left->changed.tv_sec == right->changed.tv_sec && left->changed.tv_nsec == right->changed.tv_nsec;
}
