/* fuzz_pattern.c - the first line is a pattern, the rest a text: a match and its captures lie within the text, and
 * where few steps were enough, find and gsub say what Lua's own say. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vm/matcher.h"
#include "vm/vm_private.h"

enum { STEPS = 50000, FEW_STEPS = 5000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of the exact size, so that a sanitizer sees what reads past it. */
static char *copy(const uint8_t *data, size_t size) {
  char *bytes = malloc(size > 0 ? size : 1);
  if (bytes == NULL) abort();
  if (size > 0) memcpy(bytes, data, size);
  return bytes;
}

static void check_match(const struct kr_matcher *matcher, const char *start, const char *end) {
  if (end < start || end > matcher->subject_end || matcher->error != NULL) abort();
  if (matcher->level < 0 || matcher->level > KR_PATTERN_CAPTURES) abort();
  for (int i = 0; i < matcher->level; i++) {
    const char *capture = matcher->captures[i].start;
    ptrdiff_t length = matcher->captures[i].length;
    if (capture < matcher->subject || capture > matcher->subject_end) abort();
    if (length > matcher->subject_end - capture || length < KR_CAPTURE_POSITION) abort();
  }
}

/* Matches from every place; true when that took few steps. */
static bool match(const char *pattern, size_t pattern_length, const char *subject, size_t length) {
  struct kr_matcher matcher;
  bool anchored = pattern_length > 0 && *pattern == '^';
  kr_matcher_init(&matcher, subject, length, pattern + pattern_length);
  matcher.steps = STEPS;
  for (const char *at = subject; at <= subject + length && matcher.error == NULL; at++) {
    const char *end = kr_matcher_run(&matcher, at, pattern + anchored);
    if (end != NULL) check_match(&matcher, at, end);
    if (anchored) break;
  }
  return STEPS - matcher.steps < FEW_STEPS;
}

static struct kr_vm vm; /* without limits */

/* Raises where the two differ, but for words of errors and for what only one of them finds too complex. */
static const char compare[] =
    "local pattern, subject = ...\n"
    "local function same(name, ...)\n"
    "  local a, b = table.pack(pcall(string[name], subject, pattern, ...)), table.pack(pcall(ours[name], subject, "
    "pattern, ...))\n"
    "  if tostring(a[2]):find('too complex') or tostring(b[2]):find('too complex') then return end\n"
    "  assert(a[1] == b[1] and (not a[1] or a.n == b.n), name)\n"
    "  for i = 1, a[1] and a.n or 0 do assert(a[i] == b[i], name) end\n"
    "end\n"
    "same('find') same('find', -2) same('match') same('gsub', '<%0%1>') same('gsub', '%%', 2)\n"
    "same('gsub', function(x) return x end)\n";

static lua_State *open(void) {
  lua_State *lua = luaL_newstate();
  if (lua == NULL) abort();
  *(struct kr_vm **)lua_getextraspace(lua) = &vm;
  luaL_openlibs(lua);
  lua_newtable(lua);
  kr_pattern_open(lua);
  lua_setglobal(lua, "ours");
  if (luaL_loadstring(lua, compare) != LUA_OK) abort();
  return lua;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static lua_State *lua;
  if (lua == NULL) lua = open();
  const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
  size_t pattern_length = newline != NULL ? (size_t)(newline - data) : size;
  size_t begin = newline != NULL ? pattern_length + 1 : size, length = size - begin;
  char *pattern = copy(data, pattern_length), *subject = copy(data + begin, length);
  if (match(pattern, pattern_length, subject, length)) {
    lua_pushvalue(lua, 1);
    (void)lua_pushlstring(lua, pattern, pattern_length);
    (void)lua_pushlstring(lua, subject, length);
    if (lua_pcall(lua, 2, 0, 0) != LUA_OK) abort();
  }
  free(pattern);
  free(subject);
  return 0;
}
