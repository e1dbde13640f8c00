/* task.c - coroutines that scripts never see: made, resumed when ready, dropped. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "vm/vm_private.h"

struct kr_task *kr_task_find(const struct kr_vm *vm, uint64_t id) {
  struct kr_task *task = vm->tasks;
  while (task != NULL && task->id != id) task = task->next;
  return task;
}

size_t kr_vm_tasks(const struct kr_vm *vm, uint64_t *ids, size_t max) {
  size_t depth = 0, count = 0;
  for (const struct kr_task *task = vm->running; task != NULL; task = kr_task_find(vm, task->parent)) depth++;
  for (const struct kr_task *task = vm->running; task != NULL; task = kr_task_find(vm, task->parent)) {
    depth--;
    if (depth < max) ids[depth] = task->id;
    if (depth < max) count++;
  }
  return count;
}

struct kr_task *kr_task_new(struct kr_vm *vm, lua_State *from, int argument_count) {
  lua_State *thread = lua_newthread(from);
  luaL_checkstack(thread, argument_count + 1, "too many arguments");
  lua_rawsetp(from, LUA_REGISTRYINDEX, thread);
  struct kr_task *task = calloc(1, sizeof *task); /* nothing below raises any more */
  if (task == NULL) {
    (void)luaL_error(from, "not enough memory for a task");
    return NULL; /* not reached */
  }
  *task = (struct kr_task){.id = ++vm->last_task, .lua = thread, .arguments = argument_count, .next = vm->tasks};
  vm->tasks = task;
  vm->task_count++;
  lua_xmove(from, thread, argument_count + 1);
  kr_limits_watch(thread);
  return task;
}

static void unlink_task(struct kr_vm *vm, const struct kr_task *task) {
  struct kr_task **link = &vm->tasks;
  while (*link != NULL && *link != task) link = &(*link)->next;
  if (*link != NULL) *link = task->next;
}

/* The thread is not closed or reset: what it left to be closed must not run (limits.c); it is only no longer anchored.
 */
void kr_task_drop(struct kr_vm *vm, struct kr_task *task) {
  uint64_t id = task->id;
  unlink_task(vm, task);
  vm->task_count--;
  if (!vm->abandoned) {
    lua_pushnil(vm->lua);
    lua_rawsetp(vm->lua, LUA_REGISTRYINDEX, task->lua);
  }
  free(task->failure);
  free(task);
  for (struct kr_task *child = vm->tasks; child != NULL;) {
    if (child->parent == id) {
      kr_task_drop(vm, child);
      child = vm->tasks; /* the list has changed */
    } else {
      child = child->next;
    }
  }
}

/* Ends everything of the VM; whoever waits for a task of it is told. */
void kr_vm_end(struct kr_vm *vm, const struct kr_error *error) {
  vm->ended = true;
  while (vm->tasks != NULL) {
    struct kr_task *task = vm->tasks;
    kr_task_fn done = task->done;
    void *user = task->user;
    kr_task_drop(vm, task);
    if (done != NULL) done(user, vm->lua, 0, error);
  }
}

/* A child's result stays on its stack until kube.parallel fetches it; a failure is what parallel raises. */
static void finished(struct kr_vm *vm, struct kr_task *task, int results) {
  if (task->parent != 0) {
    task->state = KR_TASK_DONE;
    task->arguments = results;
    kr_vm_wake((struct kr_ticket){.vm = vm, .task = task->parent});
    return;
  }
  if (task->done != NULL) task->done(task->user, task->lua, results, NULL);
  kr_task_drop(vm, task);
}

static void failed(struct kr_vm *vm, struct kr_task *task) {
  struct kr_error error;
  kr_failure_describe(vm, task->lua, &error);
  if (task->parent == 0 || vm->limit.code != KR_OK) {
    kr_vm_end(vm, &error);
    return;
  }
  task->state = KR_TASK_DONE;
  task->failure = strdup(error.message);
  if (task->failure == NULL) {
    kr_vm_end(vm, &error);
    return;
  }
  kr_vm_wake((struct kr_ticket){.vm = vm, .task = task->parent});
}

bool kr_task_run_one(struct kr_vm *vm) {
  struct kr_task *task = vm->tasks, *oldest = NULL;
  for (; task != NULL; task = task->next) /* new ones are in front: the last ready one is the oldest */
    if (task->state == KR_TASK_READY) oldest = task;
  if ((task = oldest) == NULL) return false;
  int results = 0, arguments = task->arguments;
  task->arguments = 0;
  task->state = KR_TASK_WAITING;
  vm->running = task;
  int status = kr_timer_resume(vm, arguments, &results);
  vm->running = NULL;
  if (vm->limit.code != KR_OK || (status != LUA_OK && status != LUA_YIELD))
    failed(vm, task);
  else if (status == LUA_OK)
    finished(vm, task, results);
  else
    lua_pop(task->lua, results);
  return true;
}
