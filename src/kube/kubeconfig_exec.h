/* kubeconfig_exec.h - a user's entry "exec": how to run the plugin that signs in. Errors are KR_ECONFIG, naming file
 * and entry, or KR_ENOMEM. */
#ifndef KR_KUBE_KUBECONFIG_EXEC_H
#define KR_KUBE_KUBECONFIG_EXEC_H

#include "kube/kubeconfig.h"
#include "kube/kubeconfig_files.h"

/* Reads and checks the entry; *out stays as it is when the user has none. *out is the caller's to free, also after an
 * error. */
int kr_exec_config_read(struct kr_exec_config **out, const struct kr_kubeconfig_entry *user, struct kr_error *error);

/* Adds what a cluster keeps for plugins: its extension of that name, handed on unread. */
int kr_exec_config_read_cluster(struct kr_exec_config *exec, const struct kr_kubeconfig_entry *cluster,
                                struct kr_error *error);

void kr_exec_config_free(struct kr_exec_config *exec); /* NULL is fine */
void kr_pairs_free(struct kr_pair *pairs, size_t count);

#endif
