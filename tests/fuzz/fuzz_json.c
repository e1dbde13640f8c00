/* fuzz_json.c - any bytes decode to a Lua value or are told to be no JSON; a value that can be in a report is the same
 * after a second turn through Lua. */
#include <lauxlib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vm/json.h"
#include "vm/vm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
  const char *text;
  size_t length;
};

static struct kr_vm *open(void) {
  static const struct kr_vm_limits limits = KR_VM_LIMITS_DEFAULT;
  static const struct kr_vm_host host = {.namespace_ = "default"};
  struct kr_loop *loop = NULL;
  struct kr_vm *vm = NULL;
  if (kr_loop_new(&loop, NULL, NULL) != KR_OK || kr_vm_new(&vm, loop, &limits, &host, NULL) != KR_OK) abort();
  return vm;
}

/* The decoded value as JSON; NULL: it is none, or holds what no report can. */
static json_t *turn(lua_State *lua, const char *text, size_t length) {
  struct kr_error error = KR_ERROR_INIT;
  json_t *value = NULL;
  int top = lua_gettop(lua);
  bool is_json = kr_json_push(lua, text, length);
  if (lua_gettop(lua) != top + 1 || (!is_json && !lua_isnil(lua, -1))) abort();
  if (is_json && kr_json_from_lua(&value, lua, -1, (size_t)1 << 20, &error) != KR_OK && error.message[0] == '\0')
    abort();
  if (lua_gettop(lua) != top + 1) abort();
  lua_pop(lua, 1);
  return value;
}

static int check(lua_State *lua) {
  const struct input *input = lua_touserdata(lua, 1);
  json_t *first = turn(lua, input->text, input->length);
  if (first == NULL) return 0;
  char *text = json_dumps(first, JSON_ENCODE_ANY);
  if (text == NULL) abort();
  json_t *second = turn(lua, text, strlen(text));
  if (second == NULL || !json_equal(first, second)) abort();
  json_decref(first);
  json_decref(second);
  free(text);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct kr_vm *vm;
  struct input input = {.text = (const char *)data, .length = size};
  struct kr_error error = KR_ERROR_INIT;
  if (vm == NULL) vm = open();
  if (kr_vm_protect(vm, check, &input, &error) != KR_OK) abort();
  return 0;
}
