/* recorder_keep.c - what of each answer goes into the snapshot; see recorder_private.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kube/recorder_clean.h"
#include "kube/recorder_private.h"
#include "kube/snapshot_folder.h"

enum { PATH_TEXT_MAX = 2048 };

/* The server's words, masked; NULL for none. */
static json_t *words(struct kr_recorder *recorder, const char *message) {
  char *clean = message == NULL ? NULL : kr_recorder_clean_text(message, strlen(message), recorder->mask);
  if (message != NULL && clean == NULL) kr_recorder_fail_memory(recorder);
  json_t *text = clean == NULL ? NULL : json_string(clean);
  free(clean);
  return text;
}

/* That there is no such object. */
static void keep_absence(const struct kr_passing *passing) {
  kr_recorder_note(passing->recorder, passing->recorder->index.asked,
                   json_pack("{s:s, s:s*, s:s*}", "resource", passing->resource, "namespace", passing->namespace_,
                             "name", passing->name));
}

static void keep_log(const struct kr_passing *passing, const struct kr_reply *reply) {
  struct kr_recorder *recorder = passing->recorder;
  struct kr_error error = KR_ERROR_INIT;
  char path[PATH_TEXT_MAX];
  if (reply->outcome == KR_UNKNOWN && reply->status == 0) return; /* not the cluster's word */
  if (passing->container == NULL || passing->partial) return;     /* cannot be told from the whole log by its name */
  if (reply->outcome != KR_FOUND) {
    kr_recorder_note(recorder, recorder->index.logs,
                     json_pack("{s:s*, s:s*, s:s*, s:b, s:i, s:o*}", "namespace", passing->namespace_, "pod",
                               passing->name, "container", passing->container, "previous", passing->previous, "status",
                               reply->status, "message", words(recorder, reply->message)));
    return;
  }
  if (!kr_snapshot_name_is_safe(passing->namespace_) || !kr_snapshot_name_is_safe(passing->name) ||
      !kr_snapshot_name_is_safe(passing->container))
    return;
  (void)snprintf(path, sizeof path, "namespaces/%s/logs/%s/%s%s.log", passing->namespace_, passing->name,
                 passing->container, passing->previous ? ".previous" : "");
  char *text = kr_recorder_clean_text(kr_buffer_text(&reply->body), reply->body.length, recorder->mask);
  /* One runbook reads the last ten lines, another the last hundred: the longer of two holds the other. */
  if (text == NULL)
    kr_recorder_fail_memory(recorder);
  else if (!kr_recorder_files_holds(&recorder->files, path, strlen(text)) &&
           kr_recorder_files_write(&recorder->files, path, text, strlen(text), &error) != KR_OK)
    kr_recorder_fail(recorder, &error);
  free(text);
}

static void keep_review(const struct kr_passing *passing, const struct kr_reply *reply) {
  struct kr_recorder *recorder = passing->recorder;
  json_t *review = kr_recorder_parse(&reply->body);
  int allowed = json_is_true(json_object_get(json_object_get(review, "status"), "allowed"));
  if (review != NULL)
    kr_recorder_note(recorder, recorder->index.reviews,
                     json_pack("{s:s*, s:s, s:s*, s:b}", "verb", passing->review_verb, "resource", passing->resource,
                               "namespace", passing->namespace_, "allowed", allowed));
  json_decref(review);
}

/* An answer that is none is not kept, and stays unknown. */
static void keep_probe(const struct kr_passing *passing, const struct kr_reply *reply) {
  struct kr_recorder *recorder = passing->recorder;
  if (passing->namespace_ == NULL) return;
  if (kr_recorder_probes_add(&recorder->probes, passing->namespace_, passing->question, &reply->body, recorder->mask) ==
      KR_ENOMEM)
    kr_recorder_fail_memory(recorder);
}

/* Whether the namespace's port-forwards are known to be refused: of which pod the server then speaks does not matter.
 */
static bool probes_are_refused(const struct kr_passing *passing) {
  const json_t *refusals = passing->recorder->index.refused;
  return passing->verb == KR_VERB_PROBE && kr_recorder_index_refuses(refusals, passing->resource, passing->namespace_);
}

/* What the server refused, in its words; a failure on the way to it is not recorded: it says nothing about the cluster.
 */
static void keep_refusal(const struct kr_passing *passing, const struct kr_reply *reply) {
  struct kr_recorder *recorder = passing->recorder;
  bool missing = reply->reason == KR_REASON_API_MISSING;
  const char *where = passing->namespace_ == NULL ? "*" : passing->namespace_;
  if ((reply->reason != KR_REASON_FORBIDDEN && !missing) || probes_are_refused(passing)) return;
  kr_recorder_note(
      recorder, recorder->index.refused,
      json_pack("{s:s, s:s, s:s*, s:i, s:s, s:o*}", "verb", passing->verb == KR_VERB_LIST ? "list" : "get", "resource",
                passing->resource, "namespace", missing ? NULL : where, "status", missing ? 404 : 403, "reason",
                missing ? "NotFound" : "Forbidden", "message", words(recorder, reply->message)));
}

/* The kinds of all groups, where the server told them at once; the core group's are known without. */
static void keep_discovery(const struct kr_passing *passing, const struct kr_reply *reply) {
  struct kr_recorder *recorder = passing->recorder;
  struct kr_error error = KR_ERROR_INIT;
  if (passing->name == NULL || strcmp(passing->name, "apis") != 0) return;
  json_t *groups = kr_recorder_parse(&reply->body);
  const char *kind = json_string_value(json_object_get(groups, "kind"));
  if (kind != NULL && strcmp(kind, "APIGroupDiscoveryList") == 0) {
    char *text = json_dumps(groups, JSON_INDENT(2));
    if (text == NULL)
      kr_recorder_fail_memory(recorder);
    else if (kr_recorder_files_write(&recorder->files, "discovery.json", text, strlen(text), &error) != KR_OK)
      kr_recorder_fail(recorder, &error);
    free(text);
  }
  json_decref(groups);
}

void kr_recorder_keep(struct kr_passing *passing, struct kr_reply *reply) {
  if (passing->verb == KR_VERB_LOGS) {
    keep_log(passing, reply);
  } else if (reply->outcome == KR_UNKNOWN) {
    keep_refusal(passing, reply);
  } else if (reply->outcome == KR_ABSENT) {
    if (passing->verb == KR_VERB_GET) keep_absence(passing);
  } else if (reply->outcome == KR_FOUND) {
    if (passing->verb == KR_VERB_LIST) kr_recorder_take_page(passing, reply);
    if (passing->verb == KR_VERB_GET) kr_recorder_keep_single(passing, reply);
    if (passing->verb == KR_VERB_REVIEW) keep_review(passing, reply);
    if (passing->verb == KR_VERB_PROBE) keep_probe(passing, reply);
    if (passing->verb == KR_VERB_VERSION && passing->recorder->index.version == NULL)
      passing->recorder->index.version = kr_recorder_parse(&reply->body);
    if (passing->verb == KR_VERB_DISCOVER) keep_discovery(passing, reply);
  }
}
