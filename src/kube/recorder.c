/* recorder.c - a transport that writes what passes through it into a snapshot; see recorder.h.
 *
 * A list without selectors that came to its end is covered; a single get is kept, unless its list is. What was refused
 * is kept as the server said it. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kube/recorder_private.h"

enum { PAGE_MAX = 256 << 20 };

static void passing_free(struct kr_passing *passing) {
  free(passing->namespace_);
  free(passing->name);
  free(passing->container);
  free(passing->review_verb);
  free(passing->labels);
  free(passing->fields);
  json_decref(passing->question);
  kr_buffer_free(&passing->page);
  free(passing);
}

void kr_recorder_fail(struct kr_recorder *recorder, const struct kr_error *error) {
  if (recorder->failure.code == KR_OK) recorder->failure = *error;
}

void kr_recorder_fail_memory(struct kr_recorder *recorder) {
  struct kr_error error = KR_ERROR_INIT;
  (void)kr_error_set(&error, KR_ENOMEM, "no memory to record an answer");
  kr_recorder_fail(recorder, &error);
}

void kr_recorder_note(struct kr_recorder *recorder, json_t *array, json_t *entry) {
  if (entry == NULL || json_array_append_new(array, entry) != 0) kr_recorder_fail_memory(recorder);
}

json_t *kr_recorder_parse(const struct kr_buffer *body) {
  return json_loadb(kr_buffer_text(body), body->length, JSON_ALLOW_NUL, NULL);
}

/* Pages take time to write: first they are passed on, so that whoever reads them asks for the next. */
static void pass_on(void *user, struct kr_reply *reply) {
  struct kr_passing *passing = user;
  struct kr_recorder *recorder = passing->recorder;
  kr_recorder_keep(passing, reply);
  passing->fn(passing->user, reply);
  if (passing->page.length == 0) {
    passing_free(passing);
    return;
  }
  *recorder->unwritten_end = passing;
  recorder->unwritten_end = &passing->next;
}

/* Writes the page that waits longest. */
static void write_one(struct kr_recorder *recorder) {
  struct kr_passing *passing = recorder->unwritten;
  recorder->unwritten = passing->next;
  if (recorder->unwritten == NULL) recorder->unwritten_end = &recorder->unwritten;
  kr_recorder_write_page(passing);
  passing_free(passing);
}

static char *copy(const char *text, bool *failed) {
  char *duplicate = text == NULL ? NULL : strdup(text);
  if (text != NULL && duplicate == NULL) *failed = true;
  return duplicate;
}

static struct kr_passing *passing_new(struct kr_recorder *recorder, const struct kr_request *request) {
  struct kr_passing *passing = calloc(1, sizeof *passing);
  bool failed = false;
  if (passing == NULL) return NULL;
  const char *group = request->group == NULL ? "" : request->group;
  const char *part = request->verb == KR_VERB_PROBE ? "portforward" : request->review.subresource;
  passing->recorder = recorder;
  kr_buffer_init(&passing->page, PAGE_MAX);
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
  struct kr_recorder *recorder = (struct kr_recorder *)transport;
  struct kr_passing *passing = passing_new(recorder, request);
  if (passing == NULL) return kr_error_set(error, KR_ENOMEM, "no memory for a request");
  passing->fn = fn;
  passing->user = user;
  int status = kr_transport_submit(recorder->inner, request, pass_on, passing, error);
  if (status != KR_OK) passing_free(passing);
  return status;
}

/* While pages wait to be written there is no waiting: what was asked for is sent, what came is taken, and one of them
 * is written. */
static int wait_for_replies(struct kr_transport *transport, int64_t milliseconds, struct kr_error *error) {
  struct kr_recorder *recorder = (struct kr_recorder *)transport;
  if (recorder->unwritten == NULL) return kr_transport_wait(recorder->inner, milliseconds, error);
  int count = kr_transport_wait(recorder->inner, 0, error);
  write_one(recorder);
  return count;
}

static int64_t now(struct kr_transport *transport) {
  return kr_transport_now(((struct kr_recorder *)transport)->inner);
}

static struct kr_cluster_info info(struct kr_transport *transport) {
  struct kr_cluster_info cluster = kr_transport_info(((struct kr_recorder *)transport)->inner);
  cluster.tables = false; /* what is recorded are objects */
  return cluster;
}

static struct kr_spent spent(struct kr_transport *transport) {
  return kr_transport_spent(((struct kr_recorder *)transport)->inner);
}

static void free_recorder(struct kr_transport *transport) {
  struct kr_recorder *recorder = (struct kr_recorder *)transport;
  kr_transport_free(recorder->inner);
  for (struct kr_passing *passing = recorder->unwritten, *next; passing != NULL; passing = next) {
    next = passing->next;
    passing_free(passing);
  }
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
  struct kr_recorder *recorder = calloc(1, sizeof *recorder);
  if (recorder == NULL) {
    kr_transport_free(inner);
    return kr_error_set(error, KR_ENOMEM, "no memory for a snapshot");
  }
  recorder->transport.vtable = &vtable;
  recorder->inner = inner;
  recorder->mask = mask;
  recorder->options = *options;
  recorder->unwritten_end = &recorder->unwritten;
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

static int write_index(struct kr_recorder *recorder, struct kr_error *error) {
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
  struct kr_recorder *recorder = (struct kr_recorder *)transport;
  while (recorder->unwritten != NULL) write_one(recorder);
  kr_recorder_write_singles(recorder);
  if (recorder->failure.code != KR_OK) {
    if (error != NULL) *error = recorder->failure;
    return recorder->failure.code;
  }
  int status = kr_recorder_probes_write(&recorder->probes, &recorder->files, error);
  if (status == KR_OK) status = write_index(recorder, error);
  return status == KR_OK ? kr_recorder_files_finish(&recorder->files, error) : status;
}
