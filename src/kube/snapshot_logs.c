/* snapshot_logs.c - see snapshot_logs.h. */
#define _POSIX_C_SOURCE 200809L
#include "kube/snapshot_logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kube/snapshot_index.h"
#include "kube/snapshot_say.h"

enum { MESSAGE_MAX = 1024 };

static const char *text_at(const json_t *object, const char *key) {
  return json_string_value(json_object_get(object, key));
}

/* What the API answered where there was no log. With status 200 it was the kubelet's words in the log's place. */
static int say_again(struct kr_reply *reply, const json_t *said, const char *pod) {
  int code = (int)json_integer_value(json_object_get(said, "status"));
  const char *message = text_at(said, "message");
  reply->status = code;
  if (code == 204) return KR_OK;
  if (code >= 200 && code < 300) return kr_buffer_puts(&reply->body, message == NULL ? "" : message);
  const char *reason = code == 403   ? "Forbidden"
                       : code == 404 ? "NotFound"
                       : code >= 500 ? "InternalError"
                                     : "BadRequest";
  return kr_snapshot_say_status(reply, code, reason, message, pod);
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

/* The entry called name of one of the pod's lists of containers, or of their states. */
static const json_t *container_in(const json_t *pod, const char *part, const char *const lists[3], const char *name) {
  for (size_t i = 0; i < 3; i++) {
    const json_t *entry, *list = json_object_get(json_object_get(pod, part), lists[i]);
    size_t j;
    json_array_foreach(list, j, entry) {
      const char *found = text_at(entry, "name");
      if (found != NULL && strcmp(found, name) == 0) return entry;
    }
  }
  return NULL;
}

/* What the pod itself tells of a log that was not read: there is no such container, or no run before this one. True
 * when it does. */
static bool pod_tells(int *status, struct kr_reply *reply, const json_t *pod, const struct kr_request *request) {
  static const char *const specs[] = {"containers", "initContainers", "ephemeralContainers"};
  static const char *const states[] = {"containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"};
  char message[MESSAGE_MAX];
  const char *container = request->logs.container;
  const json_t *state = container_in(pod, "status", states, container);
  if (container_in(pod, "spec", specs, container) == NULL) {
    (void)snprintf(message, sizeof message, "container %s is not valid for pod %s", container, request->name);
  } else if (request->logs.previous && state != NULL &&
             json_integer_value(json_object_get(state, "restartCount")) == 0) {
    (void)snprintf(message, sizeof message, "previous terminated container \"%s\" in pod \"%s\" not found", container,
                   request->name);
  } else {
    return false;
  }
  *status = kr_snapshot_say_status(reply, 400, "BadRequest", message, request->name);
  return true;
}

static int say_no_log(struct kr_reply *reply, struct kr_snapshot_store *store, const struct kr_request *request) {
  struct kr_error error = KR_ERROR_INIT;
  json_t *pod = NULL;
  char message[MESSAGE_MAX];
  int status = kr_snapshot_store_object(&pod, store, "pods", request->namespace_, request->name, &error);
  if (status != KR_OK) return kr_snapshot_say_failure(reply, &error);
  if (pod == NULL && kr_snapshot_is_covered(store->index, "pods", request->namespace_)) {
    (void)snprintf(message, sizeof message, "pods \"%s\" not found", request->name);
    return kr_snapshot_say_status(reply, 404, "NotFound", message, request->name);
  }
  bool tells = pod != NULL && pod_tells(&status, reply, pod, request);
  json_decref(pod);
  if (tells) return status;
  return kr_snapshot_say_not_recorded(reply, "the snapshot holds no %slog of container %s of pod %s",
                                      request->logs.previous ? "previous " : "", request->logs.container,
                                      request->name);
}

int kr_snapshot_answer_logs(struct kr_reply *reply, struct kr_snapshot_store *store, const struct kr_request *request) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_buffer log;
  const json_t *refusal, *said = kr_snapshot_log_answer(store->index, request);
  if (request->namespace_ == NULL || request->name == NULL || request->logs.container == NULL)
    return kr_snapshot_say_status(reply, 400, "BadRequest", "a log is of a namespace, a pod and a container", NULL);
  if (said != NULL) return say_again(reply, said, request->name);
  refusal = kr_snapshot_refusal(store->index, "get", "pods/log", request->namespace_);
  if (refusal != NULL) return kr_snapshot_say_refusal(reply, refusal);
  if (request->logs.since_seconds > 0 || request->logs.timestamps)
    return kr_snapshot_say_not_recorded(reply, "a snapshot's logs have no times: it cannot tell what was said when");
  kr_buffer_init(&log, 0);
  int status = kr_snapshot_store_log(&log, store, request->namespace_, request->name, request->logs.container,
                                     request->logs.previous, &error);
  if (status == KR_OK)
    status = say_log(reply, &log, request);
  else if (status == KR_ENOTFOUND)
    status = say_no_log(reply, store, request);
  else
    status = kr_snapshot_say_failure(reply, &error);
  kr_buffer_free(&log);
  return status;
}
