/* fuzz_reply.c - whatever a server answers: the meaning is one of the three, an unknown has a reason and words, and
 * nothing but a good body is ever found. The first byte chooses what was asked, the next two are the status. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kube/transport.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(int holds) {
  if (!holds) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 3) return 0;
  struct kr_reply reply = {.status = (data[1] % 6) * 100 + data[2] % 32};
  const struct kr_request request = {.verb = (enum kr_verb)(data[0] % 7), .resource = "pods", .name = "x"};
  kr_buffer_init(&reply.body, (size_t)1 << 20);
  if (kr_buffer_append(&reply.body, data + 3, size - 3) == KR_OK) {
    need(kr_reply_classify(&reply, &request) == KR_OK);
    need((reply.outcome == KR_UNKNOWN) == (reply.reason != KR_REASON_NONE));
    need(reply.outcome != KR_FOUND || (reply.status >= 200 && reply.status < 300));
    need(reply.outcome == KR_FOUND || (reply.message != NULL && strchr(reply.message, '\n') == NULL));
    need(reply.outcome != KR_ABSENT || request.verb == KR_VERB_GET || request.verb == KR_VERB_LOGS ||
         request.verb == KR_VERB_PROBE);
  }
  kr_reply_free(&reply);
  return 0;
}
