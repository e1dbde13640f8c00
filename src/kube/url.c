/* url.c - see url.h. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include "kube/url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int kr_url_escape(struct kr_buffer *out, const char *text) {
  int status = KR_OK;
  for (; *text != '\0' && status == KR_OK; text++) {
    unsigned char byte = (unsigned char)*text;
    bool plain = (byte < 0x80 && isalnum(byte)) || strchr("-._~", byte) != NULL;
    status = plain ? kr_buffer_append(out, text, 1) : kr_buffer_printf(out, "%%%02X", byte);
  }
  return status;
}

/* Kubernetes' own rule for what may stand in a path (ValidatePathSegmentName). An escaped slash does not help: servers
 * unescape before they split. An empty name would turn a get into a list. */
static bool can_be_segment(const char *text) {
  if (text == NULL || *text == '\0' || strcmp(text, ".") == 0 || strcmp(text, "..") == 0) return false;
  for (; *text != '\0'; text++)
    if (*text == '/' || *text == '%' || iscntrl((unsigned char)*text)) return false;
  return true;
}

static int segment(struct kr_buffer *out, const char *text, const char *role, struct kr_error *error) {
  if (!can_be_segment(text))
    return kr_error_set(error, KR_EINVAL, "\"%s\" cannot be the %s of anything in Kubernetes", text == NULL ? "" : text,
                        role);
  int status = kr_buffer_puts(out, "/");
  if (status == KR_OK) status = kr_url_escape(out, text);
  return status == KR_OK ? KR_OK : kr_error_set(error, status, "the %s is too long", role);
}

static int group_version(struct kr_buffer *out, const struct kr_request *request, struct kr_error *error) {
  bool core = request->group == NULL || request->group[0] == '\0';
  int status = kr_buffer_puts(out, core ? "/api" : "/apis");
  if (status == KR_OK && !core) status = segment(out, request->group, "group", error);
  return status == KR_OK ? segment(out, request->version, "version", error) : status;
}

static int resource_path(struct kr_buffer *out, const struct kr_request *request, struct kr_error *error) {
  int status = group_version(out, request, error);
  if (status == KR_OK && request->namespace_ != NULL) {
    status = kr_buffer_puts(out, "/namespaces");
    if (status == KR_OK) status = segment(out, request->namespace_, "namespace", error);
  }
  if (status == KR_OK) status = segment(out, request->resource, "resource", error);
  return status;
}

static int pod_path(struct kr_buffer *out, const struct kr_request *request, struct kr_error *error) {
  int status = kr_buffer_puts(out, "/api/v1/namespaces");
  if (status == KR_OK) status = segment(out, request->namespace_, "namespace", error);
  if (status == KR_OK) status = kr_buffer_puts(out, "/pods");
  return status == KR_OK ? segment(out, request->name, "name", error) : status;
}

/* Appends "?key=value" or "&key=value"; nothing where there is no value. */
static int parameter(struct kr_buffer *out, size_t path_end, const char *key, const char *value) {
  if (value == NULL || *value == '\0') return KR_OK;
  int status = kr_buffer_printf(out, "%c%s=", out->length == path_end ? '?' : '&', key);
  return status == KR_OK ? kr_url_escape(out, value) : status;
}

static int number(struct kr_buffer *out, size_t path_end, const char *key, int64_t value) {
  return kr_buffer_printf(out, "%c%s=%" PRId64, out->length == path_end ? '?' : '&', key, value);
}

static int list_query(struct kr_buffer *out, const struct kr_request *request) {
  size_t end = out->length;
  int status = KR_OK;
  /* What is read on was cached at its beginning; the server takes it for a mistake to say so again. */
  bool first = request->list.continue_token == NULL || *request->list.continue_token == '\0';
  if (request->list.limit > 0) status = number(out, end, "limit", request->list.limit);
  if (status == KR_OK && request->list.cached && first) status = parameter(out, end, "resourceVersion", "0");
  if (status == KR_OK && request->list.table) status = parameter(out, end, "includeObject", "None");
  if (status == KR_OK) status = parameter(out, end, "labelSelector", request->list.label_selector);
  if (status == KR_OK) status = parameter(out, end, "fieldSelector", request->list.field_selector);
  if (status == KR_OK) status = parameter(out, end, "continue", request->list.continue_token);
  return status;
}

