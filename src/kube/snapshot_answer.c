/* snapshot_answer.c - see snapshot_answer.h.
 *
 * Found: it is in the folder. Absent: its list is covered, and it is not there. Refused: as the server said then. All
 * else was not recorded, and stays unknown. */
#define _GNU_SOURCE /* asprintf */
#include "kube/snapshot_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "kube/selector.h"

enum { RESOURCE_MAX = 512, BODY_MAX = 1 << 30 };

static bool same(const char *left, const char *right) {
  return left == NULL || right == NULL ? left == right : strcmp(left, right) == 0;
}

static const char *text_at(const json_t *object, const char *key) {
  return json_string_value(json_object_get(object, key));
}

/* "deployments.apps", "pods": how the index and the files name a resource. */
static const char *full_name(char name[RESOURCE_MAX], const struct kr_request *request) {
  bool core = request->group == NULL || *request->group == '\0';
  (void)snprintf(name, RESOURCE_MAX, "%s%s%s", request->resource, core ? "" : ".", core ? "" : request->group);
  return name;
}

/* Puts a Status object, as the API words it, into the body. */
static int say_status(struct kr_reply *reply, int code, const char *reason, const char *message, const char *name) {
  json_t *status =
      json_pack("{s:s, s:s, s:s, s:s, s:s*, s:{s:s*}, s:i}", "kind", "Status", "apiVersion", "v1", "status", "Failure",
                "message", message == NULL ? "" : message, "reason", reason, "details", "name", name, "code", code);
  char *text = status == NULL ? NULL : json_dumps(status, JSON_COMPACT);
  int result = text == NULL ? KR_ENOMEM : kr_buffer_puts(&reply->body, text);
  reply->status = code;
  free(text);
  json_decref(status);
  return result;
}

static int not_recorded(struct kr_reply *reply, const char *format, const char *what, const char *where) {
  reply->outcome = KR_UNKNOWN;
  reply->reason = KR_REASON_NOT_RECORDED;
  return asprintf(&reply->message, format, what, where) < 0 ? (reply->message = NULL, KR_ENOMEM) : KR_OK;
}

static int say_json(struct kr_reply *reply, const json_t *value) {
  char *text = json_dumps(value, JSON_COMPACT);
  int status = text == NULL ? KR_ENOMEM : kr_buffer_puts(&reply->body, text);
  reply->status = 200;
  free(text);
  return status;
}

/* A file that cannot be read is not "nothing there". */
static int say_failure(struct kr_reply *reply, const struct kr_error *error) {
  reply->outcome = KR_UNKNOWN;
  reply->reason = KR_REASON_BAD_ANSWER;
  reply->message = strdup(error->message);
  return reply->message == NULL ? KR_ENOMEM : KR_OK;
}

/* Whether the index says that all objects of the resource in this namespace (NULL: cluster-scoped, or all namespaces)
 * were asked for. */
static bool is_covered(const struct kr_snapshot_store *store, const char *resource, const char *namespace_) {
  const json_t *entry, *covered = json_object_get(store->index, "covered");
  size_t i;
  json_array_foreach(covered, i, entry) {
    const char *where = text_at(entry, "namespace");
    if (same(text_at(entry, "resource"), resource) && (same(where, namespace_) || same(where, "*"))) return true;
  }
  return false;
}

/* The refusal that the server gave then, or NULL. Without a namespace or verb it holds for all; "no such API" does in
 * any case. */
static const json_t *find_refusal(const struct kr_snapshot_store *store, const char *verb, const char *resource,
                                  const char *namespace_) {
  const json_t *entry, *refused = json_object_get(store->index, "refused");
  size_t i;
  json_array_foreach(refused, i, entry) {
    const char *where = text_at(entry, "namespace"), *what = text_at(entry, "verb");
    bool missing = json_integer_value(json_object_get(entry, "status")) == 404;
    if (same(text_at(entry, "resource"), resource) && (where == NULL || same(where, namespace_)) &&
        (what == NULL || missing || strcmp(what, verb) == 0))
      return entry;
  }
  return NULL;
}

static int say_refusal(struct kr_reply *reply, const json_t *refusal) {
  int status = (int)json_integer_value(json_object_get(refusal, "status"));
  const char *reason = text_at(refusal, "reason");
  return say_status(reply, status, reason == NULL ? "" : reason, text_at(refusal, "message"), NULL);
}

