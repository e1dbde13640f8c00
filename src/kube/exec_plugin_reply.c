/* exec_plugin_reply.c - what an exec plugin is told, and what it answers: two JSON documents; see exec_plugin.h. */
#define _GNU_SOURCE /* strdup, explicit_bzero */
#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "kube/exec_plugin.h"

/* ---- what it is told ---- */

static json_t *base64(const struct kr_buffer *bytes) {
  if (bytes->length == 0) return NULL;
  unsigned char *text = malloc((bytes->length + 2) / 3 * 4 + 1);
  if (text == NULL) return NULL;
  (void)EVP_EncodeBlock(text, (const unsigned char *)bytes->data, (int)bytes->length);
  json_t *value = json_string((const char *)text);
  free(text);
  return value;
}

/* The cluster as the kubeconfig has it, files read; "s*" and "o*" leave out what is not set. */
static json_t *cluster_info(const struct kr_kubeconfig *config) {
  json_t *settings =
      config->exec->cluster_config == NULL ? NULL : json_loads(config->exec->cluster_config, JSON_DECODE_ANY, NULL);
  json_t *cluster =
      json_pack("{s:s*, s:s*, s:s*, s:o*, s:o*}", "server", config->server, "tls-server-name", config->tls_server_name,
                "proxy-url", config->proxy_url, "certificate-authority-data", base64(&config->ca), "config", settings);
  if (cluster == NULL) return NULL;
  bool failed =
      config->insecure_skip_tls_verify && json_object_set_new(cluster, "insecure-skip-tls-verify", json_true()) != 0;
  failed =
      failed || (config->disable_compression && json_object_set_new(cluster, "disable-compression", json_true()) != 0);
  if (!failed) return cluster;
  json_decref(cluster);
  return NULL;
}

char *kr_exec_plugin_info(const struct kr_kubeconfig *config, bool interactive) {
  json_t *cluster = config->exec->provide_cluster_info ? cluster_info(config) : NULL;
  if (config->exec->provide_cluster_info && cluster == NULL) return NULL;
  json_t *info = json_pack("{s:s, s:s, s:{s:b, s:o*}}", "kind", "ExecCredential", "apiVersion",
                           config->exec->api_version, "spec", "interactive", interactive, "cluster", cluster);
  char *text = info == NULL ? NULL : json_dumps(info, JSON_COMPACT);
  json_decref(info);
  return text;
}

/* ---- what it answers ---- */

bool kr_token_is_sendable(const char *text) {
  if (*text == '\0') return false;
  for (; *text != '\0'; text++)
    if ((unsigned char)*text <= ' ' || *text == '\x7f') return false;
  return true;
}

static int bad(const struct kr_exec_config *exec, struct kr_error *error, const char *what) {
  return kr_error_set(error, KR_EAUTH, "exec plugin %s %s", exec->command, what);
}

/* A member that is absent, null or "" is none. */
static int take(char **out, const json_t *status, const char *field, const struct kr_exec_config *exec,
                struct kr_error *error) {
  const json_t *value = json_object_get(status, field);
  const char *text = json_string_value(value);
  if (value != NULL && !json_is_null(value) && text == NULL)
    return kr_error_set(error, KR_EAUTH, "exec plugin %s answered with a %s that is not text", exec->command, field);
  if (text == NULL || *text == '\0') return KR_OK;
  *out = strdup(text);
  return *out != NULL ? KR_OK : kr_error_set(error, KR_ENOMEM, "no memory for a credential");
}

static int check_head(const json_t *root, const struct kr_exec_config *exec, struct kr_error *error) {
  const char *kind = json_string_value(json_object_get(root, "kind"));
  const char *version = json_string_value(json_object_get(root, "apiVersion"));
  if (kind == NULL || strcmp(kind, "ExecCredential") != 0)
    return bad(exec, error, "did not answer with an ExecCredential");
  if (version == NULL || strcmp(version, exec->api_version) != 0)
    return kr_error_set(error, KR_EAUTH, "exec plugin %s answered with apiVersion %.100s, the kubeconfig asks for %s",
                        exec->command, version == NULL ? "missing" : version, exec->api_version);
  if (!json_is_object(json_object_get(root, "status"))) return bad(exec, error, "answered without a status");
  return KR_OK;
}

static bool is_pem(const char *text) { return strstr(text, "-----BEGIN ") != NULL; }

static int check_reply(const struct kr_exec_reply *reply, const struct kr_exec_config *exec, struct kr_error *error) {
  if ((reply->cert_pem == NULL) != (reply->key_pem == NULL))
    return bad(exec, error, "answered with only one of clientCertificateData and clientKeyData");
  if (reply->token == NULL && reply->cert_pem == NULL)
    return bad(exec, error, "answered with neither a token nor a client certificate");
  if (reply->token != NULL && !kr_token_is_sendable(reply->token))
    return bad(exec, error, "answered with a token that holds a space or a control character");
  if (reply->cert_pem != NULL && (!is_pem(reply->cert_pem) || !is_pem(reply->key_pem)))
    return bad(exec, error, "answered with a client certificate or key that is not PEM");
  return KR_OK;
}

static int read_expiry(struct kr_exec_reply *reply, const json_t *status, const struct kr_exec_config *exec,
                       struct kr_error *error) {
  char *text = NULL;
  int failed = take(&text, status, "expirationTimestamp", exec, error);
  if (failed != KR_OK || text == NULL) return failed;
  reply->expires = kr_time_parse(text);
  free(text);
  if (reply->expires == KR_TIME_NONE)
    return bad(exec, error, "answered with an expirationTimestamp that is not a time such as 2026-01-31T08:00:00Z");
  return KR_OK;
}

int kr_exec_plugin_read(struct kr_exec_reply *out, const struct kr_exec_config *exec, const char *text, size_t length,
                        struct kr_error *error) {
  json_error_t at;
  *out = (struct kr_exec_reply){.expires = KR_TIME_NONE};
  json_t *root = json_loadb(text, length, 0, &at);
  if (root == NULL) /* the library's own words quote the text, which holds the secret */
    return kr_error_set(error, KR_EAUTH, "exec plugin %s answered with what is not JSON (line %d, column %d)",
                        exec->command, at.line, at.column);
  const json_t *status = json_object_get(root, "status");
  int failed = check_head(root, exec, error);
  if (failed == KR_OK) failed = take(&out->token, status, "token", exec, error);
  if (failed == KR_OK) failed = take(&out->cert_pem, status, "clientCertificateData", exec, error);
  if (failed == KR_OK) failed = take(&out->key_pem, status, "clientKeyData", exec, error);
  if (failed == KR_OK) failed = read_expiry(out, status, exec, error);
  if (failed == KR_OK) failed = check_reply(out, exec, error);
  if (failed != KR_OK) kr_exec_reply_free(out);
  json_decref(root);
  return failed;
}

static void wipe(char **secret) {
  if (*secret != NULL) explicit_bzero(*secret, strlen(*secret));
  free(*secret);
  *secret = NULL;
}

void kr_exec_reply_free(struct kr_exec_reply *reply) {
  wipe(&reply->token);
  wipe(&reply->cert_pem);
  wipe(&reply->key_pem);
  reply->expires = KR_TIME_NONE;
}
