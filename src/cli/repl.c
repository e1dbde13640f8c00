/* repl.c - see repl.h. One VM for the whole session: variables stay, and every line has the limits of a runbook. */
#include "cli/repl.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/log.h"
#include "base/text.h"
#include "book/embedded.h"
#include "cli/script.h"
#include "kube/kinds_table.h"
#include "vm/json.h"

#define ANSWER_MAX ((size_t)8 << 20)
#define LINE_MAX   ((size_t)300 << 10)

static const char prelude[] =
    "local kinds = ...\nlocal repl = require(\"krunbook.repl\")\nrepl.setup(kinds)\n"
    "return repl.environment(), repl.run, repl.complete\n";

struct kr_repl {
  const struct kr_invocation *invocation;
  struct kr_client *client;
  char *namespace_;
  struct kr_loop *loop;
  struct kr_vm *vm;
  json_t *answer;          /* of the line that ran last */
  struct kr_error failure; /* that ended it */
  int printing;            /* what print() of a line met: KR_EIO */
};

/* Keys of the registry: their addresses matter. */
static const char environment_key, run_key, complete_key, argument_key;

static int no_memory(struct kr_error *error) { return kr_error_set(error, KR_ENOMEM, "out of memory for a line"); }

/* Masked, harmless, with a newline. */
static int print(const struct kr_repl *repl, const char *text, struct kr_error *error) {
  struct kr_buffer masked, harmless;
  kr_buffer_init(&masked, ANSWER_MAX);
  kr_buffer_init(&harmless, ANSWER_MAX * 4);
  int code = kr_mask_apply(repl->invocation->mask, &masked, text, strlen(text));
  if (!code) code = kr_text_harmless(&harmless, kr_buffer_text(&masked), masked.length);
  if (!code) code = kr_buffer_puts(&harmless, "\n");
  if (code) (void)kr_error_set(error, code, "what it gives is too large to be shown");
  if (!code) code = kr_cli_print(kr_buffer_text(&harmless), harmless.length, error);
  kr_buffer_free(&masked);
  kr_buffer_free(&harmless);
  return code;
}

static int on_unknown(void *user, const struct kr_answer *answer) {
  (void)user, (void)answer; /* the line has it */
  return 1;
}

static void on_trace(void *user, const char *asked, const char *showed) {
  const struct kr_repl *repl = user;
  struct kr_buffer clean;
  kr_buffer_init(&clean, ANSWER_MAX);
  if (!kr_mask_apply(repl->invocation->mask, &clean, showed, strlen(showed)))
    kr_log(repl->invocation->globals.explain ? 0 : 1, "%s -> %s", asked, kr_buffer_text(&clean));
  kr_buffer_free(&clean);
}

static void on_print(void *user, const char *line) {
  struct kr_repl *repl = user;
  if (!repl->printing) repl->printing = print(repl, line, NULL);
}

static int on_clean(void *user, struct kr_buffer *out, const char *text, size_t length) {
  return kr_mask_apply(((struct kr_repl *)user)->invocation->mask, out, text, length);
}

static int on_module(void *user, const char *name, struct kr_buffer *text, char **path, struct kr_error *error) {
  return kr_library_module(text, path, ((struct kr_repl *)user)->invocation->library, name, NULL, NULL, error);
}

static void ended(void *user, lua_State *lua, int count, const struct kr_error *error) {
  struct kr_repl *repl = user;
  if (error)
    repl->failure = *error;
  else if (count > 0)
    (void)kr_json_from_lua(&repl->answer, lua, -count, ANSWER_MAX, &repl->failure);
}

/* The prelude gives what lines need. */
static void began(void *user, lua_State *lua, int count, const struct kr_error *error) {
  struct kr_repl *repl = user;
  if (error) repl->failure = *error;
  if (error || count != 3) return;
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &complete_key);
  lua_pushvalue(lua, -2);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &run_key);
  lua_pushvalue(lua, -3);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &environment_key);
}

