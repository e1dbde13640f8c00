/* recorder_index.h - snapshot.json in the making: what was asked for, what was refused, and what was said instead of a
 * log. */
#ifndef KR_KUBE_RECORDER_INDEX_H
#define KR_KUBE_RECORDER_INDEX_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "kube/transport.h"

struct kr_recorder_index {
  json_t *covered, *asked, *refused, *logs, *reviews; /* arrays: an entry is appended as it comes */
  json_t *version;                                    /* what GET /version said; NULL: not asked */
};

int kr_recorder_index_init(struct kr_recorder_index *index); /* 0 or KR_ENOMEM */
void kr_recorder_index_free(struct kr_recorder_index *index);

/* Whether the resource is covered in namespace_; NULL: anywhere. */
bool kr_recorder_index_covers(const struct kr_recorder_index *index, const char *resource, const char *namespace_);

/* Whether an entry of refused is of this resource, in this namespace (NULL: all at once) or everywhere. */
bool kr_recorder_index_refuses(const json_t *refused, const char *resource, const char *namespace_);

/* The document; entries sorted, a line each, each once, so that two snapshots can be compared. *text is malloc'ed. 0 or
 * KR_ENOMEM. */
int kr_recorder_index_text(char **text, size_t *length, struct kr_recorder_index *index, int64_t taken_at,
                           const struct kr_cluster_info *cluster, bool redacted);

#endif
