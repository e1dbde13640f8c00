/* exec_plugin.c - runs the plugin; see exec_plugin.h. What it answers is read in exec_answer.c. */
#define _GNU_SOURCE /* environ */
#include "kube/exec_plugin.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mask.h"
#include "base/text.h"
#include "kube/child.h"

enum { ANSWER_MAX = 1 << 20, ENVIRONMENT_MAX = 2 << 20, SAID_MAX = 512 };

static const char info_name[] = "KUBERNETES_EXEC_INFO";

static int no_memory(struct kr_error *error) {
  return kr_error_set(error, KR_ENOMEM, "no memory for a sign-in plugin");
}

/* ---- KUBERNETES_EXEC_INFO ---- */

static json_t *base64(const struct kr_buffer *bytes) {
  unsigned char *text = malloc(bytes->length / 3 * 4 + 5);
  if (text == NULL) return NULL;
  int length = EVP_EncodeBlock(text, (const unsigned char *)bytes->data, (int)bytes->length);
  json_t *value = json_stringn((const char *)text, (size_t)length);
  free(text);
  return value;
}

static json_t *cluster_info(const struct kr_kubeconfig *config) {
  json_t *cluster = json_pack("{s:s, s:s*, s:s*}", "server", config->server, "tls-server-name", config->tls_server_name,
                              "proxy-url", config->proxy_url);
  int failed = cluster == NULL ? -1 : 0;
  if (failed == 0 && config->insecure_skip_tls_verify)
    failed = json_object_set_new(cluster, "insecure-skip-tls-verify", json_true());
  if (failed == 0 && config->disable_compression)
    failed = json_object_set_new(cluster, "disable-compression", json_true());
  if (failed == 0 && config->ca.length > 0)
    failed = json_object_set_new(cluster, "certificate-authority-data", base64(&config->ca));
  if (failed == 0) return cluster;
  json_decref(cluster);
  return NULL;
}

/* What the plugin is told, as text that the caller frees; NULL when memory is refused. */
static char *exec_info(const struct kr_kubeconfig *config, bool interactive) {
  const struct kr_exec_config *exec = config->exec;
  json_t *info = json_pack("{s:s, s:s, s:{s:b}}", "kind", "ExecCredential", "apiVersion", exec->api_version, "spec",
                           "interactive", interactive ? 1 : 0);
  char *text = NULL;
  if (info != NULL && (!exec->provide_cluster_info ||
                       json_object_set_new(json_object_get(info, "spec"), "cluster", cluster_info(config)) == 0))
    text = json_dumps(info, JSON_COMPACT);
  json_decref(info);
  return text;
}

/* ---- environment and arguments ---- */

/* The texts of an environment, one after the other with their NULs, and pointers to them. */
struct environment {
  struct kr_buffer texts;
  char **items;
};

static bool is_named(const char *item, const char *name) {
  size_t length = strlen(name);
  return strncmp(item, name, length) == 0 && item[length] == '=';
}

/* Ours, but for what is set anew: of two variables of one name most programs see the first. */
static bool is_set_anew(const char *item, const struct kr_exec_config *exec) {
  for (size_t i = 0; i < exec->env_count; i++)
    if (is_named(item, exec->env[i].name)) return true;
  return is_named(item, info_name);
}

static int add(struct environment *environment, size_t *count, const char *name, const char *value) {
  int status =
      kr_buffer_printf(&environment->texts, "%s%s%s", name, value == NULL ? "" : "=", value == NULL ? "" : value);
  if (status == KR_OK) status = kr_buffer_append(&environment->texts, "", 1);
  (*count)++;
  return status;
}

static int environment_make(struct environment *environment, const struct kr_exec_config *exec, const char *info,
                            struct kr_error *error) {
  size_t count = 0;
  int status = KR_OK;
  kr_buffer_init(&environment->texts, ENVIRONMENT_MAX);
  for (char **item = environ; status == KR_OK && item != NULL && *item != NULL; item++)
    if (!is_set_anew(*item, exec)) status = add(environment, &count, *item, NULL);
  for (size_t i = 0; status == KR_OK && i < exec->env_count; i++)
    if (strcmp(exec->env[i].name, info_name) != 0)
      status = add(environment, &count, exec->env[i].name, exec->env[i].value);
  if (status == KR_OK) status = add(environment, &count, info_name, info);
  if (status == KR_ELIMIT) return kr_error_set(error, KR_EAUTH, "the environment is too large for a sign-in plugin");
  environment->items = status == KR_OK ? calloc(count + 1, sizeof *environment->items) : NULL;
  if (environment->items == NULL) return no_memory(error);
  char *text = environment->texts.data;
  for (size_t i = 0; i < count; i++, text += strlen(text) + 1) environment->items[i] = text;
  return KR_OK;
}

static void environment_free(struct environment *environment) {
  free(environment->items);
  kr_buffer_free(&environment->texts);
}

/* The texts stay the config's: posix_spawn takes them as char * for reasons of age. */
static char **arguments_of(const struct kr_exec_config *exec) {
  char **arguments = calloc(exec->arg_count + 2, sizeof *arguments);
  if (arguments == NULL) return NULL;
  arguments[0] = exec->command;
  for (size_t i = 0; i < exec->arg_count; i++) arguments[i + 1] = exec->args[i];
  return arguments;
}

/* ---- what became of it ---- */

