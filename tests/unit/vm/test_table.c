/* Our table functions mean what Lua's own mean: the same calls on both, compared. */
#include <criterion/criterion.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>

#include "vm/vm_private.h"

static const char compare[] =
    "local function copy(t) local c = {} for k, v in pairs(t) do c[k] = v end return setmetatable(c, getmetatable(t)) "
    "end\n"
    "local function text(t) if type(t) ~= 'table' then return tostring(t) end\n"
    "  local keys, out = {}, {} for k in pairs(t) do keys[#keys + 1] = k end\n"
    "  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)\n"
    "  for i, k in ipairs(keys) do out[i] = tostring(k) .. '=' .. text(t[k]) end return '{' .. table.concat(out, ',') "
    ".. '}' end\n"
    "local function same(name, t, ...)\n"
    "  local a, b, x, y = copy(t), copy(t)\n"
    "  x, y = table.pack(pcall(table[name], a, ...)), table.pack(pcall(ours[name], b, ...))\n"
    "  local what = name .. text(t) .. text(table.pack(...))\n"
    "  assert(x[1] == y[1] and x.n == y.n, what .. ': ' .. text(x) .. ' ' .. text(y))\n"
    "  if not x[1] then return end\n"
    "  for i = 1, x.n do if x[i] == a then x[i] = 'itself' end if y[i] == b then y[i] = 'itself' end end\n"
    "  assert(text(x) == text(y) and text(a) == text(b), what .. ': ' .. text(x) .. text(a) .. ' ' .. text(y) .. "
    "text(b))\n"
    "end\n"
    "local other = setmetatable({}, { __index = function(_, i) return 'i' .. i end, __len = function() return 4 end,\n"
    "  __newindex = function(t, k, v) rawset(t, k, v and v .. '!') end, __eq = function() return true end })\n"
    "local function few(i, j) i, j = tonumber(i), tonumber(j) return not i or not j or j < i or j - i >= 0 and j - i < "
    "100 end\n"
    "local some = brief and { -1, 0, 1, 2, 5, math.maxinteger, 1.5, '2' } or\n"
    "  { -2, -1, 0, 1, 2, 3, 4, 5, math.mininteger, math.maxinteger, 1.0, 1.5, '2', 'x', false }\n"
    "for _, t in ipairs({ {}, { 'a' }, { 'a', 'b', 'c', 'd' }, { 1, 2.5, 'x', [6] = 'y' }, { 'a', {}, 'c' }, other }) "
    "do\n"
    "  same('concat', t) same('unpack', t) same('remove', t) same('insert', t) same('insert', t, 'z')\n"
    "  same('sort', t) same('sort', t, function(a, b) return tostring(a) > tostring(b) end) same('sort', t, 1)\n"
    "  for _, i in ipairs(some) do\n"
    "    same('remove', t, i) same('insert', t, i, 'z') same('insert', t, i, 'z', 1) if few(i, 6) then same('concat', "
    "t, ', ', i) end\n"
    "    for _, j in ipairs(some) do\n"
    "      if few(i, j) then\n"
    "        same('concat', t, '-', i, j) same('unpack', t, i, j)\n"
    "        for _, k in ipairs(some) do same('move', t, i, j, k) same('move', t, i, j, k, copy(other)) end\n"
    "      end\n"
    "    end\n"
    "  end\n"
    "end\n"
    "math.randomseed(7)\n"
    "for n = 1, brief and 40 or 200 do local t = {} for i = 1, n do t[i] = math.random(50) end same('sort', t)\n"
    "  same('sort', t, function(a, b) return a > b end) end\n"
    "for _, no in ipairs({ 'x', 1, false }) do assert(not pcall(ours.concat, no) and not pcall(ours.insert, no, 1)) "
    "end\n";

static struct kr_vm vm; /* without limits */

Test(table, means_what_luas_own_functions_mean) {
  lua_State *lua = luaL_newstate();
  *(struct kr_vm **)lua_getextraspace(lua) = &vm;
  luaL_openlibs(lua);
  kr_table_open(lua);
  lua_setglobal(lua, "ours");
  lua_pushboolean(lua, getenv("KRUNBOOK_INSTRUMENTED") != NULL); /* valgrind takes fifty times as long */
  lua_setglobal(lua, "brief");
  int status = luaL_dostring(lua, compare);
  cr_assert_eq(status, LUA_OK, "%s", lua_tostring(lua, -1));
  lua_close(lua);
}
