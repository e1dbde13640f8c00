/* json.h - JSON and Lua values: lua-cjson decodes what the API sent; jansson values carry what a script concluded. */
#ifndef KR_VM_JSON_H
#define KR_VM_JSON_H

#include <jansson.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Pushes the decoded text: null is nil (left out), integral numbers are integers. False, and nil is pushed, when it is
 * no JSON. What the memory budget cannot hold is refused before decoding, as a limit that is reached: that raises. */
bool kr_json_push(lua_State *lua, const char *text, size_t length);

/* The Lua value at index as JSON: a table with keys 1..n is an array (an empty one is an object), strings become valid
 * UTF-8; functions, cycles and depth over 64 are KR_EINVAL saying where ("evidence[2]"). At most limit bytes: those of
 * strings and names, and 64 for each value (tables that share tables can have any number of paths). Never raises. A new
 * reference. */
int kr_json_from_lua(json_t **out, lua_State *lua, int index, size_t limit, struct kr_error *error);

/* Pushes a jansson value; may raise for memory, as NULL does: there was none to make the value. */
void kr_json_push_value(lua_State *lua, const json_t *value);

#endif
