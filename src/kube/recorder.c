/* recorder.c - a transport that writes what passes through it into a snapshot; see recorder.h.
 *
 * A list without selectors that came to its end is covered; a single get is kept, unless its list is. What was refused
 * is kept as the server said it. */
#define _GNU_SOURCE /* asprintf */
#include "kube/recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "kube/recorder_clean.h"
#include "kube/recorder_files.h"
#include "kube/snapshot_folder.h"
#include "kube/snapshot_store.h"

enum { RESOURCE_MAX = 512, PATH_TEXT_MAX = 2048 };

struct recorder {
  struct kr_transport transport;
  struct kr_transport *inner;
  const struct kr_mask *mask;
  struct kr_recorder_options options;
  struct kr_recorder_files files;
  json_t *covered, *refused, *logs, *reviews; /* arrays of the index */
  json_t *version;
  json_t *singles;         /* "resource\nnamespace\nname" -> {list kind, version, item} */
  struct kr_error failure; /* the first thing that could not be kept */
};

/* A request under way: what of it the answer is filed under. */
struct passing {
  struct recorder *recorder;
  kr_reply_fn fn;
  void *user;
  enum kr_verb verb;
  bool whole; /* a list without selectors */
  bool previous;
  char resource[RESOURCE_MAX];
  char *namespace_, *name, *container, *review_verb;
};

static void passing_free(struct passing *passing) {
  free(passing->namespace_);
  free(passing->name);
  free(passing->container);
  free(passing->review_verb);
  free(passing);
}

/* The first failure is told at the end: a snapshot that lacks something must not look whole. */
static void remember(struct recorder *recorder, const struct kr_error *error) {
  if (recorder->failure.code == KR_OK) recorder->failure = *error;
}

static void remember_memory(struct recorder *recorder) {
  struct kr_error error = KR_ERROR_INIT;
  (void)kr_error_set(&error, KR_ENOMEM, "no memory to record an answer");
  remember(recorder, &error);
}

static void note(struct recorder *recorder, json_t *array, json_t *entry) {
  if (entry == NULL || json_array_append_new(array, entry) != 0) remember_memory(recorder);
}

/* "PodList" for a Pod. */
static void list_kind(char out[RESOURCE_MAX], const char *kind) { (void)snprintf(out, RESOURCE_MAX, "%sList", kind); }

static void keep_item(struct passing *passing, json_t *item, const char *kind, const char *version) {
  struct recorder *recorder = passing->recorder;
  struct kr_error error = KR_ERROR_INIT;
  char kinds[RESOURCE_MAX];
  const char *namespace_ = json_string_value(json_object_get(json_object_get(item, "metadata"), "namespace"));
  list_kind(kinds, kind);
  (void)json_object_del(item, "kind");
  (void)json_object_del(item, "apiVersion");
  if (kr_recorder_clean(item, kind, recorder->mask, recorder->options.redact) != KR_OK) remember_memory(recorder);
  if (kr_recorder_files_item(&recorder->files, passing->resource, namespace_, kinds, version, item, &error) != KR_OK)
    remember(recorder, &error);
}

/* Where a list was read: one namespace; all of them, "*"; or, for what is in none, NULL. An empty list can be of either
 * kind: "*" covers both. */
static const char *covered_namespace(const struct passing *passing, const json_t *list) {
  const json_t *first = json_array_get(json_object_get(list, "items"), 0);
  bool in_none = first != NULL && json_object_get(json_object_get(first, "metadata"), "namespace") == NULL;
  return passing->namespace_ != NULL ? passing->namespace_ : in_none ? NULL : "*";
}

static void keep_list(struct passing *passing, const struct kr_reply *reply) {
  struct recorder *recorder = passing->recorder;
  json_t *list = json_loadb(kr_buffer_text(&reply->body), reply->body.length, 0, NULL), *item;
  const char *kind = json_string_value(json_object_get(list, "kind"));
  const char *version = json_string_value(json_object_get(list, "apiVersion"));
  const char *token = json_string_value(json_object_get(json_object_get(list, "metadata"), "continue"));
  char singular[RESOURCE_MAX] = "";
  size_t i;
  if (list == NULL || !passing->whole) {
    json_decref(list);
    return;
  }
  if (kind != NULL) (void)snprintf(singular, sizeof singular, "%s", kind);
  size_t length = strlen(singular);
  if (length > 4 && strcmp(singular + length - 4, "List") == 0) singular[length - 4] = '\0';
  json_array_foreach(json_object_get(list, "items"), i, item)
      keep_item(passing, item, singular, version == NULL ? "v1" : version);
  if (token == NULL || *token == '\0')
    note(recorder, recorder->covered,
         json_pack("{s:s, s:s*}", "resource", passing->resource, "namespace", covered_namespace(passing, list)));
  json_decref(list);
}

