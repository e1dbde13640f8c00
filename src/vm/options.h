/* options.h - the tables of named options that primitives take: typed, and a wrong name names the nearest. */
#ifndef KR_VM_OPTIONS_H
#define KR_VM_OPTIONS_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

/* Raises when the value at index is neither nil nor a table whose keys are all in names (NULL-terminated). */
void kr_options_check(lua_State *lua, int index, const char *primitive, const char *const *names);

/* A field of the table at index; what is left out gives the default. The text is alive as long as the table holds it.
 */
const char *kr_options_text(lua_State *lua, int index, const char *name, const char *otherwise);
bool kr_options_flag(lua_State *lua, int index, const char *name);
int64_t kr_options_integer(lua_State *lua, int index, const char *name, int64_t otherwise);

/* A selector: text as it is, or {app = "web", tier = "front"} as "app=web,tier=front"; NULL when left out. Leaves the
 * text (or nil) on top of the stack: it is alive while it is there. */
const char *kr_options_selector(lua_State *lua, int index, const char *name);

#endif
