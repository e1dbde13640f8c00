/* recorder_objects.c - objects on their way into the files of a snapshot: pages of lists, and what was got by itself;
 * see recorder_private.h. */
#define _GNU_SOURCE /* asprintf */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_check.h"
#include "base/json_text.h"
#include "kube/answer.h"
#include "kube/recorder_clean.h"
#include "kube/recorder_private.h"
#include "kube/recorder_text.h"

enum { LIST_KIND_MAX = KR_RECORDER_RESOURCE_MAX + 4, ITEM_TEXT_MAX = 256 << 20 };

/* Which list an object belongs to. */
struct listing {
  struct kr_recorder *recorder;
  const char *resource; /* "deployments.apps" */
  const char *kind;     /* "Deployment" */
  const char *version;  /* "apps/v1" */
  bool odd;             /* the text of its page is out of the common */
};

/* Lays an object's text out, masked where there is a mask, as an item of its list. */
static void write_item(const struct listing *listing, const char *namespace_, const char *name, const char *at,
                       const char *end, const struct kr_mask *mask) {
  struct kr_recorder *recorder = listing->recorder;
  char list_kind[LIST_KIND_MAX];
  struct kr_error error = KR_ERROR_INIT;
  struct kr_buffer text;
  const struct kr_recorder_item item = {.resource = listing->resource,
                                        .namespace_ = namespace_,
                                        .name = name,
                                        .list_kind = list_kind,
                                        .version = listing->version};
  (void)snprintf(list_kind, sizeof list_kind, "%sList", listing->kind);
  kr_buffer_init(&text, ITEM_TEXT_MAX);
  int status = kr_recorder_text(&text, at, end, mask);
  if (status != KR_OK) (void)kr_error_set(&error, status, "one of the %s cannot be written", listing->resource);
  if (status == KR_OK) status = kr_recorder_files_item(&recorder->files, &item, text.data, text.length, &error);
  if (status != KR_OK) kr_recorder_fail(recorder, &error);
  kr_buffer_free(&text);
}

/* An object that was decoded; it is cleaned in place. */
static void keep_object(const struct listing *listing, json_t *object) {
  struct kr_recorder *recorder = listing->recorder;
  bool clean = kr_recorder_clean(object, listing->kind, recorder->mask, recorder->options.redact) == KR_OK;
  const json_t *metadata = json_object_get(object, "metadata");
  char *text = clean ? json_dumps(object, JSON_COMPACT) : NULL;
  if (text == NULL)
    kr_recorder_fail_memory(recorder);
  else
    write_item(listing, json_string_value(json_object_get(metadata, "namespace")),
               json_string_value(json_object_get(metadata, "name")), text, text + strlen(text), NULL);
  free(text);
}

/* A member's string, in the object that begins at; a new reference, NULL for none. */
static json_t *string_at(const char *at, const char *end, const char *name) {
  const char *value = at == NULL ? NULL : kr_json_member(at, end, name);
  const char *after = value == NULL || *value != '"' ? NULL : kr_json_skip(value, end);
  return after == NULL ? NULL : json_loadb(value, (size_t)(after - value), JSON_DECODE_ANY, NULL);
}

/* An item as it came, from at to end. Decoded are those that lose values, and those of an odd page. */
static void keep_text(const struct listing *listing, const char *at, const char *end) {
  const struct kr_recorder *recorder = listing->recorder;
  const char *metadata = kr_json_member(at, end, "metadata");
  bool whole =
      strcmp(listing->kind, "Secret") == 0 || strcmp(listing->kind, "ConfigMap") == 0 || recorder->options.redact;
  if (whole || listing->odd || *at != '{') {
    json_t *object = json_loadb(at, (size_t)(end - at), JSON_ALLOW_NUL, NULL);
    keep_object(listing, object);
    json_decref(object);
    return;
  }
  json_t *namespace_ = string_at(metadata, end, "namespace"), *name = string_at(metadata, end, "name");
  write_item(listing, json_string_value(namespace_), json_string_value(name), at, end, recorder->mask);
  json_decref(namespace_);
  json_decref(name);
}

/* Where a list was read: one namespace; all of them, "*"; or, for what is in none, NULL. An empty list can be of either
 * kind: "*" covers both. first: its first item, or NULL. */
static const char *covered_namespace(const struct kr_passing *passing, const char *first, const char *end) {
  const char *metadata = first == NULL ? NULL : kr_json_member(first, end, "metadata");
  bool in_none = first != NULL && (metadata == NULL || kr_json_member(metadata, end, "namespace") == NULL);
  return passing->namespace_ != NULL ? passing->namespace_ : in_none ? NULL : "*";
}

/* What a list's last page tells: all of it is known, or all that its selectors take. */
static void note_list(const struct kr_passing *passing, const char *first, const char *end) {
  struct kr_recorder *recorder = passing->recorder;
  if (passing->labels == NULL && passing->fields == NULL)
    kr_recorder_note(
        recorder, recorder->index.covered,
        json_pack("{s:s, s:s*}", "resource", passing->resource, "namespace", covered_namespace(passing, first, end)));
  else
    kr_recorder_note(recorder, recorder->index.asked,
                     json_pack("{s:s, s:s*, s:s*, s:s*}", "resource", passing->resource, "namespace",
                               passing->namespace_, "labels", passing->labels, "fields", passing->fields));
}

