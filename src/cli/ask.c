/* ask.c - see ask.h. */
#include "cli/ask.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "book/clean.h"
#include "cli/script.h"

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

static int add_namespace(json_t *question, const char *namespace_, struct kr_error *error) {
  if (json_object_set_new(question, "namespace", json_string(namespace_)) == 0) return KR_OK;
  return kr_error_set(error, KR_EUSAGE, "the namespace is not valid UTF-8, or memory was refused for it");
}

static int add_targets(json_t *question, const struct kr_invocation *invocation, struct kr_error *error) {
  json_t *targets = json_array();
  int status = targets == NULL ? KR_ENOMEM : KR_OK;
  for (size_t i = 0; status == KR_OK && i < invocation->operand_count; i++) {
    if (strcmp(invocation->operands[i], "--") == 0) continue;
    json_t *text = json_string(invocation->operands[i]);
    if (text == NULL) status = KR_EUSAGE;
    if (text != NULL && json_array_append_new(targets, text) != 0) status = KR_ENOMEM;
  }
  if (status == KR_OK && json_object_set(question, "targets", targets) != 0) status = KR_ENOMEM;
  json_decref(targets);
  if (status == KR_OK) return KR_OK;
  return kr_error_set(error, status, status == KR_EUSAGE ? "a target is not valid UTF-8" : "out of memory");
}

/* A line for each request, with -v or --explain. */
static void say_request(void *user, const char *asked, const char *showed) {
  const struct kr_invocation *invocation = user;
  json_t *clean = kr_clean_text(invocation->mask, showed, KR_CAUSE_MAX);
  kr_log(invocation->globals.explain ? 0 : 1, "%s -> %s", asked, clean == NULL ? "?" : json_string_value(clean));
  json_decref(clean);
}

static int ask(json_t **answers, struct kr_invocation *invocation, const struct kr_asking *asking,
               struct kr_client *client, const char *namespace_, json_t *question, struct kr_error *error) {
  struct kr_script script = {.module = "krunbook.shell",
                             .function = asking->name,
                             .invocation = invocation,
                             .client = client,
                             .namespace_ = namespace_,
                             .limits = kr_script_limits(invocation),
                             .told = say_request,
                             .user = invocation};
  script.limits.wall_ms = asking->wall_ms;
  if (asking->log_bytes > script.limits.log_bytes) script.limits.log_bytes = asking->log_bytes;
  if (asking->raw != NULL) /* every target may bring a log */
    script.limits.memory += 2 * (size_t)script.limits.log_bytes * invocation->operand_count;
  return kr_script_call(answers, &script, question, error);
}

int kr_ask(struct kr_invocation *invocation, const struct kr_asking *asking, json_t *question) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_transport *transport = NULL;
  struct kr_client *client = NULL;
  char *namespace_ = NULL;
  json_t *answers = NULL, *document = NULL;
  int status = question == NULL ? kr_error_set(&error, KR_ENOMEM, "out of memory") : check_usage(invocation, &error);
  if (status == KR_OK) status = add_targets(question, invocation, &error);
  if (status == KR_OK) status = kr_cli_connect(&transport, &namespace_, invocation, &error);
  if (status == KR_OK) status = kr_client_new(&client, transport, &error); /* takes the transport, also when it fails */
  if (status == KR_OK) status = add_namespace(question, namespace_, &error);
  if (status == KR_OK) status = ask(&answers, invocation, asking, client, namespace_, question, &error);
  if (status == KR_OK) status = kr_cli_recorded(invocation, kr_client_transport(client), &error);
  if (status == KR_OK) {
    document = kr_ask_document(asking, answers, transport, invocation->mask);
    if (document == NULL) status = kr_error_set(&error, KR_ENOMEM, "out of memory for the answer");
  }
  if (status == KR_OK) status = kr_ask_print(asking, document, invocation, &error);
  int code = (int)json_integer_value(json_object_get(document, "exit_code"));
  json_decref(document);
  json_decref(answers);
  json_decref(question);
  kr_client_free(client);
  free(namespace_);
  return status == KR_OK ? code : kr_cli_fail(invocation, &error);
}
