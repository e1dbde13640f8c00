/* string.c - Lua's string library without what reads or writes binary data, its patterns bounded (pattern.c). */
#include <lauxlib.h>
#include <lualib.h>

#include "vm/pattern.h"
#include "vm/vm_private.h"

/* Lua's own loops as often as it is told to when there is nothing to repeat. Else it asks for all the memory first.
 * Upvalue 1 is Lua's own. */
static int repeat(lua_State *lua) {
  size_t length, between = 0;
  (void)luaL_checklstring(lua, 1, &length);
  lua_Integer times = luaL_checkinteger(lua, 2);
  (void)luaL_optlstring(lua, 3, "", &between);
  if (length + between == 0 || times <= 0) {
    lua_pushliteral(lua, "");
    return 1;
  }
  lua_settop(lua, 3);
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, 3, 1);
  return 1;
}

/* The string metatable is shared by all strings: its __index becomes the table on top, and nobody gets at it. */
static void protect_strings(lua_State *lua) {
  lua_pushliteral(lua, "");
  (void)lua_getmetatable(lua, -1);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_pop(lua, 2);
}

void kr_string_open(lua_State *lua) {
  static const char *const taken[] = {"byte", "char", "format", "len", "lower", "reverse", "sub", "upper", NULL};
  luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 0);
  lua_newtable(lua);
  for (const char *const *name = taken; *name != NULL; name++) {
    (void)lua_getfield(lua, -2, *name);
    lua_setfield(lua, -2, *name);
  }
  (void)lua_getfield(lua, -2, "rep");
  lua_pushcclosure(lua, repeat, 1);
  lua_setfield(lua, -2, "rep");
  kr_pattern_open(lua);
  protect_strings(lua);
  lua_remove(lua, -2);
}