/* "Pod" out of "PodList"; false when it is no list's. */
static bool singular_of(char out[KR_RECORDER_RESOURCE_MAX], const json_t *kind) {
  static const char suffix[] = "List";
  size_t length = json_string_length(kind), rest = length - (sizeof suffix - 1);
  if (length < sizeof suffix || length >= KR_RECORDER_RESOURCE_MAX ||
      strcmp(json_string_value(kind) + rest, suffix) != 0)
    return false;
  memcpy(out, json_string_value(kind), rest);
  out[rest] = '\0';
  return true;
}

/* The kind of a page's items; false when it is not the page of a list. */
static bool kind_of_page(char out[KR_RECORDER_RESOURCE_MAX], const char *text, const char *end) {
  json_t *kind = string_at(text, end, "kind");
  bool is_page = singular_of(out, kind);
  json_decref(kind);
  return is_page;
}

/* The page's items, each as it comes, and what its end tells. */
void kr_recorder_write_page(const struct kr_passing *passing) {
  const char *text = kr_buffer_text(&passing->page), *end = text + passing->page.length, *after;
  const char *items = kr_json_member(text, end, "items"), *metadata = kr_json_member(text, end, "metadata");
  json_t *version = string_at(text, end, "apiVersion"), *token = string_at(metadata, end, "continue");
  char singular[KR_RECORDER_RESOURCE_MAX] = "";
  (void)kind_of_page(singular, text, end);
  const char *first = items != NULL && *items == '[' ? kr_json_element(items, end) : NULL;
  const struct listing listing = {.recorder = passing->recorder,
                                  .resource = passing->resource,
                                  .kind = singular,
                                  .version = version == NULL ? "v1" : json_string_value(version),
                                  .odd = passing->odd};
  for (const char *item = first; item != NULL && (after = kr_json_skip(item, end)) != NULL;
       item = kr_json_element(after, end))
    keep_text(&listing, item, after);
  if (token == NULL || json_string_length(token) == 0) note_list(passing, first, end);
  json_decref(version);
  json_decref(token);
}

/* Text that is out of the common, written anew; NULL when it is no JSON, or there is no memory. */
static char *rewritten(struct kr_recorder *recorder, const struct kr_buffer *body) {
  json_t *list = kr_recorder_parse(body);
  char *text = list == NULL ? NULL : json_dumps(list, JSON_COMPACT);
  if (list != NULL && text == NULL) kr_recorder_fail_memory(recorder);
  json_decref(list);
  return text;
}

void kr_recorder_take_page(struct kr_passing *passing, struct kr_reply *reply) {
  const char *text = kr_buffer_text(&reply->body), *end = text + reply->body.length, *after;
  char singular[KR_RECORDER_RESOURCE_MAX];
  bool good = kr_json_check(&after, text, end) == KR_JSON_GOOD;
  while (good && after < end && isspace((unsigned char)*after)) after++;
  passing->odd = !good || after != end;
  char *anew = passing->odd ? rewritten(passing->recorder, &reply->body) : NULL;
  if (anew != NULL) {
    text = anew;
    end = text + strlen(text);
  }
  bool is_page = (anew != NULL || !passing->odd) && kind_of_page(singular, text, end);
  if (!is_page)
    (void)kr_reply_unknown(reply, KR_REASON_BAD_ANSWER, "the server's answer is not what was asked for");
  else if ((passing->odd ? kr_buffer_puts(&passing->page, anew) : kr_buffer_share(&passing->page, &reply->body)) !=
           KR_OK)
    kr_recorder_fail_memory(passing->recorder);
  free(anew);
}

void kr_recorder_keep_single(const struct kr_passing *passing, const struct kr_reply *reply) {
  struct kr_recorder *recorder = passing->recorder;
  char *key = NULL;
  json_t *item = kr_recorder_parse(&reply->body);
  if (item == NULL) return;
  if (asprintf(&key, "%s\n%s\n%s", passing->resource, passing->namespace_ == NULL ? "" : passing->namespace_,
               passing->name) < 0)
    key = NULL;
  if (key == NULL || json_object_set(recorder->singles, key, item) != 0) kr_recorder_fail_memory(recorder);
  free(key);
  json_decref(item);
}

static void copy_text(char out[KR_RECORDER_RESOURCE_MAX], const json_t *object, const char *name,
                      const char *otherwise) {
  const char *text = json_string_value(json_object_get(object, name));
  (void)snprintf(out, KR_RECORDER_RESOURCE_MAX, "%s", text == NULL ? otherwise : text);
}

/* Writes an object that was got by itself; key as in kr_recorder's singles. What the list says of it is copied: the
 * object is cleaned in place. */
static void write_single(struct kr_recorder *recorder, const char *key, json_t *object) {
  char resource[KR_RECORDER_RESOURCE_MAX], namespace_[KR_RECORDER_RESOURCE_MAX];
  char kind[KR_RECORDER_RESOURCE_MAX], version[KR_RECORDER_RESOURCE_MAX];
  const struct listing listing = {.recorder = recorder, .resource = resource, .kind = kind, .version = version};
  size_t length = strcspn(key, "\n");
  const char *where = key + length + (key[length] == '\n');
  (void)snprintf(resource, sizeof resource, "%.*s", (int)length, key);
  (void)snprintf(namespace_, sizeof namespace_, "%.*s", (int)strcspn(where, "\n"), where);
  if (kr_recorder_index_covers(&recorder->index, resource, *namespace_ == '\0' ? NULL : namespace_)) return;
  copy_text(kind, object, "kind", "Object");
  copy_text(version, object, "apiVersion", "v1");
  keep_object(&listing, object);
}

void kr_recorder_write_singles(struct kr_recorder *recorder) {
  const char *key;
  json_t *object;
  json_object_foreach(recorder->singles, key, object) write_single(recorder, key, object);
}
