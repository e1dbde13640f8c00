/* probe_http.c - see probe_http.h. */
#define _GNU_SOURCE /* strcasestr */
#include "kube/probe_http.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "kube/certificate.h"

#define SET(option, value) (result = result == CURLE_OK ? curl_easy_setopt(easy, option, value) : result)

enum { URL_MAX = 4096 };

/* --- what comes --- */

/* An answer may be preceded by others (100 Continue): what counts is the last. */
static void head_begins(struct kr_probe_http *http) {
  json_decref(http->outcome->headers);
  http->outcome->headers = NULL;
  http->head_whole = false;
}

static bool is_line_end(const char *line, size_t length) { return length == 0 || *line == '\r' || *line == '\n'; }

static size_t take_header(char *line, size_t size, size_t count, void *user) {
  struct kr_probe_http *http = user;
  size_t length = size * count;
  http->head += length;
  if (http->head > KR_PROBE_HEADERS_MAX) {
    http->head_flood = true;
    return 0;
  }
  if (length >= 5 && strncmp(line, "HTTP/", 5) == 0) {
    head_begins(http);
    return length;
  }
  if (is_line_end(line, length)) {
    http->head_whole = true;
    return length;
  }
  const char *colon = memchr(line, ':', length);
  if (colon == NULL || colon == line) return length;
  const char *value = colon + 1, *end = line + length;
  while (value < end && isspace((unsigned char)*value)) value++;
  while (end > value && isspace((unsigned char)end[-1])) end--;
  int status = kr_probe_outcome_header(http->outcome, line, (size_t)(colon - line), value, (size_t)(end - value));
  http->no_memory = status != KR_OK;
  return status == KR_OK ? length : 0;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *user) {
  struct kr_probe_http *http = user;
  struct kr_buffer *body = &http->outcome->body;
  size_t length = size * count, room = body->limit - body->length;
  http->no_memory = kr_buffer_append(body, bytes, length < room ? length : room) != KR_OK;
  http->outcome->truncated = length > room;
  return http->no_memory || length > room ? 0 : length;
}

/* --- what is sent --- */

/* An application's certificate says who it is; it is nobody's to verify, who reaches it by a number. Old versions and
 * short keys are the application's matter too: the probe asks whether it answers. */
static CURLcode set_tls(CURL *easy) {
  CURLcode result = CURLE_OK;
  SET(CURLOPT_SSL_VERIFYPEER, 0L);
  SET(CURLOPT_SSL_VERIFYHOST, 0L);
  SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_0);
  SET(CURLOPT_SSL_CIPHER_LIST, "DEFAULT:@SECLEVEL=0");
  SET(CURLOPT_CERTINFO, 1L);
  return result;
}

/* The socket leads to the port, whatever the address says: host is for the Host header and TLS' server name. */
static CURLcode set_address(CURL *easy, const struct kr_request *request, const char *socket_name) {
  bool https = request->probe.scheme == KR_PROBE_HTTPS;
  const char *host = request->probe.host == NULL ? "localhost" : request->probe.host;
  CURLcode result = CURLE_OK;
  struct kr_buffer url;
  kr_buffer_init(&url, URL_MAX);
  if (kr_buffer_printf(&url, "%s://%s/", https ? "https" : "http", host) != KR_OK) result = CURLE_URL_MALFORMAT;
  if (result == CURLE_OK) SET(CURLOPT_URL, url.data);
  kr_buffer_free(&url);
  SET(CURLOPT_REQUEST_TARGET, request->probe.path == NULL ? "/" : request->probe.path);
  SET(CURLOPT_ABSTRACT_UNIX_SOCKET, socket_name);
  SET(CURLOPT_PROXY, "");
  SET(CURLOPT_PROTOCOLS_STR, "http,https");
  return result;
}

static CURLcode set_rest(struct kr_probe_http *http, const struct kr_request *request) {
  CURL *easy = http->easy;
  CURLcode result = CURLE_OK;
  SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  SET(CURLOPT_HTTPGET, 1L);
  if (request->probe.head) SET(CURLOPT_NOBODY, 1L);
  SET(CURLOPT_HTTPHEADER, http->headers);
  SET(CURLOPT_USERAGENT, "krunbook/" KR_VERSION);
  SET(CURLOPT_FOLLOWLOCATION, 0L);
  SET(CURLOPT_FRESH_CONNECT, 1L);
  SET(CURLOPT_FORBID_REUSE, 1L);
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_ERRORBUFFER, http->detail);
  SET(CURLOPT_HEADERFUNCTION, take_header);
  SET(CURLOPT_HEADERDATA, http);
  SET(CURLOPT_WRITEFUNCTION, take_body);
  SET(CURLOPT_WRITEDATA, http);
  return result;
}

int kr_probe_http_init(struct kr_probe_http *http, const struct kr_request *request, const char *socket_name,
                       struct kr_probe_outcome *outcome, struct kr_error *error) {
  *http = (struct kr_probe_http){.outcome = outcome};
  int status = kr_probe_check_request(request, error);
  if (status != KR_OK) return status;
  http->easy = curl_easy_init();
  http->headers = curl_slist_append(NULL, "Connection: close");
  if (http->easy == NULL || http->headers == NULL) return kr_error_set(error, KR_ENOMEM, "out of memory");
  CURLcode result = set_address(http->easy, request, socket_name);
  if (result == CURLE_OK) result = set_tls(http->easy);
  if (result == CURLE_OK) result = set_rest(http, request);
  if (result == CURLE_OK) return KR_OK;
  if (result == CURLE_OUT_OF_MEMORY) return kr_error_set(error, KR_ENOMEM, "out of memory");
  return kr_error_set(error, KR_EINVAL, "the request cannot be made: %s", curl_easy_strerror(result));
}

