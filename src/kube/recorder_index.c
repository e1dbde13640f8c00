/* recorder_index.c - see recorder_index.h. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "kube/recorder_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "kube/snapshot_store.h"

int kr_recorder_index_init(struct kr_recorder_index *index) {
  *index = (struct kr_recorder_index){.covered = json_array(),
                                      .asked = json_array(),
                                      .refused = json_array(),
                                      .logs = json_array(),
                                      .reviews = json_array()};
  bool whole = index->covered != NULL && index->asked != NULL && index->refused != NULL && index->logs != NULL &&
               index->reviews != NULL;
  return whole ? KR_OK : KR_ENOMEM;
}

void kr_recorder_index_free(struct kr_recorder_index *index) {
  json_decref(index->covered);
  json_decref(index->asked);
  json_decref(index->refused);
  json_decref(index->logs);
  json_decref(index->reviews);
  json_decref(index->version);
  *index = (struct kr_recorder_index){0};
}

bool kr_recorder_index_covers(const struct kr_recorder_index *index, const char *resource, const char *namespace_) {
  const json_t *entry;
  size_t i;
  json_array_foreach(index->covered, i, entry) {
    const char *where = json_string_value(json_object_get(entry, "namespace"));
    if (strcmp(json_string_value(json_object_get(entry, "resource")), resource) == 0 &&
        (where == NULL || namespace_ == NULL || strcmp(where, "*") == 0 || strcmp(where, namespace_) == 0))
      return true;
  }
  return false;
}

bool kr_recorder_index_refuses(const json_t *refused, const char *resource, const char *namespace_) {
  const json_t *entry;
  size_t i;
  json_array_foreach(refused, i, entry) {
    const char *where = json_string_value(json_object_get(entry, "namespace"));
    if (strcmp(json_string_value(json_object_get(entry, "resource")), resource) == 0 &&
        (where == NULL || strcmp(where, namespace_ == NULL ? "*" : namespace_) == 0))
      return true;
  }
  return false;
}

/* A version that was tried first and is not served is no refusal of the resource. */
static void drop_answered_refusals(struct kr_recorder_index *index) {
  for (size_t i = json_array_size(index->refused); i > 0; i--) {
    const json_t *entry = json_array_get(index->refused, i - 1);
    const char *resource = json_string_value(json_object_get(entry, "resource"));
    bool missing = json_integer_value(json_object_get(entry, "status")) == 404;
    if (missing && resource != NULL && kr_recorder_index_covers(index, resource, NULL))
      (void)json_array_remove(index->refused, i - 1);
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

static int write_text(FILE *file, const char *name, const char *text) {
  json_t *value = text == NULL ? NULL : json_string(text);
  int failed = write_member(file, name, value);
  json_decref(value);
  return failed;
}

int kr_recorder_index_text(char **text, size_t *length, struct kr_recorder_index *index, int64_t taken_at,
                           const struct kr_cluster_info *cluster, bool redacted) {
  char at[KR_TIME_TEXT_MAX];
  FILE *file = open_memstream(text, length);
  if (file == NULL) return KR_ENOMEM;
  drop_answered_refusals(index);
  int failed = fprintf(file, "{\n  \"schema\": \"%s\",\n  \"taken_at\": \"%s\"", KR_SNAPSHOT_SCHEMA,
                       kr_time_format(taken_at, at)) < 0;
  failed |= write_text(file, "server", cluster->server) | write_text(file, "context", cluster->context);
  failed |= write_member(file, "version", index->version);
  failed |= fprintf(file, ",\n  \"redacted\": %s", redacted ? "true" : "false") < 0;
  failed |= write_array(file, "covered", index->covered);
  if (json_array_size(index->asked) > 0) failed |= write_array(file, "asked", index->asked);
  failed |= write_array(file, "refused", index->refused);
  failed |= write_array(file, "logs", index->logs) | write_array(file, "reviews", index->reviews);
  failed |= fputs("\n}\n", file) == EOF;
  failed |= fclose(file) != 0;
  if (!failed) return KR_OK;
  free(*text);
  *text = NULL;
  return KR_ENOMEM;
}
