/* probe.c - see probe.h. */
#include "kube/probe.h"

#include <ctype.h>
#include <string.h>

static const char *const results[] = {
    [KR_PROBE_ANSWERED] = "answered", [KR_PROBE_OPEN] = "open",     [KR_PROBE_REFUSED] = "refused",
    [KR_PROBE_RESET] = "reset",       [KR_PROBE_CLOSED] = "closed", [KR_PROBE_TIMED_OUT] = "timeout",
    [KR_PROBE_NOT_HTTP] = "not-http"};
static const char *const schemes[] = {[KR_PROBE_TCP] = "tcp", [KR_PROBE_HTTP] = "http", [KR_PROBE_HTTPS] = "https"};

enum { RESULTS = sizeof results / sizeof *results, SCHEMES = sizeof schemes / sizeof *schemes, PORT_MAX = 65535 };

static int find(const char *const *words, int count, const char *word) {
  for (int i = 0; word != NULL && i < count; i++)
    if (strcmp(words[i], word) == 0) return i;
  return -1;
}

const char *kr_probe_result_word(enum kr_probe_result result) { return results[result]; }

bool kr_probe_result_find(enum kr_probe_result *out, const char *word) {
  int found = find(results, RESULTS, word);
  if (found >= 0) *out = (enum kr_probe_result)found;
  return found >= 0;
}

const char *kr_probe_scheme_word(enum kr_probe_scheme scheme) { return schemes[scheme]; }

bool kr_probe_scheme_find(enum kr_probe_scheme *out, const char *word) {
  int found = find(schemes, SCHEMES, word);
  if (found >= 0) *out = (enum kr_probe_scheme)found;
  return found >= 0;
}

/* --- what came of one --- */

static bool is_texts(const json_t *value) {
  const char *name;
  json_t *member;
  if (!json_is_object(value)) return false;
  json_object_foreach((json_t *)value, name, member) {
    if (!json_is_string(member)) return false;
  }
  return true;
}

static bool is_certificate(const json_t *value) {
  static const char *const texts[] = {"subject", "issuer", "notBefore", "notAfter"};
  const json_t *names = json_object_get(value, "dnsNames"), *name;
  size_t i;
  if (!json_is_object(value) || (names != NULL && !json_is_array(names))) return false;
  for (i = 0; i < sizeof texts / sizeof *texts; i++) {
    const json_t *text = json_object_get(value, texts[i]);
    if (text != NULL && !json_is_string(text)) return false;
  }
  json_array_foreach(names, i, name) {
    if (!json_is_string(name)) return false;
  }
  return true;
}

static bool is_text(const json_t *value) { return json_is_string(value); }
static bool is_flag(const json_t *value) { return json_is_boolean(value); }
static bool is_count(const json_t *value) { return json_is_integer(value) && json_integer_value(value) >= 0; }
static bool is_status(const json_t *value) {
  return json_is_integer(value) && json_integer_value(value) >= 100 && json_integer_value(value) <= 999;
}

static int check_outcome(const json_t *outcome, struct kr_error *error) {
  static const struct {
    const char *name, *wanted;
    bool (*holds)(const json_t *value);
  } members[] = {
      {"latency_ms", "a whole number", is_count},
      {"status", "an HTTP status", is_status},
      {"headers", "an object of texts", is_texts},
      {"body", "a text", is_text},
      {"truncated", "true or false", is_flag},
      {"message", "a text", is_text},
      {"certificate", "an object with subject, issuer, dnsNames, notBefore and notAfter", is_certificate},
  };
  enum kr_probe_result result;
  if (!kr_probe_result_find(&result, json_string_value(json_object_get(outcome, "result"))))
    return kr_error_set(error, KR_EINVAL, "result must be answered, open, refused, reset, closed, timeout or not-http");
  for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
    const json_t *value = json_object_get(outcome, members[i].name);
    if (value != NULL && !members[i].holds(value))
      return kr_error_set(error, KR_EINVAL, "%s must be %s", members[i].name, members[i].wanted);
  }
  if (result == KR_PROBE_ANSWERED && json_object_get(outcome, "status") == NULL)
    return kr_error_set(error, KR_EINVAL, "status must be there: it was answered");
  return KR_OK;
}

/* --- what was asked --- */

static int check_question(const json_t *record, struct kr_error *error) {
  static const char *const texts[] = {"path", "host"};
  const json_t *port = json_object_get(record, "port"), *method = json_object_get(record, "method");
  const char *word = json_string_value(method);
  enum kr_probe_scheme scheme;
  if (!json_is_string(json_object_get(record, "pod"))) return kr_error_set(error, KR_EINVAL, "pod must be a name");
  if (!json_is_integer(port) || json_integer_value(port) < 1 || json_integer_value(port) > PORT_MAX)
    return kr_error_set(error, KR_EINVAL, "port must be a number from 1 to %d", PORT_MAX);
  if (!kr_probe_scheme_find(&scheme, json_string_value(json_object_get(record, "scheme"))))
    return kr_error_set(error, KR_EINVAL, "scheme must be tcp, http or https");
  if (method != NULL && (word == NULL || (strcmp(word, "GET") != 0 && strcmp(word, "HEAD") != 0)))
    return kr_error_set(error, KR_EINVAL, "method must be GET or HEAD");
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    const json_t *text = json_object_get(record, texts[i]);
    if (text != NULL && !json_is_string(text)) return kr_error_set(error, KR_EINVAL, "%s must be a text", texts[i]);
  }
  return KR_OK;
}

int kr_probe_check_record(const json_t *record, struct kr_error *error) {
  int status = check_question(record, error);
  return status == KR_OK ? check_outcome(record, error) : status;
}

/* --- what is to be asked --- */

/* Bytes that a line of HTTP can hold between two spaces. */
static bool is_line_part(const char *text) {
  for (; *text != '\0'; text++)
    if (!isgraph((unsigned char)*text) || (unsigned char)*text >= 0x80) return false;
  return true;
}

int kr_probe_check_request(const struct kr_request *request, struct kr_error *error) {
  const char *path = request->probe.path, *host = request->probe.host;
  if (request->probe.port < 1 || request->probe.port > PORT_MAX)
    return kr_error_set(error, KR_EINVAL, "%d is no port: they go from 1 to %d", request->probe.port, PORT_MAX);
  if (path != NULL && (*path != '/' || !is_line_part(path)))
    return kr_error_set(error, KR_EINVAL, "\"%.200s\" is no path: it begins with / and has no spaces", path);
  if (host != NULL && (*host == '\0' || !is_line_part(host) || strpbrk(host, "/?#@") != NULL))
    return kr_error_set(error, KR_EINVAL, "\"%.200s\" is no host", host);
  return KR_OK;
}

void kr_probe_normalize(struct kr_request *request) {
  bool http = request->probe.scheme != KR_PROBE_TCP;
  if (!http) request->probe.head = false;
  if (!http)
    request->probe.path = request->probe.host = NULL;
  else if (request->probe.path == NULL)
    request->probe.path = "/";
  if (http && request->probe.host == NULL) request->probe.host = "localhost";
}
