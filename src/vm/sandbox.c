/* sandbox.c - the names a script has: an allow-list, the same for runbooks and modules, each chunk with an _ENV of its
 * own.
 *
 * Left out are load, io, os, debug, package, collectgarbage, coroutine and what finalises: a __gc would run with hooks
 * off. A __close handler does no harm: a coroutine that was stopped is never reset, and the main thread has nothing to
 * close. */
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "vm/vm_private.h"

enum { PRINT_MAX = 4096, NAMES_MAX = 256, NAMES_USUAL = 32 /* in a sandbox: room made at once */ };

static const char names_key, guards_key;

static int print(lua_State *lua) {
  struct kr_vm *vm = kr_vm_of(lua);
  const struct kr_vm_host *host = &vm->host;
  int count = lua_gettop(lua);
  luaL_Buffer line;
  luaL_buffinit(lua, &line);
  for (int i = 1; i <= count; i++) {
    if (i > 1) luaL_addchar(&line, '\t');
    (void)luaL_tolstring(lua, i, NULL);
    luaL_addvalue(&line);
  }
  luaL_pushresult(&line);
  lua_pushfstring(lua, "%s", lua_tostring(lua, -1)); /* ends at a NUL byte, as the host's line does */
  if (lua_rawlen(lua, -1) > PRINT_MAX) {
    (void)lua_pushlstring(lua, lua_tostring(lua, -1), PRINT_MAX);
  }
  vm->busy = 1;
  if (host->print != NULL) host->print(host->user, lua_tostring(lua, -1));
  vm->busy = 0;
  return 0;
}

static int set_metatable(lua_State *lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_argexpected(lua, lua_isnil(lua, 2) || lua_istable(lua, 2), 2, "nil or table");
  if (luaL_getmetafield(lua, 1, "__metatable") != LUA_TNIL)
    return luaL_error(lua, "cannot change a protected metatable");
  if (lua_istable(lua, 2)) {
    lua_pushliteral(lua, "__gc");
    if (lua_rawget(lua, 2) != LUA_TNIL) return luaL_error(lua, "a metatable here has no __gc");
  }
  lua_settop(lua, 2);
  (void)lua_setmetatable(lua, 1);
  return 1;
}

/* The allowed name nearest to a wrong one, or NULL. The strings are kept alive by the table of names. */
static const char *nearest_name(lua_State *lua, const char *name) {
  const char *names[NAMES_MAX];
  size_t count = 0;
  kr_sandbox_push_names(lua);
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    if (count < NAMES_MAX && lua_type(lua, -2) == LUA_TSTRING) names[count++] = lua_tostring(lua, -2);
    lua_pop(lua, 1);
  }
  lua_pop(lua, 1);
  return kr_text_nearest(name, names, count);
}

/* What Lua has, and is left out here: who writes it has not mistyped it. */
static bool is_left_out(const char *name) {
  static const char *const names[] = {"io",   "os",     "debug",    "package",   "coroutine", "collectgarbage",
                                      "load", "dofile", "loadfile", "loadstring"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strcmp(names[i], name) == 0) return true;
  }
  return false;
}

/* __index of every _ENV: a name that is not there is a mistake, not nil. */
static int undefined(lua_State *lua) {
  const char *name = luaL_tolstring(lua, 2, NULL);
  if (is_left_out(name))
    return luaL_error(lua, "undefined variable '%s': Lua's %s is left out, for a script can only ask and report", name,
                      name);
  const char *nearest = nearest_name(lua, name);
  if (nearest != NULL)
    return luaL_error(lua, "undefined variable '%s': is '%s' meant, or is a 'local' missing?", name, nearest);
  return luaL_error(lua, "undefined variable '%s': is a 'local' missing?", name);
}

static int assigned(lua_State *lua) {
  return luaL_error(lua, "global variable '%s' is assigned: write 'local %s = ...'", luaL_tolstring(lua, 2, NULL),
                    luaL_tolstring(lua, 2, NULL));
}

void kr_sandbox_push_names(lua_State *lua) { (void)lua_rawgetp(lua, LUA_REGISTRYINDEX, &names_key); }

/* The metatable of every _ENV: no script can reach it. */
static void push_guards(lua_State *lua) {
  static const luaL_Reg metamethods[] = {{"__index", undefined}, {"__newindex", assigned}, {NULL, NULL}};
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &guards_key) == LUA_TTABLE) return;
  lua_pop(lua, 1);
  luaL_newlib(lua, metamethods);
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &guards_key);
}

void kr_sandbox_push_environment(lua_State *lua) {
  lua_createtable(lua, 0, NAMES_USUAL);
  kr_sandbox_push_names(lua);
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    lua_pushvalue(lua, -2);
    lua_insert(lua, -2);
    lua_rawset(lua, -5);
  }
  lua_pop(lua, 1);
  push_guards(lua);
  (void)lua_setmetatable(lua, -2);
}

int kr_sandbox_load(lua_State *lua, const char *text, size_t length, const char *path) {
  const struct kr_vm_host *host = &kr_vm_of(lua)->host;
  size_t compiled_length;
  const char *compiled = host->compiled == NULL ? NULL : host->compiled(&compiled_length, text, length);
  (void)lua_pushfstring(lua, "@%s", path);
  int status = compiled == NULL ? luaL_loadbufferx(lua, text, length, lua_tostring(lua, -1), "t")
                                : luaL_loadbufferx(lua, compiled, compiled_length, lua_tostring(lua, -1), "b");
  lua_remove(lua, -2);
  if (status != LUA_OK) return status;
  kr_sandbox_push_environment(lua);
  (void)lua_setupvalue(lua, -2, 1);
  return LUA_OK;
}

static void take(lua_State *lua, const char *const *names) {
  for (; *names != NULL; names++) {
    lua_getfield(lua, -2, *names);
    lua_setfield(lua, -2, *names);
  }
}

/* A library of Lua's own, whole. Random numbers are the same in every run: a report must not depend on them. */
static void add_library(lua_State *lua, const char *name, lua_CFunction open) {
  luaL_requiref(lua, name, open, 0);
  if (lua_getfield(lua, -1, "randomseed") == LUA_TFUNCTION) {
    lua_pushinteger(lua, 1);
    lua_call(lua, 1, 0);
  } else {
    lua_pop(lua, 1);
  }
  lua_setfield(lua, -2, name);
}

int kr_sandbox_open(lua_State *lua) {
  static const char *const base[] = {"assert",   "error",  "getmetatable", "ipairs", "next",   "pairs",
                                     "rawequal", "rawget", "rawlen",       "rawset", "select", "tonumber",
                                     "tostring", "type",   "_VERSION",     NULL};
  static const luaL_Reg own[] = {
      {"print", print}, {"setmetatable", set_metatable}, {"require", kr_require}, {NULL, NULL}};
  luaL_requiref(lua, LUA_GNAME, luaopen_base, 0);
  luaL_newlib(lua, own);
  take(lua, base);
  kr_protected_open(lua);
  kr_string_open(lua);
  lua_setfield(lua, -2, LUA_STRLIBNAME);
  kr_table_open(lua);
  lua_setfield(lua, -2, LUA_TABLIBNAME);
  add_library(lua, LUA_MATHLIBNAME, luaopen_math);
  add_library(lua, LUA_UTF8LIBNAME, luaopen_utf8);
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &names_key);
  if (kr_vm_of(lua)->host.pure) return 0;
  kr_kube_open(lua);
  lua_setfield(lua, -2, "kube");
  return 0;
}