static void keep_single(struct passing *passing, const struct kr_reply *reply) {
  struct recorder *recorder = passing->recorder;
  char *key = NULL;
  json_t *item = json_loadb(kr_buffer_text(&reply->body), reply->body.length, 0, NULL);
  if (item == NULL) return;
  if (asprintf(&key, "%s\n%s\n%s", passing->resource, passing->namespace_ == NULL ? "" : passing->namespace_,
               passing->name) < 0)
    key = NULL;
  if (key == NULL || json_object_set(recorder->singles, key, item) != 0) remember_memory(recorder);
  free(key);
  json_decref(item);
}

static void keep_log(struct passing *passing, const struct kr_reply *reply) {
  struct recorder *recorder = passing->recorder;
  struct kr_error error = KR_ERROR_INIT;
  char path[PATH_TEXT_MAX];
  if (reply->outcome == KR_UNKNOWN && reply->status == 0) return; /* not the cluster's word */
  if (reply->outcome != KR_FOUND) {
    note(recorder, recorder->logs,
         json_pack("{s:s*, s:s*, s:s*, s:b, s:i, s:s*}", "namespace", passing->namespace_, "pod", passing->name,
                   "container", passing->container, "previous", passing->previous, "status", reply->status, "message",
                   reply->message));
    return;
  }
  if (!kr_snapshot_name_is_safe(passing->namespace_) || !kr_snapshot_name_is_safe(passing->name) ||
      !kr_snapshot_name_is_safe(passing->container))
    return;
  (void)snprintf(path, sizeof path, "namespaces/%s/logs/%s/%s%s.log", passing->namespace_, passing->name,
                 passing->container, passing->previous ? ".previous" : "");
  char *text = kr_recorder_clean_text(kr_buffer_text(&reply->body), reply->body.length, recorder->mask);
  if (text == NULL)
    remember_memory(recorder);
  else if (kr_recorder_files_write(&recorder->files, path, text, strlen(text), &error) != KR_OK)
    remember(recorder, &error);
  free(text);
}

static void keep_review(struct passing *passing, const struct kr_reply *reply) {
  struct recorder *recorder = passing->recorder;
  json_t *review = json_loadb(kr_buffer_text(&reply->body), reply->body.length, 0, NULL);
  int allowed = json_is_true(json_object_get(json_object_get(review, "status"), "allowed"));
  if (review != NULL)
    note(recorder, recorder->reviews,
         json_pack("{s:s*, s:s, s:s*, s:b}", "verb", passing->review_verb, "resource", passing->resource, "namespace",
                   passing->namespace_, "allowed", allowed));
  json_decref(review);
}

/* What the server refused, in its words; a failure on the way to it is not recorded: it says nothing about the cluster.
 */
static void keep_refusal(struct passing *passing, const struct kr_reply *reply) {
  struct recorder *recorder = passing->recorder;
  bool missing = reply->reason == KR_REASON_API_MISSING;
  if (reply->reason != KR_REASON_FORBIDDEN && !missing) return;
  note(recorder, recorder->refused,
       json_pack("{s:s, s:s, s:s*, s:i, s:s, s:s*}", "verb", passing->verb == KR_VERB_LIST ? "list" : "get", "resource",
                 passing->resource, "namespace", missing ? NULL : passing->namespace_, "status", missing ? 404 : 403,
                 "reason", missing ? "NotFound" : "Forbidden", "message", reply->message));
}

static void keep(struct passing *passing, const struct kr_reply *reply) {
  if (passing->verb == KR_VERB_LOGS) {
    keep_log(passing, reply);
  } else if (reply->outcome == KR_UNKNOWN) {
    keep_refusal(passing, reply);
  } else if (reply->outcome == KR_FOUND) {
    if (passing->verb == KR_VERB_LIST) keep_list(passing, reply);
    if (passing->verb == KR_VERB_GET) keep_single(passing, reply);
    if (passing->verb == KR_VERB_REVIEW) keep_review(passing, reply);
    if (passing->verb == KR_VERB_VERSION && passing->recorder->version == NULL)
      passing->recorder->version = json_loadb(kr_buffer_text(&reply->body), reply->body.length, 0, NULL);
  }
}

static void pass_on(void *user, struct kr_reply *reply) {
  struct passing *passing = user;
  keep(passing, reply);
  passing->fn(passing->user, reply);
  passing_free(passing);
}

static char *copy(const char *text, bool *failed) {
  char *duplicate = text == NULL ? NULL : strdup(text);
  if (text != NULL && duplicate == NULL) *failed = true;
  return duplicate;
}

