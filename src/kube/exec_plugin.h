/* exec_plugin.h - asks a kubeconfig's exec plugin who we are (client.authentication.k8s.io v1 and v1beta1). */
#ifndef KR_KUBE_EXEC_PLUGIN_H
#define KR_KUBE_EXEC_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kube/kubeconfig.h"

enum { KR_EXEC_PLUGIN_TIMEOUT_MS = 60 * 1000, KR_EXEC_PLUGIN_INTERACTIVE_MS = 10 * 60 * 1000 };

struct kr_exec_answer {
  char *token;
  char *cert_pem, *key_pem; /* both or none */
  int64_t expires;          /* KR_TIME_NONE: when it is refused */
};

/* Runs config->exec. KR_EAUTH says what the plugin said, without what it gave; KR_ECANCELLED, KR_ENOMEM, KR_EIO.
 * timeout_ms: KR_EXEC_PLUGIN_TIMEOUT_MS, but for tests; who is to type or click something gets
 * KR_EXEC_PLUGIN_INTERACTIVE_MS. */
int kr_exec_plugin_run(struct kr_exec_answer *out, const struct kr_kubeconfig *config, int64_t timeout_ms,
                       struct kr_error *error);
void kr_exec_answer_free(struct kr_exec_answer *answer);

/* The same from what a plugin wrote; for tests and fuzzing. */
int kr_exec_answer_read(struct kr_exec_answer *out, const struct kr_exec_config *exec, const char *text, size_t length,
                        struct kr_error *error);

/* Whether the text can stand in an Authorization header: printable and without blanks. */
bool kr_token_is_usable(const char *token);

#endif
