/* script.c - see script.h. */
#include "cli/script.h"

#include <lauxlib.h>

#include "base/log.h"
#include "book/embedded.h"
#include "book/offline.h"
#include "vm/json.h"

#define ANSWER_MAX ((size_t)256 << 20) /* bytes of the texts in an answer */
#define THINKING   16                  /* times a runbook's limits */

static const char chunk[] = "local module, name, question = ...\nreturn require(module)[name](question)\n";

struct call {
  const struct kr_script *script;
  json_t *question, *answer;
  struct kr_error failure; /* of the Lua part */
};

static int on_unknown(void *user, const struct kr_answer *answer) {
  (void)user, (void)answer; /* the function tells of it in what it gives */
  return 1;
}

static void on_trace(void *user, const char *asked, const char *showed) {
  const struct kr_script *script = ((struct call *)user)->script;
  if (script->told != NULL) script->told(script->user, asked, showed);
}

static int on_clean(void *user, struct kr_buffer *out, const char *text, size_t length) {
  return kr_mask_apply(((struct call *)user)->script->invocation->mask, out, text, length);
}

static void on_print(void *user, const char *line) { kr_log(0, "%s: %s", ((struct call *)user)->script->module, line); }

static int on_module(void *user, const char *name, struct kr_buffer *text, char **path, struct kr_error *error) {
  const struct call *call = user;
  return kr_library_module(text, path, call->script->invocation->library, name, call->script->beside, NULL, error);
}

/* Leaves the arguments in the registry, under the address of each: a protected call keeps nothing on the stack. */
static int keep_arguments(lua_State *lua) {
  const struct call *call = lua_touserdata(lua, 1);
  (void)lua_pushstring(lua, call->script->module);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &call->script->module);
  (void)lua_pushstring(lua, call->script->function);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &call->script->function);
  kr_json_push_value(lua, call->question);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &call->question);
  return 0;
}

static void ended(void *user, lua_State *lua, int count, const struct kr_error *error) {
  struct call *call = user;
  if (error != NULL)
    call->failure = *error;
  else if (count > 0)
    (void)kr_json_from_lua(&call->answer, lua, -count, ANSWER_MAX, &call->failure);
}

static int run(struct call *call, struct kr_vm *vm, struct kr_loop *loop, struct kr_error *error) {
  lua_State *lua = kr_vm_lua(vm);
  int status = kr_vm_protect(vm, keep_arguments, call, error);
  if (status == KR_OK) status = kr_vm_load(vm, chunk, sizeof chunk - 1, "krunbook:script.lua", error);
  if (status == KR_OK && !lua_checkstack(lua, 3)) status = kr_error_set(error, KR_ENOMEM, "out of memory");
  if (status != KR_OK) return status;
  (void)lua_rawgetp(lua, LUA_REGISTRYINDEX, &call->script->module);
  (void)lua_rawgetp(lua, LUA_REGISTRYINDEX, &call->script->function);
  (void)lua_rawgetp(lua, LUA_REGISTRYINDEX, &call->question);
  status = kr_vm_start(vm, 3, ended, call, error);
  if (status == KR_OK) status = kr_loop_run(loop, error);
  if (status == KR_OK && call->failure.code != KR_OK) {
    *error = call->failure;
    status = error->code;
  }
  const char *usage = json_string_value(json_object_get(call->answer, "usage"));
  return status == KR_OK && usage != NULL ? kr_error_set(error, KR_EUSAGE, "%s", usage) : status;
}

struct kr_vm_limits kr_script_limits(const struct kr_invocation *invocation) {
  const struct kr_globals *globals = &invocation->globals;
  struct kr_vm_limits limits = KR_VM_LIMITS_DEFAULT;
  if (globals->max_cpu_ms > 0) {
    limits.cpu_base_ms = limits.cpu_base_ms * globals->max_cpu_ms / limits.burst_cpu_ms;
    limits.burst_cpu_ms = globals->max_cpu_ms;
  }
  if (globals->max_memory > 0) limits.memory = (size_t)globals->max_memory;
  if (globals->max_requests > 0) limits.requests = globals->max_requests;
  if (globals->max_log_bytes > 0) limits.log_bytes = globals->max_log_bytes;
  return limits;
}

int kr_script_call(json_t **out, const struct kr_script *script, json_t *question, struct kr_error *error) {
  struct call call = {.script = script, .question = question};
  struct kr_vm_host host = {.user = &call,
                            .namespace_ = script->namespace_,
                            .unknown = on_unknown,
                            .trace = on_trace,
                            .print = on_print,
                            .clean = on_clean,
                            .module = on_module,
                            .compiled = kr_embedded_compiled};
  struct kr_loop *loop = NULL;
  struct kr_vm *vm = NULL;
  int status = kr_loop_new(&loop, script->client, error);
  if (status == KR_OK) status = kr_vm_new(&vm, loop, &script->limits, &host, error);
  if (status == KR_OK) status = run(&call, vm, loop, error);
  kr_vm_free(vm);
  kr_loop_free(loop);
  if (status == KR_OK)
    *out = call.answer;
  else
    json_decref(call.answer);
  return status;
}

int kr_script_think(json_t **out, const struct kr_invocation *invocation, const char *module, const char *function,
                    const char *beside, int times, json_t *question, struct kr_error *error) {
  struct kr_script script = {.module = module,
                             .function = function,
                             .invocation = invocation,
                             .namespace_ = "default",
                             .beside = beside,
                             .limits = KR_VM_LIMITS_DEFAULT};
  struct kr_transport *nowhere = NULL;
  script.limits.memory *= (size_t)times;
  script.limits.burst_instructions *= times;
  script.limits.burst_cpu_ms *= times;
  script.limits.cpu_base_ms *= times;
  int status = kr_offline_new(&nowhere, error);
  if (status == KR_OK) status = kr_client_new(&script.client, nowhere, error);
  if (status == KR_OK) status = kr_script_call(out, &script, question, error);
  kr_client_free(script.client);
  return status;
}
