/* snapshot_probes.c - see snapshot_probes.h.
 *
 * A port that nobody asked then did nothing that is known: only what follows from another question to the same port,
 * or from the pod itself, is answered. */
#include "kube/snapshot_probes.h"

#include <stdio.h>
#include <string.h>

#include "kube/probe.h"
#include "kube/snapshot_index.h"
#include "kube/snapshot_say.h"

enum { MESSAGE_MAX = 1024 };

static const char *text_at(const json_t *object, const char *key) {
  return json_string_value(json_object_get(object, key));
}

static enum kr_probe_result result_of(const json_t *probe) {
  enum kr_probe_result result = KR_PROBE_ANSWERED;
  (void)kr_probe_result_find(&result, text_at(probe, "result"));
  return result;
}

static bool of_this_port(const json_t *probe, const struct kr_request *request) {
  return strcmp(text_at(probe, "pod"), request->name) == 0 &&
         json_integer_value(json_object_get(probe, "port")) == request->probe.port;
}

static bool same(const char *recorded, const char *asked, const char *otherwise) {
  return strcmp(recorded == NULL ? otherwise : recorded, asked == NULL ? otherwise : asked) == 0;
}

static bool same_question(const json_t *probe, const struct kr_request *request) {
  if (strcmp(text_at(probe, "scheme"), kr_probe_scheme_word(request->probe.scheme)) != 0) return false;
  return request->probe.scheme == KR_PROBE_TCP ||
         (same(text_at(probe, "method"), request->probe.head ? "HEAD" : "GET", "GET") &&
          same(text_at(probe, "path"), request->probe.path, "/") &&
          same(text_at(probe, "host"), request->probe.host, "localhost"));
}

/* What was recorded of this question, or of another that answers it too: *result is what this one would have met. */
static const json_t *find(enum kr_probe_result *result, const json_t *probes, const struct kr_request *request) {
  const json_t *probe, *other = NULL;
  size_t i;
  json_array_foreach(probes, i, probe) {
    if (!of_this_port(probe, request)) continue;
    enum kr_probe_result met = result_of(probe);
    if (same_question(probe, request)) {
      *result = met;
      return probe;
    }
    if (other != NULL || (met != KR_PROBE_REFUSED && request->probe.scheme != KR_PROBE_TCP)) continue;
    bool spoke = met == KR_PROBE_ANSWERED || met == KR_PROBE_CLOSED || met == KR_PROBE_NOT_HTTP;
    *result = spoke ? KR_PROBE_OPEN : met;
    other = probe;
  }
  return other;
}

/* The outcome, without the question; of one that only connected, without what was answered. */
static int say_probe(struct kr_reply *reply, const json_t *probe, enum kr_probe_result result,
                     const struct kr_request *request) {
  static const char *const whole[] = {"latency_ms", "status",      "headers", "body",
                                      "truncated",  "certificate", "message", NULL};
  static const char *const bare[] = {"latency_ms", "message", NULL};
  json_t *outcome = json_pack("{s:s}", "result", kr_probe_result_word(result));
  int status = outcome == NULL ? KR_ENOMEM : KR_OK;
  for (const char *const *name = same_question(probe, request) ? whole : bare; status == KR_OK && *name != NULL;
       name++) {
    json_t *value = json_object_get(probe, *name);
    if (value != NULL && json_object_set(outcome, *name, value) != 0) status = KR_ENOMEM;
  }
  if (status == KR_OK) status = kr_snapshot_say_json(reply, outcome);
  json_decref(outcome);
  return status;
}

/* What the pod itself tells: there is none of that name, or it runs nowhere. True when it does. */
static bool pod_tells(int *status, struct kr_reply *reply, struct kr_snapshot_store *store,
                      const struct kr_request *request) {
  char message[MESSAGE_MAX];
  struct kr_error error = KR_ERROR_INIT;
  json_t *pod = NULL;
  if (kr_snapshot_store_object(&pod, store, "pods", request->namespace_, request->name, &error) != KR_OK) {
    *status = kr_snapshot_say_failure(reply, &error);
    return true;
  }
  if (pod == NULL && kr_snapshot_is_covered(store->index, "pods", request->namespace_)) {
    (void)snprintf(message, sizeof message, "pods \"%s\" not found", request->name);
    *status = kr_snapshot_say_status(reply, 404, "NotFound", message, request->name);
    return true;
  }
  const char *node = text_at(json_object_get(pod, "spec"), "nodeName");
  bool may_run = pod == NULL || (node != NULL && *node != '\0');
  json_decref(pod);
  if (may_run) return false;
  (void)snprintf(message, sizeof message, "pod %s does not have a host assigned", request->name);
  *status = kr_snapshot_say_status(reply, 400, "BadRequest", message, request->name);
  return true;
}

int kr_snapshot_answer_probe(struct kr_reply *reply, struct kr_snapshot_store *store,
                             const struct kr_request *request) {
  struct kr_error error = KR_ERROR_INIT;
  const json_t *probes = NULL;
  enum kr_probe_result result = KR_PROBE_ANSWERED;
  int status = KR_OK;
  if (request->namespace_ == NULL || request->name == NULL)
    return kr_snapshot_say_status(reply, 400, "BadRequest", "a probe is of a namespace and a pod", NULL);
  if (kr_snapshot_store_probes(&probes, store, request->namespace_, &error) != KR_OK)
    return kr_snapshot_say_failure(reply, &error);
  const json_t *probe = find(&result, probes, request);
  const json_t *refusal = kr_snapshot_refusal(store->index, "get", "pods/portforward", request->namespace_);
  if (probe == NULL && refusal != NULL) return kr_snapshot_say_refusal(reply, refusal);
  if (pod_tells(&status, reply, store, request)) return status;
  if (probe != NULL) return say_probe(reply, probe, result, request);
  return kr_snapshot_say_not_recorded(reply, "the snapshot holds no probe of port %d of pod %s%s", request->probe.port,
                                      request->name,
                                      request->probe.scheme == KR_PROBE_TCP ? "" : " that asked the same");
}
