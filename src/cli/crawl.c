/* crawl.c - see crawl.h. Lists are read page by page, several at once; of pods that are not healthy the logs follow. */
#define _GNU_SOURCE /* asprintf */
#include "cli/crawl.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/json_text.h"
#include "base/json_value.h"

/* A bound on bytes cuts off a log's end, which says most: it is far above what so many lines need. */
enum { PAGE_SIZE = 250, LOG_LINES = 200, LOG_BYTES = 1 << 20, WAIT_MS = 200 };

static const char *const cluster_kinds[] = {"namespaces",     "nodes",          "persistentvolumes",
                                            "storageclasses", "ingressclasses", "priorityclasses"};

static const char *const namespaced_kinds[] = {"pods",
                                               "services",
                                               "endpoints",
                                               "endpointslices",
                                               "events",
                                               "persistentvolumeclaims",
                                               "resourcequotas",
                                               "limitranges",
                                               "serviceaccounts",
                                               "configmaps",
                                               "secrets",
                                               "replicationcontrollers",
                                               "deployments",
                                               "replicasets",
                                               "statefulsets",
                                               "daemonsets",
                                               "jobs",
                                               "cronjobs",
                                               "ingresses",
                                               "networkpolicies",
                                               "horizontalpodautoscalers",
                                               "poddisruptionbudgets"};

struct crawl {
  struct kr_client *client;
  struct kr_crawl_result *result;
  size_t under_way;
  struct kr_error failure; /* of our own, not the cluster's */
};

/* A list being read, or a log (kind NULL). */
struct item {
  struct crawl *crawl;
  const char *kind;
  char *namespace_;
};

static void submit_list(struct crawl *crawl, const char *kind, const char *namespace_, const char *token);

static void no_memory(struct crawl *crawl) {
  (void)kr_error_set(&crawl->failure, KR_ENOMEM, "no memory for a snapshot");
}

int kr_crawl_refused(struct kr_crawl_result *result, const char *what, const char *reason, const char *message) {
  struct kr_crawl_refusal *grown = realloc(result->refusals, (result->refusal_count + 1) * sizeof *grown);
  if (grown == NULL) return KR_ENOMEM;
  result->refusals = grown;
  if (asprintf(&grown[result->refusal_count].text, "%s: %s%s%s", what == NULL ? "?" : what, reason,
               message == NULL ? "" : ": ", message == NULL ? "" : message) < 0)
    return KR_ENOMEM;
  result->refusal_count++;
  return KR_OK;
}

static void note_refusal(struct crawl *crawl, const struct kr_answer *answer) {
  const struct kr_reply *reply = &answer->reply;
  if (reply->reason == KR_REASON_API_MISSING) return; /* the server has no such kind: nothing is left out */
  if (kr_crawl_refused(crawl->result, answer->what, kr_reason_word(reply->reason), reply->message) != KR_OK)
    no_memory(crawl);
}

static struct item *item_new(struct crawl *crawl, const char *kind, const char *namespace_) {
  struct item *item = calloc(1, sizeof *item);
  if (item != NULL) {
    item->crawl = crawl;
    item->kind = kind;
    item->namespace_ = namespace_ == NULL ? NULL : strdup(namespace_);
  }
  if (item != NULL && (namespace_ == NULL || item->namespace_ != NULL)) return item;
  free(item);
  no_memory(crawl);
  return NULL;
}

static void item_free(struct item *item) {
  free(item->namespace_);
  free(item);
}

static void submit(struct item *item, const struct kr_request *request, kr_answer_fn answered) {
  if (kr_client_submit(item->crawl->client, request, answered, item, &item->crawl->failure) == KR_OK)
    item->crawl->under_way++;
  else
    item_free(item);
}

/* A log, or the version: the recorder keeps it, nothing follows from it. */
static void log_answered(void *user, struct kr_answer *answer) {
  struct item *item = user;
  struct crawl *crawl = item->crawl;
  crawl->under_way--;
  crawl->result->answers++;
  if (answer->reply.outcome == KR_UNKNOWN) note_refusal(crawl, answer);
  item_free(item);
}

static void submit_log(struct crawl *crawl, const json_t *metadata, const char *container, bool previous) {
  struct kr_request request = {
      .verb = KR_VERB_LOGS,
      .resource = "pods",
      .namespace_ = json_string_value(json_object_get(metadata, "namespace")),
      .name = json_string_value(json_object_get(metadata, "name")),
      .logs = {.container = container, .previous = previous, .tail_lines = LOG_LINES, .limit_bytes = LOG_BYTES}};
  struct item *item = item_new(crawl, NULL, NULL);
  if (item != NULL) submit(item, &request, log_answered);
}

/* Runs, is ready and never was restarted; or has ended well. */
static bool is_healthy(const char *status, const char *end) {
  static const char *const names[] = {"restartCount", "ready", "state"};
  const char *values[3];
  kr_json_get_all(values, names, 3, status, end);
  const char *terminated = kr_json_get(values[2], end, "terminated");
  if (kr_json_integer_at(values[0], end, 0) > 0) return false;
  if (terminated != NULL) return kr_json_integer_at(kr_json_get(terminated, end, "exitCode"), end, 0) == 0;
  return kr_json_get(values[2], end, "running") != NULL && kr_json_is_true(values[1], end);
}

static bool has_unhealthy(const char *statuses, const char *end) {
  const char *status;
  while ((status = kr_json_next(&statuses, end)) != NULL)
    if (!is_healthy(status, end)) return true;
  return false;
}

