/* guard.c - C functions of ours that scripts call, and where they wait. While one is at work the VM is busy: no long
 * jump of the timer's (timer.c) goes past a half-made report or a lock of malloc. They call nothing of the script. */
#include <lauxlib.h>

#include "vm/vm_private.h"

/* When the function raises, the hook tells that it is no longer at work: before the script's next instruction. */
static struct kr_vm *begin(lua_State *lua) {
  struct kr_vm *vm = kr_vm_of(lua);
  vm->busy = 1;
  if (vm->running != NULL) lua_sethook(lua, kr_limits_hook, LUA_MASKCOUNT, 1);
  return vm;
}

/* Upvalue 1 is the function. */
static int guarded(lua_State *lua) {
  struct kr_vm *vm = begin(lua);
  int results = lua_tocfunction(lua, lua_upvalueindex(1))(lua);
  vm->busy = 0;
  return results;
}

void kr_vm_push_function(lua_State *lua, lua_CFunction function) {
  lua_pushcfunction(lua, function);
  lua_pushcclosure(lua, guarded, 1);
}

void kr_vm_push_functions(lua_State *lua, const luaL_Reg *functions) {
  lua_newtable(lua);
  for (; functions->name != NULL; functions++) {
    kr_vm_push_function(lua, functions->func);
    lua_setfield(lua, -2, functions->name);
  }
}

int kr_vm_raise_limit(lua_State *lua, const struct kr_error *error) {
  (void)kr_limits_hit(kr_vm_of(lua), "limit reached: %s", error->message);
  kr_limits_raise(lua);
  return 0; /* not reached */
}

static int resumed(lua_State *lua, int status, lua_KContext context) {
  struct kr_vm *vm = begin(lua);
  int results = vm->running->continuation(lua, status, context);
  vm->busy = 0;
  return results;
}

int kr_vm_sleep(lua_State *lua, lua_KContext context, lua_KFunction continuation) {
  kr_vm_of(lua)->running->continuation = continuation;
  return lua_yieldk(lua, 0, context, resumed);
}
