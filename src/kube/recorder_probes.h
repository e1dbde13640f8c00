/* recorder_probes.h - what ports of pods did, on its way into the probes.json of their namespaces. */
#ifndef KR_KUBE_RECORDER_PROBES_H
#define KR_KUBE_RECORDER_PROBES_H

#include <jansson.h>

#include "base/mask.h"
#include "kube/recorder_files.h"
#include "kube/transport.h"

struct kr_recorder_probes {
  json_t *namespaces; /* name -> {question as text: record} */
};

int kr_recorder_probes_init(struct kr_recorder_probes *probes); /* 0 or KR_ENOMEM */
void kr_recorder_probes_free(struct kr_recorder_probes *probes);

/* What a request asks, as a record begins; a new reference, or NULL when memory is refused. */
json_t *kr_recorder_probe_question(const struct kr_request *request);

/* Adds an outcome, masked; a question that was asked before has its last answer. Takes a reference of its own. An
 * outcome that is none is left out: KR_EINVAL. */
int kr_recorder_probes_add(struct kr_recorder_probes *probes, const char *namespace_, json_t *question,
                           const struct kr_buffer *outcome, const struct kr_mask *mask);

/* Writes a file for each namespace: a probe a line, sorted, so that two snapshots can be compared. */
int kr_recorder_probes_write(const struct kr_recorder_probes *probes, struct kr_recorder_files *files,
                             struct kr_error *error);

#endif
