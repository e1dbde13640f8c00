/* reply.c - what an answer of the API means: found, absent, or unknown and why.
 *
 * The rule behind every line: only the API saying of this very thing that it is not there makes it absent. All that
 * cannot be read so is unknown. */
#define _GNU_SOURCE /* memmem */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kube/transport.h"

enum { MESSAGE_MAX = 1024, STATUS_BODY_MAX = 1 << 20 };

/* The parts of a Status object that decide. All strings belong to json; "" where there is none. */
struct status_object {
  json_t *json; /* NULL: the body is no Status */
  const char *reason;
  const char *message;
  const char *cause; /* what the server behind the server said (a kubelet, an aggregated API) */
  const char *name;
  const char *continue_token;
};

static const char *text_at(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text == NULL ? "" : text;
}

static struct status_object status_read(const struct kr_buffer *body) {
  struct status_object status = {
      .json = NULL, .reason = "", .message = "", .cause = "", .name = "", .continue_token = ""};
  if (body->length == 0 || body->length > STATUS_BODY_MAX) return status;
  json_t *json = json_loadb(body->data, body->length, 0, NULL);
  if (json == NULL) return status;
  if (strcmp(text_at(json, "kind"), "Status") != 0) {
    json_decref(json);
    return status;
  }
  const json_t *details = json_object_get(json, "details");
  status.json = json;
  status.reason = text_at(json, "reason");
  status.message = text_at(json, "message");
  status.name = text_at(details, "name");
  status.cause = text_at(json_array_get(json_object_get(details, "causes"), 0), "message");
  status.continue_token = text_at(json_object_get(json, "metadata"), "continue");
  return status;
}

static const struct {
  const char *word;
  enum kr_reason reason;
} by_word[] = {
    {"Unauthorized", KR_REASON_UNAUTHORIZED},
    {"Forbidden", KR_REASON_FORBIDDEN},
    {"Expired", KR_REASON_EXPIRED},
    {"Gone", KR_REASON_EXPIRED},
    {"TooManyRequests", KR_REASON_RATE_LIMITED},
    {"Timeout", KR_REASON_TIMEOUT},
    {"ServerTimeout", KR_REASON_SERVER_ERROR},
    {"InternalError", KR_REASON_SERVER_ERROR},
    {"ServiceUnavailable", KR_REASON_SERVER_ERROR},
    {"MethodNotAllowed", KR_REASON_API_MISSING}, /* a kind that cannot be listed, or got */
    {"BadRequest", KR_REASON_BAD_REQUEST},
    {"Invalid", KR_REASON_BAD_REQUEST},
    {"NotAcceptable", KR_REASON_BAD_REQUEST},
};

static const struct {
  int from, to;
  enum kr_reason reason;
} by_code[] = {
    {401, 401, KR_REASON_UNAUTHORIZED}, {403, 403, KR_REASON_FORBIDDEN},   {404, 405, KR_REASON_API_MISSING},
    {408, 408, KR_REASON_TIMEOUT},      {410, 410, KR_REASON_EXPIRED},     {429, 429, KR_REASON_RATE_LIMITED},
    {504, 504, KR_REASON_TIMEOUT},      {400, 499, KR_REASON_BAD_REQUEST}, {500, 599, KR_REASON_SERVER_ERROR},
};

/* Everything but NotFound, which depends on what was asked. */
static enum kr_reason reason_of(const struct status_object *status, int code) {
  for (size_t i = 0; i < sizeof by_word / sizeof *by_word; i++)
    if (strcmp(status->reason, by_word[i].word) == 0) return by_word[i].reason;
  for (size_t i = 0; i < sizeof by_code / sizeof *by_code; i++)
    if (code >= by_code[i].from && code <= by_code[i].to) return by_code[i].reason;
  return KR_REASON_BAD_ANSWER;
}

/* Sets the message, as one line of bounded length. */
static int say(struct kr_reply *reply, const char *text, size_t length) {
  while (length > 0 && isspace((unsigned char)*text)) text++, length--;
  while (length > 0 && isspace((unsigned char)text[length - 1])) length--;
  if (length > MESSAGE_MAX) length = MESSAGE_MAX;
  char *copy = strndup(text, length);
  if (copy == NULL) return KR_ENOMEM;
  for (char *at = copy; *at != '\0'; at++)
    if (*at == '\n' || *at == '\r' || *at == '\t') *at = ' ';
  free(reply->message);
  reply->message = copy;
  return KR_OK;
}

