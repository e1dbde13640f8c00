/* ask.c - see ask.h. */
#include "cli/ask.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "book/clean.h"
#include "vm/json.h"
#include "vm/vm.h"

#define TEXT_MAX ((size_t)256 << 20) /* of all that is printed */

static const char question_key; /* of the registry: its address matters */

static const char chunk[] = "local question = ...\nreturn require('krunbook.shell')[question.command](question)\n";

/* One command at work. */
struct work {
  const struct kr_invocation *invocation;
  const struct kr_asking *asking;
  json_t *question, *answers;
  char *namespace_;
  struct kr_client *client;
  struct kr_loop *loop;
  struct kr_vm *vm;
  struct kr_error failure; /* of the Lua part */
};

/* --- what the VM tells --- */

static int on_unknown(void *user, const struct kr_answer *answer) {
  (void)user, (void)answer; /* it is among the answers */
  return 1;
}

static void on_trace(void *user, const char *asked, const char *showed) {
  const struct kr_invocation *invocation = ((struct work *)user)->invocation;
  json_t *clean = kr_clean_text(invocation->mask, showed, KR_CAUSE_MAX);
  kr_log(invocation->globals.explain ? 0 : 1, "%s -> %s", asked, clean == NULL ? "?" : json_string_value(clean));
  json_decref(clean);
}

static int on_clean(void *user, struct kr_buffer *out, const char *text, size_t length) {
  return kr_mask_apply(((struct work *)user)->invocation->mask, out, text, length);
}

static int on_module(void *user, const char *name, struct kr_buffer *text, char **path, struct kr_error *error) {
  return kr_library_module(text, path, ((struct work *)user)->invocation->library, name, NULL, error);
}

/* --- asking --- */

static int push_question(lua_State *lua) {
  const struct work *work = lua_touserdata(lua, 1);
  kr_json_push_value(lua, work->question);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &question_key);
  return 0;
}

static void answered(void *user, lua_State *lua, int count, const struct kr_error *error) {
  struct work *work = user;
  if (error != NULL)
    work->failure = *error;
  else if (count > 0)
    (void)kr_json_from_lua(&work->answers, lua, -count, TEXT_MAX, &work->failure);
}

static struct kr_vm_limits limits_of(const struct work *work) {
  const struct kr_globals *globals = &work->invocation->globals;
  struct kr_vm_limits limits = KR_VM_LIMITS_DEFAULT;
  if (globals->max_memory > 0) limits.memory = (size_t)globals->max_memory;
  if (globals->max_requests > 0) limits.requests = globals->max_requests;
  if (globals->max_log_bytes > 0) limits.log_bytes = globals->max_log_bytes;
  if (work->asking->log_bytes > limits.log_bytes) limits.log_bytes = work->asking->log_bytes;
  limits.wall_ms = work->asking->wall_ms;
  if (work->asking->raw != NULL) /* every target may bring a log */
    limits.memory += 2 * (size_t)limits.log_bytes * json_array_size(json_object_get(work->question, "targets"));
  return limits;
}

static int open_vm(struct work *work, struct kr_error *error) {
  struct kr_vm_host host = {.user = work,
                            .namespace_ = work->namespace_,
                            .unknown = on_unknown,
                            .trace = on_trace,
                            .clean = on_clean,
                            .module = on_module};
  struct kr_vm_limits limits = limits_of(work);
  struct kr_transport *transport = NULL;
  int status = kr_cli_connect(&transport, &work->namespace_, work->invocation, error);
  host.namespace_ = work->namespace_;
  if (status == KR_OK) status = kr_client_new(&work->client, transport, error);
  if (status == KR_OK) status = kr_loop_new(&work->loop, work->client, error);
  if (status == KR_OK) status = kr_vm_new(&work->vm, work->loop, &limits, &host, error);
  return status == KR_OK ? kr_vm_protect(work->vm, push_question, work, error) : status;
}

