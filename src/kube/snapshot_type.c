/* snapshot_type.c - see snapshot_type.h. */
#define _POSIX_C_SOURCE 200809L
#include "kube/snapshot_type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kube/kinds.h"

static const char suffix[] = "List";

/* The kind without "List"; its length. */
static size_t item_kind_length(const char *kind) {
  size_t length = strlen(kind), tail = sizeof suffix - 1;
  return length >= tail && strcmp(kind + length - tail, suffix) == 0 ? length - tail : length;
}

static void set(struct kr_snapshot_type *type, const char *kind, size_t length, const char *version) {
  (void)snprintf(type->kind, sizeof type->kind, "%.*s", (int)length, kind);
  (void)snprintf(type->version, sizeof type->version, "%s", version);
}

/* What the server's own list of kinds adds to the built-in table; where it cannot be read the table has to do. */
static int add_discovered(struct kr_kinds *kinds, struct kr_snapshot_store *store) {
  const json_t *discovery = NULL;
  if (kr_snapshot_store_discovery(&discovery, store, NULL) != KR_OK || discovery == NULL) return KR_OK;
  char *text = json_dumps(discovery, JSON_COMPACT);
  if (text == NULL) return KR_ENOMEM;
  int status = kr_kinds_add_aggregated(kinds, text, strlen(text), NULL);
  free(text);
  return status == KR_ENOMEM ? status : KR_OK;
}

static int look_up(struct kr_snapshot_type *type, struct kr_snapshot_store *store, const char *resource) {
  struct kr_kinds *kinds = NULL;
  int status = kr_kinds_new(&kinds, NULL);
  if (status != KR_OK) return status;
  const struct kr_kind *kind = kr_kinds_find(kinds, resource);
  if (kind == NULL) {
    status = add_discovered(kinds, store);
    kind = kr_kinds_find(kinds, resource);
  }
  if (kind != NULL) {
    set(type, kind->kind, strlen(kind->kind), "");
    (void)snprintf(type->version, sizeof type->version, "%s%s%.*s", kind->group, *kind->group == '\0' ? "" : "/",
                   (int)strcspn(kind->versions, ","), kind->versions);
  }
  kr_kinds_free(kinds);
  return status;
}

int kr_snapshot_type_of(struct kr_snapshot_type *type, struct kr_snapshot_store *store, const char *resource,
                        const struct kr_snapshot_list *list) {
  *type = (struct kr_snapshot_type){.kind = "", .version = ""};
  if (list != NULL && item_kind_length(list->kind) > 0) {
    set(type, list->kind, item_kind_length(list->kind), list->api_version);
    return KR_OK;
  }
  if (list != NULL && *list->item_kind != '\0') {
    set(type, list->item_kind, strlen(list->item_kind), list->item_version);
    return KR_OK;
  }
  return look_up(type, store, resource);
}