/* Appends text as one harmless line, masked, cut at SAID_MAX. */
static void say(struct kr_buffer *out, const char *before, const char *text, size_t length) {
  struct kr_buffer masked;
  struct kr_mask *mask = NULL;
  kr_buffer_init(&masked, KR_CHILD_TAIL_MAX * 4);
  if (length > 0 && kr_mask_new(&mask, NULL) == KR_OK && kr_mask_apply(mask, &masked, text, length) == KR_OK) {
    for (size_t i = 0; i < masked.length; i++)
      if (strchr("\r\n\t", masked.data[i]) != NULL) masked.data[i] = ' ';
    if (kr_buffer_puts(out, before) == KR_OK) (void)!kr_text_harmless(out, kr_buffer_text(&masked), masked.length);
  }
  kr_mask_free(mask);
  kr_buffer_free(&masked);
}

/* The last line of what it wrote to stderr: mostly the reason. Not one whose beginning is lost: a secret in it might
 * not be known for one. */
static void say_last_line(struct kr_buffer *out, const char *tail) {
  size_t end = strlen(tail);
  while (end > 0 && strchr(" \r\n\t", tail[end - 1]) != NULL) end--;
  size_t begin = end;
  while (begin > 0 && tail[begin - 1] != '\n') begin--;
  if (begin > 0 || strlen(tail) < KR_CHILD_TAIL_MAX - 1) say(out, ": ", tail + begin, end - begin);
}

static int tell(const struct kr_exec_config *exec, const struct kr_child_result *result, int64_t timeout_ms,
                struct kr_error *error) {
  const char *command = exec->command;
  struct kr_buffer said;
  kr_buffer_init(&said, SAID_MAX);
  int status = KR_EAUTH;
  say_last_line(&said, result->tail);
  const char *words = kr_buffer_text(&said);
  switch (result->end) {
    case KR_CHILD_UNSTARTED:
      if (exec->install_hint != NULL) say(&said, "; ", exec->install_hint, strnlen(exec->install_hint, SAID_MAX));
      (void)kr_error_set(error, status, "the kubeconfig's sign-in plugin \"%s\" cannot be run: %s%s", command,
                         result->number == ENOENT ? "there is no such command" : strerror(result->number),
                         kr_buffer_text(&said));
      break;
    case KR_CHILD_TIMED_OUT:
      (void)kr_error_set(error, status, "the sign-in plugin \"%s\" did not answer within %" PRId64 " s%s", command,
                         (timeout_ms + 999) / 1000, words);
      break;
    case KR_CHILD_TOO_MUCH:
      (void)kr_error_set(error, status, "the sign-in plugin \"%s\" wrote more than %d KiB: that is no answer", command,
                         ANSWER_MAX / 1024);
      break;
    case KR_CHILD_CANCELLED:
      status = kr_error_set(error, KR_ECANCELLED, "cancelled while the sign-in plugin \"%s\" ran", command);
      break;
    case KR_CHILD_SIGNALLED:
      (void)kr_error_set(error, status, "the sign-in plugin \"%s\" was ended by signal %d%s", command, result->number,
                         words);
      break;
    case KR_CHILD_EXITED:
      (void)kr_error_set(error, status, "the sign-in plugin \"%s\" failed with exit status %d%s", command,
                         result->number, words);
      break;
  }
  kr_buffer_free(&said);
  return status;
}

static int run(struct kr_buffer *output, const struct kr_kubeconfig *config, bool interactive, int64_t timeout_ms,
               struct kr_error *error) {
  const struct kr_exec_config *exec = config->exec;
  struct environment environment = {.items = NULL};
  struct kr_child_result result;
  char *info = exec_info(config, interactive), **arguments = arguments_of(exec);
  int status = info == NULL || arguments == NULL ? no_memory(error) : KR_OK;
  if (status == KR_OK) status = environment_make(&environment, exec, info, error);
  if (status == KR_OK) {
    const struct kr_child_request request = {
        .argv = arguments, .envp = environment.items, .interactive = interactive, .timeout_ms = timeout_ms};
    kr_log(1, "asking the sign-in plugin %s", exec->command);
    status = kr_child_run(&result, output, &request, error);
  }
  if (status == KR_OK && (result.end != KR_CHILD_EXITED || result.number != 0))
    status = tell(exec, &result, timeout_ms, error);
  environment_free(&environment);
  free(arguments);
  free(info);
  return status;
}

int kr_exec_plugin_run(struct kr_exec_answer *out, const struct kr_kubeconfig *config, int64_t timeout_ms,
                       struct kr_error *error) {
  const struct kr_exec_config *exec = config->exec;
  const char *mode = exec->interactive_mode == NULL ? "IfAvailable" : exec->interactive_mode;
  bool terminal = kr_terminal_is(STDIN_FILENO), interactive = terminal && strcmp(mode, "Never") != 0;
  struct kr_buffer output;
  *out = (struct kr_exec_answer){.expires = KR_TIME_NONE};
  if (!terminal && strcmp(mode, "Always") == 0)
    return kr_error_set(error, KR_EAUTH,
                        "the sign-in plugin \"%s\" needs a terminal (interactiveMode: Always), and there is none: "
                        "run this in one, or use a kubeconfig that signs in without questions",
                        exec->command);
  kr_buffer_init(&output, ANSWER_MAX);
  if (interactive) timeout_ms = KR_EXEC_PLUGIN_INTERACTIVE_MS;
  int status = run(&output, config, interactive, timeout_ms, error);
  if (status == KR_OK) status = kr_exec_answer_read(out, exec, kr_buffer_text(&output), output.length, error);
  kr_buffer_free(&output);
  return status;
}
