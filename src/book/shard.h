/* shard.h - a part of a cluster: some of its namespaces, so that several runs together look at all of them once. */
#ifndef KR_BOOK_SHARD_H
#define KR_BOOK_SHARD_H

#include <stdbool.h>

#include "base/error.h"

#define KR_SHARDS_MAX 1000

struct kr_shard {
  int index, count; /* 0 <= index < count; count 0: it is no part, but everything */
};

/* "0/3": the first of three. KR_EUSAGE. */
int kr_shard_parse(struct kr_shard *out, const char *text, struct kr_error *error);

/* Whether a namespace is in it: the same answer on every machine, and of all shards in one. "" is what is of no
 * namespace, and in the first. */
bool kr_shard_holds(const struct kr_shard *shard, const char *namespace_);

#endif
