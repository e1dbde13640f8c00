/* failure.c - what a script died of: message, file and line, traceback, bounded and whatever the error value was. */
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "vm/vm_private.h"

enum { MESSAGE_MAX = 700, TRACEBACK_MAX = 1200, LEVELS_MAX = 100 };

/* The innermost line of Lua that is not the program's own ("krunbook:context.lua"). */
bool kr_failure_place(lua_State *task, char place[KR_PLACE_MAX]) {
  lua_Debug at;
  for (int level = 0; level < LEVELS_MAX && lua_getstack(task, level, &at) != 0; level++) {
    if (lua_getinfo(task, "Sl", &at) != 0 && at.currentline > 0 && strncmp(at.short_src, "krunbook:", 9) != 0) {
      (void)snprintf(place, KR_PLACE_MAX, "%s:%d", at.short_src, at.currentline);
      return true;
    }
  }
  return false;
}

/* The value's own text: no metamethod of the script is called. */
static void message_of(lua_State *task, char *message, size_t size) {
  if (lua_gettop(task) > 0 && (lua_type(task, -1) == LUA_TSTRING || lua_type(task, -1) == LUA_TNUMBER))
    (void)snprintf(message, size, "%s", lua_tostring(task, -1));
  else
    (void)snprintf(message, size, "the script raised an error without a message (a %s)",
                   lua_gettop(task) > 0 ? luaL_typename(task, -1) : "nil");
}

struct last_words {
  lua_State *task;
  char *out;
  size_t size;
};

/* luaL_traceback can raise for memory, so it runs protected. */
static int traceback(lua_State *lua) {
  struct last_words *words = lua_touserdata(lua, 1);
  luaL_traceback(lua, words->task, NULL, 0);
  (void)snprintf(words->out, words->size, "%s", lua_tostring(lua, -1));
  return 0;
}

void kr_failure_describe(struct kr_vm *vm, lua_State *task, struct kr_error *error) {
  char line[KR_PLACE_MAX] = "", message[MESSAGE_MAX], trace[TRACEBACK_MAX] = "";
  struct last_words words = {.task = task, .out = trace, .size = sizeof trace};
  int code = KR_ESCRIPT;
  if (vm->limit.code != KR_OK)
    memcpy(line, vm->limit_place, sizeof line);
  else
    (void)kr_failure_place(task, line);
  vm->post_mortem = true;
  if (vm->limit.code != KR_OK) {
    code = vm->limit.code;
    (void)snprintf(message, sizeof message, "%.*s", MESSAGE_MAX - 1, vm->limit.message);
  } else {
    message_of(task, message, sizeof message);
  }
  if (vm->abandoned || kr_vm_protect(vm, traceback, &words, NULL) != KR_OK) trace[0] = '\0';
  vm->post_mortem = false;
  /* A message of Lua's own begins with its place already. */
  bool prefix = line[0] != '\0' && strstr(message, line) == NULL;
  (void)kr_error_set(error, code, "%s%s%s%s%s", prefix ? line : "", prefix ? ": " : "", message,
                     trace[0] != '\0' ? "\n" : "", trace);
}
