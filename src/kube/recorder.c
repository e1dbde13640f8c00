/* recorder.c - a transport that writes what passes through it into a snapshot; see recorder.h.
 *
 * A list without selectors that came to its end is covered; a single get is kept, unless its list is. What was refused
 * is kept as the server said it. */
#define _GNU_SOURCE /* asprintf */
#include "kube/recorder.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_check.h"
#include "base/json_text.h"
#include "kube/recorder_clean.h"
#include "kube/recorder_files.h"
#include "kube/recorder_index.h"
#include "kube/recorder_probes.h"
#include "kube/recorder_text.h"
#include "kube/snapshot_folder.h"

enum { RESOURCE_MAX = 512, LIST_KIND_MAX = RESOURCE_MAX + 4, PATH_TEXT_MAX = 2048, ITEM_TEXT_MAX = 256 << 20 };

struct recorder {
  struct kr_transport transport;
  struct kr_transport *inner;
  const struct kr_mask *mask;
  struct kr_recorder_options options;
  struct kr_recorder_files files;
  struct kr_recorder_index index;
  struct kr_recorder_probes probes;
  json_t *singles;         /* "resource\nnamespace\nname" -> {list kind, version, item} */
  struct kr_error failure; /* the first thing that could not be kept */
};

/* A request under way: what of it the answer is filed under. */
struct passing {
  struct recorder *recorder;
  kr_reply_fn fn;
  void *user;
  enum kr_verb verb;
  bool partial; /* a log since some time, or with the times in it */
  bool previous;
  char resource[RESOURCE_MAX];
  char *namespace_, *name, *container, *review_verb;
  char *labels, *fields; /* of a list; both NULL: all of it */
  json_t *question;      /* of a probe */
};

