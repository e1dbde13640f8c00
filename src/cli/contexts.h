/* contexts.h - several clusters in one run: --context a,b, --all-contexts. */
#ifndef KR_CLI_CONTEXTS_H
#define KR_CLI_CONTEXTS_H

#include <jansson.h>

#include "cli/command.h"

/* *out: the names (a new reference), or NULL where it is one cluster that the flags name. A context whose name holds a
 * comma is one. KR_EUSAGE with what names one cluster only; KR_ECONFIG. */
int kr_contexts_read(json_t **out, const struct kr_globals *globals, bool all, struct kr_error *error);

#endif
