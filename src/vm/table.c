/* table.c - Lua's table functions (Lua 5.4 manual, 6.6) with loops that look at the limits: Lua's own run for years
 * over a length that a metamethod made up, and no hook reaches them. */
#include <lauxlib.h>
#include <limits.h>
#include <lualib.h>

#include "vm/vm_private.h"

enum { ELEMENTS_MAX = 10000000 }; /* more than a memory budget holds */

static lua_Integer length(lua_State *lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  return luaL_len(lua, 1);
}

/* An honest mistake is told at once. */
static void check_count(lua_State *lua, lua_Integer first, lua_Integer last, const char *name) {
  if (last >= first && (lua_Unsigned)last - (lua_Unsigned)first >= ELEMENTS_MAX)
    (void)luaL_error(lua, "table.%s over more than %d elements", name, ELEMENTS_MAX);
}

static void check_position(lua_State *lua, lua_Integer position, lua_Integer last) {
  luaL_argcheck(lua, (lua_Unsigned)position - 1U < (lua_Unsigned)last, 2, "position out of bounds");
}

/* to[target] = from[source]; to and from are stack indices. */
static void copy(lua_State *lua, int from, lua_Integer source, int to, lua_Integer target) {
  kr_limits_tick(lua);
  (void)lua_geti(lua, from, source);
  lua_seti(lua, to, target);
}

static int insert(lua_State *lua) {
  lua_Integer end = (lua_Integer)((lua_Unsigned)length(lua) + 1U), position = end;
  if (lua_gettop(lua) != 2 && lua_gettop(lua) != 3) return luaL_error(lua, "wrong number of arguments to 'insert'");
  if (lua_gettop(lua) == 3) {
    position = luaL_checkinteger(lua, 2);
    check_position(lua, position, end);
    check_count(lua, position, end, "insert");
    for (lua_Integer i = end; i > position; i--) copy(lua, 1, i - 1, 1, i);
  }
  lua_seti(lua, 1, position);
  return 0;
}

static int take_out(lua_State *lua) {
  lua_Integer size = length(lua), position = luaL_optinteger(lua, 2, size);
  if (position != size) check_position(lua, position, (lua_Integer)((lua_Unsigned)size + 1U));
  check_count(lua, position, size, "remove");
  (void)lua_geti(lua, 1, position);
  for (; position < size; position++) copy(lua, 1, position + 1, 1, position);
  lua_pushnil(lua);
  lua_seti(lua, 1, position);
  return 1;
}

static int move(lua_State *lua) {
  lua_Integer first = luaL_checkinteger(lua, 2), last = luaL_checkinteger(lua, 3), target = luaL_checkinteger(lua, 4);
  int to = lua_isnoneornil(lua, 5) ? 1 : 5;
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_checktype(lua, to, LUA_TTABLE);
  check_count(lua, first, last, "move");
  lua_Integer count = last >= first ? last - first + 1 : 0;
  luaL_argcheck(lua, count == 0 || target <= LUA_MAXINTEGER - (count - 1), 4, "destination wrap around");
  bool forward = target > last || target <= first || (to != 1 && !lua_compare(lua, 1, to, LUA_OPEQ));
  for (lua_Integer i = 0; i < count; i++) {
    lua_Integer at = forward ? i : count - 1 - i;
    copy(lua, 1, first + at, to, target + at);
  }
  lua_pushvalue(lua, to);
  return 1;
}

static void add_element(lua_State *lua, luaL_Buffer *out, lua_Integer i) {
  kr_limits_tick(lua);
  (void)lua_geti(lua, 1, i);
  if (!lua_isstring(lua, -1))
    (void)luaL_error(lua, "invalid value (at index %I) in table for 'concat'", (LUAI_UACINT)i);
  luaL_addvalue(out);
}

static int concat(lua_State *lua) {
  luaL_Buffer out;
  size_t between_length;
  lua_Integer size = length(lua);
  const char *between = luaL_optlstring(lua, 2, "", &between_length);
  lua_Integer i = luaL_optinteger(lua, 3, 1), last = luaL_optinteger(lua, 4, size);
  check_count(lua, i, last, "concat");
  luaL_buffinit(lua, &out);
  for (; i < last; i++) {
    add_element(lua, &out, i);
    luaL_addlstring(&out, between, between_length);
  }
  if (i == last) add_element(lua, &out, i);
  luaL_pushresult(&out);
  return 1;
}

static int unpack(lua_State *lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_Integer i = luaL_optinteger(lua, 2, 1), last = luaL_opt(lua, luaL_checkinteger, 3, luaL_len(lua, 1));
  if (i > last) return 0;
  lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)i;
  if (count >= (lua_Unsigned)INT_MAX || !lua_checkstack(lua, (int)++count))
    return luaL_error(lua, "too many results to unpack");
  for (lua_Unsigned n = 0; n < count; n++) {
    kr_limits_tick(lua);
    (void)lua_geti(lua, 1, i + (lua_Integer)n);
  }
  return (int)count;
}

/* A comparison of sort. Upvalue 1 is the script's function, or nil. */
static int compare(lua_State *lua) {
  kr_limits_tick(lua);
  lua_settop(lua, 2);
  if (lua_isnil(lua, lua_upvalueindex(1))) {
    lua_pushboolean(lua, lua_compare(lua, 1, 2, LUA_OPLT));
    return 1;
  }
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, 2, 1);
  return 1;
}

/* Upvalue 1 is Lua's own. */
static int sort(lua_State *lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 2);
  if (lua_isnil(lua, 2) || lua_isfunction(lua, 2)) lua_pushcclosure(lua, compare, 1);
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, 2, 0);
  return 0;
}

void kr_table_open(lua_State *lua) {
  static const luaL_Reg functions[] = {{"concat", concat},   {"insert", insert}, {"move", move},
                                       {"remove", take_out}, {"unpack", unpack}, {NULL, NULL}};
  luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 0);
  luaL_newlib(lua, functions);
  (void)lua_getfield(lua, -2, "pack");
  lua_setfield(lua, -2, "pack");
  (void)lua_getfield(lua, -2, "sort");
  lua_pushcclosure(lua, sort, 1);
  lua_setfield(lua, -2, "sort");
  lua_remove(lua, -2);
}
