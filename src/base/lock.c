/* lock.c - see lock.h. */
#define _DEFAULT_SOURCE /* flock */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/clock.h"

#define LOOK_AGAIN_MS 20
#define HOLDER_MAX    128

struct kr_lock {
  int file;
};

static int refuse(const char *path, struct kr_error *error) {
  return kr_error_set(error, KR_EIO, "cannot lock %s: %s", path, strerror(errno));
}

/* Who holds it: what it wrote itself, a moment after it took it. */
static int say_busy(int file, const char *path, struct kr_error *error) {
  char holder[HOLDER_MAX];
  ssize_t length = pread(file, holder, sizeof holder - 1, 0);
  holder[length > 0 ? length : 0] = '\0';
  holder[strcspn(holder, "\n")] = '\0';
  return kr_error_set(error, KR_EBUSY, "%s is locked%s%s: this run is left out", path, *holder ? " by " : "", holder);
}

static void sign(int file) {
  char text[HOLDER_MAX], now[KR_TIME_TEXT_MAX];
  int length =
      snprintf(text, sizeof text, "process %ld since %s\n", (long)getpid(), kr_time_format(kr_clock_now(), now));
  /* Only for people to read: the lock holds without it. */
  if (ftruncate(file, 0) == 0 && pwrite(file, text, (size_t)length, 0) != length) (void)!ftruncate(file, 0);
}

/* 0, or KR_EBUSY. */
static int take(struct kr_lock *lock, const char *path, struct kr_error *error) {
  int status;
  do status = flock(lock->file, LOCK_EX | LOCK_NB);
  while (status != 0 && errno == EINTR);
  if (status != 0) return errno == EWOULDBLOCK ? say_busy(lock->file, path, error) : refuse(path, error);
  sign(lock->file);
  return KR_OK;
}

/* NULL, and error says why. */
static struct kr_lock *open_lock(const char *path, struct kr_error *error) {
  struct kr_lock *lock = malloc(sizeof *lock);
  if (lock == NULL) {
    (void)kr_error_set(error, KR_ENOMEM, "out of memory");
    return NULL;
  }
  lock->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock->file >= 0) return lock;
  (void)refuse(path, error);
  free(lock);
  return NULL;
}

int kr_lock_try(struct kr_lock **out, const char *path, struct kr_error *error) {
  struct kr_lock *lock = open_lock(path, error);
  if (lock == NULL) return error->code;
  int code = take(lock, path, error);
  if (code == KR_OK)
    *out = lock;
  else
    kr_lock_free(lock);
  return code;
}

int kr_lock_wait(struct kr_lock **out, const char *path, struct kr_error *error) {
  struct kr_lock *lock = open_lock(path, error);
  if (lock == NULL) return error->code;
  int code;
  while ((code = take(lock, path, error)) == KR_EBUSY) {
    struct pollfd cancel = {.fd = kr_cancel_fd(), .events = POLLIN};
    if (kr_cancelled()) code = kr_error_set(error, KR_ECANCELLED, "interrupted while waiting for %s", path);
    if (code == KR_ECANCELLED) break;
    (void)poll(&cancel, 1, LOOK_AGAIN_MS);
  }
  if (code == KR_OK)
    *out = lock;
  else
    kr_lock_free(lock);
  return code;
}

void kr_lock_free(struct kr_lock *lock) {
  if (lock == NULL) return;
  (void)close(lock->file);
  free(lock);
}