/* The named item of a list, or NULL. */
static json_t *find_item(const json_t *list, const char *name) {
  json_t *item;
  size_t i;
  json_array_foreach(json_object_get(list, "items"), i, item) {
    if (same(text_at(json_object_get(item, "metadata"), "name"), name)) return item;
  }
  return NULL;
}

/* In a list the items do not say their kind and apiVersion: "PodList" tells. A new reference. */
static json_t *complete_item(const json_t *list, const json_t *item) {
  const char *kind = text_at(list, "kind"), *version = text_at(list, "apiVersion");
  size_t length = kind == NULL ? 0 : strlen(kind);
  if (length > 4 && strcmp(kind + length - 4, "List") == 0) length -= 4;
  json_t *whole = json_object();
  int failed = whole == NULL;
  if (!failed && kind != NULL) failed = json_object_set_new(whole, "kind", json_stringn(kind, length));
  if (!failed && version != NULL) failed = json_object_set_new(whole, "apiVersion", json_string(version));
  if (!failed) failed = json_object_update(whole, (json_t *)item);
  if (failed) {
    json_decref(whole);
    return NULL;
  }
  return whole;
}

static int answer_get(struct kr_reply *reply, struct kr_snapshot_store *store, const struct kr_request *request) {
  char resource[RESOURCE_MAX];
  struct kr_error error = KR_ERROR_INIT;
  const json_t *list, *refusal;
  if (kr_snapshot_store_list(&list, store, full_name(resource, request), request->namespace_, &error) != KR_OK)
    return say_failure(reply, &error);
  const json_t *item = find_item(list, request->name);
  if (item != NULL) {
    json_t *whole = complete_item(list, item);
    int status = whole == NULL ? KR_ENOMEM : say_json(reply, whole);
    json_decref(whole);
    return status;
  }
  if ((refusal = find_refusal(store, "get", resource, request->namespace_)) != NULL) return say_refusal(reply, refusal);
  if (is_covered(store, resource, request->namespace_)) {
    char message[RESOURCE_MAX * 2];
    (void)snprintf(message, sizeof message, "%s \"%s\" not found", resource, request->name);
    return say_status(reply, 404, "NotFound", message, request->name);
  }
  return not_recorded(reply, "the snapshot does not hold the %s of %s", resource,
                      request->namespace_ == NULL ? "the cluster" : request->namespace_);
}

/* Adds the items that both selectors take. */
static int add_matching(json_t *items, const json_t *list, const struct kr_selector *labels,
                        const struct kr_selector *fields) {
  json_t *item;
  size_t i;
  json_array_foreach(json_object_get(list, "items"), i, item) {
    if (!kr_selector_matches(labels, item) || !kr_selector_matches(fields, item)) continue;
    if (json_array_append(items, item) != 0) return KR_ENOMEM;
  }
  return KR_OK;
}

/* Collects what a list holds, over all namespaces' files where none is named. *kind and *version are what a file says,
 * when there is one. */
static int collect(json_t *items, const json_t **any, struct kr_snapshot_store *store, const char *resource,
                   const struct kr_request *request, const struct kr_selector *labels, const struct kr_selector *fields,
                   struct kr_error *error) {
  char **names = NULL;
  size_t count = 0;
  int status = kr_snapshot_store_list(any, store, resource, request->namespace_, error);
  if (status == KR_OK) status = add_matching(items, *any, labels, fields);
  if (status != KR_OK || request->namespace_ != NULL) return status;
  status = kr_snapshot_store_namespaces(&names, &count, store, error);
  for (size_t i = 0; status == KR_OK && i < count; i++) {
    const json_t *list = NULL;
    status = kr_snapshot_store_list(&list, store, resource, names[i], error);
    if (status == KR_OK) status = add_matching(items, list, labels, fields);
    if (list != NULL) *any = list;
  }
  kr_names_free(names, count);
  return status;
}

/* The part of items that a page holds, as a List with a token for the next. */
static int say_page(struct kr_reply *reply, const json_t *items, const json_t *like, const struct kr_request *request) {
  const char *kind = text_at(like, "kind"), *version = text_at(like, "apiVersion");
  size_t total = json_array_size(items), from = 0, count = total;
  char token[32] = "";
  if (request->list.continue_token != NULL) from = (size_t)strtoull(request->list.continue_token, NULL, 10);
  if (from > total) from = total;
  count = total - from;
  if (request->list.limit > 0 && count > (size_t)request->list.limit) {
    count = (size_t)request->list.limit;
    (void)snprintf(token, sizeof token, "%zu", from + count);
  }
  json_t *page = json_array();
  int failed = page == NULL;
  for (size_t i = 0; !failed && i < count; i++) failed = json_array_append(page, json_array_get(items, from + i));
  json_t *list = failed ? NULL
                        : json_pack("{s:s, s:s, s:{s:s*}, s:O}", "kind", kind == NULL ? "List" : kind, "apiVersion",
                                    version == NULL ? "v1" : version, "metadata", "continue",
                                    *token != '\0' ? token : NULL, "items", page);
  int status = list == NULL ? KR_ENOMEM : say_json(reply, list);
  json_decref(list);
  json_decref(page);
  return status;
}

