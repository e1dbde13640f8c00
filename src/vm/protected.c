/* protected.c - pcall and xpcall, which mean what Lua's own mean (Lua 5.4 manual, 6.1) but for one thing: what comes of
 * a limit they raise again, and no message handler runs after it. */
#include <lauxlib.h>

#include "vm/vm_private.h"

/* skip: results below the function's own. */
static int finish(lua_State *lua, int status, lua_KContext skip) {
  struct kr_vm *vm = kr_vm_of(lua);
  vm->busy = 0; /* what raised is gone */
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(lua) - (int)skip;
  if (vm->due && kr_limits_passed(vm)) return lua_error(lua);
  lua_pushboolean(lua, false);
  lua_insert(lua, -2);
  return 2;
}

static int protected_call(lua_State *lua) {
  luaL_checkany(lua, 1);
  lua_pushboolean(lua, true); /* the first result, if all is well */
  lua_insert(lua, 1);
  return finish(lua, lua_pcallk(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0, 0, finish), 0);
}

/* Upvalue 1 is the script's handler. It may be called from within the hook, where no hook stops it. */
static int handle(lua_State *lua) {
  struct kr_vm *vm = kr_vm_of(lua);
  if (vm->due && kr_limits_passed(vm)) return 1;
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, 1);
  return 1;
}

static int protected_call_with_handler(lua_State *lua) {
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  lua_pushvalue(lua, 2);
  lua_pushcclosure(lua, handle, 1);
  lua_replace(lua, 2);
  lua_pushboolean(lua, true);
  lua_pushvalue(lua, 1);
  lua_rotate(lua, 3, 2); /* below the arguments */
  return finish(lua, lua_pcallk(lua, lua_gettop(lua) - 4, LUA_MULTRET, 2, 2, finish), 2);
}

void kr_protected_open(lua_State *lua) {
  static const luaL_Reg functions[] = {
      {"pcall", protected_call}, {"xpcall", protected_call_with_handler}, {NULL, NULL}};
  luaL_setfuncs(lua, functions, 0);
}
