/* sources.h - the Lua library as text, for what reads its comments: doc, and the manual. */
#ifndef KR_CLI_SOURCES_H
#define KR_CLI_SOURCES_H

#include <jansson.h>

#include "cli/command.h"

/* [{name: "krunbook.pods", path, source}] of the modules that are named, of all when count is 0. A new reference.
 * KR_ENOTFOUND, KR_ENOMEM. */
int kr_cli_sources(json_t **out, const struct kr_invocation *invocation, const char *const *names, size_t count,
                   struct kr_error *error);

#endif