static int call(struct work *work, struct kr_error *error) {
  int status = kr_vm_load(work->vm, chunk, sizeof chunk - 1, "krunbook:ask.lua", error);
  lua_State *lua = kr_vm_lua(work->vm);
  if (status == KR_OK && !lua_checkstack(lua, 1)) status = kr_error_set(error, KR_ENOMEM, "out of memory");
  if (status != KR_OK) return status;
  (void)lua_rawgetp(lua, LUA_REGISTRYINDEX, &question_key);
  status = kr_vm_start(work->vm, 1, answered, work, error);
  if (status == KR_OK) status = kr_loop_run(work->loop, error);
  if (status == KR_OK && work->failure.code != KR_OK) {
    *error = work->failure;
    status = error->code;
  }
  if (status != KR_OK) return status;
  const char *usage = json_string_value(json_object_get(work->answers, "usage"));
  return usage == NULL ? KR_OK : kr_error_set(error, KR_EUSAGE, "%s", usage);
}

static int check_usage(const struct kr_invocation *invocation, struct kr_error *error) {
  const struct kr_command *command = invocation->command;
  if (invocation->operand_count == 0)
    return kr_error_set(error, KR_EUSAGE, "which one? krunbook %s %s; --help shows examples", command->name,
                        command->operands);
  if (invocation->globals.all_namespaces || invocation->globals.labels != NULL)
    return kr_error_set(error, KR_EUSAGE, "%s takes targets by name: %s does not go with it", command->name,
                        invocation->globals.all_namespaces ? "-A" : "-l");
  return KR_OK;
}

static int add_targets(const struct work *work, struct kr_error *error) {
  json_t *targets = json_array();
  int status = targets == NULL ? KR_ENOMEM : KR_OK;
  for (size_t i = 0; status == KR_OK && i < work->invocation->operand_count; i++) {
    if (strcmp(work->invocation->operands[i], "--") == 0) continue;
    json_t *text = json_string(work->invocation->operands[i]);
    if (text == NULL) status = KR_EUSAGE;
    if (text != NULL && json_array_append_new(targets, text) != 0) status = KR_ENOMEM;
  }
  if (status == KR_OK && (json_object_set(work->question, "targets", targets) != 0 ||
                          json_object_set_new(work->question, "command", json_string(work->asking->name)) != 0))
    status = KR_ENOMEM;
  json_decref(targets);
  return status == KR_OK
             ? KR_OK
             : kr_error_set(error, status, status == KR_EUSAGE ? "a target is not valid UTF-8" : "out of memory");
}

static void work_free(struct work *work) {
  kr_vm_free(work->vm);
  kr_loop_free(work->loop);
  kr_client_free(work->client);
  json_decref(work->question);
  json_decref(work->answers);
  free(work->namespace_);
}

int kr_ask(struct kr_invocation *invocation, const struct kr_asking *asking, json_t *question) {
  struct work work = {.invocation = invocation, .asking = asking, .question = question};
  struct kr_error error = KR_ERROR_INIT;
  json_t *document = NULL;
  int status = question == NULL ? kr_error_set(&error, KR_ENOMEM, "out of memory") : check_usage(invocation, &error);
  if (status == KR_OK) status = add_targets(&work, &error);
  if (status == KR_OK) status = open_vm(&work, &error);
  if (status == KR_OK) status = call(&work, &error);
  if (status == KR_OK)
    document = kr_ask_document(asking, work.answers, kr_client_transport(work.client), invocation->mask);
  if (status == KR_OK && document == NULL) status = kr_error_set(&error, KR_ENOMEM, "out of memory for the answer");
  if (status == KR_OK) status = kr_ask_print(asking, document, invocation->json, &error);
  int code = (int)json_integer_value(json_object_get(document, "exit_code"));
  json_decref(document);
  work_free(&work);
  return status == KR_OK ? code : kr_cli_fail(invocation, &error);
}
