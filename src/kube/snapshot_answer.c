/* snapshot_answer.c - see snapshot_answer.h.
 *
 * Found: it is in the folder. Absent: its list is covered, and it is not there. Refused: as the server said then. All
 * else was not recorded, and stays unknown. */
#include "kube/snapshot_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "kube/selector.h"
#include "kube/snapshot_index.h"
#include "kube/snapshot_logs.h"
#include "kube/snapshot_probes.h"
#include "kube/snapshot_say.h"
#include "kube/snapshot_type.h"

enum { BODY_MAX = 1 << 30, MESSAGE_MAX = 1024, NAMES_MAX = 512 };

/* Continue tokens are "after:" and how many items were given: opaque to others, as the API's are. One stands for the
 * namespaces of which nothing was recorded. */
static const char token_prefix[] = "after:", token_elsewhere[] = "elsewhere";

/* Whether all objects of a resource in a namespace are known. Of a namespace that does not exist they are: none. */
static bool is_known(struct kr_snapshot_store *store, const char *resource, const char *namespace_) {
  struct kr_error ignored = KR_ERROR_INIT;
  const json_t *namespaces = NULL;
  if (kr_snapshot_is_covered(store->index, resource, namespace_)) return true;
  if (namespace_ == NULL || !kr_snapshot_is_covered(store->index, "namespaces", NULL)) return false;
  if (kr_snapshot_store_list(&namespaces, store, "namespaces", NULL, &ignored) != KR_OK) return false;
  return namespaces != NULL && kr_snapshot_item(namespaces, namespace_) == NULL;
}

/* Says that nobody looked, and of which namespaces the resource is known. */
static int say_not_covered(struct kr_reply *reply, struct kr_snapshot_store *store, const char *resource,
                           const char *namespace_, const char *more) {
  struct kr_buffer names;
  kr_buffer_init(&names, NAMES_MAX);
  int count = kr_snapshot_covered_namespaces(&names, store->index, resource);
  int status = count > 0 && namespace_ == NULL
                   ? kr_snapshot_say_not_recorded(reply, "the snapshot holds these namespaces only: %s%s",
                                                  kr_buffer_text(&names), more)
                   : kr_snapshot_say_not_recorded(reply, "the snapshot does not hold the %s of %s%s%s%s", resource,
                                                  namespace_ == NULL ? "the cluster" : namespace_,
                                                  count > 0 ? "; it holds those of: " : "",
                                                  count > 0 ? kr_buffer_text(&names) : "", more);
  kr_buffer_free(&names);
  return status;
}

/* In a list the items do not say their kind and apiVersion. A new reference; what the item does say counts. */
static json_t *complete_item(const struct kr_snapshot_type *type, const json_t *item) {
  json_t *whole = json_pack("{s:s, s:s}", "kind", type->kind, "apiVersion", type->version);
  if (whole != NULL && json_object_update(whole, (json_t *)item) == 0) return whole;
  json_decref(whole);
  return NULL;
}

static int say_item(struct kr_reply *reply, struct kr_snapshot_store *store, const char *resource, const json_t *list,
                    const json_t *item) {
  struct kr_snapshot_type type;
  int status = kr_snapshot_type_of(&type, store, resource, list);
  json_t *whole = status == KR_OK ? complete_item(&type, item) : NULL;
  status = whole == NULL ? KR_ENOMEM : kr_snapshot_say_json(reply, whole);
  json_decref(whole);
  return status;
}

