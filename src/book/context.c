/* context.c - the C functions behind ctx (context.lua), and what a VM tells of its requests. */
#include "book/report.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "book/clean.h"
#include "book/embedded.h"
#include "book/run_private.h"
#include "book/runbook.h"
#include "book/section.h"
#include "vm/json.h"

#define FINDING_BYTES ((size_t)1 << 20) /* strings of one finding, before they are cut */
#define TASKS_MAX     16
#define NUMBER_MAX    24   /* characters of a place's part */
#define NAMES_MAX     2000 /* compared to find the nearest */
#define GARBAGE_KIB   256  /* since it was last collected: worth collecting before another runbook starts */

/* Keys of the registry: their addresses matter, not their values. */
static const char host_key, start_key, args_key, fields_key;

static struct kr_run *run_of(lua_State *lua) { return kr_vm_user(kr_vm_of(lua)); }

/* Raises error's message at the line of the runbook, which called the function of context.lua that called us; a limit
 * ends the runbook. Everything malloc'ed must be free by now. */
static int raise_error(lua_State *lua, const struct kr_error *error) {
  if (error->code == KR_ELIMIT) return kr_vm_raise_limit(lua, error);
  luaL_where(lua, 2);
  lua_pushstring(lua, error->message);
  lua_concat(lua, 2);
  return lua_error(lua);
}

static int host_finding(lua_State *lua) {
  struct kr_error error = KR_ERROR_INIT;
  json_t *finding = NULL;
  int code = kr_json_from_lua(&finding, lua, 1, FINDING_BYTES, &error);
  if (!code) code = kr_section_finding(run_of(lua)->section, finding, &error);
  json_decref(finding);
  return code ? raise_error(lua, &error) : 0;
}

typedef int (*note_fn)(struct kr_section *section, const json_t *object, struct kr_error *error);

static int note_object(lua_State *lua, note_fn note) {
  struct kr_error error = KR_ERROR_INIT;
  json_t *object = NULL;
  int code = kr_json_from_lua(&object, lua, 1, FINDING_BYTES, &error);
  if (!code) code = note(run_of(lua)->section, object, &error);
  json_decref(object);
  return code ? raise_error(lua, &error) : 0;
}

static int host_healthy(lua_State *lua) { return note_object(lua, kr_section_healthy); }

static int host_starting(lua_State *lua) { return note_object(lua, kr_section_starting); }

static int host_unknown(lua_State *lua) {
  int id = kr_section_unknown(run_of(lua)->section, luaL_checkstring(lua, 1), luaL_checkstring(lua, 2),
                              luaL_optstring(lua, 3, NULL), luaL_optstring(lua, 4, NULL));
  if (id < 0) return luaL_error(lua, "out of memory while noting an unknown");
  lua_pushinteger(lua, id);
  return 1;
}

static int host_forgive(lua_State *lua) {
  kr_section_forgive(run_of(lua)->section, (int)luaL_checkinteger(lua, 1));
  return 0;
}

/* Where the runbook is now: where it was called, and the tasks of kube.parallel that it is within. The outermost task
 * is the runbook itself. */
static const char *find_place(const struct kr_run *run, char where[KR_WHERE_MAX]) {
  uint64_t tasks[TASKS_MAX];
  size_t count = kr_vm_tasks(run->vm, tasks, TASKS_MAX), length = strlen(run->where);
  memcpy(where, run->where, length + 1);
  for (size_t i = 1; i < count && length < KR_WHERE_MAX - NUMBER_MAX; i++)
    length += (size_t)snprintf(where + length, KR_WHERE_MAX - length, "%s%llu", length ? "/" : "",
                               (unsigned long long)tasks[i]);
  return where;
}

static int host_step(lua_State *lua) {
  char where[KR_WHERE_MAX];
  const struct kr_run *run = run_of(lua);
  (void)kr_section_step(run->section, find_place(run, where), luaL_checkstring(lua, 1), luaL_optstring(lua, 2, NULL));
  return 0;
}

static int host_nearest(lua_State *lua) {
  const char *name = luaL_checkstring(lua, 1);
  luaL_checktype(lua, 2, LUA_TTABLE);
  lua_Integer count = (lua_Integer)lua_rawlen(lua, 2);
  if (count > NAMES_MAX) count = NAMES_MAX;
  /* Lua's own memory: freed also when something raises. The table keeps the strings alive. */
  const char **names = lua_newuserdatauv(lua, ((size_t)count + 1) * sizeof *names, 0);
  for (lua_Integer i = 0; i < count; i++) {
    lua_rawgeti(lua, 2, i + 1);
    names[i] = luaL_checkstring(lua, -1);
    lua_pop(lua, 1);
  }
  lua_pushstring(lua, kr_text_closest(name, names, (size_t)count));
  lua_pushboolean(lua, kr_text_nearest(name, names, (size_t)count) != NULL);
  return 2; /* the nearest name, and whether it is near */
}

