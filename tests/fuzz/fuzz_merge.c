/* fuzz_merge.c - any bytes hold reports or are an error with words; what is a report of the only shard becomes one. */
#include <stdint.h>
#include <stdlib.h>

#include "book/merge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void merge(const json_t *documents) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_report *report = NULL;
  if (kr_report_new(&report, NULL, 0, &error) != KR_OK || kr_merge_errors(report, documents, &error) != KR_OK) abort();
  size_t count = json_array_size(json_object_get(json_array_get(documents, 0), "sections"));
  for (size_t i = 0; i < count; i++) {
    struct kr_section *section = NULL;
    if (kr_merge_section(&section, report, documents, i, &error) != KR_OK && error.message[0] == '\0') abort();
  }
  if (kr_report_document(report) == NULL) abort();
  kr_report_free(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct kr_error error = KR_ERROR_INIT;
  json_t *documents = json_array();
  if (documents == NULL) abort();
  int status = kr_merge_read(documents, size > 0 ? (const char *)data : "", size, "file", &error);
  if (status == KR_OK) status = kr_merge_order(documents, &error);
  if (status == KR_OK) merge(documents);
  if (status != KR_OK && error.message[0] == '\0') abort();
  json_decref(documents);
  return 0;
}
