/* snapshot_page.c - see snapshot_page.h. */
#include "kube/snapshot_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_text.h"
#include "kube/snapshot_index.h"
#include "kube/snapshot_say.h"
#include "kube/snapshot_table.h"
#include "kube/snapshot_type.h"

enum { AHEAD = 1 << 20, TOKEN_MAX = 32 };

/* Continue tokens are "after:" and how many objects stand before the page, whether they were taken or not: opaque to
 * others, as the API's are. */
static const char token_prefix[] = "after:";

/* What a page is made of: the files of a list, one after another. */
struct page {
  struct kr_snapshot_store *store;
  const char *resource;
  const struct kr_request *request;
  const struct kr_selector *labels, *fields;
  const struct kr_snapshot_table *table; /* objects are given as its rows; NULL: as they are */
  bool asked;
  char **namespaces; /* where all are asked for; those that have a folder */
  size_t namespace_count;
  struct kr_buffer *body;
  size_t passed;       /* objects of the files before */
  size_t begin;        /* of the page: objects before it */
  size_t given, after; /* and where it ends */
  bool full;           /* there is more than the page takes */
};

/* Puts what is known of an object's type before the members that follow it. */
static int say_type(struct kr_buffer *body, const char *kind, const char *version) {
  json_t *type = json_pack("{s:s*, s:s*}", "kind", kind, "apiVersion", version);
  char *text = type == NULL ? NULL : json_dumps(type, JSON_COMPACT);
  json_decref(type);
  int status = text == NULL ? KR_ENOMEM : kr_buffer_append(body, text, strlen(text) - 1); /* but for its end */
  free(text);
  return status;
}

static int say_whole(struct kr_buffer *body, const struct kr_snapshot_type *type, const char *text, size_t length) {
  const char *end = text + length;
  const char *kind = kr_json_member(text, end, "kind") == NULL ? type->kind : NULL;
  const char *version = kr_json_member(text, end, "apiVersion") == NULL ? type->version : NULL;
  if (kind == NULL && version == NULL) return kr_json_compact(body, text, end);
  int status = say_type(body, kind, version);
  if (status == KR_OK) status = kr_buffer_puts(body, ",");
  return status == KR_OK ? kr_json_compact(body, text + 1, end) : status;
}

int kr_snapshot_say_item(struct kr_reply *reply, struct kr_snapshot_store *store, const char *resource,
                         const struct kr_snapshot_list *list, size_t position) {
  struct kr_snapshot_type type;
  struct kr_error error = KR_ERROR_INIT;
  const char *text;
  size_t length;
  char *decoded = NULL;
  int status = kr_snapshot_type_of(&type, store, resource, list);
  if (status != KR_OK) return status;
  status = kr_snapshot_list_item(&text, &length, &decoded, list, &store->window, position, 0, &error);
  if (status != KR_OK) return kr_snapshot_say_failure(reply, &error);
  status = say_whole(&reply->body, &type, text, length);
  reply->status = 200;
  free(decoded);
  return status;
}

/* How many files the list may have. */
static size_t file_count(const struct page *page) { return 1 + page->namespace_count; }

/* One of them: what is in no namespace, or in the one asked for, and then those that are covered. NULL: none there. */
static int open_file(const struct kr_snapshot_list **list, const struct page *page, size_t position,
                     struct kr_error *error) {
  const char *where = position == 0 ? page->request->namespace_ : page->namespaces[position - 1];
  *list = NULL;
  if (position > 0) {
    if (strchr(where, '.') != NULL) return KR_OK; /* no namespace's name has a dot: README.md, .DS_Store */
    if (!page->asked && !kr_snapshot_is_covered(page->store->index, page->resource, where)) return KR_OK;
  }
  return kr_snapshot_store_list(list, page->store, page->resource, where, error);
}

/* A file that tells of what the list is: the first that has objects, or else the first. */
static int find_telling(const struct kr_snapshot_list **telling, const struct page *page, struct kr_error *error) {
  *telling = NULL;
  for (size_t i = 0; i < file_count(page) && (*telling == NULL || (*telling)->count == 0); i++) {
    const struct kr_snapshot_list *list;
    int status = open_file(&list, page, i, error);
    if (status != KR_OK) return status;
    if (list != NULL && (*telling == NULL || list->count > 0)) *telling = list;
  }
  return KR_OK;
}

static int say_object(const struct page *page, const char *text, const char *end) {
  return page->table == NULL ? kr_json_compact(page->body, text, end)
                             : kr_snapshot_table_row(page->body, page->table, text, end, page->store->taken_at);
}

