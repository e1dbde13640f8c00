/* json.c - see json.h. */
#include "vm/json.h"

#include <lauxlib.h>
#include <lua-cjson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "vm/vm_private.h"

enum { DEPTH_MAX = 64, PATH_MAX_LENGTH = 200, VALUE_BYTES = 64 };

static const char decode_key;

/* The number on top, the value of the key beneath it, if it is whole. */
static void make_integer(lua_State *lua, int table) {
  lua_Integer whole;
  lua_Number number = lua_tonumber(lua, -1);
  if (lua_isinteger(lua, -1) || !lua_numbertointeger(number, &whole) || (lua_Number)whole != number) return;
  lua_pushvalue(lua, -2);
  lua_pushinteger(lua, whole);
  lua_rawset(lua, table);
}

/* cjson makes every number a float and null a light userdata. Assigning to fields that exist is allowed while walking a
 * table. The depth is cjson's own bound, 1000. */
static void normalise(lua_State *lua, int table) {
  luaL_checkstack(lua, 5, "JSON is nested too deeply");
  lua_pushnil(lua);
  while (lua_next(lua, table) != 0) {
    switch (lua_type(lua, -1)) {
      case LUA_TTABLE:
        normalise(lua, lua_gettop(lua));
        break;
      case LUA_TLIGHTUSERDATA:
        lua_pushvalue(lua, -2);
        lua_pushnil(lua);
        lua_rawset(lua, table);
        break;
      case LUA_TNUMBER:
        make_integer(lua, table);
        break;
      default:
        break;
    }
    lua_pop(lua, 1);
  }
}

static void push_decoder(lua_State *lua) {
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &decode_key) == LUA_TFUNCTION) return;
  lua_pop(lua, 1);
  lua_pushcfunction(lua, luaopen_cjson);
  lua_call(lua, 0, 1);
  lua_getfield(lua, -1, "decode");
  lua_remove(lua, -2);
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &decode_key);
}

/* cjson leaks its buffer when memory is refused in mid-decode, so what will not fit is refused before: tables take
 * about 4.5 times the text. A collection first makes room, where that can help. */
static void check_room(lua_State *lua, size_t length) {
  struct kr_vm *vm = kr_vm_of(lua);
  size_t needed = length + length / 2 * 9; /* the text as a Lua string, and its tables */
  if (!kr_memory_fits(vm, needed)) (void)lua_gc(lua, LUA_GCCOLLECT, 0);
  if (kr_memory_fits(vm, needed)) return;
  (void)kr_limits_hit(vm, "limit reached: an answer of %zu KiB does not fit into the script's %zu MiB of memory",
                      length >> 10, vm->limits.memory >> 20);
  kr_limits_raise(lua);
}

bool kr_json_push(lua_State *lua, const char *text, size_t length) {
  luaL_checkstack(lua, 4, "no room to decode JSON");
  push_decoder(lua);
  check_room(lua, length);
  (void)lua_pushlstring(lua, text, length);
  int status = lua_pcall(lua, 1, 1, 0);
  if (status == LUA_ERRMEM) (void)lua_error(lua);
  if (status != LUA_OK) {
    lua_pop(lua, 1);
    lua_pushnil(lua);
    return false;
  }
  if (lua_istable(lua, -1)) normalise(lua, lua_gettop(lua));
  return true;
}

/* Where in the value we are, for messages. */
struct walk {
  lua_State *lua;
  size_t left; /* bytes */
  struct kr_error *error;
  char path[PATH_MAX_LENGTH];
};

static int convert(json_t **out, struct walk *walk, int index, int depth);

static int refuse(const struct walk *walk, const char *why) {
  return kr_error_set(walk->error, KR_EINVAL, "%s %s", walk->path[0] != '\0' ? walk->path : "the value", why);
}

static int spend(struct walk *walk, size_t bytes) {
  if (bytes > walk->left) return refuse(walk, "holds too much");
  walk->left -= bytes;
  return KR_OK;
}

static int convert_string(json_t **out, struct walk *walk, int index) {
  size_t length;
  const char *text = lua_tolstring(walk->lua, index, &length);
  struct kr_buffer clean;
  if (spend(walk, length) != KR_OK) return KR_EINVAL;
  kr_buffer_init(&clean, length * 3 + 1);
  int status = kr_text_utf8(&clean, text, length);
  if (status == KR_OK) *out = json_stringn(kr_buffer_text(&clean), clean.length);
  kr_buffer_free(&clean);
  return status == KR_OK && *out != NULL ? KR_OK : kr_error_set(walk->error, KR_ENOMEM, "no memory for a value");
}

/* Converts the value on top as a member called name (or at position), popping nothing. */
static int convert_member(json_t **out, struct walk *walk, const char *name, lua_Integer position, int depth) {
  size_t length = strlen(walk->path);
  if (name != NULL)
    (void)snprintf(walk->path + length, sizeof walk->path - length, "%s%s", length > 0 ? "." : "", name);
  else
    (void)snprintf(walk->path + length, sizeof walk->path - length, "[%lld]", (long long)position);
  int status = convert(out, walk, lua_gettop(walk->lua), depth + 1);
  if (status == KR_OK) walk->path[length] = '\0';
  return status;
}

