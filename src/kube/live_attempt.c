/* live_attempt.c - sets up one transfer: address, TLS, proxy, who we are, bounds. */
#define _POSIX_C_SOURCE 200809L
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "kube/live_headers.h"
#include "kube/live_private.h"
#include "kube/live_probe.h"
#include "kube/no_proxy.h"

enum { URL_MAX = 64 * 1024 };

/* Not beginning with "curl/": for such the server indents its JSON, which doubles it. */
#if defined(__aarch64__)
#define ARCHITECTURE "arm64"
#elif defined(__x86_64__)
#define ARCHITECTURE "amd64"
#else
#define ARCHITECTURE "other"
#endif
const char kr_live_user_agent[] = "krunbook/" KR_VERSION " (linux/" ARCHITECTURE ")";

/* A setting that fails is one this libcurl lacks, or no memory; both end the attempt. */
#define SET(option, value) (result = result == CURLE_OK ? curl_easy_setopt(easy, option, value) : result)

static size_t take_bytes(char *bytes, size_t size, size_t count, void *user) {
  struct kr_live_op *op = user;
  struct kr_buffer *body = &op->reply.body;
  int status = kr_buffer_append(body, bytes, size * count);
  if (status == KR_OK) return size * count;
  if (status == KR_ELIMIT) /* the beginning of a log is still of use */
    (void)!kr_buffer_append(body, bytes, body->limit - body->length);
  op->refused_memory = status == KR_ENOMEM;
  return 0;
}

static CURLcode set_blob(CURL *easy, CURLoption option, const void *data, size_t length) {
  struct curl_blob blob = {.data = (void *)data, .len = length, .flags = CURL_BLOB_COPY};
  return curl_easy_setopt(easy, option, &blob);
}

/* With a CA of the cluster's own nothing else is trusted: libcurl would still take every public CA from its default
 * folder and file. */
static CURLcode set_tls(CURL *easy, const struct kr_kubeconfig *config, const struct kr_credential *credential) {
  CURLcode result = CURLE_OK;
  SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  if (config->insecure_skip_tls_verify) {
    SET(CURLOPT_SSL_VERIFYPEER, 0L);
    SET(CURLOPT_SSL_VERIFYHOST, 0L);
  } else if (config->ca.length > 0) {
    SET(CURLOPT_CAINFO, (char *)NULL);
    SET(CURLOPT_CAPATH, (char *)NULL);
    if (result == CURLE_OK) result = set_blob(easy, CURLOPT_CAINFO_BLOB, config->ca.data, config->ca.length);
  }
  /* libcurl uses a connection again only for the same certificate: a new one needs no more than being set. */
  if (credential->cert_pem != NULL && credential->key_pem != NULL) {
    SET(CURLOPT_SSLCERTTYPE, "PEM");
    SET(CURLOPT_SSLKEYTYPE, "PEM");
    if (result == CURLE_OK)
      result = set_blob(easy, CURLOPT_SSLCERT_BLOB, credential->cert_pem, strlen(credential->cert_pem));
    if (result == CURLE_OK)
      result = set_blob(easy, CURLOPT_SSLKEY_BLOB, credential->key_pem, strlen(credential->key_pem));
    /* For a key that is encrypted: unset, libcurl 7.88 follows a null pointer. */
    SET(CURLOPT_KEYPASSWD, "");
  }
  return result;
}

/* Whether the URL names tls-server-name where the host would stand: see set_address. */
static bool is_renamed(const struct kr_live *live) {
  const char *name = live->config->tls_server_name;
  return live->server.https && name != NULL && *name != '\0';
}

static bool is_loopback(const char *host) {
  return strcasecmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0;
}

