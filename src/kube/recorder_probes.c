/* recorder_probes.c - see recorder_probes.h. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "kube/recorder_probes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kube/probe.h"
#include "kube/recorder_clean.h"
#include "kube/snapshot_folder.h"

enum { PATH_TEXT_MAX = 512 };

int kr_recorder_probes_init(struct kr_recorder_probes *probes) {
  probes->namespaces = json_object();
  return probes->namespaces == NULL ? KR_ENOMEM : KR_OK;
}

void kr_recorder_probes_free(struct kr_recorder_probes *probes) {
  json_decref(probes->namespaces);
  probes->namespaces = NULL;
}

json_t *kr_recorder_probe_question(const struct kr_request *request) {
  struct kr_request same = *request;
  kr_probe_normalize(&same);
  bool http = same.probe.scheme != KR_PROBE_TCP;
  bool usual = !http || strcmp(same.probe.host, "localhost") == 0;
  return json_pack("{s:s, s:i, s:s, s:s*, s:s*, s:s*}", "pod", same.name, "port", same.probe.port, "scheme",
                   kr_probe_scheme_word(same.probe.scheme), "method",
                   !http             ? NULL
                   : same.probe.head ? "HEAD"
                                     : "GET",
                   "path", same.probe.path, "host", usual ? NULL : same.probe.host);
}

/* The record under its question's text, in its namespace. */
static int keep(struct kr_recorder_probes *probes, const char *namespace_, const json_t *question, json_t *record) {
  json_t *records = json_object_get(probes->namespaces, namespace_);
  char *key = json_dumps(question, JSON_COMPACT);
  int status = key == NULL ? KR_ENOMEM : KR_OK;
  if (status == KR_OK && records == NULL) {
    records = json_object();
    if (json_object_set_new(probes->namespaces, namespace_, records) != 0) status = KR_ENOMEM;
  }
  if (status == KR_OK && json_object_set(records, key, record) != 0) status = KR_ENOMEM;
  free(key);
  return status;
}

int kr_recorder_probes_add(struct kr_recorder_probes *probes, const char *namespace_, json_t *question,
                           const struct kr_buffer *outcome, const struct kr_mask *mask) {
  json_t *answer = json_loadb(kr_buffer_text(outcome), outcome->length, JSON_ALLOW_NUL, NULL);
  json_t *record = json_copy(question);
  int status = record == NULL ? KR_ENOMEM : KR_OK;
  if (status == KR_OK && (answer == NULL || json_object_update(record, answer) != 0)) status = KR_EINVAL;
  if (status == KR_OK) status = kr_probe_check_record(record, NULL);
  if (status == KR_OK) status = kr_recorder_clean_probe(record, mask);
  if (status == KR_OK) status = keep(probes, namespace_, question, record);
  json_decref(answer);
  json_decref(record);
  return status;
}

static int by_text(const void *left, const void *right) { return strcmp(*(char *const *)left, *(char *const *)right); }

static int write_lines(FILE *file, char **lines, size_t count) {
  int failed = fputs("{\n  \"probes\": [", file) == EOF;
  for (size_t i = 0; !failed && i < count; i++) failed = fprintf(file, "%s\n    %s", i == 0 ? "" : ",", lines[i]) < 0;
  return failed || fputs("\n  ]\n}\n", file) == EOF;
}

/* The document of one namespace. *text is malloc'ed. 0 or KR_ENOMEM. */
static int document(char **text, size_t *length, json_t *records) {
  const char *key;
  json_t *record;
  size_t count = 0, total = json_object_size(records);
  char **lines = calloc(total + 1, sizeof *lines);
  FILE *file = lines == NULL ? NULL : open_memstream(text, length);
  int failed = file == NULL;
  json_object_foreach(records, key, record) {
    if (!failed) failed = (lines[count++] = json_dumps(record, 0)) == NULL;
  }
  if (!failed) {
    qsort(lines, count, sizeof *lines, by_text);
    failed = write_lines(file, lines, count);
  }
  if (file != NULL) failed |= fclose(file) != 0;
  for (size_t i = 0; lines != NULL && i < count; i++) free(lines[i]);
  free((void *)lines);
  if (!failed) return KR_OK;
  if (file != NULL) free(*text);
  *text = NULL;
  return KR_ENOMEM;
}

int kr_recorder_probes_write(const struct kr_recorder_probes *probes, struct kr_recorder_files *files,
                             struct kr_error *error) {
  const char *namespace_;
  json_t *records;
  int status = KR_OK;
  json_object_foreach(probes->namespaces, namespace_, records) {
    char path[PATH_TEXT_MAX], *text = NULL;
    size_t length = 0;
    if (status != KR_OK) break;
    if (!kr_snapshot_name_is_safe(namespace_)) continue;
    (void)snprintf(path, sizeof path, "namespaces/%s/probes.json", namespace_);
    status = document(&text, &length, records);
    status = status == KR_OK ? kr_recorder_files_write(files, path, text, length, error)
                             : kr_error_set(error, status, "no memory to write a snapshot");
    free(text);
  }
  return status;
}
