/* call.c - a request under way and its answer; see vm_private.h. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kube/answer.h"
#include "vm/json.h"
#include "vm/vm_private.h"

enum { ASKED_MAX = 1024, UNDER_WAY_MAX = 500 };

static const char metatable_key;

/* What an answer holds counts as the script's memory from the moment it comes. */
static void hold_body(struct kr_call *call) {
  struct kr_reply *reply = &call->answer.reply;
  size_t size = reply->body.capacity;
  if (kr_memory_fits(call->vm, size)) {
    call->held = size;
    kr_memory_count(call->vm, size);
  } else {
    kr_reply_free(reply);
    (void)kr_reply_unknown(reply, KR_REASON_LIMIT,
                           "an answer of %zu KiB does not fit into the script's %zu MiB of memory", size >> 10,
                           call->vm->limits.memory >> 20);
  }
}

void kr_call_free_body(struct kr_call *call) {
  kr_memory_count(call->vm, -call->held);
  call->held = 0;
  kr_buffer_free(&call->answer.reply.body);
}

static void call_free(struct kr_call *call) {
  if (!call->answered) {
    kr_client_forget(kr_loop_client(call->vm->loop), call);
    call->vm->outermost->under_way--;
  }
  kr_call_free_body(call);
  kr_answer_free(&call->answer);
  free(call);
}

void kr_calls_free(struct kr_vm *vm) {
  for (struct kr_call *call = vm->calls, *next; call != NULL; call = next) {
    next = call->next;
    call_free(call);
  }
  vm->calls = NULL;
}

static void unlink_call(struct kr_call *call) {
  *call->link = call->next;
  if (call->next != NULL) call->next->link = call->link;
}

/* The userdata is gone: nobody wants the answer any more. Until it comes it counts all the same: who begins without end
 * and leaves it must not pile up. */
static int collect(lua_State *lua) {
  struct kr_call **holder = lua_touserdata(lua, 1);
  struct kr_vm *vm = kr_vm_of(lua);
  sig_atomic_t outside = vm->busy;
  vm->busy = 1;
  struct kr_call *call = *holder;
  *holder = NULL;
  if (call != NULL && call->answered) {
    unlink_call(call);
    call_free(call);
  } else if (call != NULL) {
    call->unwanted = true;
  }
  vm->busy = outside;
  return 0;
}

/* What was remembered was not asked for again, and is no part of what was spent; of what may be spent it is. */
static void count_answer(struct kr_vm *vm, const struct kr_answer *answer) {
  int64_t bytes = (int64_t)answer->bytes;
  vm->outermost->total.bytes += bytes;
  if (answer->remembered) {
    vm->own.requests--;
  } else {
    vm->own.bytes += bytes;
    kr_limits_earn(vm, bytes);
  }
}

static void answered(void *user, struct kr_answer *answer) {
  struct kr_call *call = user;
  struct kr_vm *vm = call->vm;
  call->answered = true;
  vm->outermost->under_way--;
  count_answer(vm, answer);
  if (call->unwanted) {
    unlink_call(call);
    call_free(call);
    return;
  }
  call->answer = *answer;
  memset(answer, 0, sizeof *answer);
  struct kr_task *task = kr_task_find(vm, call->waiter);
  hold_body(call);
  if (task == NULL) return;
  task->answered = task->answered || !call->answer.remembered;
  kr_vm_wake((struct kr_ticket){.vm = vm, .task = task->id});
}

static void push_metatable(lua_State *lua) {
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &metatable_key) == LUA_TTABLE) return;
  lua_pop(lua, 1);
  lua_createtable(lua, 0, 1);
  lua_pushcfunction(lua, collect);
  lua_setfield(lua, -2, "__gc");
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &metatable_key);
}

struct kr_call *kr_call_at(lua_State *lua, int index) {
  return *(struct kr_call **)lua_touserdata(lua, index);
}

/* Bounds of the run on what is asked. They end the VM: a script that catches the error must not go on. */
static void check_budget(lua_State *lua, struct kr_vm *vm) {
  const struct kr_usage *total = &vm->outermost->total;
  if (total->requests >= vm->limits.requests)
    (void)kr_limits_hit(vm, "limit reached: more than %lld requests", (long long)vm->limits.requests);
  else if (vm->outermost->under_way >= UNDER_WAY_MAX)
    (void)kr_limits_hit(vm, "limit reached: more than %d requests under way: read what was begun first", UNDER_WAY_MAX);
  else if (total->bytes >= vm->limits.response_bytes)
    (void)kr_limits_hit(vm, "limit reached: more than %lld bytes of answers", (long long)vm->limits.response_bytes);
  else
    return;
  kr_limits_raise(lua);
}

