/* request.c - see request.h. */
#include "kube/request.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Where the strings of a request are: whoever adds one adds it here. */
enum { STRINGS = 13 };
static void strings_of(struct kr_request *request, const char **places[STRINGS]) {
  const char **all[STRINGS] = {&request->group,
                               &request->version,
                               &request->resource,
                               &request->namespace_,
                               &request->name,
                               &request->list.label_selector,
                               &request->list.field_selector,
                               &request->list.continue_token,
                               &request->logs.container,
                               &request->review.verb,
                               &request->review.subresource,
                               &request->probe.path,
                               &request->probe.host};
  memcpy(places, all, sizeof all);
}

struct kr_request *kr_request_copy(const struct kr_request *request) {
  struct kr_request scratch = *request;
  const char **places[STRINGS];
  strings_of(&scratch, places);
  size_t size = sizeof scratch;
  for (size_t i = 0; i < STRINGS; i++) size += *places[i] == NULL ? 0 : strlen(*places[i]) + 1;
  struct kr_request *copy = malloc(size);
  if (copy == NULL) return NULL;
  *copy = scratch;
  char *at = (char *)(copy + 1);
  strings_of(copy, places);
  for (size_t i = 0; i < STRINGS; i++) {
    if (*places[i] == NULL) continue;
    size_t length = strlen(*places[i]) + 1;
    memcpy(at, *places[i], length);
    *places[i] = at;
    at += length;
  }
  return copy;
}

int kr_request_key(struct kr_buffer *out, const struct kr_request *request) {
  struct kr_request scratch = *request;
  const char **places[STRINGS];
  strings_of(&scratch, places);
  int status = kr_buffer_printf(out, "%d %" PRId64 " %d%d %d%d %" PRId64 " %" PRId64 " %" PRId64, (int)request->verb,
                                request->list.limit, request->list.table, request->list.cached, request->logs.previous,
                                request->logs.timestamps, request->logs.tail_lines, request->logs.since_seconds,
                                request->logs.limit_bytes);
  if (status == KR_OK)
    status = kr_buffer_printf(out, " %d %d%d %" PRId64, request->probe.port, (int)request->probe.scheme,
                              request->probe.head, request->probe.timeout_ms);
  for (size_t i = 0; i < STRINGS && status == KR_OK; i++) { /* lengths first, so that no text can pose as another */
    if (*places[i] == NULL)
      status = kr_buffer_puts(out, " -");
    else
      status = kr_buffer_printf(out, " %zu:%s", strlen(*places[i]), *places[i]);
  }
  return status;
}