/* The kubeconfig's proxy, for everything; else the environment's, which kubectl never uses for this machine itself. */
static CURLcode set_proxy(CURL *easy, const struct kr_live *live) {
  static const char socks[] = "socks5://";
  const char *proxy = live->config->proxy_url;
  CURLcode result = CURLE_OK;
  if (proxy == NULL || *proxy == '\0') {
    if (is_loopback(live->server.host) || (is_renamed(live) && kr_no_proxy(live->server.host, live->server.port)))
      SET(CURLOPT_PROXY, "");
    else if (is_renamed(live))
      SET(CURLOPT_NOPROXY, ""); /* what it says of the name in the URL is of no host here */
    return result;
  }
  SET(CURLOPT_NOPROXY, "");
  if (strncasecmp(proxy, socks, sizeof socks - 1) != 0) {
    SET(CURLOPT_PROXY, proxy);
    return result;
  }
  struct kr_buffer text; /* the proxy resolves the name, as kubectl has it */
  kr_buffer_init(&text, URL_MAX);
  if (kr_buffer_printf(&text, "socks5h://%s", proxy + sizeof socks - 1) == KR_OK)
    SET(CURLOPT_PROXY, text.data);
  else
    result = CURLE_OUT_OF_MEMORY;
  kr_buffer_free(&text);
  return result;
}

/* The connection is verified against the host in the URL: with tls-server-name that is not where it goes to. */
static int set_address(const struct kr_live *live, struct kr_live_op *op, struct kr_error *error) {
  const struct kr_server *server = &live->server;
  const char *name = is_renamed(live) ? live->config->tls_server_name : server->host;
  struct kr_buffer text;
  CURL *easy = op->easy;
  CURLcode result = CURLE_OK;
  kr_buffer_init(&text, URL_MAX);
  int status =
      kr_buffer_printf(&text, "%s://%s:%s%s", server->https ? "https" : "http", name, server->port, server->path);
  if (status == KR_OK) status = kr_url_append(&text, op->request, op->reply.body.limit, error);
  if (status == KR_OK) SET(CURLOPT_URL, text.data);
  if (status == KR_OK && is_renamed(live)) {
    kr_buffer_clear(&text);
    status = kr_buffer_printf(&text, "::%s:%s", server->host, server->port);
    op->connect_to = status == KR_OK ? curl_slist_append(NULL, text.data) : NULL;
    if (op->connect_to == NULL) result = CURLE_OUT_OF_MEMORY;
    SET(CURLOPT_CONNECT_TO, op->connect_to);
    kr_buffer_clear(&text);
    if (status == KR_OK) status = kr_buffer_printf(&text, "Host: %s:%s", server->host, server->port);
    struct curl_slist *headers = status == KR_OK ? curl_slist_append(op->headers, text.data) : NULL;
    if (headers == NULL) result = CURLE_OUT_OF_MEMORY;
    if (headers != NULL) op->headers = headers;
  }
  kr_buffer_free(&text);
  if (status == KR_OK && result != CURLE_OK) return kr_error_set(error, KR_EINVAL, "%s", curl_easy_strerror(result));
  return status;
}

static CURLcode set_bounds(const struct kr_live *live, struct kr_live_op *op) {
  CURL *easy = op->easy;
  CURLcode result = CURLE_OK;
  int64_t left = op->deadline == INT64_MAX ? 0 : op->deadline - op->began;
  if (op->deadline != INT64_MAX && left < 1) left = 1;
  if (left > LONG_MAX) left = 0;
  SET(CURLOPT_TIMEOUT_MS, (long)left);
  SET(CURLOPT_CONNECTTIMEOUT_MS, (long)live->options.connect_timeout_ms);
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_QUICK_EXIT, 1L); /* do not wait for a resolver that hangs */
  SET(CURLOPT_FOLLOWLOCATION, 0L);
  SET(CURLOPT_PROTOCOLS_STR, "http,https");
  SET(CURLOPT_PATH_AS_IS, 1L);
  SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
  /* Plain HTTP has nothing to share a connection by: there one would wait for a probe's, which is never shared. */
  SET(CURLOPT_PIPEWAIT, live->server.https ? 1L : 0L);
  if (!live->config->disable_compression) SET(CURLOPT_ACCEPT_ENCODING, "gzip");
  SET(CURLOPT_USERAGENT, kr_live_user_agent);
  SET(CURLOPT_ERRORBUFFER, op->detail);
  SET(CURLOPT_PRIVATE, op);
  SET(CURLOPT_WRITEDATA, op);
  SET(CURLOPT_WRITEFUNCTION, take_bytes);
  return result;
}

