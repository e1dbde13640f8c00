/* pattern.c - string.find, match, gmatch and gsub over matcher.c; see pattern.h. */
#define _GNU_SOURCE /* memmem */
#include "vm/pattern.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#include "vm/matcher.h"
#include "vm/vm_private.h"

static void check(lua_State *lua, const struct kr_matcher *matcher) {
  if (matcher->error != NULL) (void)luaL_error(lua, "%s", matcher->error);
}

/* Pushes capture number index; where the pattern has none, capture 0 is the whole match. */
static void push_capture(lua_State *lua, const struct kr_matcher *matcher, int index, const char *start,
                         const char *end) {
  if (index >= matcher->level) {
    if (index != 0) (void)luaL_error(lua, "invalid capture index %%%d", index + 1);
    (void)lua_pushlstring(lua, start, (size_t)(end - start));
    return;
  }
  ptrdiff_t length = matcher->captures[index].length;
  if (length == KR_CAPTURE_OPEN) (void)luaL_error(lua, "unfinished capture");
  if (length == KR_CAPTURE_POSITION)
    lua_pushinteger(lua, matcher->captures[index].start - matcher->subject + 1);
  else
    (void)lua_pushlstring(lua, matcher->captures[index].start, (size_t)length);
}

/* Pushes all captures (the whole match where there are none and whole is asked for) and returns how many. */
static int push_captures(lua_State *lua, const struct kr_matcher *matcher, bool whole, const char *start,
                         const char *end) {
  int count = matcher->level == 0 && whole ? 1 : matcher->level;
  luaL_checkstack(lua, count, "too many captures");
  for (int i = 0; i < count; i++) push_capture(lua, matcher, i, start, end);
  return count;
}

/* The offset that an init argument means, from 0; length + 1 when it lies past the end. */
static size_t initial(lua_State *lua, int argument, size_t length) {
  lua_Integer init = luaL_optinteger(lua, argument, 1);
  if (init > 0) return (lua_Unsigned)init - 1 > length ? length + 1 : (size_t)init - 1;
  if (init == 0 || init < -(lua_Integer)length) return 0;
  return length - (size_t)-init;
}

/* The first match at or after *start: sets *start to where it begins and returns its end; NULL: none. */
static const char *search(struct kr_matcher *matcher, const char **start, const char *pattern, bool anchored) {
  for (const char *at = *start;; at++) {
    const char *end = kr_matcher_run(matcher, at, pattern);
    if (end != NULL) {
      *start = at;
      return end;
    }
    if (anchored || matcher->error != NULL || at >= matcher->subject_end) return NULL;
  }
}

static bool has_specials(const char *pattern, size_t length) {
  static const char specials[] = {'^', '$', '*', '+', '?', '.', '(', '[', '%', '-'};
  for (size_t i = 0; i < length; i++)
    if (memchr(specials, pattern[i], sizeof specials) != NULL) return true;
  return false;
}

static int find_plain(lua_State *lua, const char *subject, size_t length, size_t from, const char *text, size_t count) {
  const char *found = memmem(subject + from, length - from, text, count);
  if (found == NULL) {
    luaL_pushfail(lua);
    return 1;
  }
  lua_pushinteger(lua, found - subject + 1);
  lua_pushinteger(lua, found - subject + (lua_Integer)count);
  return 2;
}

static int find_or_match(lua_State *lua, bool find) {
  size_t length, pattern_length;
  const char *subject = luaL_checklstring(lua, 1, &length);
  const char *pattern = luaL_checklstring(lua, 2, &pattern_length);
  size_t from = initial(lua, 3, length);
  if (from > length) {
    luaL_pushfail(lua);
    return 1;
  }
  if (find && (lua_toboolean(lua, 4) || !has_specials(pattern, pattern_length)))
    return find_plain(lua, subject, length, from, pattern, pattern_length);
  struct kr_matcher matcher;
  bool anchored = pattern_length > 0 && *pattern == '^';
  kr_matcher_init(&matcher, subject, length, pattern + pattern_length);
  const char *start = subject + from, *end = search(&matcher, &start, pattern + anchored, anchored);
  check(lua, &matcher);
  if (end == NULL) {
    luaL_pushfail(lua);
    return 1;
  }
  if (!find) return push_captures(lua, &matcher, true, start, end);
  lua_pushinteger(lua, start - subject + 1);
  lua_pushinteger(lua, end - subject);
  return push_captures(lua, &matcher, false, start, end) + 2;
}

static int string_find(lua_State *lua) { return find_or_match(lua, true); }

static int string_match(lua_State *lua) { return find_or_match(lua, false); }

