/* luacheck.h - what luacheck says of files, where it is installed. */
#ifndef KR_CLI_LUACHECK_H
#define KR_CLI_LUACHECK_H

#include <jansson.h>
#include <stddef.h>

#include "base/error.h"

/* *out (a new reference) is {PATH: [{"line", "message"}]}; empty where there is no luacheck, or it fails: what it would
 * add is then not said. It reads the files, runs none of them, and takes no settings from any folder. */
int kr_luacheck(json_t **out, const char *const *paths, size_t count, struct kr_error *error);

#endif
