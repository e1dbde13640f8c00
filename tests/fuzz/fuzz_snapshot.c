/* fuzz_snapshot.c - a snapshot's index, a list and the probes of it may hold any bytes: the folder is refused with
 * words, or every request gets an answer. The input is the three files, a NUL between them. */
#define _GNU_SOURCE /* mkdtemp */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kube/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/krunbook-fuzz-XXXXXX";
static const char *const folders[] = {"namespaces", "namespaces/a"};
static const char *const files[] = {"snapshot.json", "namespaces/a/pods.json", "namespaces/a/probes.json"};
enum { FILES = sizeof files / sizeof *files, FOLDERS = sizeof folders / sizeof *folders };

static const char *below(const char *name) {
  static char path[256];
  (void)snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void remove_folder(void) {
  for (size_t i = 0; i < FILES; i++) (void)unlink(below(files[i]));
  for (size_t i = FOLDERS; i > 0; i--) (void)rmdir(below(folders[i - 1]));
  (void)rmdir(folder);
}

static bool made;

static void make_folder(void) {
  made = true;
  if (mkdtemp(folder) == NULL) abort();
  for (size_t i = 0; i < FOLDERS; i++)
    if (mkdir(below(folders[i]), 0700) != 0) abort();
  (void)atexit(remove_folder);
}

static void write_file(const char *name, const uint8_t *data, size_t size) {
  FILE *file = fopen(below(name), "wb");
  if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0) abort();
}

static void answered(void *user, struct kr_reply *reply) {
  bool says_why = reply->outcome == KR_FOUND || reply->message != NULL;
  bool has_reason = (reply->outcome == KR_UNKNOWN) == (reply->reason != KR_REASON_NONE);
  if (!says_why || !has_reason) abort();
  ++*(int *)user;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const struct kr_request requests[] = {
      {.verb = KR_VERB_GET, .resource = "pods", .namespace_ = "a", .name = "p"},
      {.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "a", .list.limit = 1},
      {.verb = KR_VERB_LIST,
       .resource = "pods",
       .list = {.label_selector = "app", .field_selector = "spec.nodeName=n"}},
      {.verb = KR_VERB_LOGS, .resource = "pods", .namespace_ = "a", .name = "p", .logs.container = "c"},
      {.verb = KR_VERB_REVIEW, .resource = "pods", .namespace_ = "a", .review.verb = "list"},
      {.verb = KR_VERB_PROBE, .resource = "pods", .namespace_ = "a", .name = "p", .probe.port = 80},
      {.verb = KR_VERB_PROBE,
       .resource = "pods",
       .namespace_ = "a",
       .name = "p",
       .probe = {.port = 80, .scheme = KR_PROBE_HTTP}},
      {.verb = KR_VERB_VERSION}};
  struct kr_transport *snapshot = NULL;
  struct kr_error error = KR_ERROR_INIT;
  if (!made) make_folder();
  for (size_t i = 0; i < FILES; i++) {
    const uint8_t *nul = size > 0 && i + 1 < FILES ? memchr(data, '\0', size) : NULL;
    size_t length = nul == NULL ? size : (size_t)(nul - data);
    write_file(files[i], data, length);
    data += length + (nul != NULL);
    size -= length + (nul != NULL);
  }
  if (kr_snapshot_open(&snapshot, folder, true, &error) != KR_OK) return error.message[0] == '\0' ? (abort(), 0) : 0;
  int count = 0, wanted = (int)(sizeof requests / sizeof *requests);
  for (int i = 0; i < wanted; i++)
    if (kr_transport_submit(snapshot, &requests[i], answered, &count, &error) != KR_OK) abort();
  while (kr_transport_wait(snapshot, 0, &error) > 0) continue;
  if (count != wanted) abort();
  kr_transport_free(snapshot);
  return 0;
}
