/* sift.c - see sift.h. */
#include "vm/sift.h"

#include <lauxlib.h>
#include <string.h>

#include "base/json_text.h"
#include "vm/vm_private.h"

void kr_sift_push(lua_State *lua, int options) {
  const char *name = "controlled_by";
  if (!lua_istable(lua, options)) {
    lua_pushnil(lua);
    return;
  }
  (void)lua_pushstring(lua, name);
  if (lua_rawget(lua, options) == LUA_TNIL) return;
  if (!lua_istable(lua, -1)) (void)luaL_error(lua, "%s is an array of UIDs", name);
  int from = lua_gettop(lua);
  lua_newtable(lua);
  lua_Integer count = (lua_Integer)lua_rawlen(lua, from);
  for (lua_Integer i = 1; i <= count; i++) {
    if (lua_rawgeti(lua, from, i) != LUA_TSTRING) (void)luaL_error(lua, "%s is an array of UIDs", name);
    lua_pushboolean(lua, 1);
    lua_rawset(lua, from + 1);
  }
  lua_remove(lua, from);
}

/* Whether it is a controller's reference, and to whom: a string in quotes, without anything that would have to be
 * decoded. */
static bool is_controllers(const char **uid, const char **after, const char *at, const char *end) {
  static const char yes[] = "true";
  const char *controller = kr_json_member(at, end, "controller");
  if (controller == NULL || (size_t)(end - controller) < sizeof yes || memcmp(controller, yes, sizeof yes - 1) != 0)
    return false;
  *uid = kr_json_member(at, end, "uid");
  *after = *uid != NULL && **uid == '"' ? kr_json_skip(*uid, end) : NULL;
  return *after != NULL && memchr(*uid, '\\', (size_t)(*after - *uid)) == NULL;
}

bool kr_sift_is_other(lua_State *lua, int set, const char *at, const char *end) {
  const char *metadata = kr_json_member(at, end, "metadata"), *uid, *after;
  const char *last = metadata == NULL ? NULL : kr_json_member(metadata, end, "ownerReferences"), *reference;
  bool other = false;
  while (last != NULL && (reference = kr_json_element(last, end)) != NULL) {
    last = kr_json_skip(reference, end);
    if (last == NULL || !is_controllers(&uid, &after, reference, last)) continue;
    (void)lua_pushlstring(lua, uid + 1, (size_t)(after - uid) - 2);
    bool wanted = lua_rawget(lua, set) != LUA_TNIL;
    lua_pop(lua, 1);
    if (wanted) return false;
    other = true;
  }
  return other;
}
