/* probe_outcome.h - what came of a probe, on its way to be the JSON that kube/probe.h describes. */
#ifndef KR_KUBE_PROBE_OUTCOME_H
#define KR_KUBE_PROBE_OUTCOME_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "kube/probe.h"

/* Of an application's answer this much is kept; the rest is not waited for. */
#define KR_PROBE_BODY_MAX ((size_t)4 << 10)
/* Headers longer than this are no server's that anybody could use: proxies give up far below. */
#define KR_PROBE_HEADERS_MAX ((size_t)32 << 10)
/* One header's values, together: what is repeated without end is not joined without end. */
#define KR_PROBE_HEADER_MAX  ((size_t)8 << 10)
#define KR_PROBE_MESSAGE_MAX ((size_t)1 << 10)

struct kr_probe_outcome {
  enum kr_probe_result result;
  int64_t latency_ms;
  int status;            /* HTTP's; 0: none */
  json_t *headers;       /* names in lower case; NULL: none */
  struct kr_buffer body; /* as it came */
  bool has_body, truncated;
  json_t *certificate; /* NULL: none */
  struct kr_buffer message;
};

void kr_probe_outcome_init(struct kr_probe_outcome *outcome);
void kr_probe_outcome_free(struct kr_probe_outcome *outcome);

/* Adds a header's value to the one of the same name that there may be; the value is cut at KR_PROBE_HEADER_MAX. Values
 * of Set-Cookie are not kept: they let whoever reads them in. 0 or KR_ENOMEM. */
int kr_probe_outcome_header(struct kr_probe_outcome *outcome, const char *name, size_t name_length, const char *value,
                            size_t value_length);

/* Sets the message: one line, cut to KR_PROBE_MESSAGE_MAX. 0 or KR_ENOMEM. */
int kr_probe_outcome_say(struct kr_probe_outcome *outcome, const char *words);

/* Appends the JSON. 0, KR_ENOMEM, KR_ELIMIT. */
int kr_probe_outcome_write(struct kr_buffer *out, const struct kr_probe_outcome *outcome);

#endif