static const struct kr_kind *kind_of(lua_State *lua) {
  struct kr_kinds *kinds = kr_client_kinds(run_of(lua)->runs->options.client);
  return kr_kinds_find(kinds, luaL_checkstring(lua, 1));
}

static int host_singular(lua_State *lua) {
  const struct kr_kind *kind = kind_of(lua);
  lua_pushstring(lua, kind ? kind->singular : lua_tostring(lua, 1));
  return 1;
}

/* A kind that only discovery knows is taken as namespaced until then. */
static int host_namespaced(lua_State *lua) {
  const struct kr_kind *kind = kind_of(lua);
  lua_pushboolean(lua, !kind || kind->namespaced);
  return 1;
}

static int host_in_shard(lua_State *lua) {
  lua_pushboolean(lua, kr_shard_holds(&run_of(lua)->runs->options.shard, luaL_checkstring(lua, 1)));
  return 1;
}

/* What the file returned is wrong: no line of it is to blame, so nothing is raised. */
static int reject(struct kr_run *run, const char *why) {
  kr_error_set(&run->rejected, KR_ESCRIPT, "%s: %s", run->place.path, why);
  return 0;
}

static int host_reject(lua_State *lua) { return reject(run_of(lua), luaL_checkstring(lua, 1)); }

static int host_metadata(lua_State *lua) {
  struct kr_run *run = run_of(lua);
  struct kr_error error = KR_ERROR_INIT;
  json_t *metadata = NULL;
  int code = kr_json_from_lua(&metadata, lua, 1, KR_SOURCE_MAX, &error);
  if (!code) code = kr_metadata_check(metadata, run->place.name, &error);
  if (code) {
    json_decref(metadata);
    return reject(run, error.message);
  }
  json_decref(run->metadata);
  run->metadata = metadata;
  return 0;
}

static int host_ready(lua_State *lua) {
  luaL_checktype(lua, 1, LUA_TFUNCTION);
  lua_settop(lua, 1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &start_key);
  return 0;
}

/* The nested runbook has ended: its result, or the error it ended with. */
static int nested_ended(lua_State *lua, int status, lua_KContext context) {
  struct kr_run *nested = (struct kr_run *)context; /* owned by kr_runs, so still there */
  (void)status;
  lua_settop(lua, 0);
  if (!nested->result) return luaL_error(lua, "%s: no result: out of memory", nested->place.name);
  kr_json_push_value(lua, nested->result);
  kr_run_done_with(nested);
  return 1;
}

static int nest(struct kr_run **out, struct kr_run *parent, const char *name, const char *namespace_,
                struct kr_error *error) {
  struct kr_place place;
  if (parent->depth + 1 >= KR_RUN_DEPTH_MAX)
    return kr_error_set(error, KR_ELIMIT, "runbooks within runbooks are more than %d deep", KR_RUN_DEPTH_MAX);
  if (parent->runs->nested >= KR_RUN_NESTED_MAX)
    return kr_error_set(error, KR_ELIMIT, "more than %d runbooks within runbooks", KR_RUN_NESTED_MAX);
  int code = kr_library_find(&place, parent->runs->options.library, name, error);
  if (code) return code;
  parent->runs->nested++;
  code = kr_run_new(out, parent->runs, parent, &place, namespace_, error);
  kr_place_free(&place);
  return code;
}

/* Who waits for another runbook keeps no garbage meanwhile: both share one budget, and several may wait. */
static void tidy_up(lua_State *lua, struct kr_run *run) {
  if (lua_gc(lua, LUA_GCCOUNT, 0) < run->collected_kib + GARBAGE_KIB) return;
  (void)lua_gc(lua, LUA_GCCOLLECT, 0);
  run->collected_kib = lua_gc(lua, LUA_GCCOUNT, 0);
}

static int host_run(lua_State *lua) {
  struct kr_run *run = run_of(lua), *nested = NULL;
  struct kr_error error = KR_ERROR_INIT;
  const char *name = luaL_checkstring(lua, 1), *namespace_ = luaL_optstring(lua, 3, NULL);
  json_t *given = NULL;
  tidy_up(lua, run);
  if (!lua_isyieldable(lua)) return luaL_error(lua, "ctx:run cannot wait here (inside a sort, a gsub or a metamethod)");
  int code = kr_json_from_lua(&given, lua, 2, FINDING_BYTES, &error);
  if (!code) code = nest(&nested, run, name, namespace_, &error);
  if (code || !nested) {
    json_decref(given);
    return raise_error(lua, &error);
  }
  nested->given = given;
  size_t length = strlen(find_place(run, nested->where));
  if (length < KR_WHERE_MAX - NUMBER_MAX)
    (void)snprintf(nested->where + length, NUMBER_MAX, "%sr%d", length ? "/" : "", run->runs->nested);
  nested->waiting = kr_vm_ticket(lua);
  if (kr_run_load(nested, &error)) {
    kr_run_failed(nested, &error); /* whatever the script makes of the error that it gets */
    kr_run_done_with(nested);
    error.code = KR_ESCRIPT;
    return raise_error(lua, &error);
  }
  return kr_vm_sleep(lua, (lua_KContext)nested, nested_ended);
}

