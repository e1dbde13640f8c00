/* credentials.c - see credentials.h. Of several ways to sign in a token file comes first, then a token, a password, the
 * exec plugin; a client certificate goes along with any of them. */
#define _GNU_SOURCE /* explicit_bzero */
#include "kube/credentials.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "kube/credentials_private.h"
#include "kube/exec_plugin.h"

enum {
  TOKEN_MAX = 1 << 20,
  PEM_MAX = 1 << 20,
  TOKEN_FILE_MS = 60 * 1000,
  /* A plugin whose clock is off gives what has expired already; it is not run for every single request. */
  REPLY_KEPT_MS = 10 * 1000,
  /* Nor is one that fails, or hangs until its time is up. */
  FAILURE_KEPT_MS = 10 * 1000,
  /* Requests that were under way with the old credential are refused too; that says nothing of the new one. */
  REFUSALS_MS = 2 * 1000
};

struct kr_credentials {
  const struct kr_kubeconfig *config;
  int64_t (*monotonic)(void);
  int64_t (*now)(void);
  struct kr_buffer token; /* the token file's, trimmed; empty: none yet */
  bool token_tried;
  int64_t token_tried_at;
  struct kr_exec_reply reply;
  bool replied; /* reply is there, and is not refused */
  bool was_refused;
  int64_t replied_at;
  struct kr_error failure; /* of the plugin's last run; code 0: it gave a reply */
  int64_t failed_at;
  struct kr_buffer cert; /* the files' pair, where it was read again; empty: the kubeconfig's */
  struct kr_buffer key;
  unsigned generation;
};

int kr_credentials_new(struct kr_credentials **out, const struct kr_kubeconfig *config, struct kr_error *error) {
  struct kr_credentials *credentials = calloc(1, sizeof *credentials);
  if (credentials == NULL) return kr_error_set(error, KR_ENOMEM, "no memory for credentials");
  credentials->config = config;
  credentials->generation = 1;
  credentials->reply.expires = KR_TIME_NONE;
  kr_credentials_set_clocks(credentials, kr_clock_monotonic, kr_clock_now);
  kr_buffer_init(&credentials->token, TOKEN_MAX);
  kr_buffer_init(&credentials->cert, PEM_MAX);
  kr_buffer_init(&credentials->key, PEM_MAX);
  *out = credentials;
  return KR_OK;
}

static void wipe(struct kr_buffer *secret) {
  if (secret->data != NULL) explicit_bzero(secret->data, secret->length);
  kr_buffer_free(secret);
}

void kr_credentials_free(struct kr_credentials *credentials) {
  if (credentials == NULL) return;
  wipe(&credentials->token);
  wipe(&credentials->cert);
  wipe(&credentials->key);
  kr_exec_reply_free(&credentials->reply);
  free(credentials);
}

void kr_credentials_set_clocks(struct kr_credentials *credentials, int64_t (*monotonic)(void), int64_t (*now)(void)) {
  credentials->monotonic = monotonic;
  credentials->now = now;
}

/* ---- the token file ---- */

static void trim(struct kr_buffer *text) {
  size_t begin = 0;
  while (text->length > 0 && isspace((unsigned char)text->data[text->length - 1])) text->length--;
  while (begin < text->length && isspace((unsigned char)text->data[begin])) begin++;
  text->length -= begin;
  if (text->data == NULL) return;
  memmove(text->data, text->data + begin, text->length);
  text->data[text->length] = '\0';
}

static int read_token(struct kr_buffer *out, const char *path, struct kr_error *error) {
  int status = kr_file_read(out, path, error);
  if (status == KR_ENOMEM) return status;
  if (status != KR_OK) {
    (void)kr_error_prefix(error, "tokenFile");
    if (error != NULL) error->code = KR_EAUTH;
    return KR_EAUTH;
  }
  trim(out);
  if (out->length == 0) return kr_error_set(error, KR_EAUTH, "tokenFile %s is empty", path);
  if (strlen(out->data) == out->length && kr_token_is_sendable(out->data)) return KR_OK;
  return kr_error_set(error, KR_EAUTH, "tokenFile %s holds a space or a control character in its token", path);
}

/* Reads it when a minute has passed. When that fails, what was read before is still of use, or the kubeconfig's token:
 * a rotation may be half done. */
static int refresh_token(struct kr_credentials *credentials, struct kr_error *error) {
  const struct kr_kubeconfig *config = credentials->config;
  struct kr_buffer fresh;
  struct kr_error why = KR_ERROR_INIT;
  int64_t now = credentials->monotonic();
  if (credentials->token_tried && now - credentials->token_tried_at < TOKEN_FILE_MS) {
    if (credentials->token.length > 0 || config->token != NULL) return KR_OK;
  }
  kr_buffer_init(&fresh, TOKEN_MAX);
  int status = read_token(&fresh, config->token_file, &why);
  credentials->token_tried = true;
  credentials->token_tried_at = now;
  if (status == KR_OK) {
    wipe(&credentials->token);
    credentials->token = fresh;
    return KR_OK;
  }
  wipe(&fresh);
  if (credentials->token.length == 0 && config->token == NULL) return kr_error_set(error, status, "%s", why.message);
  kr_warn("%s; going on with the token there is", why.message);
  return KR_OK;
}