static int convert_array(json_t **out, struct walk *walk, int index, lua_Integer count, int depth) {
  json_t *array = json_array();
  int status = array == NULL ? KR_ENOMEM : KR_OK;
  for (lua_Integer i = 1; status == KR_OK && i <= count; i++) {
    json_t *item = NULL;
    (void)lua_rawgeti(walk->lua, index, i);
    status = convert_member(&item, walk, NULL, i, depth);
    lua_pop(walk->lua, 1);
    if (status == KR_OK && json_array_append_new(array, item) != 0) status = KR_ENOMEM;
  }
  if (status == KR_OK)
    *out = array;
  else
    json_decref(array);
  return status;
}

static int convert_object(json_t **out, struct walk *walk, int index, int depth) {
  json_t *object = json_object();
  int status = object == NULL ? KR_ENOMEM : KR_OK;
  lua_pushnil(walk->lua);
  while (status == KR_OK && lua_next(walk->lua, index) != 0) {
    json_t *member = NULL;
    if (lua_type(walk->lua, -2) != LUA_TSTRING) {
      status = refuse(walk, "is neither an array (keys 1 to n) nor has only names as keys");
    } else if ((status = spend(walk, lua_rawlen(walk->lua, -2))) == KR_OK) {
      status = convert_member(&member, walk, lua_tostring(walk->lua, -2), 0, depth);
      if (status == KR_OK && json_object_set_new(object, lua_tostring(walk->lua, -2), member) != 0)
        status = refuse(walk, "has a key that is not UTF-8");
    }
    lua_pop(walk->lua, status == KR_OK ? 1 : 2);
  }
  if (status == KR_OK)
    *out = object;
  else
    json_decref(object);
  return status;
}

static int convert(json_t **out, struct walk *walk, int index, int depth) {
  lua_State *lua = walk->lua;
  if (spend(walk, VALUE_BYTES) != KR_OK) return KR_EINVAL;
  if (depth > DEPTH_MAX) return refuse(walk, "is nested too deeply (or contains itself)");
  if (!lua_checkstack(lua, 6)) return refuse(walk, "is nested too deeply");
  switch (lua_type(lua, index)) {
    case LUA_TNIL:
    case LUA_TNONE:
      *out = json_null();
      return KR_OK;
    case LUA_TBOOLEAN:
      *out = json_boolean(lua_toboolean(lua, index));
      return KR_OK;
    case LUA_TNUMBER:
      if (!lua_isinteger(lua, index) && !isfinite(lua_tonumber(lua, index)))
        return refuse(walk, "is not a finite number");
      *out = lua_isinteger(lua, index) ? json_integer(lua_tointeger(lua, index)) : json_real(lua_tonumber(lua, index));
      return *out != NULL ? KR_OK : KR_ENOMEM;
    case LUA_TSTRING:
      return convert_string(out, walk, index);
    case LUA_TTABLE: {
      lua_Integer count = (lua_Integer)lua_rawlen(lua, index);
      return count > 0 ? convert_array(out, walk, index, count, depth) : convert_object(out, walk, index, depth);
    }
    default:
      (void)kr_error_set(walk->error, KR_EINVAL, "%s is a %s: it cannot be in a report",
                         walk->path[0] != '\0' ? walk->path : "the value", lua_typename(lua, lua_type(lua, index)));
      return KR_EINVAL;
  }
}

int kr_json_from_lua(json_t **out, lua_State *lua, int index, size_t limit, struct kr_error *error) {
  struct walk walk = {.lua = lua, .left = limit, .error = error};
  int status = convert(out, &walk, lua_absindex(lua, index), 0);
  if (status == KR_ENOMEM) (void)kr_error_set(error, status, "no memory for a value");
  return status;
}

static void push_members(lua_State *lua, const json_t *object) {
  const char *name;
  json_t *member;
  lua_createtable(lua, 0, (int)json_object_size(object));
  json_object_foreach((json_t *)object, name, member) {
    kr_json_push_value(lua, member);
    lua_setfield(lua, -2, name);
  }
}

static void push_items(lua_State *lua, const json_t *array) {
  size_t count = json_array_size(array);
  lua_createtable(lua, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    kr_json_push_value(lua, json_array_get(array, i));
    lua_rawseti(lua, -2, (lua_Integer)i + 1);
  }
}

void kr_json_push_value(lua_State *lua, const json_t *value) {
  luaL_checkstack(lua, 3, "a value is nested too deeply");
  if (value == NULL) {
    (void)luaL_error(lua, "out of memory");
    return; /* never: it is for readers that do not know that this raises */
  }
  switch (json_typeof(value)) {
    case JSON_OBJECT:
      push_members(lua, value);
      break;
    case JSON_ARRAY:
      push_items(lua, value);
      break;
    case JSON_STRING:
      (void)lua_pushlstring(lua, json_string_value(value), json_string_length(value));
      break;
    case JSON_INTEGER:
      lua_pushinteger(lua, json_integer_value(value));
      break;
    case JSON_REAL:
      lua_pushnumber(lua, json_real_value(value));
      break;
    case JSON_TRUE:
    case JSON_FALSE:
      lua_pushboolean(lua, json_is_true(value));
      break;
    default:
      lua_pushnil(lua);
  }
}
