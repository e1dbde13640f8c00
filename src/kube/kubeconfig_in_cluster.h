/* kubeconfig_in_cluster.h - a pod's own way to its cluster: the environment and the service account's files. */
#ifndef KR_KUBE_KUBECONFIG_IN_CLUSTER_H
#define KR_KUBE_KUBECONFIG_IN_CLUSTER_H

#include <stdbool.h>

#include "kube/kubeconfig.h"
#include "kube/kubeconfig_files.h"

#define KR_SERVICE_ACCOUNT_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

bool kr_in_cluster(void); /* KUBERNETES_SERVICE_HOST and _PORT are set */

/* folder holds token, ca.crt and namespace. */
int kr_kubeconfig_in_cluster(struct kr_kubeconfig *config, const char *folder, struct kr_error *error);

/* kr_kubeconfig_load with another folder for the service account, for tests. */
int kr_kubeconfig_load_with(struct kr_kubeconfig **out, const struct kr_kubeconfig_overrides *overrides,
                            const char *service_account, struct kr_error *error);

/* For tests and fuzzing: an empty config, and one filled from files already read. */
struct kr_kubeconfig *kr_kubeconfig_make(void);
int kr_kubeconfig_resolve(struct kr_kubeconfig *config, const struct kr_kubeconfig_files *files,
                          const struct kr_kubeconfig_overrides *overrides, struct kr_error *error);

#endif