static int answer_list(struct kr_reply *reply, struct kr_snapshot_store *store, const struct kr_request *request) {
  char resource[RESOURCE_MAX];
  struct kr_error error = KR_ERROR_INIT;
  struct kr_selector *labels = NULL, *fields = NULL;
  const json_t *any = NULL, *refusal = find_refusal(store, "list", full_name(resource, request), request->namespace_);
  if (refusal != NULL) return say_refusal(reply, refusal);
  if (!is_covered(store, resource, request->namespace_))
    return not_recorded(reply, "the snapshot does not hold the %s of %s", resource,
                        request->namespace_ == NULL ? "all namespaces" : request->namespace_);
  json_t *items = json_array();
  int status = items == NULL ? KR_ENOMEM : kr_selector_parse_labels(&labels, request->list.label_selector, &error);
  if (status == KR_OK)
    status = kr_selector_parse_fields(&fields, request->list.field_selector, request->resource, &error);
  if (status == KR_EINVAL) {
    status = say_status(reply, 400, "BadRequest", error.message, NULL);
  } else if (status == KR_OK) {
    status = collect(items, &any, store, resource, request, labels, fields, &error);
    status = status == KR_OK ? say_page(reply, items, any, request) : say_failure(reply, &error);
  }
  kr_selector_free(labels);
  kr_selector_free(fields);
  json_decref(items);
  return status;
}

/* What the server said instead of a log, or NULL. */
static const json_t *find_log_answer(const struct kr_snapshot_store *store, const struct kr_request *request) {
  const json_t *entry, *logs = json_object_get(store->index, "logs");
  size_t i;
  json_array_foreach(logs, i, entry) {
    if (same(text_at(entry, "namespace"), request->namespace_) && same(text_at(entry, "pod"), request->name) &&
        same(text_at(entry, "container"), request->logs.container) &&
        json_is_true(json_object_get(entry, "previous")) == request->logs.previous)
      return entry;
  }
  return NULL;
}

/* The last lines of a text. */
static const char *tail_of(const struct kr_buffer *log, int64_t lines) {
  const char *text = kr_buffer_text(log), *at = text + log->length;
  if (lines < 0) return text;
  if (lines == 0) return at;
  if (at > text && at[-1] == '\n') at--; /* the end of the last line */
  while (at > text && (at[-1] != '\n' || --lines > 0)) at--;
  return at;
}

static int say_log(struct kr_reply *reply, const struct kr_buffer *log, const struct kr_request *request) {
  const char *from = tail_of(log, request->logs.tail_lines);
  size_t count = log->length - (size_t)(from - kr_buffer_text(log));
  if (request->logs.limit_bytes > 0 && count > (size_t)request->logs.limit_bytes)
    count = (size_t)request->logs.limit_bytes;
  reply->status = 200;
  return kr_buffer_append(&reply->body, from, count);
}

static int answer_logs(struct kr_reply *reply, struct kr_snapshot_store *store, const struct kr_request *request) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_buffer log;
  const json_t *refusal, *said = find_log_answer(store, request);
  if (said != NULL) {
    int code = (int)json_integer_value(json_object_get(said, "status"));
    reply->status = code;
    const char *reason = code == 403   ? "Forbidden"
                         : code == 404 ? "NotFound"
                         : code >= 500 ? "InternalError"
                                       : "BadRequest";
    return code == 204 ? KR_OK : say_status(reply, code, reason, text_at(said, "message"), request->name);
  }
  if ((refusal = find_refusal(store, "get", "pods/log", request->namespace_)) != NULL)
    return say_refusal(reply, refusal);
  if (request->namespace_ == NULL || request->name == NULL || request->logs.container == NULL ||
      request->logs.since_seconds > 0 || request->logs.timestamps)
    return not_recorded(reply, "a snapshot's logs have no times: %s %s cannot be told", "since and", "timestamps");
  kr_buffer_init(&log, 0);
  int status = kr_snapshot_store_log(&log, store, request->namespace_, request->name, request->logs.container,
                                     request->logs.previous, &error);
  if (status == KR_OK)
    status = say_log(reply, &log, request);
  else if (status == KR_ENOTFOUND)
    status = not_recorded(reply, "the snapshot holds no log of container %s of pod %s", request->logs.container,
                          request->name);
  else
    status = say_failure(reply, &error);
  kr_buffer_free(&log);
  return status;
}

