/* parallel.c - kube.parallel: several things at once, each in a task of its own, results in the order given. */
#include <lauxlib.h>
#include <string.h>

#include "vm/vm_private.h"

enum { ITEMS = 1, FUNCTION = 2, RESULTS = 3, PROGRESS = 4, DEPTH_MAX = 8 };

struct progress {
  lua_Integer count, next; /* items; the next one to begin with */
  int64_t running;
};

static void begin(lua_State *lua, struct progress *progress) {
  struct kr_vm *vm = kr_vm_of(lua);
  uint64_t parent = kr_vm_ticket(lua).task;
  lua_Integer index = progress->next++;
  luaL_checkstack(lua, 4, "too many tasks");
  (void)lua_rawgeti(lua, ITEMS, index);
  if (lua_isnil(lua, FUNCTION)) {
    if (!lua_isfunction(lua, -1))
      (void)luaL_error(lua, "kube.parallel: element %d is a %s, not a function", (int)index, luaL_typename(lua, -1));
  } else {
    lua_pushvalue(lua, FUNCTION);
    lua_insert(lua, -2);
    lua_pushinteger(lua, index);
  }
  struct kr_task *task = kr_task_new(vm, lua, lua_isnil(lua, FUNCTION) ? 0 : 2);
  task->parent = parent;
  task->index = index;
  task->depth = vm->running->depth + 1;
  progress->running++;
}

static void drop_children(struct kr_vm *vm, uint64_t parent) {
  struct kr_task *task = vm->tasks;
  while (task != NULL) {
    if (task->parent == parent) {
      kr_task_drop(vm, task);
      task = vm->tasks;
    } else {
      task = task->next;
    }
  }
}

/* Takes the first result of a child that is done; its failure becomes the parent's. */
static void fetch(lua_State *lua, struct progress *progress, struct kr_task *task) {
  struct kr_vm *vm = kr_vm_of(lua);
  progress->running--;
  if (task->failure != NULL) {
    (void)lua_pushstring(lua, task->failure);
    drop_children(vm, task->parent);
    (void)lua_error(lua);
  }
  if (task->arguments > 0) {
    lua_settop(task->lua, lua_gettop(task->lua) - task->arguments + 1);
    lua_xmove(task->lua, lua, 1);
    lua_rawseti(lua, RESULTS, task->index);
  }
  kr_task_drop(vm, task);
}

static struct kr_task *done_child(const struct kr_vm *vm, uint64_t parent) {
  struct kr_task *task = vm->tasks;
  while (task != NULL && (task->parent != parent || task->state != KR_TASK_DONE)) task = task->next;
  return task;
}

/* One of its own tasks each kube.parallel always has: those that wait for theirs could else wait for ever. */
static bool has_room(const struct kr_vm *vm, const struct progress *progress) {
  return progress->running == 0 || vm->task_count <= vm->limits.tasks;
}

static int go_on(lua_State *lua, int status, lua_KContext context) {
  struct kr_vm *vm = kr_vm_of(lua);
  struct progress *progress = lua_touserdata(lua, PROGRESS);
  uint64_t self = kr_vm_ticket(lua).task;
  struct kr_task *child;
  (void)status, (void)context;
  lua_settop(lua, PROGRESS);
  while ((child = done_child(vm, self)) != NULL) fetch(lua, progress, child);
  while (progress->next <= progress->count && has_room(vm, progress)) begin(lua, progress);
  if (progress->running > 0) return kr_vm_sleep(lua, 0, go_on);
  lua_settop(lua, RESULTS);
  return 1;
}

int kr_parallel(lua_State *lua) {
  luaL_checktype(lua, ITEMS, LUA_TTABLE);
  lua_settop(lua, FUNCTION);
  if (!lua_isnil(lua, FUNCTION)) luaL_checktype(lua, FUNCTION, LUA_TFUNCTION);
  if (!lua_isyieldable(lua))
    return luaL_error(lua, "kube.parallel cannot wait here: it is called from within a sort, a gsub or a metamethod");
  if (kr_vm_of(lua)->running->depth >= DEPTH_MAX)
    return luaL_error(lua, "kube.parallel within kube.parallel is more than %d deep", DEPTH_MAX);
  /* Left behind when an earlier call was ended by an error that the script caught. */
  drop_children(kr_vm_of(lua), kr_vm_ticket(lua).task);
  lua_Integer count = (lua_Integer)lua_rawlen(lua, ITEMS);
  lua_createtable(lua, (int)(count < 1000 ? count : 1000), 0);
  struct progress *progress = lua_newuserdatauv(lua, sizeof *progress, 0);
  *progress = (struct progress){.count = count, .next = 1};
  return go_on(lua, LUA_OK, 0);
}
