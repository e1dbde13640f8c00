/* What a script concluded, as JSON. */
#include "vm/json.h"

#include <criterion/criterion.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

static struct kr_error error;
static json_t *value;

/* Converts what the chunk returns. */
static int convert(const char *chunk, size_t limit) {
  lua_State *lua = luaL_newstate();
  luaL_openlibs(lua);
  cr_assert_eq(luaL_dostring(lua, chunk), LUA_OK, "%s", lua_tostring(lua, -1));
  int status = kr_json_from_lua(&value, lua, -1, limit, &error);
  lua_close(lua);
  return status;
}

static void cr_assert_converts(const char *chunk, const char *expected) {
  cr_assert_eq(convert(chunk, 10000), KR_OK, "%s", error.message);
  char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_COMPACT);
  cr_assert_str_eq(text, expected);
  free(text);
  json_decref(value);
  value = NULL;
}

static void cr_assert_refuses(const char *chunk, const char *says) {
  cr_assert_eq(convert(chunk, 10000), KR_EINVAL);
  cr_assert_not_null(strstr(error.message, says), "%s", error.message);
  cr_assert_null(value);
}

Test(json, tables_are_arrays_and_objects) {
  cr_assert_converts("return { a = { 1, 2.5, 'x' }, b = {}, c = true }", "{\"a\":[1,2.5,\"x\"],\"b\":{},\"c\":true}");
}

Test(json, tables_that_share_tables_are_bounded) {
  cr_assert_refuses("local t = {} for i = 1, 60 do t = { t, t } end return { evidence = t }", "evidence[1][1]");
  cr_assert_refuses("local t = {} for i = 1, 60 do t = { a = t, b = t } end return t", "holds too much");
}

Test(json, a_length_that_no_array_has_is_bounded) {
  cr_assert_refuses(
      "local s, x = { 'return { 1, 1, 1, 1, [5] = 1' }, 8 for i = 1, 59 do s[#s + 1] = (', [%d] = 1'):format(x) x = x "
      "* 2 end return load(table.concat(s) .. ' }')()",
      "holds too much");
}

Test(json, names_count_as_text_does) {
  cr_assert_refuses("return { [('k'):rep(10001)] = 1 }", "holds too much");
  cr_assert_refuses("return { k = ('v'):rep(10001) }", "k holds too much");
}

Test(json, what_has_no_json_is_refused_by_its_place) {
  cr_assert_refuses("local t = {} t.t = t return t", "nested too deeply");
  cr_assert_refuses("return { evidence = { 1, print } }", "evidence[2] is a function");
  cr_assert_refuses("return { [{}] = 1 }", "neither an array");
  cr_assert_refuses("return { n = 0 / 0 }", "n is not a finite number");
}