static int answer_get(struct kr_reply *reply, struct kr_snapshot_store *store, const struct kr_request *request) {
  char resource[KR_SNAPSHOT_RESOURCE_MAX], message[MESSAGE_MAX];
  const char *namespace_ = request->namespace_;
  struct kr_error error = KR_ERROR_INIT;
  const json_t *list, *refusal;
  if (kr_snapshot_store_list(&list, store, kr_snapshot_resource(resource, request), namespace_, &error) != KR_OK)
    return kr_snapshot_say_failure(reply, &error);
  const json_t *item = kr_snapshot_item(list, request->name);
  if (item != NULL) return say_item(reply, store, resource, list, item);
  refusal = kr_snapshot_refusal(store->index, "get", resource, namespace_);
  if (refusal != NULL) return kr_snapshot_say_refusal(reply, refusal);
  if (is_known(store, resource, namespace_) || kr_snapshot_was_asked(store->index, resource, request)) {
    (void)snprintf(message, sizeof message, "%s \"%s\" not found", resource, request->name);
    return kr_snapshot_say_status(reply, 404, "NotFound", message, request->name);
  }
  bool listing_refused = kr_snapshot_refusal(store->index, "list", resource, namespace_) != NULL;
  return say_not_covered(reply, store, resource, namespace_,
                         listing_refused ? "; listing them was refused when it was taken" : "");
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

/* Collects what a list holds, over the files of all namespaces that are covered where none is named. *any is a file
 * that there is, if there is one. */
static int collect(json_t *items, const json_t **any, struct kr_snapshot_store *store, const char *resource,
                   const struct kr_request *request, const struct kr_selector *labels, const struct kr_selector *fields,
                   struct kr_error *error) {
  bool asked = kr_snapshot_was_asked(store->index, resource, request); /* then what is there was among the answers */
  char **names = NULL;
  size_t count = 0;
  int status = kr_snapshot_store_list(any, store, resource, request->namespace_, error);
  if (status == KR_OK) status = add_matching(items, *any, labels, fields);
  if (status != KR_OK || request->namespace_ != NULL) return status;
  status = kr_snapshot_store_namespaces(&names, &count, store, error);
  for (size_t i = 0; status == KR_OK && i < count; i++) {
    const json_t *list = NULL;
    if (strchr(names[i], '.') != NULL) continue; /* no namespace's name has a dot: README.md, .DS_Store */
    if (!asked && !kr_snapshot_is_covered(store->index, resource, names[i])) continue;
    status = kr_snapshot_store_list(&list, store, resource, names[i], error);
    if (status == KR_OK) status = add_matching(items, list, labels, fields);
    if (list != NULL && (*any == NULL || json_array_size(json_object_get(*any, "items")) == 0)) *any = list;
  }
  kr_names_free(names, count);
  return status;
}

/* Where the page begins that a token names; false when it is none of ours. */
static bool read_token(size_t *from, const char *token, size_t total) {
  char *end;
  *from = 0;
  if (token == NULL || *token == '\0') return true;
  if (strncmp(token, token_prefix, sizeof token_prefix - 1) != 0 || token[sizeof token_prefix - 1] == '-') return false;
  unsigned long long given = strtoull(token + sizeof token_prefix - 1, &end, 10);
  *from = (size_t)given;
  return *end == '\0' && given > 0 && given <= total;
}

/* A List of a page's items, with the token for the next page where it is not "". A new reference, or NULL. */
static json_t *page_of(const struct kr_snapshot_type *type, json_t *items, size_t from, size_t count,
                       const char *token) {
  char kind[sizeof type->kind + 4];
  json_t *page = json_array();
  int failed = page == NULL;
  for (size_t i = 0; !failed && i < count; i++) failed = json_array_append(page, json_array_get(items, from + i));
  (void)snprintf(kind, sizeof kind, "%sList", type->kind);
  json_t *list = failed ? NULL
                        : json_pack("{s:s, s:s, s:{s:s*}, s:O}", "kind", kind, "apiVersion",
                                    *type->version == '\0' ? "v1" : type->version, "metadata", "continue",
                                    *token == '\0' ? NULL : token, "items", page);
  json_decref(page);
  return list;
}

/* The part of items that was asked for. whole: nothing else is to follow. */
static int say_page(struct kr_reply *reply, json_t *items, const struct kr_snapshot_type *type,
                    const struct kr_request *request, bool whole) {
  size_t total = json_array_size(items), from;
  char token[32] = "";
  if (!whole) (void)snprintf(token, sizeof token, "%s", token_elsewhere);
  if (!read_token(&from, request->list.continue_token, total))
    return kr_snapshot_say_status(reply, 400, "BadRequest", "invalid continue token: continue key is not valid", NULL);
  size_t count = total - from;
  if (request->list.limit > 0 && count > (size_t)request->list.limit) {
    count = (size_t)request->list.limit;
    (void)snprintf(token, sizeof token, "%s%zu", token_prefix, from + count);
  }
  json_t *list = page_of(type, items, from, count, token);
  int status = list == NULL ? KR_ENOMEM : kr_snapshot_say_json(reply, list);
  json_decref(list);
  return status;
}

/* What the selectors take of the list, a page of it. */
static int say_list(struct kr_reply *reply, struct kr_snapshot_store *store, const char *resource,
                    const struct kr_request *request, const struct kr_selector *labels,
                    const struct kr_selector *fields) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_snapshot_type type;
  const json_t *any = NULL;
  json_t *items = json_array();
  if (items == NULL) return KR_ENOMEM;
  int status = collect(items, &any, store, resource, request, labels, fields, &error);
  if (status != KR_OK) {
    status = kr_snapshot_say_failure(reply, &error);
  } else {
    bool whole =
        is_known(store, resource, request->namespace_) || kr_snapshot_was_asked(store->index, resource, request);
    status = kr_snapshot_type_of(&type, store, resource, any);
    if (status == KR_OK) status = say_page(reply, items, &type, request, whole);
  }
  json_decref(items);
  return status;
}

