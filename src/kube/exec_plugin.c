/* exec_plugin.c - see exec_plugin.h: the plugin's arguments, environment and terminal. */
#define _GNU_SOURCE /* environ, explicit_bzero */
#include "kube/exec_plugin.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "kube/exec_plugin_process.h"

#define INFO_NAME "KUBERNETES_EXEC_INFO"

enum {
  TIMEOUT_MS = 60 * 1000,
  TIMEOUT_PERSON_MS = 5 * 60 * 1000, /* somebody types, or signs in with a browser */
  REPLY_MAX = 1 << 20,
  VARIABLE_MAX = 1 << 20
};

static int no_memory(struct kr_error *error) {
  return kr_error_set(error, KR_ENOMEM, "no memory to run an exec plugin");
}

/* Whether KUBERNETES_EXEC_INFO or an entry of the kubeconfig's env, from one on, sets the "NAME" or "NAME=value". */
static bool is_set_by(const struct kr_exec_config *exec, size_t from, const char *variable) {
  size_t length = strcspn(variable, "=");
  if (length == strlen(INFO_NAME) && memcmp(variable, INFO_NAME, length) == 0) return true;
  for (size_t i = from; i < exec->env_count; i++)
    if (strlen(exec->env[i].name) == length && memcmp(variable, exec->env[i].name, length) == 0) return true;
  return false;
}

static char *variable_of(const char *name, const char *value) {
  struct kr_buffer text;
  kr_buffer_init(&text, VARIABLE_MAX);
  if (kr_buffer_printf(&text, "%s=%s", name, value) == KR_OK) return kr_buffer_take(&text);
  kr_buffer_free(&text);
  return NULL;
}

/* What list[0 … owned) holds is the list's own, the rest is borrowed from environ. */
struct variables {
  char **list;
  size_t owned;
};

static void free_variables(struct variables *variables) {
  for (size_t i = 0; i < variables->owned; i++) free(variables->list[i]);
  free(variables->list);
}

/* KUBERNETES_EXEC_INFO and the kubeconfig's env, then what of our own environment they do not replace. Each name comes
 * once, the last of several as with kubectl: of two, getenv takes the first and a shell the last. */
static int make_variables(struct variables *out, const struct kr_exec_config *exec, const char *info) {
  size_t count = 0, next = 0;
  while (environ[count] != NULL) count++;
  out->list = calloc(count + exec->env_count + 2, sizeof *out->list);
  if (out->list == NULL) return KR_ENOMEM;
  out->list[next] = variable_of(INFO_NAME, info);
  if (out->list[next++] == NULL) return KR_ENOMEM;
  out->owned = next;
  for (size_t i = 0; i < exec->env_count; i++) {
    if (is_set_by(exec, i + 1, exec->env[i].name)) continue;
    out->list[next] = variable_of(exec->env[i].name, exec->env[i].value);
    if (out->list[next++] == NULL) return KR_ENOMEM;
    out->owned = next;
  }
  for (size_t i = 0; i < count; i++)
    if (!is_set_by(exec, 0, environ[i])) out->list[next++] = environ[i];
  return KR_OK;
}

/* Whether the plugin may ask the person; an error when it must and nobody is there. */
static int decide_interactive(bool *interactive, const struct kr_exec_config *exec, struct kr_error *error) {
  const char *mode = exec->interactive_mode == NULL ? "IfAvailable" : exec->interactive_mode; /* v1beta1's default */
  *interactive = strcmp(mode, "Never") != 0 && kr_terminal_is(STDIN_FILENO);
  if (strcmp(mode, "Always") != 0 || *interactive) return KR_OK;
  return kr_error_set(error, KR_EAUTH,
                      "exec plugin %s wants to ask a person (interactiveMode: Always), and standard input is not a "
                      "terminal; from cron or a pipe use a token or a certificate",
                      exec->command);
}

static int run(struct kr_buffer *reply, const struct kr_kubeconfig *config, bool interactive, struct kr_error *error) {
  const struct kr_exec_config *exec = config->exec;
  struct variables variables = {.list = NULL};
  int status = KR_OK;
  char *info = kr_exec_plugin_info(config, interactive);
  char **argv = calloc(exec->arg_count + 2, sizeof *argv);
  if (info == NULL || argv == NULL || make_variables(&variables, exec, info) != KR_OK) {
    status = no_memory(error);
    goto done;
  }
  argv[0] = exec->command;
  for (size_t i = 0; i < exec->arg_count; i++) argv[i + 1] = exec->args[i];
  kr_log(1, "running exec plugin %s", exec->command);
  const struct kr_plugin_process process = {.argv = argv,
                                            .environment = variables.list,
                                            .interactive = interactive,
                                            .timeout_ms = interactive ? TIMEOUT_PERSON_MS : TIMEOUT_MS};
  status = kr_plugin_process_run(reply, &process, error);
  if (status == KR_ENOTFOUND) {
    const char *hint = exec->install_hint;
    status = kr_error_set(error, KR_EAUTH, "exec plugin %s is not installed (no such command)%s%s", exec->command,
                          hint == NULL ? "" : ": ", hint == NULL ? "" : hint);
  }
done:
  free_variables(&variables);
  free(argv);
  free(info);
  return status;
}

int kr_exec_plugin_run(struct kr_exec_reply *out, const struct kr_kubeconfig *config, struct kr_error *error) {
  struct kr_buffer reply;
  bool interactive;
  int status = decide_interactive(&interactive, config->exec, error);
  if (status != KR_OK) return status;
  kr_buffer_init(&reply, REPLY_MAX);
  status = run(&reply, config, interactive, error);
  if (status == KR_OK) status = kr_exec_plugin_read(out, config->exec, kr_buffer_text(&reply), reply.length, error);
  if (reply.data != NULL) explicit_bzero(reply.data, reply.length);
  kr_buffer_free(&reply);
  return status;
}
