/* snapshot_answer.c - see snapshot_answer.h.
 *
 * Found: it is in the folder. Absent: its list is covered, and it is not there. Refused: as the server said then. All
 * else was not recorded, and stays unknown. */
#include "kube/snapshot_answer.h"

#include <stdio.h>
#include <string.h>

#include "kube/selector.h"
#include "kube/snapshot_index.h"
#include "kube/snapshot_logs.h"
#include "kube/snapshot_page.h"
#include "kube/snapshot_probes.h"
#include "kube/snapshot_say.h"
#include "kube/snapshot_table.h"

enum { BODY_MAX = 1 << 30, MESSAGE_MAX = 1024, NAMES_MAX = 512 };

/* Whether all objects of a resource in a namespace are known. Of a namespace that does not exist they are: none. */
static bool is_known(struct kr_snapshot_store *store, const char *resource, const char *namespace_) {
  struct kr_error ignored = KR_ERROR_INIT;
  const struct kr_snapshot_list *namespaces = NULL;
  size_t position;
  bool found;
  if (kr_snapshot_is_covered(store->index, resource, namespace_)) return true;
  if (namespace_ == NULL || !kr_snapshot_is_covered(store->index, "namespaces", NULL)) return false;
  if (kr_snapshot_store_list(&namespaces, store, "namespaces", NULL, &ignored) != KR_OK) return false;
  if (namespaces == NULL) return false;
  return kr_snapshot_store_find(&found, &position, store, namespaces, namespace_, &ignored) == KR_OK && !found;
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

static int answer_get(struct kr_reply *reply, struct kr_snapshot_store *store, const struct kr_request *request) {
  char resource[KR_SNAPSHOT_RESOURCE_MAX], message[MESSAGE_MAX];
  const char *namespace_ = request->namespace_;
  struct kr_error error = KR_ERROR_INIT;
  const struct kr_snapshot_list *list = NULL;
  size_t position = 0;
  bool found = false;
  int status = kr_snapshot_store_list(&list, store, kr_snapshot_resource(resource, request), namespace_, &error);
  if (status == KR_OK) status = kr_snapshot_store_find(&found, &position, store, list, request->name, &error);
  if (status != KR_OK) return kr_snapshot_say_failure(reply, &error);
  if (found) return kr_snapshot_say_item(reply, store, resource, list, position);
  const json_t *refusal = kr_snapshot_refusal(store->index, "get", resource, namespace_);
  if (refusal != NULL) return kr_snapshot_say_refusal(reply, refusal);
  if (is_known(store, resource, namespace_) || kr_snapshot_was_asked(store->index, resource, request)) {
    (void)snprintf(message, sizeof message, "%s \"%s\" not found", resource, request->name);
    return kr_snapshot_say_status(reply, 404, "NotFound", message, request->name);
  }
  bool listing_refused = kr_snapshot_refusal(store->index, "list", resource, namespace_) != NULL;
  return say_not_covered(reply, store, resource, namespace_,
                         listing_refused ? "; listing them was refused when it was taken" : "");
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
  bool asked = kr_snapshot_was_asked(store->index, resource, request);
  bool known = asked || is_known(store, resource, namespace_);
  const char *token = request->list.continue_token;
  if ((!known && !some) || (token != NULL && strcmp(token, KR_SNAPSHOT_ELSEWHERE) == 0))
    return say_not_covered(reply, store, resource, namespace_, "");
  if (request->list.table && kr_snapshot_table_of(resource) == NULL)
    return kr_snapshot_say_status(reply, 406, "NotAcceptable", "a snapshot has no table of these", NULL);
  int status = kr_selector_parse_labels(&labels, request->list.label_selector, &error);
  if (status == KR_OK) status = kr_selector_parse_fields(&fields, request->list.field_selector, resource, &error);
  if (status == KR_OK) status = kr_snapshot_say_page(reply, store, resource, request, labels, fields, known, asked);
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
