/* exec_plugin.h - asks the kubeconfig's exec plugin for a credential (client.authentication.k8s.io/v1, v1beta1). */
#ifndef KR_KUBE_EXEC_PLUGIN_H
#define KR_KUBE_EXEC_PLUGIN_H

#include <stdint.h>

#include "kube/kubeconfig.h"

/* Owned; NULL where the plugin gave none. A certificate comes with its key, and there is one of token and certificate
 * at least. */
struct kr_exec_reply {
  char *token;
  char *cert_pem;
  char *key_pem;
  int64_t expires; /* KR_TIME_NONE: when a 401 says so */
};

/* Runs config->exec. KR_EAUTH names the plugin and says what went wrong; KR_ECANCELLED, KR_ENOMEM. */
int kr_exec_plugin_run(struct kr_exec_reply *out, const struct kr_kubeconfig *config, struct kr_error *error);

/* Overwrites what it frees. */
void kr_exec_reply_free(struct kr_exec_reply *reply);

/* The parts, for tests and fuzzing: KUBERNETES_EXEC_INFO's text (the caller frees it; NULL when memory is refused), and
 * reading what a plugin wrote. */
char *kr_exec_plugin_info(const struct kr_kubeconfig *config, bool interactive);
int kr_exec_plugin_read(struct kr_exec_reply *out, const struct kr_exec_config *exec, const char *text, size_t length,
                        struct kr_error *error);

/* Whether text can be sent as a bearer token: no space, no control character, not empty. */
bool kr_token_is_sendable(const char *text);

#endif