void kr_probe_http_free(struct kr_probe_http *http) {
  curl_easy_cleanup(http->easy);
  curl_slist_free_all(http->headers);
  http->easy = NULL;
  http->headers = NULL;
}

/* --- what its end means --- */

static int64_t milliseconds(CURL *easy, CURLINFO what) {
  curl_off_t microseconds = 0;
  (void)curl_easy_getinfo(easy, what, &microseconds);
  return (int64_t)microseconds / 1000;
}

static void note_certificate(struct kr_probe_http *http) {
  static const char key[] = "Cert:";
  struct curl_certinfo *chain = NULL;
  if (curl_easy_getinfo(http->easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == NULL || chain->num_of_certs < 1)
    return;
  for (const struct curl_slist *line = chain->certinfo[0]; line != NULL; line = line->next)
    if (strncmp(line->data, key, sizeof key - 1) == 0 && http->outcome->certificate == NULL)
      http->outcome->certificate =
          kr_certificate_facts(line->data + sizeof key - 1, strlen(line->data + sizeof key - 1));
}

/* Status and body, as far as they came. */
static void note_answer(struct kr_probe_http *http) {
  long status = 0;
  (void)curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
  http->outcome->result = KR_PROBE_ANSWERED;
  http->outcome->status = (int)status;
  http->outcome->has_body = true;
  http->outcome->latency_ms = milliseconds(http->easy, CURLINFO_STARTTRANSFER_TIME_T);
}

static void forget_answer(struct kr_probe_http *http, enum kr_probe_result result) {
  json_decref(http->outcome->headers);
  http->outcome->headers = NULL;
  http->outcome->result = result;
  http->outcome->latency_ms = milliseconds(http->easy, CURLINFO_TOTAL_TIME_T);
}

/* Whether OpenSSL's words say that the connection ended, and not that something was wrong with what was said on it. */
static bool says_ended(const char *words) {
  return strcasestr(words, "SYSCALL") != NULL || strcasestr(words, "unexpected eof") != NULL ||
         strcasestr(words, "reset by peer") != NULL;
}

/* Without a whole head there is no answer: what was there instead? false: not for this transfer to tell. */
static bool name_failure(const struct kr_probe_http *http, CURLcode code, enum kr_probe_result *result) {
  switch (code) {
    case CURLE_OK: /* closed within its headers */
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
      *result = KR_PROBE_CLOSED;
      return true;
    case CURLE_RECV_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
      *result = says_ended(http->detail) || http->detail[0] == '\0' ? KR_PROBE_CLOSED : KR_PROBE_NOT_HTTP;
      return true;
    case CURLE_WRITE_ERROR: /* by the flood of headers; memory was looked at before */
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP_RETURNED_ERROR:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
      *result = KR_PROBE_NOT_HTTP;
      return true;
    default:
      return false;
  }
}

/* libcurl's words, but for what is no HTTP at all: it takes that for HTTP 0.9. */
static const char *words_of(const struct kr_probe_http *http, CURLcode code) {
  if (code == CURLE_UNSUPPORTED_PROTOCOL) return "what it says is no HTTP";
  return http->detail[0] != '\0' ? http->detail : curl_easy_strerror(code);
}

int kr_probe_http_ended(struct kr_probe_http *http, CURLcode code, struct kr_error *error) {
  struct kr_probe_outcome *outcome = http->outcome;
  const char *words = words_of(http, code);
  enum kr_probe_result result;
  int status = KR_OK;
  note_certificate(http);
  if (http->no_memory || code == CURLE_OUT_OF_MEMORY) return kr_error_set(error, KR_ENOMEM, "out of memory");
  if (http->head_whole && !http->head_flood) {
    note_answer(http);
    if (code == CURLE_OK || outcome->truncated) return KR_OK;
    outcome->truncated = true; /* the answer was under way when the connection ended */
    return kr_probe_outcome_say(outcome, words) == KR_OK ? KR_OK : KR_ENOMEM;
  }
  if (!name_failure(http, code, &result))
    return kr_error_set(error, KR_EINVAL, "the probe's request could not be made: %s", words);
  forget_answer(http, result);
  if (http->head_flood)
    status = kr_probe_outcome_say(outcome, "its headers are longer than any server's that can be used");
  else if (code != CURLE_OK)
    status = kr_probe_outcome_say(outcome, words);
  return status;
}

int kr_probe_http_timed_out(struct kr_probe_http *http) {
  note_certificate(http);
  if (!http->head_whole) {
    forget_answer(http, KR_PROBE_TIMED_OUT);
    return KR_OK;
  }
  /* A stream of events, say: its status is an answer. */
  note_answer(http);
  http->outcome->truncated = true;
  return kr_probe_outcome_say(http->outcome, "the answer began to come, and did not end in time");
}
