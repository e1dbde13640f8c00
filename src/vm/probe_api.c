/* probe_api.c - kube.probe: a port of one pod is asked here; which pod and which port that is, of a Service or an
 * owner, is told by krunbook.kube. */
#include <jansson.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "kube/probe.h"
#include "vm/json.h"
#include "vm/list.h"
#include "vm/options.h"
#include "vm/vm_private.h"

enum { TIMEOUT_MS = 5000, TIMEOUT_MAX = 300, TEXT_FACTOR = 3 /* a secret of one byte becomes three */ };

/* --- secrets in what was answered --- */

/* text as a script may see it; where prefix is not "", text is the value that follows it. NULL: out of memory. */
static json_t *clean_text(const struct kr_vm_host *host, const char *prefix, const json_t *text) {
  struct kr_buffer whole, seen, valid;
  size_t skip = strlen(prefix), length = skip + json_string_length(text);
  json_t *clean = NULL;
  kr_buffer_init(&whole, length);
  kr_buffer_init(&seen, length * TEXT_FACTOR + 64);
  kr_buffer_init(&valid, seen.limit * TEXT_FACTOR);
  if (kr_buffer_puts(&whole, prefix) == KR_OK &&
      kr_buffer_append(&whole, json_string_value(text), json_string_length(text)) == KR_OK &&
      host->clean(host->user, &seen, kr_buffer_text(&whole), whole.length) == KR_OK &&
      kr_text_utf8(&valid, kr_buffer_text(&seen), seen.length) == KR_OK) {
    /* A rule of a team's own may have taken the prefix as well. */
    if (valid.length < skip || memcmp(kr_buffer_text(&valid), prefix, skip) != 0) skip = 0;
    clean = json_stringn(kr_buffer_text(&valid) + skip, valid.length - skip);
  }
  kr_buffer_free(&whole);
  kr_buffer_free(&seen);
  kr_buffer_free(&valid);
  return clean;
}

/* The values of an object's texts; a header's name says what its value is. */
static int clean_members(const struct kr_vm_host *host, json_t *object, bool headers) {
  char prefix[256];
  const char *name;
  json_t *value;
  void *next;
  json_object_foreach_safe(object, next, name, value) {
    if (!json_is_string(value)) continue;
    (void)snprintf(prefix, sizeof prefix, "%s%s", headers ? name : "", headers ? ": " : "");
    if (json_object_set_new(object, name, clean_text(host, prefix, value)) != 0) return KR_ENOMEM;
  }
  return KR_OK;
}

/* Puts what a script may see of an outcome in its place. The call holds it all along: nothing here raises. */
static int clean_outcome(struct kr_call *call) {
  const struct kr_vm_host *host = &call->vm->host;
  struct kr_buffer *body = &call->answer.reply.body;
  if (host->clean == NULL) return KR_OK;
  json_t *outcome = json_loadb(kr_buffer_text(body), body->length, JSON_ALLOW_NUL, NULL);
  if (outcome == NULL) return KR_EINVAL;
  int status = clean_members(host, outcome, false);
  if (status == KR_OK) status = clean_members(host, json_object_get(outcome, "headers"), true);
  char *text = status == KR_OK ? json_dumps(outcome, JSON_COMPACT) : NULL;
  if (text != NULL) {
    kr_buffer_free(body);
    kr_buffer_init(body, strlen(text));
  }
  status = text == NULL ? KR_ENOMEM : kr_buffer_puts(body, text);
  json_decref(outcome);
  free(text);
  return status;
}

/* --- one port of one pod --- */

/* What the outcome on top showed, as a line of the trace. */
static void trace(lua_State *lua, const struct kr_call *call) {
  char status[16] = "", latency[32] = "", showed[80];
  int outcome = lua_gettop(lua);
  (void)lua_getfield(lua, outcome, "result");
  (void)lua_getfield(lua, outcome, "status");
  (void)lua_getfield(lua, outcome, "latency_ms");
  const char *result = lua_tostring(lua, -3);
  if (lua_isinteger(lua, -2)) (void)snprintf(status, sizeof status, " %d", (int)lua_tointeger(lua, -2));
  if (lua_isinteger(lua, -1)) (void)snprintf(latency, sizeof latency, " in %d ms", (int)lua_tointeger(lua, -1));
  (void)snprintf(showed, sizeof showed, "%s%s%s", result == NULL ? "?" : result, status, latency);
  kr_call_trace(call, showed);
  lua_settop(lua, outcome);
}

/* Below the call stand the pod, the port and the options. */
static int probed(lua_State *lua, int status, lua_KContext context) {
  struct kr_call *call = kr_call_at(lua, (int)context);
  struct kr_reply *reply = &call->answer.reply;
  (void)status;
  if (reply->outcome == KR_UNKNOWN) return kr_call_push_unknown(lua, call);
  if (reply->outcome == KR_ABSENT) {
    kr_call_trace(call, reply->message != NULL ? reply->message : "absent");
    lua_pushnil(lua);
    lua_pushnil(lua);
    (void)lua_pushstring(lua, reply->message != NULL ? reply->message : "there is no such pod");
    return 3;
  }
  int cleaned = clean_outcome(call);
  if (cleaned == KR_ENOMEM) return luaL_error(lua, "kube.probe: out of memory while masking an answer");
  if (cleaned != KR_OK) (void)kr_call_bad_answer(call);
  if (reply->outcome == KR_UNKNOWN) return kr_call_push_unknown(lua, call);
  if (!kr_call_push_body(lua, call)) return kr_call_push_unknown(lua, call);
  (void)lua_pushstring(lua, kr_metadata_text(lua, 1, "name"));
  lua_setfield(lua, -2, "pod");
  lua_pushvalue(lua, 2);
  lua_setfield(lua, -2, "port");
  int64_t wanted = kr_options_integer(lua, 3, "expect", 0);
  if (lua_getfield(lua, -1, "status") == LUA_TNUMBER && wanted > 0) {
    lua_pushboolean(lua, lua_tointeger(lua, -1) == wanted);
    lua_setfield(lua, -3, "expected");
  }
  lua_pop(lua, 1);
  trace(lua, call);
  return 1;
}

