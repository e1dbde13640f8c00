/* exec_plugin_process.c - see exec_plugin_process.h. */
#define _GNU_SOURCE /* pipe2, posix_spawn_file_actions_addclosefrom_np */
#include "kube/exec_plugin_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/mask.h"
#include "base/text.h"

enum {
  CHUNK = 4096,
  SAID_MAX = 64 * 1024, /* of standard error, that is passed on */
  LINE_MAX_SHOWN = 300, /* of its last line, in an error */
  TICK_MS = 100,        /* how often a plugin that keeps silent is looked after */
  TICK_CLOSED_MS = 5,   /* the same once it has closed its output: it is about to end */
  GRACE_MS = 500        /* between asking it to end and ending it */
};

struct running {
  const struct kr_plugin_process *process;
  pid_t pid;
  bool ended;
  int status; /* as of waitpid, once ended */
  int output; /* -1 when closed */
  int said;
  struct kr_buffer *out;
  struct kr_buffer pending;  /* of standard error: not passed on yet */
  char last[LINE_MAX_SHOWN]; /* its last line that says something */
  size_t passed_on;
  int64_t deadline;
};

static const char *name_of(const struct running *plugin) { return plugin->process->argv[0]; }

static void close_end(int *end) {
  if (*end >= 0) (void)close(*end);
  *end = -1;
}

/* ---- starting ---- */

/* A plugin that is not interactive gets a process group of its own, so that its children can be ended with it; one that
 * is stays in ours, which owns the terminal. */
static int set_attributes(posix_spawnattr_t *attributes, bool interactive) {
  sigset_t none, defaults;
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  (void)sigemptyset(&none);
  (void)sigemptyset(&defaults);
  (void)sigaddset(&defaults, SIGPIPE);
  int failed = posix_spawnattr_setsigmask(attributes, &none);
  if (failed == 0) failed = posix_spawnattr_setsigdefault(attributes, &defaults);
  if (failed == 0 && !interactive) {
    flags |= POSIX_SPAWN_SETPGROUP;
    failed = posix_spawnattr_setpgroup(attributes, 0);
  }
  return failed != 0 ? failed : posix_spawnattr_setflags(attributes, flags);
}

static int set_files(posix_spawn_file_actions_t *actions, bool interactive, int output, int said) {
  int failed = interactive ? 0 : posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (failed == 0) failed = posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
  if (failed == 0) failed = posix_spawn_file_actions_adddup2(actions, said, STDERR_FILENO);
  return failed != 0 ? failed : posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
}

/* 0 or an errno. */
static int spawn(struct running *plugin, int output, int said) {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  int failed = posix_spawnattr_init(&attributes);
  if (failed != 0) return failed;
  failed = posix_spawn_file_actions_init(&actions);
  if (failed == 0) {
    failed = set_attributes(&attributes, plugin->process->interactive);
    if (failed == 0) failed = set_files(&actions, plugin->process->interactive, output, said);
    if (failed == 0)
      failed = posix_spawnp(&plugin->pid, plugin->process->argv[0], &actions, &attributes, plugin->process->argv,
                            plugin->process->environment);
    (void)posix_spawn_file_actions_destroy(&actions);
  }
  (void)posix_spawnattr_destroy(&attributes);
  return failed;
}

static int no_command(const struct running *plugin, struct kr_error *error) {
  return kr_error_set(error, KR_ENOTFOUND, "there is no command %s", name_of(plugin));
}

static int start(struct running *plugin, struct kr_error *error) {
  int output[2] = {-1, -1}, said[2] = {-1, -1};
  int failed = pipe2(output, O_CLOEXEC) != 0 || pipe2(said, O_CLOEXEC) != 0 ? errno : 0;
  if (failed == 0) failed = spawn(plugin, output[1], said[1]);
  close_end(&output[1]);
  close_end(&said[1]);
  if (failed == 0) {
    plugin->output = output[0];
    plugin->said = said[0];
    /* A child of the plugin may hold the pipes open after it: no read may wait for that one. */
    (void)fcntl(plugin->output, F_SETFL, O_NONBLOCK);
    (void)fcntl(plugin->said, F_SETFL, O_NONBLOCK);
    return KR_OK;
  }
  close_end(&output[0]);
  close_end(&said[0]);
  if (failed == ENOENT) return no_command(plugin, error);
  return kr_error_set(error, failed == ENOMEM ? KR_ENOMEM : KR_EAUTH, "exec plugin %s cannot be started: %s",
                      name_of(plugin), strerror(failed));
}