static int unknown(struct kr_reply *reply, enum kr_reason reason, const char *text) {
  reply->outcome = KR_UNKNOWN;
  reply->reason = reason;
  return say(reply, text, strlen(text));
}

static int absent(struct kr_reply *reply, const char *text, size_t length) {
  reply->outcome = KR_ABSENT;
  reply->reason = KR_REASON_NONE;
  return say(reply, text, length);
}

static bool begins(const char *text, size_t length, const char *prefix) {
  size_t wanted = strlen(prefix);
  return length >= wanted && memcmp(text, prefix, wanted) == 0;
}

/* Whether the kubelet says that the container has no log: never begun, begun only once, or already forgotten. */
static bool no_such_log(const char *message) {
  size_t length = strlen(message);
  if (begins(message, length, "previous terminated container ")) return strstr(message, " not found") != NULL;
  if (!begins(message, length, "container ")) return false;
  return strstr(message, " is waiting to start") != NULL || strstr(message, " is terminated") != NULL ||
         strstr(message, " is not available") != NULL;
}

/* The kubelet's own words in place of a log, with status 200: the container runtime has removed the container or its
 * file. Only as the whole body, for an application may log such a line too. */
static bool poses_as_log(const struct kr_buffer *body) {
  static const char *const texts[] = {"unable to retrieve container logs for ",
                                      "failed to try resolving symlinks in path \"/var/log/"};
  const char *end = body->length == 0 ? NULL : memchr(body->data, '\n', body->length);
  if (body->length == 0 || (end != NULL && end != body->data + body->length - 1)) return false;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (begins(body->data, body->length, texts[i])) return true;
  return false;
}

/* What a good answer to each verb has somewhere; the deep look is the decoder's. */
static const char *expected_key(const struct kr_request *request) {
  switch (request->verb) {
    case KR_VERB_LIST:
      return request->list.table ? "\"rows\"" : "\"items\"";
    case KR_VERB_GET:
      return "\"metadata\"";
    case KR_VERB_VERSION:
      return "\"gitVersion\"";
    case KR_VERB_REVIEW:
      return "\"status\"";
    case KR_VERB_DISCOVER:
      return "\"kind\"";
    case KR_VERB_PROBE:
      return "\"result\"";
    case KR_VERB_LOGS:
      break;
  }
  return "";
}

static const char *skip_space(const char *at, const char *end) {
  while (at < end && isspace((unsigned char)*at)) at++;
  return at;
}

/* Whether a JSON object's first member is "kind": "Status". The API writes kind first; where it does not, the decoder
 * sees it. */
static bool begins_as_status(const char *at, const char *end) {
  static const char *const parts[] = {"{", "\"kind\"", ":", "\"Status\""};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    at = skip_space(at, end);
    if (!begins(at, (size_t)(end - at), parts[i])) return false;
    at += strlen(parts[i]);
  }
  return true;
}

static int classify_success(struct kr_reply *reply, const struct kr_request *request) {
  if (request->verb == KR_VERB_LOGS) {
    static const char unscheduled[] = "there is no log: the pod is not scheduled to a node";
    if (reply->status == 204) return absent(reply, unscheduled, sizeof unscheduled - 1);
    if (!poses_as_log(&reply->body)) return KR_OK;
    return absent(reply, reply->body.data, reply->body.length);
  }
  const char *at = kr_buffer_text(&reply->body), *end = at + reply->body.length;
  at = skip_space(at, end);
  while (end > at && isspace((unsigned char)end[-1])) end--;
  if (at == end) return unknown(reply, KR_REASON_BAD_ANSWER, "the server's answer is empty");
  if (*at != '{') return unknown(reply, KR_REASON_BAD_ANSWER, "the server's answer is not a JSON object");
  if (end[-1] != '}') return unknown(reply, KR_REASON_BAD_ANSWER, "the server's answer is not whole: it breaks off");
  const char *key = expected_key(request);
  if (begins_as_status(at, end) || memmem(at, (size_t)(end - at), key, strlen(key)) == NULL)
    return unknown(reply, KR_REASON_BAD_ANSWER, "the server's answer is not what was asked for");
  return KR_OK;
}

