/* sift.c - see sift.h. */
#include "vm/sift.h"

#include <lauxlib.h>
#include <string.h>

#include "base/json_value.h"
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

/* Whether it is a controller's reference, and to whom: a UID that would not have to be decoded. */
static bool is_controllers(struct kr_json_string *uid, const char *reference, const char *end) {
  if (!kr_json_is_true(kr_json_get(reference, end, "controller"), end)) return false;
  *uid = kr_json_string_at(kr_json_get(reference, end, "uid"), end);
  return uid->length > 0 && memchr(uid->text, '\\', uid->length) == NULL;
}

bool kr_sift_is_other(lua_State *lua, int set, const char *at, const char *end) {
  const char *references = kr_json_get(kr_json_get(at, end, "metadata"), end, "ownerReferences"), *reference;
  struct kr_json_string uid;
  bool other = false;
  while ((reference = kr_json_next(&references, end)) != NULL) {
    if (!is_controllers(&uid, reference, end)) continue;
    (void)lua_pushlstring(lua, uid.text, uid.length);
    bool wanted = lua_rawget(lua, set) != LUA_TNIL;
    lua_pop(lua, 1);
    if (wanted) return false;
    other = true;
  }
  return other;
}
