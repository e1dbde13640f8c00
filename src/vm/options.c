/* options.c - see options.h. */
#include "vm/options.h"

#include <lauxlib.h>
#include <string.h>

#include "base/text.h"

void kr_options_check(lua_State *lua, int index, const char *primitive, const char *const *names) {
  size_t count = 0;
  if (lua_isnoneornil(lua, index)) return;
  if (!lua_istable(lua, index))
    (void)luaL_error(lua, "%s: the options are a table, not a %s", primitive, luaL_typename(lua, index));
  while (names[count] != NULL) count++;
  lua_pushnil(lua);
  while (lua_next(lua, index) != 0) {
    bool known = false;
    const char *key = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "[not a name]";
    for (size_t i = 0; i < count; i++) known = known || strcmp(names[i], key) == 0;
    const char *nearest = known ? NULL : kr_text_nearest(key, names, count);
    if (!known && nearest != NULL)
      (void)luaL_error(lua, "%s: there is no option '%s'; is '%s' meant?", primitive, key, nearest);
    if (!known) (void)luaL_error(lua, "%s: there is no option '%s'", primitive, key);
    lua_pop(lua, 1);
  }
}

/* Pushes the field; its type, LUA_TNIL where there are no options. Raw: what a metamethod gives, nobody holds. */
static int push_field(lua_State *lua, int index, const char *name) {
  if (!lua_istable(lua, index)) {
    lua_pushnil(lua);
    return LUA_TNIL;
  }
  (void)lua_pushstring(lua, name);
  return lua_rawget(lua, lua_absindex(lua, index));
}

static void wrong_type(lua_State *lua, const char *name, const char *wanted) {
  (void)luaL_error(lua, "the option '%s' is a %s, not a %s", name, wanted, luaL_typename(lua, -1));
}

const char *kr_options_text(lua_State *lua, int index, const char *name, const char *otherwise) {
  int type = push_field(lua, index, name);
  if (type != LUA_TNIL && type != LUA_TSTRING) wrong_type(lua, name, "string");
  const char *text = type == LUA_TNIL ? otherwise : lua_tostring(lua, -1);
  lua_pop(lua, 1);
  return text;
}

bool kr_options_flag(lua_State *lua, int index, const char *name) {
  int type = push_field(lua, index, name);
  if (type != LUA_TNIL && type != LUA_TBOOLEAN) wrong_type(lua, name, "boolean");
  bool flag = lua_toboolean(lua, -1);
  lua_pop(lua, 1);
  return flag;
}

int64_t kr_options_integer(lua_State *lua, int index, const char *name, int64_t otherwise) {
  int whole, type = push_field(lua, index, name);
  lua_Integer value = lua_tointegerx(lua, -1, &whole);
  if (type != LUA_TNIL && (type != LUA_TNUMBER || !whole || value < 0)) wrong_type(lua, name, "whole number");
  lua_pop(lua, 1);
  return type == LUA_TNIL ? otherwise : value;
}

enum { PAIRS_MAX = 100 };

/* The pairs in the order of their keys, so that the same selector is the same request. */
static void push_pairs(lua_State *lua, int table) {
  luaL_Buffer out;
  lua_newtable(lua);
  lua_pushnil(lua);
  for (lua_Integer i = 1; lua_next(lua, table) != 0; i++) {
    if (lua_type(lua, -2) != LUA_TSTRING || !lua_isstring(lua, -1))
      (void)luaL_error(lua, "a selector's table holds names and texts: { app = \"web\" }");
    if (i > PAIRS_MAX) (void)luaL_error(lua, "a selector's table holds at most %d pairs", PAIRS_MAX);
    (void)lua_pushfstring(lua, "%s=%s", lua_tostring(lua, -2), lua_tostring(lua, -1));
    lua_rawseti(lua, -4, i);
    lua_pop(lua, 1);
  }
  lua_Integer count = (lua_Integer)lua_rawlen(lua, -1);
  for (lua_Integer i = 2; i <= count; i++) /* few: insertion sort */
    for (lua_Integer j = i; j > 1; j--) {
      (void)lua_rawgeti(lua, -1, j - 1);
      (void)lua_rawgeti(lua, -2, j);
      if (strcmp(lua_tostring(lua, -2), lua_tostring(lua, -1)) <= 0) {
        lua_pop(lua, 2);
        break;
      }
      lua_rawseti(lua, -3, j - 1);
      lua_rawseti(lua, -2, j);
    }
  int parts = lua_gettop(lua);
  luaL_buffinit(lua, &out);
  for (lua_Integer i = 1; i <= count; i++) {
    if (i > 1) luaL_addchar(&out, ',');
    (void)lua_rawgeti(lua, parts, i);
    luaL_addvalue(&out);
  }
  luaL_pushresult(&out);
  lua_remove(lua, parts);
}

const char *kr_options_selector(lua_State *lua, int index, const char *name) {
  int type = push_field(lua, index, name);
  if (type == LUA_TTABLE) {
    push_pairs(lua, lua_gettop(lua));
    lua_remove(lua, -2);
  } else if (type != LUA_TNIL && type != LUA_TSTRING) {
    wrong_type(lua, name, "string or table");
  }
  return lua_tostring(lua, -1);
}
