/* snapshot_folder.c - see snapshot_folder.h. Opens one folder after the other and follows no symbolic link, so that a
 * snapshot from a stranger cannot show /etc/shadow as a log, nor hang us on a pipe. */
#define _POSIX_C_SOURCE 200809L /* openat */
#include "kube/snapshot_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 65536, COMPONENT_MAX = 256 };

bool kr_snapshot_name_is_safe(const char *name) {
  return name != NULL && *name != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
         strcmp(name, "..") != 0;
}

static int failed(const char *folder, const char *name, struct kr_error *error) {
  bool missing = errno == ENOENT || errno == ENAMETOOLONG; /* what cannot be a file is not there */
  bool outside = errno == ELOOP || errno == ENOTDIR;
  return kr_error_set(error, missing ? KR_ENOTFOUND : KR_EIO, "cannot read %s/%s: %s", folder, name,
                      outside ? "a snapshot holds plain files and folders only" : strerror(errno));
}

/* Opens name below folder, a component at a time; -1 with errno. */
static int open_below(const char *folder, const char *name) {
  char component[COMPONENT_MAX];
  int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (at >= 0) {
    size_t length = strcspn(name, "/");
    bool is_last = name[length] == '\0';
    int below = -1;
    errno = ENAMETOOLONG;
    if (length < sizeof component) {
      memcpy(component, name, length);
      component[length] = '\0';
      below = openat(at, component, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (is_last ? 0 : O_DIRECTORY));
    }
    int problem = errno;
    (void)close(at);
    errno = problem;
    at = below;
    if (is_last) break;
    name += length + 1;
  }
  return at;
}

static int append(struct kr_buffer *out, const char *bytes, size_t count, const char *folder, const char *name,
                  struct kr_error *error) {
  int status = kr_buffer_append(out, bytes, count);
  if (status == KR_ELIMIT)
    return kr_error_set(error, status, "%s/%s is larger than %zu bytes", folder, name, out->limit);
  return status == KR_OK ? KR_OK : kr_error_set(error, status, "no memory to read %s/%s", folder, name);
}

int kr_snapshot_folder_open(int *file, struct stat *about, const char *folder, const char *name,
                            struct kr_error *error) {
  *file = open_below(folder, name);
  if (*file < 0) return failed(folder, name, error);
  if (fstat(*file, about) == 0 && S_ISREG(about->st_mode)) return KR_OK;
  (void)close(*file);
  *file = -1;
  errno = ELOOP;
  return failed(folder, name, error);
}

int kr_snapshot_folder_read(struct kr_buffer *out, const char *folder, const char *name, struct kr_error *error) {
  struct stat about;
  int file, status = kr_snapshot_folder_open(&file, &about, folder, name, error);
  if (status != KR_OK) return status;
  char *chunk = malloc(CHUNK);
  if (chunk == NULL) status = kr_error_set(error, KR_ENOMEM, "no memory to read %s", name);
  while (status == KR_OK) {
    ssize_t count = read(file, chunk, CHUNK);
    if (count == 0) break;
    if (count < 0 && errno == EINTR) continue;
    status = count < 0 ? failed(folder, name, error) : append(out, chunk, (size_t)count, folder, name, error);
  }
  free(chunk);
  (void)close(file);
  return status;
}