static void passing_free(struct passing *passing) {
  free(passing->namespace_);
  free(passing->name);
  free(passing->container);
  free(passing->review_verb);
  free(passing->labels);
  free(passing->fields);
  json_decref(passing->question);
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

/* NULL when it is no JSON: then nothing is recorded of it, and it stays unknown. */
static json_t *parse(const struct kr_buffer *body) {
  return json_loadb(kr_buffer_text(body), body->length, JSON_ALLOW_NUL, NULL);
}

/* The server's words, masked; NULL for none. */
static json_t *words(struct recorder *recorder, const char *message) {
  char *clean = message == NULL ? NULL : kr_recorder_clean_text(message, strlen(message), recorder->mask);
  if (message != NULL && clean == NULL) remember_memory(recorder);
  json_t *text = clean == NULL ? NULL : json_string(clean);
  free(clean);
  return text;
}

/* "PodList" for a Pod. */
static void list_kind(char out[LIST_KIND_MAX], const char *kind) { (void)snprintf(out, LIST_KIND_MAX, "%sList", kind); }

/* An item of a list as it is written: text, laid out. */
static void write_item(struct passing *passing, const struct kr_recorder_item *item, const char *at, const char *end,
                       const struct kr_mask *mask) {
  struct recorder *recorder = passing->recorder;
  struct kr_error error = KR_ERROR_INIT;
  struct kr_buffer text;
  kr_buffer_init(&text, ITEM_TEXT_MAX);
  int status = kr_recorder_text(&text, at, end, mask);
  if (status != KR_OK) (void)kr_error_set(&error, status, "one of the %s cannot be written", passing->resource);
  if (status == KR_OK) status = kr_recorder_files_item(&recorder->files, item, text.data, text.length, &error);
  if (status != KR_OK) remember(recorder, &error);
  kr_buffer_free(&text);
}

static void keep_item(struct passing *passing, json_t *object, const char *kind, const char *version) {
  struct recorder *recorder = passing->recorder;
  const json_t *metadata = json_object_get(object, "metadata");
  char kinds[LIST_KIND_MAX];
  const struct kr_recorder_item item = {.resource = passing->resource,
                                        .namespace_ = json_string_value(json_object_get(metadata, "namespace")),
                                        .name = json_string_value(json_object_get(metadata, "name")),
                                        .list_kind = kinds,
                                        .version = version};
  list_kind(kinds, kind);
  bool clean = kr_recorder_clean(object, kind, recorder->mask, recorder->options.redact) == KR_OK;
  char *text = clean ? json_dumps(object, JSON_COMPACT) : NULL;
  if (text == NULL)
    remember_memory(recorder);
  else
    write_item(passing, &item, text, text + strlen(text), NULL);
  free(text);
}

/* A member's string, in the object that begins at; a new reference, NULL for none. */
static json_t *string_at(const char *at, const char *end, const char *name) {
  const char *value = at == NULL ? NULL : kr_json_member(at, end, name);
  const char *after = value == NULL || *value != '"' ? NULL : kr_json_skip(value, end);
  return after == NULL ? NULL : json_loadb(value, (size_t)(after - value), JSON_DECODE_ANY, NULL);
}

/* An item as it came, from at to end. Decoded are those that lose values, and those of odd text. */
static void keep_text(struct passing *passing, const char *at, const char *end, const char *kind, const char *version) {
  struct recorder *recorder = passing->recorder;
  const char *after, *metadata = kr_json_member(at, end, "metadata");
  char kinds[LIST_KIND_MAX];
  bool whole = strcmp(kind, "Secret") == 0 || strcmp(kind, "ConfigMap") == 0 || recorder->options.redact;
  if (whole || *at != '{' || kr_json_check(&after, at, end) != KR_JSON_GOOD) {
    json_t *object = json_loadb(at, (size_t)(end - at), JSON_ALLOW_NUL, NULL);
    keep_item(passing, object, kind, version);
    json_decref(object);
    return;
  }
  json_t *namespace_ = string_at(metadata, end, "namespace"), *name = string_at(metadata, end, "name");
  const struct kr_recorder_item item = {.resource = passing->resource,
                                        .namespace_ = json_string_value(namespace_),
                                        .name = json_string_value(name),
                                        .list_kind = kinds,
                                        .version = version};
  list_kind(kinds, kind);
  write_item(passing, &item, at, end, recorder->mask);
  json_decref(namespace_);
  json_decref(name);
}

/* Where a list was read: one namespace; all of them, "*"; or, for what is in none, NULL. An empty list can be of either
 * kind: "*" covers both. first: its first item, or NULL. */
static const char *covered_namespace(const struct passing *passing, const char *first, const char *end) {
  const char *metadata = first == NULL ? NULL : kr_json_member(first, end, "metadata");
  bool in_none = first != NULL && (metadata == NULL || kr_json_member(metadata, end, "namespace") == NULL);
  return passing->namespace_ != NULL ? passing->namespace_ : in_none ? NULL : "*";
}

/* What a list's last page tells: all of it is known, or all that its selectors take. */
static void note_list(struct passing *passing, const char *first, const char *end) {
  struct recorder *recorder = passing->recorder;
  if (passing->labels == NULL && passing->fields == NULL)
    note(recorder, recorder->index.covered,
         json_pack("{s:s, s:s*}", "resource", passing->resource, "namespace", covered_namespace(passing, first, end)));
  else
    note(recorder, recorder->index.asked,
         json_pack("{s:s, s:s*, s:s*, s:s*}", "resource", passing->resource, "namespace", passing->namespace_, "labels",
                   passing->labels, "fields", passing->fields));
}

/* That there is no such object. */
static void keep_absence(struct passing *passing) {
  note(passing->recorder, passing->recorder->index.asked,
       json_pack("{s:s, s:s*, s:s*}", "resource", passing->resource, "namespace", passing->namespace_, "name",
                 passing->name));
}

/* The items of a page, each as it comes. */
static void keep_items(struct passing *passing, const char *items, const char *end, json_t *list_kind_,
                       json_t *version) {
  const char *kind = json_string_value(list_kind_), *item = kr_json_element(items, end), *after;
  char singular[RESOURCE_MAX] = "";
  if (kind != NULL) (void)snprintf(singular, sizeof singular, "%s", kind);
  size_t length = strlen(singular);
  if (length > 4 && strcmp(singular + length - 4, "List") == 0) singular[length - 4] = '\0';
  for (; item != NULL && (after = kr_json_skip(item, end)) != NULL; item = kr_json_element(after, end))
    keep_text(passing, item, after, singular, version == NULL ? "v1" : json_string_value(version));
}

static void keep_page(struct passing *passing, const char *text, const char *end) {
  const char *items = kr_json_member(text, end, "items"), *metadata = kr_json_member(text, end, "metadata");
  json_t *kind = string_at(text, end, "kind"), *version = string_at(text, end, "apiVersion");
  json_t *token = string_at(metadata, end, "continue");
  if (items != NULL && *items == '[') keep_items(passing, items, end, kind, version);
  if (token == NULL || json_string_length(token) == 0)
    note_list(passing, items == NULL || *items != '[' ? NULL : kr_json_element(items, end), end);
  json_decref(kind);
  json_decref(version);
  json_decref(token);
}

/* A page that is no JSON is not recorded, and stays unknown; one of odd text is written anew first. */
static void keep_list(struct passing *passing, const struct kr_reply *reply) {
  const char *text = kr_buffer_text(&reply->body), *end = text + reply->body.length, *after;
  char *rewritten = NULL;
  bool good = kr_json_check(&after, text, end) == KR_JSON_GOOD;
  while (good && after < end && isspace((unsigned char)*after)) after++;
  if (!good || after != end) {
    json_t *list = parse(&reply->body);
    if (list == NULL) return;
    rewritten = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    if (rewritten == NULL) {
      remember_memory(passing->recorder);
      return;
    }
    text = rewritten;
    end = text + strlen(text);
  }
  keep_page(passing, text, end);
  free(rewritten);
}

static void keep_single(struct passing *passing, const struct kr_reply *reply) {
  struct recorder *recorder = passing->recorder;
  char *key = NULL;
  json_t *item = parse(&reply->body);
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
  if (passing->container == NULL || passing->partial) return;     /* cannot be told from the whole log by its name */
  if (reply->outcome != KR_FOUND) {
    note(recorder, recorder->index.logs,
         json_pack("{s:s*, s:s*, s:s*, s:b, s:i, s:o*}", "namespace", passing->namespace_, "pod", passing->name,
                   "container", passing->container, "previous", passing->previous, "status", reply->status, "message",
                   words(recorder, reply->message)));
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
    remember_memory(recorder);
  else if (!kr_recorder_files_holds(&recorder->files, path, strlen(text)) &&
           kr_recorder_files_write(&recorder->files, path, text, strlen(text), &error) != KR_OK)
    remember(recorder, &error);
  free(text);
}

static void keep_review(struct passing *passing, const struct kr_reply *reply) {
  struct recorder *recorder = passing->recorder;
  json_t *review = parse(&reply->body);
  int allowed = json_is_true(json_object_get(json_object_get(review, "status"), "allowed"));
  if (review != NULL)
    note(recorder, recorder->index.reviews,
         json_pack("{s:s*, s:s, s:s*, s:b}", "verb", passing->review_verb, "resource", passing->resource, "namespace",
                   passing->namespace_, "allowed", allowed));
  json_decref(review);
}

/* An answer that is none is not kept, and stays unknown. */
static void keep_probe(struct passing *passing, const struct kr_reply *reply) {
  struct recorder *recorder = passing->recorder;
  if (passing->namespace_ == NULL) return;
  if (kr_recorder_probes_add(&recorder->probes, passing->namespace_, passing->question, &reply->body, recorder->mask) ==
      KR_ENOMEM)
    remember_memory(recorder);
}

/* Whether the namespace's port-forwards are known to be refused: of which pod the server then speaks does not matter.
 */
static bool probes_are_refused(const struct passing *passing) {
  const json_t *refusals = passing->recorder->index.refused;
  return passing->verb == KR_VERB_PROBE && kr_recorder_index_refuses(refusals, passing->resource, passing->namespace_);
}

/* What the server refused, in its words; a failure on the way to it is not recorded: it says nothing about the cluster.
 */
static void keep_refusal(struct passing *passing, const struct kr_reply *reply) {
  struct recorder *recorder = passing->recorder;
  bool missing = reply->reason == KR_REASON_API_MISSING;
  const char *where = passing->namespace_ == NULL ? "*" : passing->namespace_;
  if ((reply->reason != KR_REASON_FORBIDDEN && !missing) || probes_are_refused(passing)) return;
  note(recorder, recorder->index.refused,
       json_pack("{s:s, s:s, s:s*, s:i, s:s, s:o*}", "verb", passing->verb == KR_VERB_LIST ? "list" : "get", "resource",
                 passing->resource, "namespace", missing ? NULL : where, "status", missing ? 404 : 403, "reason",
                 missing ? "NotFound" : "Forbidden", "message", words(recorder, reply->message)));
}

/* The kinds of all groups, where the server told them at once; the core group's are known without. */
static void keep_discovery(struct passing *passing, const struct kr_reply *reply) {
  struct recorder *recorder = passing->recorder;
  struct kr_error error = KR_ERROR_INIT;
  if (passing->name == NULL || strcmp(passing->name, "apis") != 0) return;
  json_t *groups = parse(&reply->body);
  const char *kind = json_string_value(json_object_get(groups, "kind"));
  if (kind != NULL && strcmp(kind, "APIGroupDiscoveryList") == 0) {
    char *text = json_dumps(groups, JSON_INDENT(2));
    if (text == NULL)
      remember_memory(recorder);
    else if (kr_recorder_files_write(&recorder->files, "discovery.json", text, strlen(text), &error) != KR_OK)
      remember(recorder, &error);
    free(text);
  }
  json_decref(groups);
}

static void keep(struct passing *passing, const struct kr_reply *reply) {
  if (passing->verb == KR_VERB_LOGS) {
    keep_log(passing, reply);
  } else if (reply->outcome == KR_UNKNOWN) {
    keep_refusal(passing, reply);
  } else if (reply->outcome == KR_ABSENT) {
    if (passing->verb == KR_VERB_GET) keep_absence(passing);
  } else if (reply->outcome == KR_FOUND) {
    if (passing->verb == KR_VERB_LIST) keep_list(passing, reply);
    if (passing->verb == KR_VERB_GET) keep_single(passing, reply);
    if (passing->verb == KR_VERB_REVIEW) keep_review(passing, reply);
    if (passing->verb == KR_VERB_PROBE) keep_probe(passing, reply);
    if (passing->verb == KR_VERB_VERSION && passing->recorder->index.version == NULL)
      passing->recorder->index.version = parse(&reply->body);
    if (passing->verb == KR_VERB_DISCOVER) keep_discovery(passing, reply);
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
  const char *group = request->group == NULL ? "" : request->group;
  const char *part = request->verb == KR_VERB_PROBE ? "portforward" : request->review.subresource;
  passing->recorder = recorder;
  passing->verb = request->verb;
  passing->partial = request->logs.since_seconds > 0 || request->logs.timestamps;
  passing->previous = request->logs.previous;
  (void)snprintf(passing->resource, sizeof passing->resource, "%s%s%s%s%s",
                 request->resource == NULL ? "" : request->resource, *group != '\0' ? "." : "", group,
                 part == NULL ? "" : "/", part == NULL ? "" : part);
  passing->namespace_ = copy(request->namespace_, &failed);
  passing->name = copy(request->name, &failed);
  passing->container = copy(request->logs.container, &failed);
  passing->review_verb = copy(request->review.verb, &failed);
  passing->labels = copy(request->list.label_selector, &failed);
  passing->fields = copy(request->list.field_selector, &failed);
  if (request->verb == KR_VERB_PROBE) failed |= (passing->question = kr_recorder_probe_question(request)) == NULL;
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
  struct kr_cluster_info cluster = kr_transport_info(((struct recorder *)transport)->inner);
  cluster.tables = false; /* what is recorded are objects */
  return cluster;
}

static struct kr_spent spent(struct kr_transport *transport) {
  return kr_transport_spent(((struct recorder *)transport)->inner);
}

static void free_recorder(struct kr_transport *transport) {
  struct recorder *recorder = (struct recorder *)transport;
  kr_transport_free(recorder->inner);
  kr_recorder_files_close(&recorder->files);
  kr_recorder_index_free(&recorder->index);
  kr_recorder_probes_free(&recorder->probes);
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
  recorder->singles = json_object();
  int status = kr_recorder_index_init(&recorder->index) != KR_OK ||
                       kr_recorder_probes_init(&recorder->probes) != KR_OK || recorder->singles == NULL
                   ? kr_error_set(error, KR_ENOMEM, "no memory for a snapshot")
                   : kr_recorder_files_open(&recorder->files, folder, error);
  if (status == KR_OK)
    *out = &recorder->transport;
  else
    free_recorder(&recorder->transport);
  return status;
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
    if (kr_recorder_index_covers(&recorder->index, passing.resource, *where == '\0' ? NULL : where)) continue;
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

static int write_index(struct recorder *recorder, struct kr_error *error) {
  char *text = NULL;
  size_t length = 0;
  struct kr_cluster_info cluster = kr_transport_info(recorder->inner);
  if (kr_recorder_index_text(&text, &length, &recorder->index, kr_transport_now(recorder->inner), &cluster,
                             recorder->options.redact) != KR_OK)
    return kr_error_set(error, KR_ENOMEM, "no memory to write a snapshot");
  int status = kr_recorder_files_write(&recorder->files, "snapshot.json", text, length, error);
  free(text);
  return status;
}

int kr_recorder_finish(struct kr_transport *transport, struct kr_error *error) {
  struct recorder *recorder = (struct recorder *)transport;
  write_singles(recorder);
  if (recorder->failure.code != KR_OK) {
    if (error != NULL) *error = recorder->failure;
    return recorder->failure.code;
  }
  int status = kr_recorder_probes_write(&recorder->probes, &recorder->files, error);
  if (status == KR_OK) status = write_index(recorder, error);
  return status == KR_OK ? kr_recorder_files_finish(&recorder->files, error) : status;
}
