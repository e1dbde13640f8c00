/* list.h - kube.list and kube.table: an iterator over a list's pages, the next one under way while one is read. */
#ifndef KR_VM_LIST_H
#define KR_VM_LIST_H

#include <lua.h>

int kr_list(lua_State *lua);                  /* the primitive kube.list */
int kr_list_table(lua_State *lua);            /* kube.table */
const char *kr_run_namespace(lua_State *lua); /* kube_api.c: the run's namespace */
void kr_list_push_methods(lua_State *lua);    /* the table of methods that a List has */

#endif