static json_t *list_kinds(void) {
  json_t *kinds = json_array();
  int failed = !kinds;
  for (size_t i = 0; !failed && i < kr_kinds_table_count; i++)
    failed = json_array_append_new(kinds, json_string(kr_kinds_table[i].resource));
  if (!failed) return kinds;
  json_decref(kinds);
  return NULL;
}

static int keep_argument(lua_State *lua) {
  kr_json_push_value(lua, lua_touserdata(lua, 1));
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &argument_key);
  return 0;
}

/* Starts the function on the stack with the argument above it, and waits. */
static int call(struct kr_repl *repl, kr_task_fn done, struct kr_error *error) {
  repl->failure = (struct kr_error)KR_ERROR_INIT;
  json_decref(repl->answer);
  repl->answer = NULL;
  int code = kr_vm_start(repl->vm, 1, done, repl, error);
  return code ? code : kr_loop_run(repl->loop, error);
}

static int make_vm(struct kr_repl *repl, struct kr_error *error) {
  struct kr_vm_host host = {.user = repl,
                            .namespace_ = repl->namespace_,
                            .unknown = on_unknown,
                            .trace = on_trace,
                            .print = on_print,
                            .clean = on_clean,
                            .module = on_module,
                            .compiled = kr_embedded_compiled};
  struct kr_vm_limits limits = kr_script_limits(repl->invocation);
  json_t *kinds = list_kinds();
  limits.wall_ms = repl->invocation->globals.timeout_ms;
  kr_vm_free(repl->vm);
  repl->vm = NULL;
  int code = kinds ? kr_vm_new(&repl->vm, repl->loop, &limits, &host, error) : no_memory(error);
  if (!code) code = kr_vm_protect(repl->vm, keep_argument, kinds, error);
  if (!code) code = kr_vm_load(repl->vm, prelude, sizeof prelude - 1, "krunbook:repl.c", error);
  if (!code) (void)lua_rawgetp(kr_vm_lua(repl->vm), LUA_REGISTRYINDEX, &argument_key);
  if (!code) code = call(repl, began, error);
  if (!code && repl->failure.code) {
    *error = repl->failure;
    code = error->code;
  }
  json_decref(kinds);
  return code;
}

int kr_repl_new(struct kr_repl **out, const struct kr_invocation *invocation, struct kr_error *error) {
  struct kr_repl *repl = calloc(1, sizeof *repl);
  struct kr_transport *transport = NULL;
  if (!repl) return no_memory(error);
  repl->invocation = invocation;
  int code = kr_cli_connect(&transport, &repl->namespace_, invocation, error);
  if (!code) code = kr_client_new(&repl->client, transport, error);
  if (!code) code = kr_loop_new(&repl->loop, repl->client, error);
  if (!code) code = make_vm(repl, error);
  if (code)
    kr_repl_free(repl);
  else
    *out = repl;
  return code;
}

void kr_repl_free(struct kr_repl *repl) {
  if (!repl) return;
  kr_vm_free(repl->vm);
  kr_loop_free(repl->loop);
  kr_client_free(repl->client);
  json_decref(repl->answer);
  free(repl->namespace_);
  free(repl);
}

/* Compiles an expression, else statements: the function on the stack. KR_ESCRIPT says what is wrong. */
static int compile(struct kr_repl *repl, const char *text, struct kr_error *error) {
  struct kr_buffer expression;
  kr_buffer_init(&expression, LINE_MAX + 8);
  int code = kr_buffer_printf(&expression, "return %s", text);
  if (!code) code = kr_vm_load(repl->vm, kr_buffer_text(&expression), expression.length, "line", NULL);
  if (code) code = kr_vm_load(repl->vm, text, strlen(text), "line", error);
  kr_buffer_free(&expression);
  return code;
}

