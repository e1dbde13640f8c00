/* kubeconfig_in_cluster.c - see kubeconfig_in_cluster.h. */
#define _GNU_SOURCE /* asprintf */
#include "kube/kubeconfig_in_cluster.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

enum { NAMESPACE_MAX = 256 };

static const char *environment(const char *name) {
  const char *value = getenv(name);
  return value != NULL && *value != '\0' ? value : NULL;
}

bool kr_in_cluster(void) {
  return environment("KUBERNETES_SERVICE_HOST") != NULL && environment("KUBERNETES_SERVICE_PORT") != NULL;
}

static int no_memory(struct kr_error *error) { return kr_error_set(error, KR_ENOMEM, "no memory for a kubeconfig"); }

/* The file's text without the white space at its end; NULL in *out when there is no such file, or nothing in it. */
static int read_trimmed(char **out, const char *path, struct kr_error *error) {
  struct kr_buffer text;
  kr_buffer_init(&text, NAMESPACE_MAX);
  int status = kr_file_read(&text, path, error);
  while (text.length > 0 && isspace((unsigned char)text.data[text.length - 1])) text.data[--text.length] = '\0';
  if (status == KR_OK && text.length > 0) *out = kr_buffer_take(&text);
  kr_buffer_free(&text);
  return status == KR_ENOTFOUND ? KR_OK : status;
}

static int find_namespace(struct kr_kubeconfig *config, const char *folder, struct kr_error *error) {
  const char *named = environment("POD_NAMESPACE");
  if (named != NULL) {
    config->namespace_ = strdup(named);
    return config->namespace_ == NULL ? no_memory(error) : KR_OK;
  }
  char *path = kr_path_join(folder, "namespace");
  if (path == NULL) return no_memory(error);
  int status = read_trimmed(&config->namespace_, path, error);
  free(path);
  return status;
}

int kr_kubeconfig_in_cluster(struct kr_kubeconfig *config, const char *folder, struct kr_error *error) {
  const char *host = environment("KUBERNETES_SERVICE_HOST"), *port = environment("KUBERNETES_SERVICE_PORT");
  const char *open = strchr(host, ':') != NULL ? "[" : "", *close = *open != '\0' ? "]" : "";
  char *ca = kr_path_join(folder, "ca.crt");
  config->in_cluster = true;
  config->token_file = kr_path_join(folder, "token");
  if (asprintf(&config->server, "https://%s%s%s:%s", open, host, close, port) < 0) config->server = NULL;
  int status = ca == NULL || config->token_file == NULL || config->server == NULL ? no_memory(error) : KR_OK;
  if (status == KR_OK && !kr_file_exists(config->token_file))
    status =
        kr_error_set(error, KR_ECONFIG,
                     "this runs in a cluster, without a service account's token (%s): is automountServiceAccountToken "
                     "false?",
                     config->token_file);
  if (status == KR_OK) status = kr_file_read(&config->ca, ca, error);
  if (status == KR_OK) status = find_namespace(config, folder, error);
  if (status != KR_OK && status != KR_ENOMEM) status = KR_ECONFIG;
  if (status != KR_OK && error != NULL) error->code = status;
  free(ca);
  return status;
}
