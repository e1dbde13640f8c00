/* snapshot_index.c - see snapshot_index.h. */
#include "kube/snapshot_index.h"

#include <stdio.h>
#include <string.h>

enum { NOT_FOUND = 404 };

static const char *text_at(const json_t *object, const char *key) {
  return json_string_value(json_object_get(object, key));
}

static bool same(const char *left, const char *right) {
  return left == NULL || right == NULL ? left == right : strcmp(left, right) == 0;
}

const char *kr_snapshot_resource(char name[KR_SNAPSHOT_RESOURCE_MAX], const struct kr_request *request) {
  bool core = request->group == NULL || *request->group == '\0';
  (void)snprintf(name, KR_SNAPSHOT_RESOURCE_MAX, "%s%s%s", request->resource == NULL ? "" : request->resource,
                 core ? "" : ".", core ? "" : request->group);
  return name;
}

bool kr_snapshot_is_covered(const json_t *index, const char *resource, const char *namespace_) {
  const json_t *entry, *covered = json_object_get(index, "covered");
  size_t i;
  json_array_foreach(covered, i, entry) {
    const char *where = text_at(entry, "namespace");
    if (same(text_at(entry, "resource"), resource) && (same(where, namespace_) || same(where, "*"))) return true;
  }
  return false;
}

bool kr_snapshot_was_asked(const json_t *index, const char *resource, const struct kr_request *request) {
  const json_t *entry, *asked = json_object_get(index, "asked");
  bool list = request->verb == KR_VERB_LIST;
  size_t i;
  json_array_foreach(asked, i, entry) {
    if (!same(text_at(entry, "resource"), resource) || !same(text_at(entry, "namespace"), request->namespace_))
      continue;
    const char *name = text_at(entry, "name");
    if (!list && name != NULL && same(name, request->name)) return true;
    if (list && name == NULL && same(text_at(entry, "labels"), request->list.label_selector) &&
        same(text_at(entry, "fields"), request->list.field_selector))
      return true;
  }
  return false;
}

int kr_snapshot_covered_namespaces(struct kr_buffer *names, const json_t *index, const char *resource) {
  const json_t *entry, *covered = json_object_get(index, "covered");
  int count = 0;
  size_t i;
  json_array_foreach(covered, i, entry) {
    const char *where = text_at(entry, "namespace");
    if (where == NULL || same(where, "*") || !same(text_at(entry, "resource"), resource)) continue;
    count++;
    /* What does not fit is cut: the names help a reader, nothing hangs on them. */
    if (names != NULL) (void)!kr_buffer_printf(names, "%s%s", count > 1 ? ", " : "", where);
  }
  return count;
}

const json_t *kr_snapshot_refusal(const json_t *index, const char *verb, const char *resource, const char *namespace_) {
  const json_t *entry, *refused = json_object_get(index, "refused");
  size_t i;
  json_array_foreach(refused, i, entry) {
    const char *where = text_at(entry, "namespace"), *what = text_at(entry, "verb");
    bool missing = json_integer_value(json_object_get(entry, "status")) == NOT_FOUND;
    bool here = where == NULL || same(where, namespace_ == NULL ? "*" : namespace_);
    if (here && same(text_at(entry, "resource"), resource) && (what == NULL || missing || same(what, verb)))
      return entry;
  }
  return NULL;
}

const json_t *kr_snapshot_log_answer(const json_t *index, const struct kr_request *request) {
  const json_t *entry, *logs = json_object_get(index, "logs");
  size_t i;
  json_array_foreach(logs, i, entry) {
    if (same(text_at(entry, "namespace"), request->namespace_) && same(text_at(entry, "pod"), request->name) &&
        same(text_at(entry, "container"), request->logs.container) &&
        json_is_true(json_object_get(entry, "previous")) == request->logs.previous)
      return entry;
  }
  return NULL;
}

const json_t *kr_snapshot_review(const json_t *index, const char *verb, const char *resource, const char *namespace_) {
  const json_t *entry, *reviews = json_object_get(index, "reviews");
  size_t i;
  json_array_foreach(reviews, i, entry) {
    if (same(text_at(entry, "verb"), verb) && same(text_at(entry, "resource"), resource) &&
        same(text_at(entry, "namespace"), namespace_))
      return entry;
  }
  return NULL;
}
