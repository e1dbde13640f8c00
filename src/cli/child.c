/* child.c - see child.h. */
#define _GNU_SOURCE /* pipe2 */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/clock.h"

extern char **environ;

enum { ARGUMENTS_MAX = 512, CHUNK = 16384, PAUSE_MS = 200 };

struct pipes {
  int out[2], err[2]; /* -1: closed */
};

static void close_one(int *fd) {
  if (*fd >= 0) (void)close(*fd);
  *fd = -1;
}

static void close_all(struct pipes *pipes) {
  for (int i = 0; i < 2; i++) {
    close_one(&pipes->out[i]);
    close_one(&pipes->err[i]);
  }
}

static int system_error(struct kr_error *error, const char *what, int number) {
  return kr_error_set(error, KR_EIO, "cannot %s: %s", what, strerror(number));
}

/* The program that is to run: for this one its path, whatever it was called as. */
static int find_program(char path[PATH_MAX], const struct kr_child *child, struct kr_error *error) {
  if (child->program) {
    (void)snprintf(path, PATH_MAX, "%s", child->program);
    return KR_OK;
  }
  ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
  if (length < 0) return system_error(error, "find this program", errno);
  path[length] = '\0';
  return KR_OK;
}

static int start(pid_t *pid, const struct pipes *pipes, const struct kr_child *child, struct kr_error *error) {
  char program[PATH_MAX];
  char *argv[ARGUMENTS_MAX] = {program};
  size_t count = 0;
  int status = find_program(program, child, error);
  if (status != KR_OK) return status;
  for (; child->arguments[count] != NULL; count++) {
    if (count + 2 == ARGUMENTS_MAX) return kr_error_set(error, KR_ELIMIT, "more than %d arguments", ARGUMENTS_MAX - 2);
    argv[count + 1] = (char *)child->arguments[count]; /* exec takes them so, and changes nothing */
  }
  posix_spawn_file_actions_t actions;
  int failed = posix_spawn_file_actions_init(&actions);
  if (failed != 0) return system_error(error, "start a program", failed);
  failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (failed == 0) failed = posix_spawn_file_actions_adddup2(&actions, pipes->out[1], STDOUT_FILENO);
  if (failed == 0) failed = posix_spawn_file_actions_adddup2(&actions, pipes->err[1], STDERR_FILENO);
  if (failed == 0) failed = posix_spawnp(pid, program, &actions, NULL, argv, environ);
  (void)posix_spawn_file_actions_destroy(&actions);
  if (failed == ENOENT) return kr_error_set(error, KR_ENOTFOUND, "there is no program %s", program);
  return failed == 0 ? KR_OK : system_error(error, "start a program", failed);
}

/* Reads what is there; closes the pipe at its end. */
static int drain(struct kr_buffer *into, int *fd, struct kr_error *error) {
  char chunk[CHUNK];
  ssize_t length = read(*fd, chunk, sizeof chunk);
  if (length < 0 && (errno == EINTR || errno == EAGAIN)) return KR_OK;
  if (length < 0) return system_error(error, "read what it wrote", errno);
  if (length == 0) {
    close_one(fd);
    return KR_OK;
  }
  int status = kr_buffer_append(into, chunk, (size_t)length);
  if (status == KR_ELIMIT) return kr_error_set(error, status, "it wrote more than %zu bytes", into->limit);
  return status == KR_OK ? KR_OK : kr_error_set(error, status, "out of memory for what it wrote");
}

static int read_all(struct kr_buffer *out, struct kr_buffer *err, struct pipes *pipes, int64_t timeout_ms,
                    struct kr_error *error) {
  int64_t end = kr_clock_monotonic() + timeout_ms;
  int status = KR_OK;
  while (status == KR_OK && (pipes->out[0] >= 0 || pipes->err[0] >= 0)) {
    struct pollfd ends[] = {{.fd = pipes->out[0], .events = POLLIN},
                            {.fd = pipes->err[0], .events = POLLIN},
                            {.fd = kr_cancel_fd(), .events = POLLIN}};
    int ready = poll(ends, 3, PAUSE_MS);
    if (ready < 0 && errno != EINTR) status = system_error(error, "wait for it", errno);
    if (kr_cancelled()) status = kr_error_set(error, KR_ECANCELLED, "interrupted");
    if (status == KR_OK && kr_clock_monotonic() > end)
      status = kr_error_set(error, KR_ELIMIT, "it ran for more than %lld s", (long long)timeout_ms / 1000);
    if (status == KR_OK && ready > 0 && ends[0].revents != 0) status = drain(out, &pipes->out[0], error);
    if (status == KR_OK && ready > 0 && ends[1].revents != 0) status = drain(err, &pipes->err[0], error);
  }
  return status;
}

static int reap(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return 128;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int kr_child_run(struct kr_buffer *out, struct kr_buffer *err, int *status, const struct kr_child *child,
                 struct kr_error *error) {
  struct pipes pipes = {.out = {-1, -1}, .err = {-1, -1}};
  pid_t pid = 0;
  int code = KR_OK;
  if (pipe2(pipes.out, O_CLOEXEC) != 0 || pipe2(pipes.err, O_CLOEXEC) != 0)
    code = system_error(error, "make a pipe", errno);
  if (code == KR_OK) code = start(&pid, &pipes, child, error);
  if (code != KR_OK) {
    close_all(&pipes);
    return code;
  }
  close_one(&pipes.out[1]);
  close_one(&pipes.err[1]);
  code = read_all(out, err, &pipes, child->timeout_ms, error);
  if (code != KR_OK) (void)kill(pid, SIGKILL);
  close_all(&pipes);
  *status = reap(pid);
  return code;
}
