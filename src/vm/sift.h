/* sift.h - which objects of a list nobody wants as Lua values: told from their text, for there may be thousands. */
#ifndef KR_VM_SIFT_H
#define KR_VM_SIFT_H

#include <lua.h>
#include <stdbool.h>

/* Pushes the UIDs of options.controlled_by, an array, as a set; nil where it is left out. Raises where it is no such
 * array. options is a table or nil. */
void kr_sift_push(lua_State *lua, int options);

/* Whether the object from at to end surely has a controller, and none of the set at index. What cannot be told is for
 * the script to see. */
bool kr_sift_is_other(lua_State *lua, int set, const char *at, const char *end);

#endif
