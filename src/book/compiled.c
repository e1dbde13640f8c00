/* compiled.c - texts that need no compiling: see embedded.h. */
#include <lua.h>
#include <stdbool.h>
#include <string.h>

#include "book/embedded.h"

/* Bytecode is for one version of Lua: a later release of 5.4 may read it otherwise. */
static bool is_for_this_lua(void) {
  static const char before[] = "$LuaVersion: ";
  const char *version = lua_ident + sizeof before - 1;
  size_t length = strlen(KR_LUAC_VERSION);
  return strncmp(lua_ident, before, sizeof before - 1) == 0 && strncmp(version, KR_LUAC_VERSION, length) == 0 &&
         version[length] == ' ';
}

const char *kr_embedded_compiled(size_t *compiled_length, const char *text, size_t length) {
  if (!is_for_this_lua()) return NULL;
  for (size_t i = 0; i < kr_embedded_count; i++) {
    const struct kr_embedded *embedded = &kr_embedded[i];
    if (embedded->compiled == NULL || embedded->length != length || memcmp(embedded->text, text, length) != 0) continue;
    *compiled_length = embedded->compiled_length;
    return embedded->compiled;
  }
  return NULL;
}