/* Gives an object, where both selectors take it and the page has room. */
static int take_item(struct page *page, const struct kr_snapshot_list *list, size_t position, struct kr_error *error) {
  const char *text;
  size_t length;
  char *decoded;
  int status = kr_snapshot_list_item(&text, &length, &decoded, list, &page->store->window, position, AHEAD, error);
  if (status != KR_OK) return status;
  bool wanted =
      kr_selector_matches(page->labels, text, text + length) && kr_selector_matches(page->fields, text, text + length);
  if (wanted && page->request->list.limit > 0 && page->given == (size_t)page->request->list.limit) {
    page->full = true;
  } else if (wanted) {
    status = kr_buffer_puts(page->body, page->given > 0 ? "," : "");
    if (status == KR_OK) status = say_object(page, text, text + length);
    if (status != KR_OK) (void)kr_error_set(error, status, "no memory for a page of a snapshot");
    page->given++;
    page->after = page->passed + position + 1;
  }
  free(decoded);
  return status;
}

static int take_file(struct page *page, const struct kr_snapshot_list *list, struct kr_error *error) {
  int status = KR_OK;
  size_t position = page->begin > page->passed ? page->begin - page->passed : 0;
  for (; status == KR_OK && position < list->count && !page->full; position++)
    status = take_item(page, list, position, error);
  page->passed += list->count;
  return status;
}

/* Where the page begins that a token names; false when it is none of ours. */
static bool read_token(size_t *begin, const char *token) {
  char *end;
  size_t length = sizeof token_prefix - 1;
  *begin = 0;
  if (token == NULL || *token == '\0') return true;
  if (strncmp(token, token_prefix, length) != 0 || token[length] == '-') return false;
  unsigned long long given = strtoull(token + length, &end, 10);
  *begin = (size_t)given;
  return *end == '\0' && given > 0;
}

static int say_bad_token(struct kr_reply *reply) {
  kr_buffer_clear(&reply->body);
  return kr_snapshot_say_status(reply, 400, "BadRequest", "invalid continue token: continue key is not valid", NULL);
}

static int say_table_head(const struct page *page) {
  int status = kr_buffer_puts(page->body, "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",");
  if (status == KR_OK) status = kr_snapshot_table_columns(page->body, page->table);
  return status == KR_OK ? kr_buffer_puts(page->body, ",\"rows\":[") : status;
}

/* What stands before the page's objects. */
static int say_head(struct page *page, const struct kr_snapshot_type *type) {
  if (page->table != NULL) return say_table_head(page);
  char kind[sizeof type->kind + 4];
  (void)snprintf(kind, sizeof kind, "%sList", type->kind);
  int status = say_type(page->body, kind, *type->version == '\0' ? "v1" : type->version);
  return status == KR_OK ? kr_buffer_puts(page->body, ",\"items\":[") : status;
}

static int say_tail(struct page *page, bool whole) {
  char token[TOKEN_MAX] = "";
  if (page->full)
    (void)snprintf(token, sizeof token, "%s%zu", token_prefix, page->after);
  else if (!whole)
    (void)snprintf(token, sizeof token, "%s", KR_SNAPSHOT_ELSEWHERE);
  return *token == '\0' ? kr_buffer_puts(page->body, "],\"metadata\":{}}")
                        : kr_buffer_printf(page->body, "],\"metadata\":{\"continue\":\"%s\"}}", token);
}

/* Writes the page from begin to end. */
static int write_page(struct page *page, bool whole, struct kr_error *error) {
  const struct kr_snapshot_list *list;
  struct kr_snapshot_type type;
  int status = find_telling(&list, page, error);
  if (status != KR_OK) return status;
  status = kr_snapshot_type_of(&type, page->store, page->resource, list);
  if (status == KR_OK) status = say_head(page, &type);
  for (size_t i = 0; status == KR_OK && i < file_count(page) && !page->full; i++) {
    status = open_file(&list, page, i, error);
    if (status == KR_OK && list != NULL) status = take_file(page, list, error);
  }
  return status == KR_OK ? say_tail(page, whole) : status;
}

int kr_snapshot_say_page(struct kr_reply *reply, struct kr_snapshot_store *store, const char *resource,
                         const struct kr_request *request, const struct kr_selector *labels,
                         const struct kr_selector *fields, bool whole, bool asked) {
  struct kr_error error = KR_ERROR_INIT;
  struct page page = {.store = store,
                      .resource = resource,
                      .request = request,
                      .labels = labels,
                      .fields = fields,
                      .table = request->list.table ? kr_snapshot_table_of(resource) : NULL,
                      .asked = asked,
                      .body = &reply->body};
  if (!read_token(&page.begin, request->list.continue_token)) return say_bad_token(reply);
  int status = request->namespace_ == NULL
                   ? kr_snapshot_store_namespaces(&page.namespaces, &page.namespace_count, store, &error)
                   : KR_OK;
  if (status == KR_OK) status = write_page(&page, whole, &error);
  kr_names_free(page.namespaces, page.namespace_count);
  if (status == KR_OK && page.begin > page.passed) return say_bad_token(reply);
  reply->status = 200;
  if (status == KR_OK || error.code == KR_OK) return status;
  reply->status = 0;
  kr_buffer_clear(&reply->body);
  return kr_snapshot_say_failure(reply, &error);
}