/* ---- what it says ---- */

static void remember_line(struct running *plugin, const char *line, size_t length) {
  while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r' || line[length - 1] == ' ')) length--;
  if (length == 0) return;
  if (length >= sizeof plugin->last) length = sizeof plugin->last - 1;
  memcpy(plugin->last, line, length);
  plugin->last[length] = '\0';
}

static void pass_on(struct running *plugin, const char *text, size_t length) {
  struct kr_buffer harmless;
  if (plugin->passed_on >= SAID_MAX) return;
  plugin->passed_on += length;
  kr_buffer_init(&harmless, (size_t)CHUNK * 16);
  if (kr_text_harmless(&harmless, text, length) == KR_OK)
    (void)fwrite(kr_buffer_text(&harmless), 1, harmless.length, stderr);
  if (plugin->passed_on >= SAID_MAX) (void)fputs("\n(the plugin says more)\n", stderr);
  (void)fflush(stderr);
  kr_buffer_free(&harmless);
}

/* Whole lines, so that no character is cut in two; a prompt ends without a line's end, so at a terminal all of it. */
static void flush_said(struct running *plugin, bool all) {
  struct kr_buffer *pending = &plugin->pending;
  size_t begin = 0;
  for (size_t i = 0; i < pending->length; i++) {
    bool last = i + 1 == pending->length;
    if (pending->data[i] != '\n' && !(last && (all || pending->length == pending->limit))) continue;
    remember_line(plugin, pending->data + begin, i + 1 - begin);
    pass_on(plugin, pending->data + begin, i + 1 - begin);
    begin = i + 1;
  }
  if (begin == 0) return;
  memmove(pending->data, pending->data + begin, pending->length - begin);
  pending->length -= begin;
  pending->data[pending->length] = '\0';
}

/* True when something came, or the end did. */
static bool read_said(struct running *plugin) {
  char chunk[CHUNK];
  ssize_t count = read(plugin->said, chunk, plugin->pending.limit - plugin->pending.length);
  if (count < 0) return errno == EINTR;
  if (count == 0) close_end(&plugin->said);
  (void)!kr_buffer_append(&plugin->pending, chunk, (size_t)count);
  flush_said(plugin, count == 0 || plugin->process->interactive);
  return true;
}

/* Positive: something came; 0: nothing there. */
static int read_output(struct running *plugin, struct kr_error *error) {
  char chunk[CHUNK];
  ssize_t count = read(plugin->output, chunk, sizeof chunk);
  if (count < 0) return errno == EINTR;
  if (count == 0) close_end(&plugin->output);
  int status = kr_buffer_append(plugin->out, chunk, (size_t)count);
  explicit_bzero(chunk, sizeof chunk);
  if (status == KR_OK) return 1;
  if (status == KR_ENOMEM)
    return kr_error_set(error, status, "no memory for what exec plugin %s says", name_of(plugin));
  return kr_error_set(error, KR_EAUTH, "exec plugin %s says more than %zu KiB", name_of(plugin),
                      plugin->out->limit >> 10);
}

/* ---- its end ---- */

/* Where SIGCHLD was ignored before us the kernel keeps no status: then what the plugin wrote must tell. */
static void reap(struct running *plugin) {
  if (plugin->ended) return;
  pid_t pid = waitpid(plugin->pid, &plugin->status, WNOHANG);
  plugin->ended = pid == plugin->pid || (pid < 0 && errno == ECHILD);
}

static void send_signal(const struct running *plugin, int number) {
  (void)kill(plugin->process->interactive ? plugin->pid : -plugin->pid, number);
}