static int say_review(struct kr_reply *reply, bool allowed) {
  json_t *review = json_pack("{s:s, s:s, s:{s:b}}", "kind", "SelfSubjectAccessReview", "apiVersion",
                             "authorization.k8s.io/v1", "status", "allowed", allowed);
  int status = review == NULL ? KR_ENOMEM : say_json(reply, review);
  json_decref(review);
  return status;
}

/* What was asked then; else what the lists tell: who could list them was allowed to. */
static int answer_review(struct kr_reply *reply, const struct kr_snapshot_store *store,
                         const struct kr_request *request) {
  char resource[RESOURCE_MAX], whole[RESOURCE_MAX + 64];
  const char *part = request->review.subresource, *verb = request->review.verb;
  const json_t *entry, *refusal, *reviews = json_object_get(store->index, "reviews");
  size_t i;
  (void)full_name(resource, request);
  (void)snprintf(whole, sizeof whole, "%s%s%s", resource, part == NULL ? "" : "/", part == NULL ? "" : part);
  json_array_foreach(reviews, i, entry) {
    if (same(text_at(entry, "verb"), verb) && same(text_at(entry, "resource"), whole) &&
        same(text_at(entry, "namespace"), request->namespace_))
      return say_review(reply, json_is_true(json_object_get(entry, "allowed")));
  }
  refusal = find_refusal(store, verb, whole, request->namespace_);
  if (json_integer_value(json_object_get(refusal, "status")) == 403) return say_review(reply, false);
  if (part == NULL && strcmp(verb, "list") == 0 && is_covered(store, resource, request->namespace_))
    return say_review(reply, true);
  return not_recorded(reply, "the snapshot does not tell who may %s %s", verb, whole);
}

static int answer_version(struct kr_reply *reply, const struct kr_snapshot_store *store) {
  const json_t *version = json_object_get(store->index, "version");
  if (json_is_object(version)) return say_json(reply, version);
  return not_recorded(reply, "the snapshot does not tell the server's %s%s", "version", "");
}

/* discovery.json holds all groups; they answer for /apis, and /api has nothing to add. */
static int answer_discovery(struct kr_reply *reply, struct kr_snapshot_store *store, const struct kr_request *request) {
  static const char none[] =
      "{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":\"apidiscovery.k8s.io/v2\",\"items\":[]}";
  struct kr_error error = KR_ERROR_INIT;
  const json_t *discovery;
  if (kr_snapshot_store_discovery(&discovery, store, &error) != KR_OK) return say_failure(reply, &error);
  if (discovery == NULL)
    return not_recorded(reply, "the snapshot has no discovery.json: %s it holds are known%s", "only the usual kinds",
                        "");
  if (same(request->name, "apis")) return say_json(reply, discovery);
  reply->status = 200;
  return kr_buffer_puts(&reply->body, none);
}

static int answer(struct kr_reply *reply, struct kr_snapshot_store *store, const struct kr_request *request) {
  switch (request->verb) {
    case KR_VERB_GET:
      return answer_get(reply, store, request);
    case KR_VERB_LIST:
      return answer_list(reply, store, request);
    case KR_VERB_LOGS:
      return answer_logs(reply, store, request);
    case KR_VERB_REVIEW:
      return answer_review(reply, store, request);
    case KR_VERB_VERSION:
      return answer_version(reply, store);
    case KR_VERB_DISCOVER:
      return answer_discovery(reply, store, request);
  }
  return KR_EINVAL;
}

int kr_snapshot_answer(struct kr_reply *reply, struct kr_snapshot_store *store, const struct kr_request *request) {
  *reply = (struct kr_reply){0};
  kr_buffer_init(&reply->body, BODY_MAX);
  int status = answer(reply, store, request);
  /* What has a status is the API's answer: it means what it would mean live. */
  if (status == KR_OK && reply->status != 0) status = kr_reply_classify(reply, request);
  return status;
}
