/* Our patterns mean what Lua's mean: the same calls on both, compared. */
#include <criterion/criterion.h>
#include <lauxlib.h>
#include <lualib.h>

#include "vm/pattern.h"
#include "vm/vm_private.h"

static const char compare[] =
    "local subjects = { '', 'a', 'hello world', 'THE (quick) fox', 'key = value', '  trim  ', 'aaa', 'a.b.c', "
    "'[[x]]',\n"
    "  '\\0a\\0', 'f(a(b)c)d', '2026-11-24T08:11:40Z', '0/1 nodes are available: 1 Insufficient cpu.' }\n"
    "local patterns = { '', 'a', '^a', 'a$', '^$', '.-', '(.-)%s', '%((%a+)%)', '%b()', '%f[%w]%w+', '(%w+) = (%w+)',\n"
    "  '^%s*(.-)%s*$', '[^%s]+', '[a-c]', '(.)%1', '()', '()a()', '%d+', '[]]', '[^]]', 'a*', 'a+', 'a?', 'a-b', "
    "'%.',\n"
    "  '[a%-z]', '[%-a]', '\\0', '(a)(b)?', '(%d+)/(%d+) nodes', '[', '%', '(', '%f', '%b', '[a', '%1', ')', '(()' }\n"
    "local pieces = { 'a', 'b', '%', '(', ')', '.', '*', '-', '+', '?', '[', ']', '^', '$', '%a', '%b', 'x', '1', '%f' "
    "}\n"
    "math.randomseed(7)\n"
    "for _ = 1, 600 do\n"
    "  local t = {}\n"
    "  for i = 1, math.random(1, 7) do t[i] = pieces[math.random(#pieces)] end\n"
    "  patterns[#patterns + 1] = table.concat(t)\n"
    "end\n"
    "local function same(name, ...)\n"
    "  local a, b = table.pack(pcall(string[name], ...)), table.pack(pcall(ours[name], ...))\n"
    "  assert(a[1] == b[1], ('%s %q %q'):format(name, (...), (select(2, ...))))\n"
    "  if not a[1] then return end\n"
    "  assert(a.n == b.n)\n"
    "  for i = 1, a.n do assert(a[i] == b[i], ('%s %q %q: %s %s'):format(name, (...), (select(2, ...)), a[i], b[i])) "
    "end\n"
    "end\n"
    "local function all(gmatch, s, p)\n"
    "  local t = {}\n"
    "  local ok = pcall(function() for a, b in gmatch(s, p) do t[#t + 1] = tostring(a) .. ',' .. tostring(b) end end)\n"
    "  return ok and table.concat(t, ';')\n"
    "end\n"
    "for _, s in ipairs(subjects) do\n"
    "  for _, p in ipairs(patterns) do\n"
    "    same('find', s, p) same('find', s, p, -3) same('match', s, p) same('match', s, p, 2)\n"
    "    same('gsub', s, p, '<%0>') same('gsub', s, p, '%1') same('gsub', s, p, 'x', 2)\n"
    "    same('gsub', s, p, { a = 'q', hello = 1 }) same('gsub', s, p, function(x) return x end)\n"
    "    assert(all(string.gmatch, s, p) == all(ours.gmatch, s, p), s .. ' ' .. p)\n"
    "  end\n"
    "end\n";

static struct kr_vm vm; /* without limits */

static lua_State *open(void) {
  lua_State *lua = luaL_newstate();
  *(struct kr_vm **)lua_getextraspace(lua) = &vm;
  luaL_openlibs(lua);
  lua_newtable(lua);
  kr_pattern_open(lua);
  lua_setglobal(lua, "ours");
  return lua;
}

Test(pattern, means_what_luas_own_functions_mean) {
  lua_State *lua = open();
  int status = luaL_dostring(lua, compare);
  cr_assert_eq(status, LUA_OK, "%s", lua_tostring(lua, -1));
  lua_close(lua);
}

Test(pattern, too_many_steps_are_an_error) {
  lua_State *lua = open();
  cr_assert_neq(luaL_dostring(lua, "return ours.find(('a'):rep(50000), ('.-'):rep(10) .. 'b')"), LUA_OK);
  cr_assert(strstr(lua_tostring(lua, -1), "too complex") != NULL, "%s", lua_tostring(lua, -1));
  lua_close(lua);
}

Test(pattern, a_long_set_counts_as_many_steps) {
  lua_State *lua = open();
  cr_assert_neq(luaL_dostring(lua, "return ours.find(('a'):rep(200000), '[' .. ('b'):rep(200000) .. ']')"), LUA_OK);
  cr_assert(strstr(lua_tostring(lua, -1), "too complex") != NULL, "%s", lua_tostring(lua, -1));
  cr_assert_neq(luaL_dostring(lua, "return ours.gsub(('a'):rep(200000), '%f[' .. ('b'):rep(200000) .. ']', '')"),
                LUA_OK);
  lua_close(lua);
}

Test(pattern, deep_nesting_is_an_error) {
  lua_State *lua = open();
  cr_assert_neq(luaL_dostring(lua, "return ours.find(('a'):rep(500), ('a?'):rep(500))"), LUA_OK);
  lua_close(lua);
}