/* GET, or the one POST there is. */
static CURLcode set_method(struct kr_live_op *op) {
  CURL *easy = op->easy;
  CURLcode result = CURLE_OK;
  if (op->request->verb != KR_VERB_REVIEW) {
    SET(CURLOPT_HTTPGET, 1L);
    return result;
  }
  op->post = kr_live_review(op->request);
  if (op->post == NULL) return CURLE_OUT_OF_MEMORY;
  SET(CURLOPT_POST, 1L);
  SET(CURLOPT_POSTFIELDS, op->post);
  return result;
}

static CURLcode set_basic(CURL *easy, const struct kr_credential *credential) {
  CURLcode result = CURLE_OK;
  if (credential->username == NULL || credential->token != NULL) return result;
  SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
  SET(CURLOPT_USERNAME, credential->username);
  SET(CURLOPT_PASSWORD, credential->password == NULL ? "" : credential->password);
  return result;
}

/* Time for all attempts; 0: no end. */
static int64_t timeout_of(const struct kr_live *live, const struct kr_request *request) {
  int64_t timeout = live->options.request_timeout_ms, own = request->probe.timeout_ms;
  if (request->verb != KR_VERB_PROBE) return timeout;
  if (own <= 0) own = KR_PROBE_TIMEOUT_MS;
  return timeout > 0 && timeout < own ? timeout : own;
}

int kr_live_attempt_begin(struct kr_live *live, struct kr_live_op *op, struct kr_error *error) {
  struct kr_credential credential = {.token = NULL};
  int status = KR_OK;
  op->detail[0] = '\0';
  op->refused_memory = false;
  op->easy = curl_easy_init();
  if (op->easy == NULL) return kr_error_set(error, KR_ENOMEM, "out of memory");
  CURL *easy = op->easy;
  /* As kubectl: nobody signs in over plain HTTP. */
  if (live->server.https) status = kr_credentials_get(live->credentials, &credential, error);
  op->began = kr_clock_monotonic(); /* after a sign-in plugin, which may take its time */
  int64_t timeout = timeout_of(live, op->request);
  if (!op->started && timeout > 0 && timeout < INT64_MAX - op->began) op->deadline = op->began + timeout;
  op->started = true;
  if (status == KR_OK) status = kr_live_headers(&op->headers, op->request, live->config, &credential, error);
  if (status == KR_OK) status = set_address(live, op, error);
  if (status != KR_OK) return status;
  CURLcode result = set_bounds(live, op);
  if (result == CURLE_OK) result = set_tls(easy, live->config, &credential);
  if (result == CURLE_OK) result = set_basic(easy, &credential);
  if (result == CURLE_OK) result = set_proxy(easy, live);
  if (result == CURLE_OK) result = set_method(op);
  SET(CURLOPT_HTTPHEADER, op->headers);
  if (result == CURLE_OK)
    return op->request->verb == KR_VERB_PROBE ? kr_live_probe_begin(live, op, &credential, error) : KR_OK;
  return kr_error_set(error, KR_ECONFIG, "the connection cannot be set up: %s", curl_easy_strerror(result));
}

void kr_live_attempt_end(struct kr_live *live, struct kr_live_op *op) {
  kr_live_probe_end(live, op);
  if (op->easy != NULL) (void)curl_multi_remove_handle(live->multi, op->easy);
  curl_easy_cleanup(op->easy);
  curl_slist_free_all(op->headers);
  curl_slist_free_all(op->connect_to);
  free(op->post);
  op->easy = NULL;
  op->headers = op->connect_to = NULL;
  op->post = NULL;
}
