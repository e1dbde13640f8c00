/* exec_answer.c - what an exec plugin wrote; see exec_plugin.h. No message quotes what may be a secret. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "kube/exec_plugin.h"

enum { VERSION_SHOWN_MAX = 100 };

static int wrong(struct kr_error *error, const struct kr_exec_config *exec, const char *what) {
  return kr_error_set(error, KR_EAUTH, "the sign-in plugin \"%s\" %s", exec->command, what);
}

bool kr_token_is_usable(const char *token) {
  if (*token == '\0') return false;
  for (; *token != '\0'; token++)
    if (*token <= ' ' || *token > '~') return false;
  return true;
}

static bool is_pem(const char *text) { return strstr(text, "-----BEGIN ") != NULL; }

/* The plugin answers in the version that the kubeconfig names: in another one it may mean something else. */
static int check_version(const json_t *root, const struct kr_exec_config *exec, struct kr_error *error) {
  const char *kind = json_string_value(json_object_get(root, "kind"));
  const char *version = json_string_value(json_object_get(root, "apiVersion"));
  if (kind == NULL || strcmp(kind, "ExecCredential") != 0)
    return wrong(error, exec, "answered with something that is no ExecCredential");
  if (version != NULL && strcmp(version, exec->api_version) == 0) return KR_OK;
  struct kr_buffer shown;
  kr_buffer_init(&shown, VERSION_SHOWN_MAX);
  if (version != NULL && kr_text_harmless(&shown, version, strlen(version)) != KR_OK) kr_buffer_clear(&shown);
  int status =
      kr_error_set(error, KR_EAUTH, "the sign-in plugin \"%s\" answered in apiVersion %s, the kubeconfig asks for %s",
                   exec->command, shown.length > 0 ? shown.data : "(none)", exec->api_version);
  kr_buffer_free(&shown);
  return status;
}

/* A member that is text, or is not there (null, empty). */
static int member(char **out, const json_t *status_object, const char *name, const struct kr_exec_config *exec,
                  struct kr_error *error) {
  const json_t *value = json_object_get(status_object, name);
  if (value == NULL || json_is_null(value)) return KR_OK;
  if (!json_is_string(value))
    return kr_error_set(error, KR_EAUTH, "the sign-in plugin \"%s\" gave a %s that is no text", exec->command, name);
  if (json_string_length(value) == 0) return KR_OK;
  *out = strdup(json_string_value(value));
  return *out == NULL ? kr_error_set(error, KR_ENOMEM, "no memory for a sign-in plugin's answer") : KR_OK;
}

static int check_answer(const struct kr_exec_answer *answer, const struct kr_exec_config *exec,
                        struct kr_error *error) {
  if ((answer->cert_pem != NULL) != (answer->key_pem != NULL))
    return wrong(error, exec, "gave a client certificate without its key, or a key without its certificate");
  if (answer->cert_pem != NULL && (!is_pem(answer->cert_pem) || !is_pem(answer->key_pem)))
    return wrong(error, exec, "gave a client certificate or key that is not PEM");
  if (answer->token == NULL && answer->cert_pem == NULL)
    return wrong(error, exec, "gave neither a token nor a client certificate");
  if (answer->token != NULL && !kr_token_is_usable(answer->token))
    return wrong(error, exec, "gave a token with blanks, line ends or other characters that no token has");
  return KR_OK;
}

static int read_status(struct kr_exec_answer *out, const json_t *status_object, const struct kr_exec_config *exec,
                       struct kr_error *error) {
  char *expires = NULL;
  if (!json_is_object(status_object)) return wrong(error, exec, "answered without a status");
  int status = member(&out->token, status_object, "token", exec, error);
  if (status == KR_OK) status = member(&out->cert_pem, status_object, "clientCertificateData", exec, error);
  if (status == KR_OK) status = member(&out->key_pem, status_object, "clientKeyData", exec, error);
  if (status == KR_OK) status = member(&expires, status_object, "expirationTimestamp", exec, error);
  if (status == KR_OK && expires != NULL && (out->expires = kr_time_parse(expires)) == KR_TIME_NONE)
    status = wrong(error, exec, "gave an expirationTimestamp that is no time in RFC 3339");
  free(expires);
  return status == KR_OK ? check_answer(out, exec, error) : status;
}

int kr_exec_answer_read(struct kr_exec_answer *out, const struct kr_exec_config *exec, const char *text, size_t length,
                        struct kr_error *error) {
  *out = (struct kr_exec_answer){.expires = KR_TIME_NONE};
  if (strspn(text, " \r\n\t") == length) return wrong(error, exec, "answered nothing");
  json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
  if (root == NULL) return wrong(error, exec, "answered with what is not JSON");
  int status = check_version(root, exec, error);
  if (status == KR_OK) status = read_status(out, json_object_get(root, "status"), exec, error);
  json_decref(root);
  if (status != KR_OK) kr_exec_answer_free(out);
  return status;
}

void kr_exec_answer_free(struct kr_exec_answer *answer) {
  free(answer->token);
  free(answer->cert_pem);
  free(answer->key_pem);
  *answer = (struct kr_exec_answer){.expires = KR_TIME_NONE};
}