static struct passing *passing_new(struct recorder *recorder, const struct kr_request *request) {
  struct passing *passing = calloc(1, sizeof *passing);
  bool failed = false;
  if (passing == NULL) return NULL;
  const char *group = request->group == NULL ? "" : request->group, *part = request->review.subresource;
  passing->recorder = recorder;
  passing->verb = request->verb;
  passing->whole = request->list.label_selector == NULL && request->list.field_selector == NULL;
  passing->previous = request->logs.previous;
  (void)snprintf(passing->resource, sizeof passing->resource, "%s%s%s%s%s",
                 request->resource == NULL ? "" : request->resource, *group != '\0' ? "." : "", group,
                 part == NULL ? "" : "/", part == NULL ? "" : part);
  passing->namespace_ = copy(request->namespace_, &failed);
  passing->name = copy(request->name, &failed);
  passing->container = copy(request->logs.container, &failed);
  passing->review_verb = copy(request->review.verb, &failed);
  if (!failed) return passing;
  passing_free(passing);
  return NULL;
}

static int submit(struct kr_transport *transport, const struct kr_request *request, kr_reply_fn fn, void *user,
                  struct kr_error *error) {
  struct recorder *recorder = (struct recorder *)transport;
  struct passing *passing = passing_new(recorder, request);
  if (passing == NULL) return kr_error_set(error, KR_ENOMEM, "no memory for a request");
  passing->fn = fn;
  passing->user = user;
  int status = kr_transport_submit(recorder->inner, request, pass_on, passing, error);
  if (status != KR_OK) passing_free(passing);
  return status;
}

static int wait_for_replies(struct kr_transport *transport, int64_t milliseconds, struct kr_error *error) {
  return kr_transport_wait(((struct recorder *)transport)->inner, milliseconds, error);
}

static int64_t now(struct kr_transport *transport) { return kr_transport_now(((struct recorder *)transport)->inner); }

static struct kr_cluster_info info(struct kr_transport *transport) {
  return kr_transport_info(((struct recorder *)transport)->inner);
}

static struct kr_spent spent(struct kr_transport *transport) {
  return kr_transport_spent(((struct recorder *)transport)->inner);
}

static void free_recorder(struct kr_transport *transport) {
  struct recorder *recorder = (struct recorder *)transport;
  kr_transport_free(recorder->inner);
  kr_recorder_files_close(&recorder->files);
  json_decref(recorder->covered);
  json_decref(recorder->refused);
  json_decref(recorder->logs);
  json_decref(recorder->reviews);
  json_decref(recorder->version);
  json_decref(recorder->singles);
  free(recorder);
}

static const struct kr_transport_vtable vtable = {
    .submit = submit, .wait = wait_for_replies, .now = now, .info = info, .spent = spent, .free = free_recorder};

int kr_recorder_new(struct kr_transport **out, struct kr_transport *inner, const char *folder,
                    const struct kr_mask *mask, const struct kr_recorder_options *options, struct kr_error *error) {
  struct recorder *recorder = calloc(1, sizeof *recorder);
  if (recorder == NULL) {
    kr_transport_free(inner);
    return kr_error_set(error, KR_ENOMEM, "no memory for a snapshot");
  }
  recorder->transport.vtable = &vtable;
  recorder->inner = inner;
  recorder->mask = mask;
  recorder->options = *options;
  recorder->covered = json_array();
  recorder->refused = json_array();
  recorder->logs = json_array();
  recorder->reviews = json_array();
  recorder->singles = json_object();
  int status = recorder->covered == NULL || recorder->refused == NULL || recorder->logs == NULL ||
                       recorder->reviews == NULL || recorder->singles == NULL
                   ? kr_error_set(error, KR_ENOMEM, "no memory for a snapshot")
                   : kr_recorder_files_open(&recorder->files, folder, error);
  if (status == KR_OK)
    *out = &recorder->transport;
  else
    free_recorder(&recorder->transport);
  return status;
}

static bool is_covered(const struct recorder *recorder, const char *resource, const char *namespace_) {
  const json_t *entry;
  size_t i;
  json_array_foreach(recorder->covered, i, entry) {
    const char *where = json_string_value(json_object_get(entry, "namespace"));
    if (strcmp(json_string_value(json_object_get(entry, "resource")), resource) == 0 &&
        (where == NULL || *namespace_ == '\0' || strcmp(where, "*") == 0 || strcmp(where, namespace_) == 0))
      return true;
  }
  return false;
}

/* Objects that were got one by one, where no list holds them already. */
static void write_singles(struct recorder *recorder) {
  const char *key;
  json_t *item;
  json_object_foreach(recorder->singles, key, item) {
    struct passing passing = {.recorder = recorder};
    const char *namespace_ = strchr(key, '\n');
    if (namespace_ == NULL) continue;
    (void)snprintf(passing.resource, sizeof passing.resource, "%.*s", (int)(namespace_ - key), key);
    char where[RESOURCE_MAX];
    (void)snprintf(where, sizeof where, "%.*s", (int)strcspn(namespace_ + 1, "\n"), namespace_ + 1);
    if (is_covered(recorder, passing.resource, where)) continue;
    const char *kind = json_string_value(json_object_get(item, "kind"));
    const char *version = json_string_value(json_object_get(item, "apiVersion"));
    char *kinds = strdup(kind == NULL ? "Object" : kind), *versions = strdup(version == NULL ? "v1" : version);
    if (kinds != NULL && versions != NULL)
      keep_item(&passing, item, kinds, versions);
    else
      remember_memory(recorder);
    free(kinds);
    free(versions);
  }
}