/* A mistake that only says that the text is not at its end yet. */
static bool is_beginning(const struct kr_error *error) {
  static const char ending[] = "near <eof>";
  size_t length = strlen(error->message);
  return length >= sizeof ending - 1 && strcmp(error->message + length - (sizeof ending - 1), ending) == 0;
}

/* The chunk on the stack, in the session's environment, as an argument of repl.run. */
static int start(struct kr_repl *repl, struct kr_error *error) {
  lua_State *lua = kr_vm_lua(repl->vm);
  if (!lua_checkstack(lua, 3)) return kr_error_set(error, KR_ELIMIT, "the Lua stack is full");
  (void)lua_rawgetp(lua, LUA_REGISTRYINDEX, &environment_key);
  (void)lua_setupvalue(lua, -2, 1);
  (void)lua_rawgetp(lua, LUA_REGISTRYINDEX, &run_key);
  lua_insert(lua, -2);
  return call(repl, ended, error);
}

/* After a limit or Ctrl-C the session goes on with its variables, where that can be. */
static int go_on(struct kr_repl *repl, struct kr_error *error) {
  if (kr_cancelled() && !kr_cancel_clear()) return kr_error_set(error, KR_ECANCELLED, "interrupted");
  if (!kr_vm_renew(repl->vm, NULL)) return 0;
  kr_warn("the line could not be stopped in any other way: the session begins anew, without its variables");
  return make_vm(repl, error);
}

static int tell(struct kr_repl *repl, bool *failed, struct kr_error *error) {
  const char *text = json_string_value(json_object_get(repl->answer, "text"));
  const char *mistake = json_string_value(json_object_get(repl->answer, "error"));
  if (repl->failure.code) { /* where in our own code it was called tells nothing */
    repl->failure.message[strcspn(repl->failure.message, "\n")] = '\0';
    mistake = repl->failure.message;
  }
  if (mistake) {
    struct kr_buffer clean;
    kr_buffer_init(&clean, ANSWER_MAX);
    if (!kr_mask_apply(repl->invocation->mask, &clean, mistake, strlen(mistake))) kr_warn("%s", kr_buffer_text(&clean));
    kr_buffer_free(&clean);
    *failed = true;
  }
  return text ? print(repl, text, error) : 0;
}

int kr_repl_run(struct kr_repl *repl, const char *text, bool *more, bool *failed, struct kr_error *error) {
  struct kr_error mistake = KR_ERROR_INIT;
  *more = *failed = false;
  repl->printing = 0;
  if (text[strspn(text, " \t\r\n")] == '\0') return 0;
  int code = go_on(repl, error); /* every line has all the limits */
  if (code) return code;
  kr_client_ask_anew(repl->client); /* and is told what is so now */
  code = compile(repl, text, &mistake);
  if (code == KR_ESCRIPT && is_beginning(&mistake)) {
    *more = true;
    return 0;
  }
  if (!code) code = start(repl, &mistake);
  if (code) repl->failure = mistake;
  code = code == KR_ENOMEM ? no_memory(error) : tell(repl, failed, error);
  if (!code && repl->printing) code = kr_error_set(error, repl->printing, "cannot write to stdout");
  return code ? code : go_on(repl, error);
}

json_t *kr_repl_complete(struct kr_repl *repl, const char *text) {
  json_t *question = json_pack("{s:s}", "text", text);
  lua_State *lua = kr_vm_lua(repl->vm);
  int code =
      question && !kr_vm_renew(repl->vm, NULL) ? kr_vm_protect(repl->vm, keep_argument, question, NULL) : KR_ENOMEM;
  if (!code && !lua_checkstack(lua, 2)) code = KR_ELIMIT;
  if (!code) {
    (void)lua_rawgetp(lua, LUA_REGISTRYINDEX, &complete_key);
    (void)lua_rawgetp(lua, LUA_REGISTRYINDEX, &argument_key);
    code = call(repl, ended, NULL);
  }
  json_decref(question);
  return code || repl->failure.code ? NULL : json_incref(repl->answer);
}