static int64_t timeout_of(lua_State *lua, int options) {
  lua_pushliteral(lua, "timeout");
  int type = lua_rawget(lua, options);
  double seconds = type == LUA_TNIL ? TIMEOUT_MS / 1000.0 : lua_tonumber(lua, -1);
  lua_pop(lua, 1);
  if ((type != LUA_TNIL && type != LUA_TNUMBER) || !(seconds > 0 && seconds <= TIMEOUT_MAX))
    (void)luaL_error(lua, "kube.probe: the timeout is a number of seconds, up to %d", TIMEOUT_MAX);
  return (int64_t)(seconds * 1000) + 1; /* 0 would be the transport's own */
}

/* The part of the request that the options say; raises where they are wrong. */
static void read_options(struct kr_request *request, lua_State *lua, int options) {
  const char *path = kr_options_text(lua, options, "path", NULL);
  const char *scheme = kr_options_text(lua, options, "scheme", path != NULL ? "http" : "tcp");
  const char *method = kr_options_text(lua, options, "method", NULL);
  if (!kr_probe_scheme_find(&request->probe.scheme, scheme))
    (void)luaL_error(lua, "kube.probe: the scheme is tcp, http or https, not '%s'", scheme);
  if (method != NULL && strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
    (void)luaL_error(lua, "kube.probe: the method is GET or HEAD, not '%s'", method);
  request->probe.head = method != NULL && strcmp(method, "HEAD") == 0;
  request->probe.path = path;
  request->probe.host = kr_options_text(lua, options, "host", NULL);
  request->probe.timeout_ms = timeout_of(lua, options);
  int64_t expect = kr_options_integer(lua, options, "expect", 0);
  bool http = request->probe.scheme != KR_PROBE_TCP;
  if (http && path == NULL)
    (void)luaL_error(lua, "kube.probe: say which path: %s sends a request to the application", scheme);
  if (!http && (path != NULL || method != NULL || request->probe.host != NULL || expect != 0))
    (void)luaL_error(lua, "kube.probe: tcp only connects: path, method, host and expect go with http or https");
}

static void check_request(lua_State *lua, const struct kr_request *request) {
  struct kr_error error = KR_ERROR_INIT;
  if (kr_probe_check_request(request, &error) != KR_OK) (void)luaL_error(lua, "kube.probe: %s", error.message);
}

int kr_probe_pod(lua_State *lua) {
  lua_settop(lua, 3);
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_checktype(lua, 3, LUA_TTABLE);
  lua_Integer port = luaL_checkinteger(lua, 2);
  struct kr_request request = {.verb = KR_VERB_PROBE,
                               .resource = "pods",
                               .namespace_ = kr_metadata_text(lua, 1, "namespace"),
                               .name = kr_metadata_text(lua, 1, "name"),
                               .probe.port = port < 0 || port > INT32_MAX ? 0 : (int)port};
  if (request.name == NULL) return luaL_error(lua, "kube.probe: the pod has no metadata.name");
  if (request.namespace_ == NULL) request.namespace_ = kr_run_namespace(lua);
  read_options(&request, lua, 3);
  check_request(lua, &request);
  struct kr_call *call = kr_call_submit(lua, &request, "kube.probe");
  return kr_call_await(lua, call, lua_gettop(lua), probed);
}

/* --- kube.probe, as runbooks call it --- */

static int all_results(lua_State *lua, int status, lua_KContext context) {
  (void)status;
  return lua_gettop(lua) - (int)context;
}

/* Checks what a runbook gave, at its own line, before the Lua part goes on with it. */
static int probe(lua_State *lua) {
  static const char *const names[] = {"port", "scheme", "path", "method", "host", "expect", "timeout", "each", NULL};
  struct kr_request request = {.probe.port = 1};
  lua_settop(lua, 2);
  luaL_checktype(lua, 1, LUA_TTABLE);
  kr_options_check(lua, 2, "kube.probe", names);
  if (!lua_istable(lua, 2)) return luaL_error(lua, "kube.probe: say which port: { port = 80 }");
  if (kr_metadata_text(lua, 1, "name") == NULL)
    return luaL_error(lua, "kube.probe takes an object: this table has no metadata.name");
  lua_pushliteral(lua, "port");
  int type = lua_rawget(lua, 2);
  if (type == LUA_TNUMBER) {
    int whole;
    lua_Integer port = lua_tointegerx(lua, -1, &whole);
    request.probe.port = !whole || port < 0 || port > INT32_MAX ? 0 : (int)port;
  } else if (type != LUA_TSTRING) {
    return luaL_error(lua, "kube.probe: say which port: { port = 80 }, or a port's name");
  }
  (void)kr_options_flag(lua, 2, "each");
  read_options(&request, lua, 2);
  check_request(lua, &request);
  lua_settop(lua, 2);
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_pushvalue(lua, 1);
  lua_pushvalue(lua, 2);
  lua_callk(lua, 2, LUA_MULTRET, 2, all_results);
  return all_results(lua, LUA_OK, 2);
}

void kr_probe_push_checked(lua_State *lua) { lua_pushcclosure(lua, probe, 1); }