/* ---- the exec plugin ---- */

static bool same(const char *left, const char *right) {
  return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

static bool reply_is_good(const struct kr_credentials *credentials) {
  if (!credentials->replied) return false;
  if (credentials->reply.expires == KR_TIME_NONE || credentials->now() < credentials->reply.expires) return true;
  return credentials->monotonic() - credentials->replied_at < REPLY_KEPT_MS;
}

/* The old reply stays until there is a new one, so that a certificate that comes back unchanged is seen as such. */
static int refresh_reply(struct kr_credentials *credentials, struct kr_error *error) {
  struct kr_exec_reply fresh;
  struct kr_error *failure = &credentials->failure;
  if (reply_is_good(credentials)) return KR_OK;
  if (failure->code == KR_OK || credentials->monotonic() - credentials->failed_at >= FAILURE_KEPT_MS) {
    failure->code = kr_exec_plugin_run(&fresh, credentials->config, failure);
    credentials->failed_at = credentials->monotonic();
  }
  if (failure->code != KR_OK) return kr_error_set(error, failure->code, "%s", failure->message);
  struct kr_exec_reply *old = &credentials->reply;
  if (!same(old->cert_pem, fresh.cert_pem) || !same(old->key_pem, fresh.key_pem)) credentials->generation++;
  kr_exec_reply_free(old);
  credentials->reply = fresh;
  credentials->replied = true;
  credentials->replied_at = credentials->monotonic();
  return KR_OK;
}

/* ---- what to send ---- */

static void give_files_pair(const struct kr_credentials *credentials, struct kr_credential *out) {
  const struct kr_kubeconfig *config = credentials->config;
  bool again = credentials->cert.length > 0;
  const struct kr_buffer *cert = again ? &credentials->cert : &config->client_cert;
  const struct kr_buffer *key = again ? &credentials->key : &config->client_key;
  if (cert->length == 0 || key->length == 0) return;
  out->cert_pem = cert->data;
  out->key_pem = key->data;
}

static int give_reply(struct kr_credentials *credentials, struct kr_credential *out, struct kr_error *error) {
  int status = refresh_reply(credentials, error);
  if (status != KR_OK) return status;
  out->token = credentials->reply.token;
  if (credentials->reply.cert_pem == NULL) return KR_OK;
  out->cert_pem = credentials->reply.cert_pem;
  out->key_pem = credentials->reply.key_pem;
  return KR_OK;
}

static bool uses_exec(const struct kr_kubeconfig *config) {
  return config->exec != NULL && config->token_file == NULL && config->token == NULL && config->username == NULL &&
         config->password == NULL;
}

int kr_credentials_get(struct kr_credentials *credentials, struct kr_credential *out, struct kr_error *error) {
  const struct kr_kubeconfig *config = credentials->config;
  int status = KR_OK;
  *out = (struct kr_credential){.token = NULL};
  give_files_pair(credentials, out);
  if (config->token_file != NULL) {
    status = refresh_token(credentials, error);
    if (status == KR_OK) out->token = credentials->token.length > 0 ? credentials->token.data : config->token;
  } else if (config->token != NULL) {
    out->token = config->token;
  } else if (config->username != NULL || config->password != NULL) {
    out->username = config->username == NULL ? "" : config->username;
    out->password = config->password == NULL ? "" : config->password;
  } else if (uses_exec(config)) {
    status = give_reply(credentials, out, error);
  }
  out->generation = credentials->generation;
  return status;
}

/* ---- a refusal ---- */

/* Reads the client certificate's files again; true when they now hold another pair. */
static bool reread_pair(struct kr_credentials *credentials) {
  const struct kr_kubeconfig *config = credentials->config;
  struct kr_buffer cert, key;
  struct kr_credential now = {.token = NULL};
  if (config->client_cert_file == NULL || config->client_key_file == NULL) return false;
  kr_buffer_init(&cert, PEM_MAX);
  kr_buffer_init(&key, PEM_MAX);
  give_files_pair(credentials, &now);
  bool changed = kr_file_read(&cert, config->client_cert_file, NULL) == KR_OK && cert.length > 0 &&
                 kr_file_read(&key, config->client_key_file, NULL) == KR_OK && key.length > 0 &&
                 !(same(now.cert_pem, cert.data) && same(now.key_pem, key.data));
  if (changed) {
    wipe(&credentials->cert);
    wipe(&credentials->key);
    credentials->cert = cert;
    credentials->key = key;
    credentials->generation++;
    return true;
  }
  wipe(&cert);
  wipe(&key);
  return false;
}

bool kr_credentials_refused(struct kr_credentials *credentials) {
  bool again = reread_pair(credentials);
  if (credentials->config->token_file != NULL) {
    credentials->token_tried = false;
    again = true;
  } else if (uses_exec(credentials->config)) {
    bool is_new = credentials->was_refused && credentials->monotonic() - credentials->replied_at < REFUSALS_MS;
    if (!is_new) credentials->replied = false;
    credentials->was_refused = true;
    again = true;
  }
  return again;
}