/* Upvalues: subject, pattern, the offset to go on from, the end of the last match (-1: none yet). */
static int gmatch_next(lua_State *lua) {
  size_t length, pattern_length;
  const char *subject = lua_tolstring(lua, lua_upvalueindex(1), &length);
  const char *pattern = lua_tolstring(lua, lua_upvalueindex(2), &pattern_length);
  lua_Integer from = lua_tointeger(lua, lua_upvalueindex(3)), last = lua_tointeger(lua, lua_upvalueindex(4));
  struct kr_matcher matcher;
  kr_matcher_init(&matcher, subject, length, pattern + pattern_length);
  while (from >= 0 && (size_t)from <= length) {
    const char *start = subject + from, *end = search(&matcher, &start, pattern, false);
    check(lua, &matcher);
    if (end == NULL) break;
    from = end - subject;
    /* An empty match right where the last one ended is none. */
    if (from == last) {
      from = start - subject + 1;
      continue;
    }
    lua_pushinteger(lua, from);
    lua_copy(lua, -1, lua_upvalueindex(3));
    lua_replace(lua, lua_upvalueindex(4));
    return push_captures(lua, &matcher, true, start, end);
  }
  return 0;
}

static int string_gmatch(lua_State *lua) {
  size_t length;
  (void)luaL_checklstring(lua, 1, &length);
  (void)luaL_checkstring(lua, 2);
  size_t from = initial(lua, 3, length);
  lua_settop(lua, 2);
  lua_pushinteger(lua, (lua_Integer)from);
  lua_pushinteger(lua, -1);
  lua_pushcclosure(lua, gmatch_next, 4);
  return 1;
}

/* Adds a replacement string with its %0 to %9 put in. */
static void add_template(lua_State *lua, luaL_Buffer *out, const struct kr_matcher *matcher, const char *start,
                         const char *end) {
  size_t length;
  const char *text = lua_tolstring(lua, 3, &length);
  for (size_t i = 0; i < length; i++) {
    if (text[i] != '%') {
      luaL_addchar(out, text[i]);
    } else if (++i < length && text[i] == '%') {
      luaL_addchar(out, '%');
    } else if (i < length && text[i] == '0') {
      luaL_addlstring(out, start, (size_t)(end - start));
    } else if (i < length && text[i] >= '1' && text[i] <= '9') {
      push_capture(lua, matcher, text[i] - '1', start, end);
      (void)luaL_tolstring(lua, -1, NULL); /* a position capture is a number */
      lua_remove(lua, -2);
      luaL_addvalue(out);
    } else {
      (void)luaL_error(lua, "invalid use of '%%' in replacement string");
    }
  }
}

/* Adds what takes the place of one match; true when it is not the match itself. */
static bool add_replacement(lua_State *lua, luaL_Buffer *out, const struct kr_matcher *matcher, const char *start,
                            const char *end) {
  int type = lua_type(lua, 3);
  if (type == LUA_TFUNCTION) {
    lua_pushvalue(lua, 3);
    lua_call(lua, push_captures(lua, matcher, true, start, end), 1);
  } else if (type == LUA_TTABLE) {
    push_capture(lua, matcher, 0, start, end);
    (void)lua_gettable(lua, 3);
  } else {
    add_template(lua, out, matcher, start, end);
    return true;
  }
  if (!lua_toboolean(lua, -1)) {
    lua_pop(lua, 1);
    luaL_addlstring(out, start, (size_t)(end - start));
    return false;
  }
  if (!lua_isstring(lua, -1)) return luaL_error(lua, "invalid replacement value (a %s)", luaL_typename(lua, -1)) != 0;
  luaL_addvalue(out);
  return true;
}

static int string_gsub(lua_State *lua) {
  size_t length, pattern_length;
  const char *subject = luaL_checklstring(lua, 1, &length);
  const char *pattern = luaL_checklstring(lua, 2, &pattern_length);
  int type = lua_type(lua, 3);
  luaL_argexpected(lua, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
                   "string/function/table");
  lua_Integer most = luaL_optinteger(lua, 4, (lua_Integer)length + 1), count = 0;
  bool anchored = pattern_length > 0 && *pattern == '^', changed = false;
  struct kr_matcher matcher;
  luaL_Buffer out;
  const char *at = subject, *last = NULL;
  kr_matcher_init(&matcher, subject, length, pattern + pattern_length);
  luaL_buffinit(lua, &out);
  while (count < most) {
    kr_limits_tick(lua); /* a replacement may be slow C */
    const char *end = kr_matcher_run(&matcher, at, pattern + anchored);
    check(lua, &matcher);
    if (end != NULL && end != last) {
      count++;
      if (add_replacement(lua, &out, &matcher, at, end)) changed = true;
      at = last = end;
    } else if (at < matcher.subject_end) {
      luaL_addchar(&out, *at);
      at++;
    } else {
      break;
    }
    if (anchored) break;
  }
  luaL_addlstring(&out, at, (size_t)(matcher.subject_end - at));
  luaL_pushresult(&out);
  if (!changed) lua_pushvalue(lua, 1);
  lua_pushinteger(lua, count);
  return 2;
}

void kr_pattern_open(lua_State *lua) {
  static const luaL_Reg functions[] = {
      {"find", string_find}, {"match", string_match}, {"gmatch", string_gmatch}, {"gsub", string_gsub}, {NULL, NULL}};
  luaL_setfuncs(lua, functions, 0);
}
