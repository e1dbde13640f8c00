/* child.c - see child.h. */
#define _GNU_SOURCE /* pipe2 */
#include "kube/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/clock.h"

enum {
  CHUNK = 4096,
  CHUNKS_A_TURN = 16, /* what a pipe holds; whoever writes without end gets no more, so that the clock is looked at */
  TICK_MS = 20,       /* how late an end is seen while somebody the program started holds its pipes open */
  GRACE_TICKS = 10    /* between asking a program to end and ending it */
};

struct child {
  pid_t pid;
  bool grouped;
  bool ended;
  int status;         /* as waitpid gives it */
  int output, errors; /* our ends of its pipes; -1: none, or at their end */
  size_t tail_length;
};

static void close_end(int *end) {
  if (*end >= 0) (void)close(*end);
  *end = -1;
}

static int make_pipe(int ends[2], struct kr_error *error) {
  if (pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0) return KR_OK;
  return kr_error_set(error, KR_EIO, "cannot make a pipe: %s", strerror(errno));
}

/* The program has our signals as they were before us: handlers end with exec, a SIGPIPE that is ignored would not. */
static int prepare(posix_spawnattr_t *attributes, posix_spawn_file_actions_t *actions, bool interactive, int output,
                   int errors) {
  sigset_t none, defaults;
  short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
  (void)sigemptyset(&none);
  (void)sigemptyset(&defaults);
  (void)sigaddset(&defaults, SIGPIPE);
  if (!interactive) flags |= POSIX_SPAWN_SETPGROUP;
  int failed = posix_spawnattr_setsigmask(attributes, &none);
  if (failed == 0) failed = posix_spawnattr_setsigdefault(attributes, &defaults);
  if (failed == 0) failed = posix_spawnattr_setpgroup(attributes, 0);
  if (failed == 0) failed = posix_spawnattr_setflags(attributes, flags);
  if (failed == 0) failed = posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
  if (failed == 0 && !interactive) failed = posix_spawn_file_actions_adddup2(actions, errors, STDERR_FILENO);
  if (failed == 0 && !interactive)
    failed = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  return failed;
}

/* 0, or errno. */
static int spawn(struct child *child, const struct kr_child_request *request, int output, int errors) {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  int failed = posix_spawnattr_init(&attributes);
  if (failed != 0) return failed;
  failed = posix_spawn_file_actions_init(&actions);
  if (failed == 0) {
    failed = prepare(&attributes, &actions, request->interactive, output, errors);
    if (failed == 0)
      failed = posix_spawnp(&child->pid, request->argv[0], &actions, &attributes, request->argv, request->envp);
    (void)posix_spawn_file_actions_destroy(&actions);
  }
  (void)posix_spawnattr_destroy(&attributes);
  return failed;
}

static int start(struct child *child, int *failed, const struct kr_child_request *request, struct kr_error *error) {
  int output[2] = {-1, -1}, errors[2] = {-1, -1};
  int status = make_pipe(output, error);
  if (status == KR_OK && !request->interactive) status = make_pipe(errors, error);
  child->output = output[0];
  child->errors = errors[0];
  child->grouped = !request->interactive;
  if (status == KR_OK) *failed = spawn(child, request, output[1], errors[1]);
  close_end(&output[1]);
  close_end(&errors[1]);
  return status;
}

/* ---- what it writes ---- */

/* The next bytes; 0 when there are none now. Closes *end at its end. */
static size_t take(int *end, char chunk[CHUNK]) {
  if (*end < 0) return 0;
  ssize_t count = read(*end, chunk, CHUNK);
  if (count > 0) return (size_t)count;
  if (count == 0 || (errno != EAGAIN && errno != EINTR)) close_end(end);
  return 0;
}

static int take_output(struct child *child, struct kr_buffer *output) {
  char chunk[CHUNK];
  for (int i = 0; i < CHUNKS_A_TURN; i++) {
    size_t count = take(&child->output, chunk);
    if (count == 0) return KR_OK;
    int status = kr_buffer_append(output, chunk, count);
    if (status != KR_OK) return status;
  }
  return KR_OK;
}

