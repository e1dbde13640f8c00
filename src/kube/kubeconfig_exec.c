/* kubeconfig_exec.c - see kubeconfig_exec.h. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include "kube/kubeconfig_exec.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "kube/kubeconfig_fields.h"

static int no_memory(struct kr_error *error) { return kr_error_set(error, KR_ENOMEM, "no memory for a kubeconfig"); }

void kr_pairs_free(struct kr_pair *pairs, size_t count) {
  for (size_t i = 0; i < count; i++) {
    free(pairs[i].name);
    free(pairs[i].value);
  }
  free(pairs);
}

void kr_exec_config_free(struct kr_exec_config *exec) {
  if (exec == NULL) return;
  free(exec->api_version);
  free(exec->command);
  kr_names_free(exec->args, exec->arg_count);
  kr_pairs_free(exec->env, exec->env_count);
  free(exec->install_hint);
  free(exec->interactive_mode);
  free(exec->cluster_config);
  free(exec);
}

static int read_environment(struct kr_exec_config *exec, const struct kr_kubeconfig_entry *entry,
                            struct kr_error *error) {
  const json_t *list = json_object_get(entry->value, "env"), *item;
  struct kr_kubeconfig_entry variable = *entry;
  size_t i;
  if (list != NULL && !json_is_null(list) && !json_is_array(list))
    return kr_field_error(entry, error, "exec: env is no list");
  exec->env = calloc(json_array_size(list) + 1, sizeof *exec->env);
  if (exec->env == NULL) return no_memory(error);
  json_array_foreach(list, i, item) {
    struct kr_pair *pair = &exec->env[exec->env_count++];
    variable.value = item;
    int status = kr_field_text(&pair->name, &variable, "name", error);
    if (status == KR_OK) status = kr_field_text(&pair->value, &variable, "value", error);
    if (status == KR_OK && (pair->name == NULL || strchr(pair->name, '=') != NULL))
      status = kr_field_error(entry, error, "exec: env[%zu] has no usable name", i);
    if (status == KR_OK && pair->value == NULL && (pair->value = strdup("")) == NULL) status = no_memory(error);
    if (status != KR_OK) return status;
  }
  return KR_OK;
}

int kr_exec_config_read_cluster(struct kr_exec_config *exec, const struct kr_kubeconfig_entry *cluster,
                                struct kr_error *error) {
  const json_t *item;
  size_t i;
  json_array_foreach(json_object_get(cluster->value, "extensions"), i, item) {
    const char *name = json_string_value(json_object_get(item, "name"));
    const json_t *extension = json_object_get(item, "extension");
    if (name == NULL || extension == NULL || strcmp(name, "client.authentication.k8s.io/exec") != 0) continue;
    exec->cluster_config = json_dumps(extension, JSON_COMPACT | JSON_ENCODE_ANY);
    return exec->cluster_config == NULL ? no_memory(error) : KR_OK;
  }
  return KR_OK;
}

static int check_exec(const struct kr_exec_config *exec, const struct kr_kubeconfig_entry *entry,
                      struct kr_error *error) {
  static const char v1[] = "client.authentication.k8s.io/v1", v1beta1[] = "client.authentication.k8s.io/v1beta1";
  const char *version = exec->api_version, *mode = exec->interactive_mode;
  if (exec->command == NULL) return kr_field_error(entry, error, "exec: command is missing");
  if (version == NULL || (strcmp(version, v1) != 0 && strcmp(version, v1beta1) != 0))
    return kr_field_error(entry, error, "exec: apiVersion is %s; it must be %s or %s",
                          version == NULL ? "missing" : version, v1, v1beta1);
  if (mode == NULL && strcmp(version, v1) == 0)
    return kr_field_error(entry, error, "exec: interactiveMode is missing; %s needs Never, IfAvailable or Always", v1);
  if (mode != NULL && strcmp(mode, "Never") != 0 && strcmp(mode, "IfAvailable") != 0 && strcmp(mode, "Always") != 0)
    return kr_field_error(entry, error, "exec: interactiveMode is %s; it must be Never, IfAvailable or Always", mode);
  return KR_OK;
}

/* A command with a '/' is relative to its file; one without is looked up in PATH. */
static int read_command(struct kr_exec_config *exec, const struct kr_kubeconfig_entry *entry, struct kr_error *error) {
  int status = kr_field_text(&exec->command, entry, "command", error);
  if (status != KR_OK || exec->command == NULL || strchr(exec->command, '/') == NULL) return status;
  return kr_field_path(&exec->command, entry, "command", error);
}

int kr_exec_config_read(struct kr_exec_config **out, const struct kr_kubeconfig_entry *user, struct kr_error *error) {
  struct kr_kubeconfig_entry entry = *user;
  entry.value = json_object_get(user->value, "exec");
  if (entry.value == NULL || json_is_null(entry.value)) return KR_OK;
  if (!json_is_object(entry.value)) return kr_field_error(user, error, "exec is no mapping");
  struct kr_exec_config *exec = *out = calloc(1, sizeof *exec);
  if (exec == NULL) return no_memory(error);
  int status = kr_field_text(&exec->api_version, &entry, "apiVersion", error);
  if (status == KR_OK) status = read_command(exec, &entry, error);
  if (status == KR_OK) status = kr_field_list(&exec->args, &exec->arg_count, &entry, "args", error);
  if (status == KR_OK) status = read_environment(exec, &entry, error);
  if (status == KR_OK) status = kr_field_text(&exec->install_hint, &entry, "installHint", error);
  if (status == KR_OK) status = kr_field_text(&exec->interactive_mode, &entry, "interactiveMode", error);
  if (status == KR_OK) status = kr_field_flag(&exec->provide_cluster_info, &entry, "provideClusterInfo", error);
  return status == KR_OK ? check_exec(exec, &entry, error) : status;
}