static void stop(struct running *plugin) {
  if (plugin->ended) return;
  int64_t until = kr_clock_monotonic() + GRACE_MS;
  send_signal(plugin, SIGTERM);
  for (reap(plugin); !plugin->ended && kr_clock_monotonic() < until; reap(plugin)) (void)poll(NULL, 0, TICK_CLOSED_MS);
  if (!plugin->ended || !plugin->process->interactive)
    send_signal(plugin, SIGKILL); /* also what it has left behind in its group */
  while (!plugin->ended) plugin->ended = waitpid(plugin->pid, &plugin->status, 0) == plugin->pid || errno != EINTR;
}

static int check_end(const struct running *plugin, struct kr_error *error) {
  struct kr_mask *mask = NULL;
  struct kr_buffer last;
  if (WIFEXITED(plugin->status) && WEXITSTATUS(plugin->status) == 0) return KR_OK;
  /* So posix_spawn may tell of it too, where the child cannot tell its parent: under an emulator, for one. */
  if (WIFEXITED(plugin->status) && WEXITSTATUS(plugin->status) == 127 && plugin->last[0] == '\0')
    return no_command(plugin, error);
  kr_buffer_init(&last, sizeof plugin->last * 4);
  if (kr_mask_new(&mask, NULL) == KR_OK) (void)!kr_mask_apply(mask, &last, plugin->last, strlen(plugin->last));
  const char *colon = last.length > 0 ? ": " : "", *text = kr_buffer_text(&last);
  if (WIFEXITED(plugin->status))
    kr_error_set(error, KR_EAUTH, "exec plugin %s ended with status %d%s%s", name_of(plugin),
                 WEXITSTATUS(plugin->status), colon, text);
  else
    kr_error_set(error, KR_EAUTH, "exec plugin %s was ended by signal %d%s%s", name_of(plugin),
                 WTERMSIG(plugin->status), colon, text);
  kr_buffer_free(&last);
  kr_mask_free(mask);
  return KR_EAUTH;
}

/* One round of waiting and reading. 1: go on, 0: all was read and it has ended, negative: an error. */
static int turn(struct running *plugin, struct kr_error *error) {
  struct pollfd ends[] = {{.fd = plugin->output, .events = POLLIN},
                          {.fd = plugin->said, .events = POLLIN},
                          {.fd = kr_cancel_fd(), .events = POLLIN}};
  bool open = plugin->output >= 0 || plugin->said >= 0, came = false;
  reap(plugin); /* before looking: what it wrote last is there by then */
  if (plugin->ended && !open) return 0;
  (void)poll(ends, sizeof ends / sizeof *ends, plugin->ended ? 0 : open ? TICK_MS : TICK_CLOSED_MS);
  if (kr_cancelled())
    return kr_error_set(error, KR_ECANCELLED, "interrupted while exec plugin %s ran", name_of(plugin));
  if (ends[1].revents != 0) came = read_said(plugin);
  if (ends[0].revents != 0) {
    int status = read_output(plugin, error);
    if (status < 0) return status;
    came = came || status > 0;
  }
  if (plugin->ended && !came) return 0;
  if (kr_clock_monotonic() < plugin->deadline) return 1;
  return kr_error_set(error, KR_EAUTH, "exec plugin %s did not end within %lld s", name_of(plugin),
                      (long long)(plugin->process->timeout_ms / 1000));
}

int kr_plugin_process_run(struct kr_buffer *out, const struct kr_plugin_process *process, struct kr_error *error) {
  struct running plugin = {.process = process, .output = -1, .said = -1, .out = out};
  int status = start(&plugin, error);
  if (status != KR_OK) return status;
  plugin.deadline = kr_clock_monotonic() + process->timeout_ms;
  kr_buffer_init(&plugin.pending, CHUNK);
  do status = turn(&plugin, error);
  while (status > 0);
  flush_said(&plugin, true);
  if (status == KR_OK) status = check_end(&plugin, error);
  stop(&plugin);
  close_end(&plugin.output);
  close_end(&plugin.said);
  kr_buffer_free(&plugin.pending);
  return status;
}