static void remember(struct child *child, char tail[KR_CHILD_TAIL_MAX], const char *bytes, size_t count) {
  const size_t most = KR_CHILD_TAIL_MAX - 1;
  if (count > most) {
    bytes += count - most;
    count = most;
  }
  size_t kept = child->tail_length < most - count ? child->tail_length : most - count;
  memmove(tail, tail + child->tail_length - kept, kept);
  memcpy(tail + kept, bytes, count);
  child->tail_length = kept + count;
  tail[child->tail_length] = '\0';
}

/* What it says to the person ("open this page and enter the code") is passed on at once and as it stands: it is a
 * program of theirs, not the cluster's. */
static void take_errors(struct child *child, char tail[KR_CHILD_TAIL_MAX]) {
  char chunk[CHUNK];
  for (int i = 0; i < CHUNKS_A_TURN; i++) {
    size_t count = take(&child->errors, chunk);
    if (count == 0) return;
    ssize_t written = write(STDERR_FILENO, chunk, count);
    (void)written; /* nobody to tell */
    remember(child, tail, chunk, count);
  }
}

/* ---- its end ---- */

static void look_whether_ended(struct child *child) {
  pid_t pid = waitpid(child->pid, &child->status, WNOHANG);
  if (pid == 0 || (pid < 0 && errno == EINTR)) return;
  if (pid < 0) child->status = 0; /* SIGCHLD was ignored before us: how it ended is lost, what it wrote is not */
  child->ended = true;
}

/* Asks, waits a little, then ends it and, where it has a group of its own, what it started. It is not reaped before
 * the last signal is sent: until then its number is nobody else's. */
static void end(struct child *child) {
  const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
  pid_t target = child->grouped ? -child->pid : child->pid;
  siginfo_t info = {.si_pid = 0};
  (void)kill(target, SIGTERM);
  for (int i = 0; i < GRACE_TICKS && info.si_pid == 0; i++) {
    if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0) break;
    if (info.si_pid == 0) (void)nanosleep(&tick, NULL);
  }
  (void)kill(target, SIGKILL);
  while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR) continue;
  child->ended = true;
}

static void pause_for(const struct child *child, int64_t left) {
  struct pollfd watched[] = {{.fd = child->output, .events = POLLIN},
                             {.fd = child->errors, .events = POLLIN},
                             {.fd = kr_cancel_fd(), .events = POLLIN}}; /* poll passes over what is negative */
  (void)poll(watched, sizeof watched / sizeof *watched, left < TICK_MS ? (int)left : TICK_MS);
}

/* Until it has ended, by itself or not. What it wrote before its end is in the pipes by then. */
static int follow(struct child *child, struct kr_child_result *result, struct kr_buffer *output, int64_t timeout_ms) {
  int64_t deadline = kr_clock_monotonic() + timeout_ms;
  for (;;) {
    look_whether_ended(child);
    int status = take_output(child, output);
    take_errors(child, result->tail);
    if (status == KR_ENOMEM) return status;
    int64_t left = deadline - kr_clock_monotonic();
    if (status != KR_OK)
      result->end = KR_CHILD_TOO_MUCH;
    else if (child->ended)
      result->end = WIFSIGNALED(child->status) ? KR_CHILD_SIGNALLED : KR_CHILD_EXITED;
    else if (kr_cancelled())
      result->end = KR_CHILD_CANCELLED;
    else if (left <= 0)
      result->end = KR_CHILD_TIMED_OUT;
    else {
      pause_for(child, left);
      continue;
    }
    result->number = WIFSIGNALED(child->status) ? WTERMSIG(child->status) : WEXITSTATUS(child->status);
    return KR_OK;
  }
}

int kr_child_run(struct kr_child_result *result, struct kr_buffer *output, const struct kr_child_request *request,
                 struct kr_error *error) {
  struct child child = {.output = -1, .errors = -1};
  int failed = 0;
  *result = (struct kr_child_result){.end = KR_CHILD_UNSTARTED};
  int status = start(&child, &failed, request, error);
  if (status == KR_OK && failed == 0) {
    status = follow(&child, result, output, request->timeout_ms);
    if (!child.ended) end(&child);
    if (status != KR_OK) status = kr_error_set(error, status, "no memory for what %s writes", request->argv[0]);
  } else if (status == KR_OK) {
    result->number = failed;
  }
  close_end(&child.output);
  close_end(&child.errors);
  return status;
}