/* A version that was tried first and is not served is no refusal of the resource. */
static void drop_answered_refusals(struct recorder *recorder) {
  for (size_t i = json_array_size(recorder->refused); i > 0; i--) {
    const json_t *entry = json_array_get(recorder->refused, i - 1);
    const char *resource = json_string_value(json_object_get(entry, "resource"));
    bool missing = json_integer_value(json_object_get(entry, "status")) == 404;
    if (missing && resource != NULL && is_covered(recorder, resource, ""))
      (void)json_array_remove(recorder->refused, i - 1);
  }
}

static int by_text(const void *left, const void *right) { return strcmp(*(char *const *)left, *(char *const *)right); }

/* An array of the index with an entry a line, sorted and each once, so that two snapshots can be compared. */
static int write_array(FILE *file, const char *name, const json_t *array) {
  size_t count = json_array_size(array);
  char **lines = calloc(count + 1, sizeof *lines);
  int failed = lines == NULL;
  for (size_t i = 0; !failed && i < count; i++) failed = (lines[i] = json_dumps(json_array_get(array, i), 0)) == NULL;
  if (!failed && count > 1) qsort(lines, count, sizeof *lines, by_text);
  if (!failed) failed = fprintf(file, ",\n  \"%s\": [", name) < 0;
  const char *separator = "";
  for (size_t i = 0; !failed && i < count; i++) {
    if (i > 0 && strcmp(lines[i], lines[i - 1]) == 0) continue;
    failed = fprintf(file, "%s\n    %s", separator, lines[i]) < 0;
    separator = ",";
  }
  if (!failed) failed = fputs(count > 0 ? "\n  ]" : "]", file) == EOF;
  for (size_t i = 0; lines != NULL && i < count; i++) free(lines[i]);
  free((void *)lines);
  return failed;
}

static int write_member(FILE *file, const char *name, const json_t *value) {
  char *text = json_dumps(value == NULL ? json_null() : value, JSON_ENCODE_ANY);
  int failed = text == NULL || fprintf(file, ",\n  \"%s\": %s", name, text) < 0;
  free(text);
  return failed;
}

static int write_index(struct recorder *recorder, struct kr_error *error) {
  char *text = NULL, at[KR_TIME_TEXT_MAX];
  size_t length = 0;
  FILE *file = open_memstream(&text, &length);
  struct kr_cluster_info cluster = kr_transport_info(recorder->inner);
  if (file == NULL) return kr_error_set(error, KR_ENOMEM, "no memory to write a snapshot");
  json_t *server = cluster.server == NULL ? json_null() : json_string(cluster.server);
  json_t *context = cluster.context == NULL ? json_null() : json_string(cluster.context);
  int failed = fprintf(file, "{\n  \"schema\": \"%s\",\n  \"taken_at\": \"%s\"", KR_SNAPSHOT_SCHEMA,
                       kr_time_format(kr_transport_now(recorder->inner), at)) < 0;
  failed |= write_member(file, "server", server) | write_member(file, "context", context);
  failed |= write_member(file, "version", recorder->version);
  failed |= fprintf(file, ",\n  \"redacted\": %s", recorder->options.redact ? "true" : "false") < 0;
  failed |= write_array(file, "covered", recorder->covered) | write_array(file, "refused", recorder->refused);
  failed |= write_array(file, "logs", recorder->logs) | write_array(file, "reviews", recorder->reviews);
  failed |= fputs("\n}\n", file) == EOF;
  failed |= fclose(file) != 0;
  json_decref(server);
  json_decref(context);
  int status = failed ? kr_error_set(error, KR_ENOMEM, "no memory to write a snapshot")
                      : kr_recorder_files_write(&recorder->files, "snapshot.json", text, length, error);
  free(text);
  return status;
}

int kr_recorder_finish(struct kr_transport *transport, struct kr_error *error) {
  struct recorder *recorder = (struct recorder *)transport;
  write_singles(recorder);
  drop_answered_refusals(recorder);
  if (recorder->failure.code != KR_OK) {
    if (error != NULL) *error = recorder->failure;
    return recorder->failure.code;
  }
  int status = write_index(recorder, error);
  return status == KR_OK ? kr_recorder_files_finish(&recorder->files, error) : status;
}
