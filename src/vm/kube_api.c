/* kube_api.c - the primitives: get, logs, can, now. Lists are in list.c, parallel in parallel.c, a probe of a pod in
 * probe_api.c, and what is built from these (events, describe, probe) in kube.lua. stdlib/meta/kube.lua says what each
 * takes and gives. */
#include <lauxlib.h>
#include <string.h>

#include "vm/json.h"
#include "vm/list.h"
#include "vm/options.h"
#include "vm/vm_private.h"

const char *kr_run_namespace(lua_State *lua) { return kr_vm_of(lua)->host.namespace_; }

static int got(lua_State *lua, int status, lua_KContext context) {
  struct kr_call *call = kr_call_at(lua, (int)context);
  (void)status;
  kr_call_check_kind(lua, call);
  if (call->answer.reply.outcome == KR_UNKNOWN) return kr_call_push_unknown(lua, call);
  if (call->answer.reply.outcome == KR_ABSENT) {
    kr_call_trace(call, "absent");
    lua_pushnil(lua);
    return 1;
  }
  if (!kr_call_push_body(lua, call) || !kr_call_check_answer(lua, call, lua_gettop(lua), ""))
    return kr_call_push_unknown(lua, call);
  kr_call_trace(call, "found");
  return 1;
}

/* Whether what is asked for now is to be given later: the client remembers the answer, for whoever asks again. */
static bool is_ahead(lua_State *lua, int options) { return kr_options_flag(lua, options, "ahead"); }

static int kube_get(lua_State *lua) {
  static const char *const names[] = {"namespace", "ahead", NULL};
  lua_settop(lua, 3);
  struct kr_request request = {
      .verb = KR_VERB_GET, .resource = luaL_checkstring(lua, 1), .name = luaL_checkstring(lua, 2)};
  kr_options_check(lua, 3, "kube.get", names);
  request.namespace_ = kr_options_text(lua, 3, "namespace", kr_run_namespace(lua));
  luaL_argcheck(lua, *request.name != '\0', 2, "an object's name is not empty");
  struct kr_call *call = kr_call_submit(lua, &request, "kube.get");
  if (is_ahead(lua, 3)) return 0;
  return kr_call_await(lua, call, lua_gettop(lua), got);
}

/* Pushes what the path of names leads to below the table at index; nil when something on the way is no table. Raw: what
 * a metamethod gives, nobody holds. */
static int push_path(lua_State *lua, int index, const char *const *path) {
  lua_pushvalue(lua, index);
  for (; *path != NULL; path++) {
    if (lua_istable(lua, -1)) {
      (void)lua_pushstring(lua, *path);
      (void)lua_rawget(lua, -2);
    } else {
      lua_pushnil(lua);
    }
    lua_remove(lua, -2);
  }
  return lua_type(lua, -1);
}

const char *kr_metadata_text(lua_State *lua, int index, const char *field) {
  const char *const path[] = {"metadata", field, NULL};
  const char *text = push_path(lua, index, path) == LUA_TSTRING ? lua_tostring(lua, -1) : NULL;
  lua_pop(lua, 1); /* the object keeps it alive */
  return text;
}

/* The container that kubectl would take: the only one, or the one that the annotation names. */
static const char *default_container(lua_State *lua, int pod) {
  const char *const annotation[] = {"metadata", "annotations", "kubectl.kubernetes.io/default-container", NULL};
  const char *const containers[] = {"spec", "containers", NULL}, *const only[] = {"name", NULL};
  const char *name = push_path(lua, pod, annotation) == LUA_TSTRING ? lua_tostring(lua, -1) : NULL;
  lua_pop(lua, 1);
  if (name != NULL) return name;
  if (push_path(lua, pod, containers) != LUA_TTABLE)
    (void)luaL_error(lua, "kube.logs: the object has no spec.containers");
  luaL_Buffer all;
  lua_Integer count = (lua_Integer)lua_rawlen(lua, -1);
  int list = lua_gettop(lua);
  luaL_buffinit(lua, &all);
  for (lua_Integer i = 1; i <= count; i++) {
    (void)lua_rawgeti(lua, list, i);
    (void)push_path(lua, lua_gettop(lua), only);
    lua_remove(lua, -2);
    name = lua_tostring(lua, -1);
    if (i > 1) luaL_addstring(&all, ", ");
    luaL_addvalue(&all);
  }
  luaL_pushresult(&all);
  if (count != 1)
    (void)luaL_error(lua, "kube.logs: say which container: { container = ... }, one of %s", lua_tostring(lua, -1));
  lua_settop(lua, list - 1);
  return name;
}

/* Puts what a script may see of a log in its place. The call holds it all along: nothing here raises. */
static int clean_log(struct kr_call *call) {
  const struct kr_vm_host *host = &call->vm->host;
  struct kr_buffer *log = &call->answer.reply.body, seen;
  if (host->clean == NULL || log->length == 0) return KR_OK;
  kr_buffer_init(&seen, log->length * 3 + 64); /* a secret of one byte becomes three */
  int status = host->clean(host->user, &seen, kr_buffer_text(log), log->length);
  kr_buffer_free(status == KR_OK ? log : &seen);
  if (status == KR_OK) *log = seen;
  return status;
}