static int log_query(struct kr_buffer *out, const struct kr_request *request, size_t log_max) {
  size_t end = out->length;
  int64_t most = log_max > INT64_MAX ? INT64_MAX : (int64_t)log_max;
  if (request->logs.limit_bytes > 0 && request->logs.limit_bytes < most) most = request->logs.limit_bytes;
  int status = number(out, end, "limitBytes", most);
  if (status == KR_OK) status = parameter(out, end, "container", request->logs.container);
  if (status == KR_OK && request->logs.previous) status = parameter(out, end, "previous", "true");
  if (status == KR_OK && request->logs.timestamps) status = parameter(out, end, "timestamps", "true");
  if (status == KR_OK && request->logs.tail_lines >= 0)
    status = number(out, end, "tailLines", request->logs.tail_lines);
  if (status == KR_OK && request->logs.since_seconds > 0)
    status = number(out, end, "sinceSeconds", request->logs.since_seconds);
  return status;
}

int kr_url_append(struct kr_buffer *out, const struct kr_request *request, size_t log_max, struct kr_error *error) {
  int status = KR_EINVAL;
  if (error != NULL) error->code = KR_OK;
  switch (request->verb) {
    case KR_VERB_GET:
      status = resource_path(out, request, error);
      if (status == KR_OK) status = segment(out, request->name, "name", error);
      break;
    case KR_VERB_LIST:
      status = resource_path(out, request, error);
      if (status == KR_OK) status = list_query(out, request);
      break;
    case KR_VERB_LOGS:
      status = pod_path(out, request, error);
      if (status == KR_OK) status = kr_buffer_puts(out, "/log");
      if (status == KR_OK) status = log_query(out, request, log_max);
      break;
    case KR_VERB_PROBE:
      status = pod_path(out, request, error);
      if (status == KR_OK) status = kr_buffer_printf(out, "/portforward?ports=%d", request->probe.port);
      break;
    case KR_VERB_REVIEW:
      status = kr_buffer_puts(out, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
      break;
    case KR_VERB_VERSION:
      status = kr_buffer_puts(out, "/version");
      break;
    case KR_VERB_DISCOVER:
      if (request->version != NULL && request->version[0] != '\0')
        status = group_version(out, request, error);
      else
        status = kr_buffer_puts(out, request->name != NULL && strcmp(request->name, "apis") == 0 ? "/apis" : "/api");
      break;
  }
  if (status != KR_OK && error != NULL && error->code == KR_OK)
    return kr_error_set(error, status, "the request is too long");
  return status;
}

void kr_server_free(struct kr_server *server) {
  free(server->host);
  free(server->port);
  free(server->path);
  *server = (struct kr_server){.https = false};
}

/* One part of the address as a string of our own; NULL when it has none. */
static char *part(CURLU *url, CURLUPart which, unsigned flags) {
  char *text = NULL;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return NULL;
  char *copy = strdup(text);
  curl_free(text);
  return copy;
}

/* What holds an '@' may hold a password, and is not quoted. */
static int not_an_address(const char *server, struct kr_error *error) {
  return kr_error_set(error, KR_ECONFIG, "the server \"%.200s\" is not an address such as https://host:6443",
                      strchr(server, '@') == NULL ? server : "…");
}

int kr_server_parse(struct kr_server *out, const char *server, struct kr_error *error) {
  char *scheme = NULL, *user = NULL;
  CURLU *url = curl_url();
  int status = KR_OK;
  *out = (struct kr_server){.https = false};
  if (url == NULL) return kr_error_set(error, KR_ENOMEM, "out of memory");
  if (curl_url_set(url, CURLUPART_URL, server, 0) == CURLUE_OK) {
    scheme = part(url, CURLUPART_SCHEME, 0);
    user = part(url, CURLUPART_USER, 0);
    out->host = part(url, CURLUPART_HOST, 0);
    out->port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    out->path = part(url, CURLUPART_PATH, 0);
  }
  out->https = scheme != NULL && strcmp(scheme, "https") == 0;
  if (user != NULL) {
    status =
        kr_error_set(error, KR_ECONFIG, "the server's address holds a user: put it into the kubeconfig's user entry");
  } else if (scheme == NULL || out->host == NULL || out->port == NULL || out->path == NULL ||
             (!out->https && strcmp(scheme, "http") != 0)) {
    status = not_an_address(server, error);
  } else {
    size_t length = strlen(out->path);
    while (length > 0 && out->path[length - 1] == '/') out->path[--length] = '\0';
  }
  if (status != KR_OK) kr_server_free(out);
  free(scheme);
  free(user);
  curl_url_cleanup(url);
  return status;
}
