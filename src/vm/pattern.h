/* pattern.h - Lua's patterns, matched under a bound on steps.
 *
 * Lua's own string.find, match, gmatch and gsub can run for years inside one call, where no hook reaches them. These
 * mean the same (Lua 5.4 manual, 6.4.1) and raise an error when a call takes more than KR_PATTERN_STEPS steps. */
#ifndef KR_VM_PATTERN_H
#define KR_VM_PATTERN_H

#include <lua.h>

enum {
  KR_PATTERN_STEPS = 20000000, /* of one call: about 0.2 s */
  KR_PATTERN_CAPTURES = 32,
  KR_PATTERN_DEPTH = 200 /* of the matcher's recursion: bounds the C stack */
};

/* Puts find, match, gmatch and gsub into the table on top of the stack. */
void kr_pattern_open(lua_State *lua);

#endif