/* A 404 names the thing when the thing is what is missing; else the API itself is. */
static int classify_not_found(struct kr_reply *reply, const struct kr_request *request,
                              const struct status_object *status) {
  bool names_it = strcmp(status->reason, "NotFound") == 0 && status->name[0] != '\0';
  bool generic = strstr(status->message, "could not find the requested resource") != NULL;
  bool of_a_pod = request->verb == KR_VERB_LOGS || request->verb == KR_VERB_PROBE;
  if (names_it && !generic && (request->verb == KR_VERB_GET || of_a_pod))
    return absent(reply, status->message, strlen(status->message));
  /* Of a pod's log or port these are the words of the API server about a kubelet that answered 404. */
  reply->outcome = KR_UNKNOWN;
  reply->reason = names_it && generic && of_a_pod ? KR_REASON_SERVER_ERROR : KR_REASON_API_MISSING;
  return KR_OK;
}

/* The server's words, or what can be said without any. */
static int say_failure(struct kr_reply *reply, const struct status_object *status) {
  char text[MESSAGE_MAX];
  const char *body = kr_buffer_text(&reply->body);
  if (status->message[0] != '\0') {
    bool more = status->cause[0] != '\0' && strstr(status->message, status->cause) == NULL;
    (void)snprintf(text, sizeof text, "%s%s%s", status->message, more ? ": " : "", more ? status->cause : "");
  } else if (status->json == NULL && isprint((unsigned char)*body) && *body != '<' && *body != '{') {
    (void)snprintf(text, sizeof text, "%.*s (HTTP %d)", (int)strcspn(body, "\r\n"), body, reply->status);
  } else if (reply->reason == KR_REASON_FORBIDDEN) {
    (void)snprintf(text, sizeof text, "forbidden, and the server does not say why (HTTP %d)", reply->status);
  } else if (reply->status >= 300 && reply->status < 400) {
    (void)snprintf(text, sizeof text,
                   "the server redirects (HTTP %d), which an API server does not: look at the address", reply->status);
  } else {
    (void)snprintf(text, sizeof text, "the server answered HTTP %d without saying why", reply->status);
  }
  return say(reply, text, strlen(text));
}

/* RBAC never refuses without a word: this is how an API server refuses a WebSocket's subprotocol. */
static const char no_subprotocol[] =
    "the API server does not forward ports over a WebSocket (v4.channel.k8s.io): it refused with HTTP 403 and no word";

static int classify_failure(struct kr_reply *reply, const struct kr_request *request) {
  struct status_object status = status_read(&reply->body);
  int result = KR_OK;
  reply->outcome = KR_UNKNOWN;
  reply->reason = reason_of(&status, reply->status);
  if (request->verb == KR_VERB_LOGS && reply->status == 400 && no_such_log(status.message)) {
    result = absent(reply, status.message, strlen(status.message));
    goto done;
  }
  if (request->verb == KR_VERB_PROBE && reply->status == 403 && reply->body.length == 0) {
    result = unknown(reply, KR_REASON_API_MISSING, no_subprotocol);
    goto done;
  }
  if (reply->status == 404) {
    result = classify_not_found(reply, request, &status);
    if (result != KR_OK || reply->outcome == KR_ABSENT) goto done;
  }
  if (reply->reason == KR_REASON_EXPIRED && status.continue_token[0] != '\0') {
    reply->continue_token = strdup(status.continue_token);
    if (reply->continue_token == NULL) result = KR_ENOMEM;
  }
  if (result == KR_OK) result = say_failure(reply, &status);
done:
  json_decref(status.json);
  return result;
}

int kr_reply_classify(struct kr_reply *reply, const struct kr_request *request) {
  free(reply->message);
  free(reply->continue_token);
  reply->message = NULL;
  reply->continue_token = NULL;
  reply->outcome = KR_FOUND;
  reply->reason = KR_REASON_NONE;
  if (reply->status >= 200 && reply->status < 300) return classify_success(reply, request);
  return classify_failure(reply, request);
}