/* The previous run's log is asked for only where there was one. */
static void read_logs_of(struct crawl *crawl, const json_t *metadata, const json_t *statuses) {
  const json_t *status;
  size_t i;
  json_array_foreach(statuses, i, status) {
    const char *name = json_string_value(json_object_get(status, "name"));
    if (name == NULL) continue;
    submit_log(crawl, metadata, name, false);
    if (json_integer_value(json_object_get(status, "restartCount")) > 0) submit_log(crawl, metadata, name, true);
  }
}

/* Decodes a member of an object; a new reference, NULL for none. */
static json_t *part_of(const char *object, const char *end, const char *name) {
  const char *part = kr_json_get(object, end, name), *after = part == NULL ? NULL : kr_json_skip(part, end);
  return after == NULL ? NULL : json_loadb(part, (size_t)(after - part), JSON_ALLOW_NUL, NULL);
}

/* The logs of all containers of a pod, where one of them is not healthy. */
static void read_pods_logs(struct crawl *crawl, const char *pod, const char *end) {
  static const char *const names[] = {"initContainerStatuses", "containerStatuses"};
  const char *found[2], *status = kr_json_get(pod, end, "status");
  kr_json_get_all(found, names, 2, status, end);
  if (!has_unhealthy(found[0], end) && !has_unhealthy(found[1], end)) return;
  json_t *metadata = part_of(pod, end, "metadata");
  for (size_t i = 0; i < 2; i++) {
    json_t *statuses = part_of(status, end, names[i]);
    read_logs_of(crawl, metadata, statuses);
    json_decref(statuses);
  }
  json_decref(metadata);
}

static void read_logs(struct crawl *crawl, const char *page, const char *end) {
  const char *items = kr_json_member(page, end, "items"), *after;
  const char *pod = items == NULL ? NULL : kr_json_element(items, end);
  for (; pod != NULL && (after = kr_json_skip(pod, end)) != NULL; pod = kr_json_element(after, end))
    read_pods_logs(crawl, pod, after);
}

/* What follows a page: the next, and the logs of its pods. */
static void page_read(struct item *item, const struct kr_answer *answer) {
  struct crawl *crawl = item->crawl;
  const char *page = kr_buffer_text(&answer->reply.body), *end = page + answer->reply.body.length;
  json_t *metadata = part_of(page, end, "metadata");
  const char *token = json_string_value(json_object_get(metadata, "continue"));
  if (token != NULL && *token != '\0') submit_list(crawl, item->kind, item->namespace_, token);
  if (strcmp(item->kind, "pods") == 0) read_logs(crawl, page, end);
  json_decref(metadata);
}

static void page_answered(void *user, struct kr_answer *answer) {
  struct item *item = user;
  struct crawl *crawl = item->crawl;
  crawl->under_way--;
  crawl->result->answers++;
  if (answer->reply.outcome == KR_FOUND)
    page_read(item, answer);
  else if (answer->reply.reason == KR_REASON_EXPIRED && answer->reply.continue_token != NULL)
    submit_list(crawl, item->kind, item->namespace_, answer->reply.continue_token);
  else
    note_refusal(crawl, answer);
  item_free(item);
}

static void submit_list(struct crawl *crawl, const char *kind, const char *namespace_, const char *token) {
  struct kr_request request = {.verb = KR_VERB_LIST,
                               .resource = kind,
                               .namespace_ = namespace_,
                               .list = {.continue_token = token, .limit = PAGE_SIZE}};
  struct item *item = item_new(crawl, kind, namespace_);
  if (item != NULL) submit(item, &request, page_answered);
}

static void begin(struct crawl *crawl, const char *const *namespaces, size_t count) {
  struct kr_request version = {.verb = KR_VERB_VERSION};
  struct item *item = item_new(crawl, NULL, NULL);
  if (item != NULL) submit(item, &version, log_answered);
  for (size_t i = 0; i < sizeof cluster_kinds / sizeof *cluster_kinds; i++)
    submit_list(crawl, cluster_kinds[i], NULL, NULL);
  for (size_t i = 0; i < sizeof namespaced_kinds / sizeof *namespaced_kinds; i++) {
    if (count == 0) submit_list(crawl, namespaced_kinds[i], NULL, NULL);
    for (size_t j = 0; j < count; j++) submit_list(crawl, namespaced_kinds[i], namespaces[j], NULL);
  }
}

int kr_crawl(struct kr_crawl_result *result, struct kr_client *client, const char *const *namespaces, size_t count,
             struct kr_error *error) {
  struct crawl crawl = {.client = client, .result = result};
  int status = KR_OK;
  *result = (struct kr_crawl_result){0};
  begin(&crawl, namespaces, count);
  while (status >= 0 && crawl.failure.code == KR_OK && crawl.under_way > 0 && !kr_cancelled())
    status = kr_client_wait(client, WAIT_MS, &crawl.failure);
  if (crawl.failure.code == KR_OK && kr_cancelled()) (void)kr_error_set(&crawl.failure, KR_ECANCELLED, "interrupted");
  if (crawl.failure.code != KR_OK && error != NULL) *error = crawl.failure;
  return crawl.failure.code;
}

void kr_crawl_result_free(struct kr_crawl_result *result) {
  for (size_t i = 0; i < result->refusal_count; i++) free(result->refusals[i].text);
  free(result->refusals);
  *result = (struct kr_crawl_result){0};
}
