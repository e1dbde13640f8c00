/* require.c - modules of the Lua library, each loaded once a VM. The host says where their text is. */
#include <lauxlib.h>
#include <stdlib.h>

#include "vm/vm_private.h"

enum { MODULE_MAX = 256 << 10 };

static const char loaded_key, loading; /* addresses: a key of the registry, a mark in the table of modules */

/* Held by a userdata, so that it is freed whatever is raised while it is compiled. */
struct module {
  struct kr_buffer text;
  char *path;
  struct kr_error error;
};

static void module_drop(struct kr_vm *vm, struct module *module) {
  sig_atomic_t outside = vm->busy;
  vm->busy = 1;
  kr_buffer_free(&module->text);
  free(module->path);
  module->path = NULL;
  vm->busy = outside;
}

static int module_free(lua_State *lua) {
  module_drop(kr_vm_of(lua), lua_touserdata(lua, 1));
  return 0;
}

static struct module *module_push(lua_State *lua) {
  struct module *module = lua_newuserdatauv(lua, sizeof *module, 0);
  *module = (struct module){0};
  kr_buffer_init(&module->text, MODULE_MAX);
  lua_createtable(lua, 0, 1);
  lua_pushcfunction(lua, module_free);
  lua_setfield(lua, -2, "__gc");
  (void)lua_setmetatable(lua, -2);
  return module;
}

static void push_loaded(lua_State *lua) {
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &loaded_key) == LUA_TTABLE) return;
  lua_pop(lua, 1);
  lua_newtable(lua);
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &loaded_key);
}

/* Runs the module's text and leaves what it returned on top. */
static void load(lua_State *lua, const char *name) {
  struct kr_vm *vm = kr_vm_of(lua);
  const struct kr_vm_host *host = &vm->host;
  struct module *module = module_push(lua);
  if (host->module == NULL) {
    (void)luaL_error(lua, "module '%s': there are no modules here", name);
    return; /* not reached */
  }
  vm->busy = 1;
  int status = host->module(host->user, name, &module->text, &module->path, &module->error);
  vm->busy = 0;
  if (status != KR_OK) (void)luaL_error(lua, "module '%s': %s", name, module->error.message);
  const char *path = module->path != NULL ? module->path : name;
  if (kr_sandbox_load(lua, kr_buffer_text(&module->text), module->text.length, path) != LUA_OK) (void)lua_error(lua);
  module_drop(vm, module); /* else it stays until garbage is collected */
  lua_call(lua, 0, 1);
  if (lua_isnil(lua, -1))
    (void)luaL_error(lua, "module '%s' returns nothing: it ends with 'return' and its table", name);
}

int kr_require(lua_State *lua) {
  const char *name = luaL_checkstring(lua, 1);
  lua_settop(lua, 1);
  push_loaded(lua); /* 2 */
  lua_getfield(lua, 2, name);
  if (lua_islightuserdata(lua, -1)) return luaL_error(lua, "module '%s' requires itself, through others", name);
  if (!lua_isnil(lua, -1)) return 1;
  lua_pop(lua, 1);
  lua_pushlightuserdata(lua, (void *)&loading);
  lua_setfield(lua, 2, name);
  load(lua, name);
  lua_pushvalue(lua, -1);
  lua_setfield(lua, 2, name);
  return 1;
}
