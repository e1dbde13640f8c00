/* fuzz_snapshot_table.c - of any text a row can be made; of JSON one that is JSON itself, with a cell for each column.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json_check.h"
#include "kube/snapshot_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 22 };

static const char *const resources[] = {"pods",           "namespaces", "nodes", "deployments.apps", "replicasets.apps",
                                        "daemonsets.apps"};

static size_t columns_of(const struct kr_snapshot_table *table) {
  struct kr_buffer text;
  kr_buffer_init(&text, ROOM);
  if (kr_buffer_puts(&text, "{") != KR_OK || kr_snapshot_table_columns(&text, table) != KR_OK ||
      kr_buffer_puts(&text, "}") != KR_OK)
    abort();
  json_t *columns = json_loads(kr_buffer_text(&text), 0, NULL);
  size_t count = json_array_size(json_object_get(columns, "columnDefinitions"));
  if (count == 0) abort();
  json_decref(columns);
  kr_buffer_free(&text);
  return count;
}

static void make_row(const char *resource, const char *text, const char *end, bool is_json) {
  const struct kr_snapshot_table *table = kr_snapshot_table_of(resource);
  struct kr_buffer row;
  kr_buffer_init(&row, ROOM);
  if (table == NULL || kr_snapshot_table_row(&row, table, text, end, 0) != KR_OK) abort();
  json_t *made = is_json ? json_loadb(kr_buffer_text(&row), row.length, JSON_ALLOW_NUL, NULL) : NULL;
  if (is_json && json_array_size(json_object_get(made, "cells")) != columns_of(table)) abort();
  json_decref(made);
  kr_buffer_free(&row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size + (size == 0)); /* its own block: a byte too far is seen */
  if (text == NULL) abort();
  if (size > 0) memcpy(text, data, size);
  const char *end = text + size, *after;
  bool is_json = kr_json_check(&after, text, end) == KR_JSON_GOOD && after == end;
  for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) make_row(resources[i], text, end, is_json);
  free(text);
  return 0;
}
