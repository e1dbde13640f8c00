/* fuzz_kubeconfig.c - any bytes are a kubeconfig or an error with words; so is what an exec plugin answers. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kube/exec_plugin.h"
#include "kube/kubeconfig_files.h"
#include "kube/kubeconfig_in_cluster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int status, const struct kr_error *error) {
  if ((status == KR_OK) != (error->message[0] == '\0')) abort();
  if (strlen(error->message) >= sizeof error->message) abort();
}

/* Files that a kubeconfig names are looked for in a folder that is not there, unless their path is absolute. */
static void read_config(const char *text, size_t size) {
  const struct kr_kubeconfig_overrides overrides = {.namespace_ = NULL};
  struct kr_error error = KR_ERROR_INIT;
  struct kr_kubeconfig_files files = {.count = 0};
  struct kr_kubeconfig *config = kr_kubeconfig_make();
  if (config == NULL) abort();
  kr_buffer_init(&files.looked, 4096);
  int status = kr_kubeconfig_files_parse(&files, text, size, "/nonexistent/config", &error);
  if (status == KR_OK) status = kr_kubeconfig_resolve(config, &files, &overrides, &error);
  check(status, &error);
  if (status == KR_OK && config->exec != NULL) {
    char *info = kr_exec_plugin_info(config, false);
    if (info == NULL) abort();
    free(info);
  }
  kr_kubeconfig_files_free(&files);
  kr_kubeconfig_free(config);
}

static void read_reply(const char *text, size_t size) {
  char version[] = "client.authentication.k8s.io/v1", command[] = "plugin";
  const struct kr_exec_config exec = {.api_version = version, .command = command};
  struct kr_error error = KR_ERROR_INIT;
  struct kr_exec_reply reply;
  int status = kr_exec_plugin_read(&reply, &exec, text, size, &error);
  check(status, &error);
  kr_exec_reply_free(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  read_config((const char *)data, size);
  read_reply((const char *)data, size);
  return 0;
}
