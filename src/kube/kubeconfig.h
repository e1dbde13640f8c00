/* kubeconfig.h - where the cluster is and who we are, as kubectl reads it.
 *
 * Order: an explicit path alone; else the colon list KUBECONFIG; else ~/.kube/config; in-cluster only when no
 * kubeconfig exists. Errors are KR_ECONFIG and name the file, the entry and what to do. */
#ifndef KR_KUBE_KUBECONFIG_H
#define KR_KUBE_KUBECONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

/* What the command line says; NULL where it says nothing. */
struct kr_kubeconfig_overrides {
  const char *kubeconfig;
  const char *context;
  const char *cluster;
  const char *user;
  const char *server; /* --server */
  const char *as;
  const char *const *as_groups; /* as_group_count of them */
  size_t as_group_count;
  const char *as_uid;
  const char *namespace_;
  const char *token;
};

struct kr_pair { /* an exec plugin's environment variable, or an impersonation extra */
  char *name;
  char *value;
};

struct kr_exec_config {
  char *api_version; /* client.authentication.k8s.io/v1 or v1beta1 */
  char *command;     /* resolved against its file where it contains '/' */
  char **args;
  size_t arg_count;
  struct kr_pair *env;
  size_t env_count;
  char *install_hint;
  char *interactive_mode; /* Never, IfAvailable, Always */
  bool provide_cluster_info;
  char *cluster_config; /* JSON: the cluster's extension client.authentication.k8s.io/exec, for the plugin */
};

/* One cluster and one user, resolved: file references read, data decoded. Strings are NULL when not given. */
struct kr_kubeconfig {
  char *context;
  char *namespace_; /* "default" when nothing names one */
  char *server;
  char *tls_server_name;
  char *proxy_url;
  bool insecure_skip_tls_verify;
  bool disable_compression;
  struct kr_buffer ca;          /* PEM */
  struct kr_buffer client_cert; /* PEM */
  struct kr_buffer client_key;  /* PEM */
  char *client_cert_file;       /* where they came from files: re-read by the transport when a 401 says so */
  char *client_key_file;
  char *token;
  char *token_file; /* beats token; re-read every minute */
  char *username;
  char *password;
  char *as;
  char *as_uid;
  char **as_groups;
  size_t as_group_count;
  struct kr_pair *as_extra; /* one entry for each value */
  size_t as_extra_count;
  struct kr_exec_config *exec; /* NULL: none */
  bool in_cluster;
};

int kr_kubeconfig_load(struct kr_kubeconfig **out, const struct kr_kubeconfig_overrides *overrides,
                       struct kr_error *error);
void kr_kubeconfig_free(struct kr_kubeconfig *config);

#endif