static const luaL_Reg functions[] = {
    {"finding", host_finding},   {"healthy", host_healthy},   {"starting", host_starting},
    {"unknown", host_unknown},   {"forgive", host_forgive},   {"step", host_step},
    {"nearest", host_nearest},   {"singular", host_singular}, {"namespaced", host_namespaced},
    {"in_shard", host_in_shard}, {"metadata", host_metadata}, {"reject", host_reject},
    {"ready", host_ready},       {"run", host_run},           {NULL, NULL}};

static int make_host(lua_State *lua) {
  const char *kubectl = run_of(lua)->runs->options.kubectl;
  kr_vm_push_functions(lua, functions);
  lua_pushstring(lua, kubectl ? kubectl : "kubectl");
  lua_setfield(lua, -2, "kubectl");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &host_key);
  return 0;
}

int kr_context_bind(struct kr_run *run, struct kr_error *error) {
  return kr_vm_protect(run->vm, make_host, NULL, error);
}

void kr_context_push_host(struct kr_run *run) { lua_rawgetp(kr_vm_lua(run->vm), LUA_REGISTRYINDEX, &host_key); }

struct start {
  const struct kr_run *run;
  const json_t *args;
};

static int make_start(lua_State *lua) {
  const struct start *start = lua_touserdata(lua, 1);
  const struct kr_run_options *options = &start->run->runs->options;
  kr_json_push_value(lua, start->args);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &args_key);
  lua_newtable(lua);
  lua_pushstring(lua, start->run->namespace_);
  lua_setfield(lua, -2, "namespace");
  lua_pushboolean(lua, start->run->all_namespaces);
  lua_setfield(lua, -2, "all_namespaces");
  lua_pushboolean(lua, start->run->all_namespaces && options->shard.count > 0);
  lua_setfield(lua, -2, "sharded");
  lua_pushstring(lua, options->labels);
  lua_setfield(lua, -2, "labels");
  lua_pushboolean(lua, kr_report_explains(options->report));
  lua_setfield(lua, -2, "explain");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &fields_key);
  return 0;
}

int kr_context_push_start(struct kr_run *run, const json_t *args, struct kr_error *error) {
  struct start start = {.run = run, .args = args};
  lua_State *lua = kr_vm_lua(run->vm);
  int code = kr_vm_protect(run->vm, make_start, &start, error);
  if (code) return code;
  if (!lua_checkstack(lua, 3)) return kr_error_set(error, KR_ENOMEM, "out of memory while starting a runbook");
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &start_key);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &args_key);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &fields_key);
  return 0;
}

static int on_unknown(void *user, const struct kr_answer *answer) {
  struct kr_run *run = user;
  return kr_section_unknown(run->section, answer->what, kr_reason_word(answer->reply.reason), answer->permission,
                            answer->reply.message);
}

static void on_trace(void *user, const char *asked, const char *showed) {
  char where[KR_WHERE_MAX];
  const struct kr_run *run = user;
  (void)kr_section_step(run->section, find_place(run, where), asked, showed);
}

static void on_print(void *user, const char *line) {
  struct kr_run *run = user;
  if (run->printed++ >= KR_PRINT_MAX) return;
  json_t *clean =
      kr_clean_text(run->section->report->mask, line, KR_CAUSE_MAX); /* it may quote a log that holds a secret */
  if (clean) kr_log(0, "%s: %s", run->place.name, json_string_value(clean));
  json_decref(clean);
}

static int on_clean(void *user, struct kr_buffer *out, const char *text, size_t length) {
  return kr_mask_apply(((struct kr_run *)user)->section->report->mask, out, text, length);
}

static int on_module(void *user, const char *name, struct kr_buffer *text, char **path, struct kr_error *error) {
  struct kr_run *run = user;
  return kr_library_module(text, path, run->runs->options.library, name, run->beside, run->place.path, error);
}

struct kr_vm_host kr_context_host(struct kr_run *run) {
  return (struct kr_vm_host){.user = run,
                             .namespace_ = run->namespace_,
                             .unknown = on_unknown,
                             .trace = on_trace,
                             .print = on_print,
                             .clean = on_clean,
                             .module = on_module,
                             .compiled = kr_embedded_compiled};
}
