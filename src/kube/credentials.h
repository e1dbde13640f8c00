/* credentials.h - what signs a request in, now: a token (file) that rotates, or what an exec plugin gave. */
#ifndef KR_KUBE_CREDENTIALS_H
#define KR_KUBE_CREDENTIALS_H

#include "kube/kubeconfig.h"

struct kr_credentials;

/* config is borrowed and must live as long. */
int kr_credentials_new(struct kr_credentials **out, const struct kr_kubeconfig *config, struct kr_error *error);
void kr_credentials_free(struct kr_credentials *credentials);

/* What to send now; borrowed until the next call. token NULL: none. cert and key NULL: none. Runs the exec plugin when
 * there is none cached or it has expired; reads the token file when a minute has passed. KR_EAUTH says what the plugin
 * said. */
struct kr_credential {
  const char *token;
  const char *username, *password;
  const char *cert_pem, *key_pem;
  unsigned generation; /* changes when cert or key do: connections made before must not be used again */
};
int kr_credentials_get(struct kr_credentials *credentials, struct kr_credential *out, struct kr_error *error);

/* The server said 401: forget what was cached. True when asking again can give something else (exec, tokenFile). */
bool kr_credentials_refused(struct kr_credentials *credentials);

#endif