static int answer_list(struct kr_reply *reply, struct kr_snapshot_store *store, const struct kr_request *request) {
  char resource[KR_SNAPSHOT_RESOURCE_MAX];
  const char *namespace_ = request->namespace_;
  struct kr_error error = KR_ERROR_INIT;
  struct kr_selector *labels = NULL, *fields = NULL;
  const json_t *refusal =
      kr_snapshot_refusal(store->index, "list", kr_snapshot_resource(resource, request), namespace_);
  if (refusal != NULL) return kr_snapshot_say_refusal(reply, refusal);
  /* Of all namespaces, those that are covered are given first; then the list ends, and nobody knows of the others. */
  bool some = namespace_ == NULL && kr_snapshot_covered_namespaces(NULL, store->index, resource) > 0;
  bool known = is_known(store, resource, namespace_) || kr_snapshot_was_asked(store->index, resource, request);
  const char *token = request->list.continue_token;
  if ((!known && !some) || (token != NULL && strcmp(token, token_elsewhere) == 0))
    return say_not_covered(reply, store, resource, namespace_, "");
  int status = kr_selector_parse_labels(&labels, request->list.label_selector, &error);
  if (status == KR_OK) status = kr_selector_parse_fields(&fields, request->list.field_selector, resource, &error);
  if (status == KR_OK) status = say_list(reply, store, resource, request, labels, fields);
  if (status == KR_EINVAL) status = kr_snapshot_say_status(reply, 400, "BadRequest", error.message, NULL);
  kr_selector_free(labels);
  kr_selector_free(fields);
  return status;
}

static int say_review(struct kr_reply *reply, bool allowed) {
  json_t *review = json_pack("{s:s, s:s, s:{s:b}}", "kind", "SelfSubjectAccessReview", "apiVersion",
                             "authorization.k8s.io/v1", "status", "allowed", allowed);
  int status = review == NULL ? KR_ENOMEM : kr_snapshot_say_json(reply, review);
  json_decref(review);
  return status;
}

/* What was asked then; else what the snapshot's own answers tell: what it covers may be listed and got. */
static int answer_review(struct kr_reply *reply, const struct kr_snapshot_store *store,
                         const struct kr_request *request) {
  char resource[KR_SNAPSHOT_RESOURCE_MAX], whole[KR_SNAPSHOT_RESOURCE_MAX + 64];
  const char *part = request->review.subresource, *verb = request->review.verb, *namespace_ = request->namespace_;
  (void)kr_snapshot_resource(resource, request);
  (void)snprintf(whole, sizeof whole, "%s%s%s", resource, part == NULL ? "" : "/", part == NULL ? "" : part);
  const json_t *review = kr_snapshot_review(store->index, verb, whole, namespace_);
  if (review != NULL) return say_review(reply, json_is_true(json_object_get(review, "allowed")));
  const json_t *refusal = kr_snapshot_refusal(store->index, verb, whole, namespace_);
  if (json_integer_value(json_object_get(refusal, "status")) == 403) return say_review(reply, false);
  bool reads = verb != NULL && (strcmp(verb, "list") == 0 || strcmp(verb, "get") == 0);
  if (reads && part == NULL && kr_snapshot_is_covered(store->index, resource, namespace_))
    return say_review(reply, true);
  return kr_snapshot_say_not_recorded(reply, "the snapshot does not tell who may %s %s", verb == NULL ? "" : verb,
                                      whole);
}

static int answer_version(struct kr_reply *reply, const struct kr_snapshot_store *store) {
  const json_t *version = json_object_get(store->index, "version");
  if (json_is_object(version)) return kr_snapshot_say_json(reply, version);
  return kr_snapshot_say_not_recorded(reply, "the snapshot does not tell the server's version");
}

/* discovery.json holds all groups; they answer for /apis, and /api has nothing to add. */
static int answer_discovery(struct kr_reply *reply, struct kr_snapshot_store *store, const struct kr_request *request) {
  static const char none[] =
      "{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":\"apidiscovery.k8s.io/v2\",\"items\":[]}";
  struct kr_error error = KR_ERROR_INIT;
  const json_t *discovery;
  if (kr_snapshot_store_discovery(&discovery, store, &error) != KR_OK) return kr_snapshot_say_failure(reply, &error);
  if (discovery == NULL)
    return kr_snapshot_say_not_recorded(reply, "the snapshot has no discovery.json: only the usual kinds are known");
  if (request->name != NULL && strcmp(request->name, "apis") == 0) return kr_snapshot_say_json(reply, discovery);
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
      return kr_snapshot_answer_logs(reply, store, request);
    case KR_VERB_PROBE:
      return kr_snapshot_answer_probe(reply, store, request);
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