/* The log as a table. Below the call stand the limit that was asked with, and the options. */
static int logged(lua_State *lua, int status, lua_KContext context) {
  struct kr_call *call = kr_call_at(lua, (int)context);
  struct kr_reply *reply = &call->answer.reply;
  int64_t limit = lua_tointeger(lua, (int)context - 1);
  (void)status;
  if (reply->outcome == KR_UNKNOWN) return kr_call_push_unknown(lua, call);
  if (reply->outcome == KR_ABSENT) {
    kr_call_trace(call, reply->message != NULL ? reply->message : "absent");
    lua_pushnil(lua);
    lua_pushnil(lua);
    (void)lua_pushstring(lua, reply->message);
    return 3;
  }
  bool truncated = (int64_t)reply->body.length >= limit;
  if (clean_log(call) != KR_OK) return luaL_error(lua, "kube.logs: out of memory while masking a log");
  lua_createtable(lua, 0, 3);
  (void)lua_pushlstring(lua, kr_buffer_text(&reply->body), reply->body.length);
  lua_setfield(lua, -2, "text");
  lua_pushboolean(lua, kr_options_flag(lua, 2, "previous"));
  lua_setfield(lua, -2, "previous");
  lua_pushboolean(lua, truncated);
  lua_setfield(lua, -2, "truncated");
  (void)lua_pushfstring(lua, "%d bytes", (int)reply->body.length);
  kr_call_trace(call, lua_tostring(lua, -1));
  lua_pop(lua, 1);
  kr_call_free_body(call);
  return 1;
}

static int kube_logs(lua_State *lua) {
  static const char *const names[] = {"container", "previous", "tail", "since", "limit", "timestamps", "ahead", NULL};
  lua_settop(lua, 2);
  luaL_checktype(lua, 1, LUA_TTABLE);
  kr_options_check(lua, 2, "kube.logs", names);
  int64_t most = kr_vm_of(lua)->limits.log_bytes, limit = kr_options_integer(lua, 2, "limit", most);
  struct kr_request request = {.verb = KR_VERB_LOGS,
                               .resource = "pods",
                               .namespace_ = kr_metadata_text(lua, 1, "namespace"),
                               .name = kr_metadata_text(lua, 1, "name")};
  if (request.name == NULL) return luaL_error(lua, "kube.logs takes a pod object: this table has no metadata.name");
  request.logs.container = kr_options_text(lua, 2, "container", NULL);
  if (request.logs.container == NULL) request.logs.container = default_container(lua, 1);
  request.logs.previous = kr_options_flag(lua, 2, "previous");
  request.logs.timestamps = kr_options_flag(lua, 2, "timestamps");
  request.logs.tail_lines = kr_options_integer(lua, 2, "tail", -1);
  request.logs.since_seconds = kr_options_integer(lua, 2, "since", 0);
  request.logs.limit_bytes = limit > 0 && limit < most ? limit : most;
  lua_pushinteger(lua, request.logs.limit_bytes);
  struct kr_call *call = kr_call_submit(lua, &request, "kube.logs");
  if (is_ahead(lua, 2)) return 0;
  return kr_call_await(lua, call, lua_gettop(lua), logged);
}

static int reviewed(lua_State *lua, int status, lua_KContext context) {
  const char *const path[] = {"status", "allowed", NULL};
  struct kr_call *call = kr_call_at(lua, (int)context);
  (void)status;
  kr_call_check_kind(lua, call);
  if (call->answer.reply.outcome != KR_FOUND) return kr_call_push_unknown(lua, call);
  if (!kr_call_push_body(lua, call)) return kr_call_push_unknown(lua, call);
  if (push_path(lua, lua_gettop(lua), path) != LUA_TBOOLEAN) {
    (void)kr_call_bad_answer(call); /* no word is not a no */
    return kr_call_push_unknown(lua, call);
  }
  kr_call_trace(call, lua_toboolean(lua, -1) ? "allowed" : "not allowed");
  return 1;
}

static int kube_can(lua_State *lua) {
  static const char *const names[] = {"namespace", "name", NULL};
  lua_settop(lua, 3);
  const char *verb = luaL_checkstring(lua, 1), *resource = luaL_checkstring(lua, 2), *slash = strchr(resource, '/');
  struct kr_request request = {.verb = KR_VERB_REVIEW, .review.verb = verb, .resource = resource};
  kr_options_check(lua, 3, "kube.can", names);
  if (slash != NULL) {
    request.resource = lua_pushlstring(lua, resource, (size_t)(slash - resource));
    request.review.subresource = slash + 1;
  }
  request.namespace_ = kr_options_text(lua, 3, "namespace", kr_run_namespace(lua));
  request.name = kr_options_text(lua, 3, "name", NULL);
  struct kr_call *call = kr_call_submit(lua, &request, "kube.can");
  return kr_call_await(lua, call, lua_gettop(lua), reviewed);
}

static int kube_now(lua_State *lua) {
  struct kr_client *client = kr_loop_client(kr_vm_of(lua)->loop);
  lua_pushinteger(lua, kr_transport_now(kr_client_transport(client)) / 1000);
  return 1;
}

/* What is built from the primitives is Lua: the module krunbook.kube returns a function that adds it. */
static void add_lua_part(lua_State *lua) {
  lua_pushcfunction(lua, kr_require);
  lua_pushliteral(lua, "krunbook.kube");
  lua_call(lua, 1, 1);
  lua_pushvalue(lua, -2);
  kr_list_push_methods(lua);
  lua_call(lua, 2, 0);
  (void)lua_getfield(lua, -1, "probe");
  kr_probe_push_checked(lua);
  lua_setfield(lua, -2, "probe");
}

void kr_kube_open(lua_State *lua) {
  static const luaL_Reg functions[] = {{"get", kube_get},       {"list", kr_list},        {"logs", kube_logs},
                                       {"can", kube_can},       {"now", kube_now},        {"parallel", kr_parallel},
                                       {"probe", kr_probe_pod}, {"table", kr_list_table}, {NULL, NULL}};
  kr_vm_push_functions(lua, functions);
  if (kr_vm_of(lua)->host.module != NULL) add_lua_part(lua);
}