struct kr_call *kr_call_submit(lua_State *lua, const struct kr_request *request, const char *primitive) {
  struct kr_vm *vm = kr_vm_of(lua);
  struct kr_error error = KR_ERROR_INIT;
  if (!lua_isyieldable(lua))
    (void)luaL_error(lua,
                     "%s cannot wait for the cluster here: it is called from within a sort, a gsub, a metamethod or a "
                     "module that is being loaded; ask before, and use the answer here",
                     primitive);
  check_budget(lua, vm);
  struct kr_call **holder = lua_newuserdatauv(lua, sizeof(struct kr_call *), 0);
  *holder = NULL;
  push_metatable(lua);
  (void)lua_setmetatable(lua, -2);
  struct kr_call *call = *holder = calloc(1, sizeof *call);
  if (call == NULL) {
    (void)luaL_error(lua, "not enough memory for a request");
    return NULL; /* not reached; compilers are not told that luaL_error does not return */
  }
  call->vm = vm;
  call->next = vm->calls;
  call->link = &vm->calls;
  if (call->next != NULL) call->next->link = &call->next;
  vm->calls = call;
  vm->own.requests++;
  vm->outermost->total.requests++;
  vm->outermost->under_way++;
  if (kr_client_submit(kr_loop_client(vm->loop), request, answered, call, &error) != KR_OK) {
    call->answered = true; /* it never went out */
    vm->outermost->under_way--;
    (void)luaL_error(lua, "%s: %s", primitive, error.message);
  }
  return call;
}

int kr_call_await(lua_State *lua, struct kr_call *call, lua_KContext context, lua_KFunction continuation) {
  if (call->answered) return continuation(lua, LUA_OK, context);
  call->waiter = kr_vm_ticket(lua).task;
  return kr_vm_sleep(lua, context, continuation);
}

void kr_call_trace(const struct kr_call *call, const char *showed) {
  const struct kr_vm_host *host = &call->vm->host;
  if (host->trace != NULL) host->trace(host->user, call->answer.what != NULL ? call->answer.what : "?", showed);
}

void kr_call_trace_with(const struct kr_call *call, const char *more, const char *showed) {
  const struct kr_vm_host *host = &call->vm->host;
  char asked[ASKED_MAX];
  (void)snprintf(asked, sizeof asked, "%s%s", call->answer.what != NULL ? call->answer.what : "?", more);
  if (host->trace != NULL) host->trace(host->user, asked, showed);
}

void kr_call_check_kind(lua_State *lua, const struct kr_call *call) {
  if (call->answer.no_such_kind)
    (void)luaL_error(lua, "%s", call->answer.reply.message != NULL ? call->answer.reply.message : "no such kind");
}

bool kr_call_bad_answer(struct kr_call *call) {
  struct kr_reply *reply = &call->answer.reply;
  free(reply->message);
  reply->message = strdup("the server's answer is not what was asked for"); /* NULL: none */
  reply->outcome = KR_UNKNOWN;
  reply->reason = KR_REASON_BAD_ANSWER;
  return false;
}

bool kr_call_push_body(lua_State *lua, struct kr_call *call) {
  struct kr_buffer *body = &call->answer.reply.body;
  bool is_json = kr_json_push(lua, kr_buffer_text(body), body->length);
  kr_call_free_body(call);
  return is_json || kr_call_bad_answer(call);
}

bool kr_call_check_answer(lua_State *lua, struct kr_call *call, int index, const char *suffix) {
  const char *wanted = call->answer.kind != NULL ? call->answer.kind->kind : "";
  const char *kind = "";
  size_t length = strlen(wanted);
  bool right = lua_istable(lua, index);
  if (right && lua_getfield(lua, index, "kind") == LUA_TSTRING) kind = lua_tostring(lua, -1); /* the table keeps it */
  if (right) lua_pop(lua, 1);
  if (*wanted != '\0') right = right && strncmp(kind, wanted, length) == 0 && strcmp(kind + length, suffix) == 0;
  return right || kr_call_bad_answer(call);
}

static void set_text(lua_State *lua, const char *field, const char *text) {
  if (text == NULL) return;
  (void)lua_pushstring(lua, text);
  lua_setfield(lua, -2, field);
}

int kr_call_push_unknown(lua_State *lua, const struct kr_call *call) {
  const struct kr_vm_host *host = &call->vm->host;
  const char *reason = kr_reason_word(call->answer.reply.reason);
  int id = host->unknown != NULL ? host->unknown(host->user, &call->answer) : 0;
  (void)lua_pushfstring(lua, "unknown: %s", reason);
  kr_call_trace(call, lua_tostring(lua, -1));
  lua_pop(lua, 1);
  lua_pushnil(lua);
  lua_createtable(lua, 0, 5);
  set_text(lua, "what", call->answer.what);
  set_text(lua, "reason", reason);
  set_text(lua, "message", call->answer.reply.message);
  set_text(lua, "permission", call->answer.permission);
  lua_pushinteger(lua, id);
  lua_setfield(lua, -2, "id");
  return 2;
}
