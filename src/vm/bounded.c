/* bounded.c - the string and table functions that could work for years inside one call, where no hook reaches them. */
#include <lauxlib.h>
#include <lualib.h>

#include "vm/pattern.h"
#include "vm/vm_private.h"

enum { ELEMENTS_MAX = 10000000 }; /* more than a memory budget holds */

/* Upvalue 1 is Lua's own function, which does the work once the arguments are known to be sane. */
static int call_original(lua_State *lua) {
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
  return lua_gettop(lua);
}

/* string.rep of an empty string loops as often as it is told to; of any other it first asks for the memory. */
static int string_rep(lua_State *lua) {
  size_t length, between = 0;
  (void)luaL_checklstring(lua, 1, &length);
  (void)luaL_optlstring(lua, 3, "", &between);
  if (length + between > 0) return call_original(lua);
  (void)luaL_checkinteger(lua, 2);
  lua_pushliteral(lua, "");
  return 1;
}

static void check_count(lua_State *lua, lua_Integer first, lua_Integer last, const char *name) {
  if (last >= first && (lua_Unsigned)last - (lua_Unsigned)first >= ELEMENTS_MAX)
    (void)luaL_error(lua, "table.%s over more than %d elements", name, ELEMENTS_MAX);
}

static int table_move(lua_State *lua) {
  check_count(lua, luaL_checkinteger(lua, 2), luaL_checkinteger(lua, 3), "move");
  return call_original(lua);
}

static int table_concat(lua_State *lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  check_count(lua, luaL_optinteger(lua, 3, 1), luaL_opt(lua, luaL_checkinteger, 4, luaL_len(lua, 1)), "concat");
  return call_original(lua);
}

static int table_unpack(lua_State *lua) {
  check_count(lua, luaL_optinteger(lua, 2, 1), luaL_opt(lua, luaL_checkinteger, 3, luaL_len(lua, 1)), "unpack");
  return call_original(lua);
}

/* A metatable's __len can claim any length. */
static int table_by_length(lua_State *lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  check_count(lua, 1, luaL_len(lua, 1), lua_tostring(lua, lua_upvalueindex(2)));
  return call_original(lua);
}

/* Wraps the function called name of the library table below the new one on top. */
static void wrap(lua_State *lua, const char *name, lua_CFunction function) {
  lua_getfield(lua, -2, name);
  (void)lua_pushstring(lua, name);
  lua_pushcclosure(lua, function, 2);
  lua_setfield(lua, -2, name);
}

static void copy(lua_State *lua, const char *const *names) {
  for (; *names != NULL; names++) {
    lua_getfield(lua, -2, *names);
    lua_setfield(lua, -2, *names);
  }
}

/* The string metatable is shared by all strings: its __index becomes the bounded table, and nobody gets at it. */
static void protect_strings(lua_State *lua) {
  lua_pushliteral(lua, "");
  (void)lua_getmetatable(lua, -1);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_pop(lua, 2);
}

void kr_bounded_open_string(lua_State *lua) {
  static const char *const names[] = {"byte", "char", "format", "len", "lower", "reverse", "sub", "upper", NULL};
  luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 0);
  lua_newtable(lua);
  copy(lua, names);
  wrap(lua, "rep", string_rep);
  kr_pattern_open(lua);
  protect_strings(lua);
  lua_remove(lua, -2);
}

void kr_bounded_open_table(lua_State *lua) {
  static const char *const names[] = {"pack", NULL};
  luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 0);
  lua_newtable(lua);
  copy(lua, names);
  wrap(lua, "concat", table_concat);
  wrap(lua, "move", table_move);
  wrap(lua, "unpack", table_unpack);
  wrap(lua, "insert", table_by_length);
  wrap(lua, "remove", table_by_length);
  wrap(lua, "sort", table_by_length);
  lua_remove(lua, -2);
}
