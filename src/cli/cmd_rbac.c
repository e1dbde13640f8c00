/* cmd_rbac.c - krunbook rbac NAME...: the role that runbooks need, to be applied by kubectl. */
#include <stdlib.h>
#include <string.h>

#include "book/needs.h"
#include "book/run.h"
#include "cli/describe.h"
#include "cli/outputs.h"

struct settings {
  bool cluster;
  const char *name;
};

static const struct kr_option options[] = {
    {0, "cluster", KR_OPTION_BOOL, offsetof(struct settings, cluster), NULL,
     "a ClusterRole, for every namespace (-A); else a Role for one"},
    {0, "name", KR_OPTION_TEXT, offsetof(struct settings, name), "NAME",
     "the role's name; krunbook-RUNBOOK when left out"},
};

enum { NAME_MAX_LENGTH = 63, TEXT_MAX = 1 << 20 };

static bool is_label(const char *name) {
  size_t length = strlen(name);
  return length > 0 && length <= NAME_MAX_LENGTH && name[0] != '-' && name[length - 1] != '-' &&
         strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == length;
}

static int gather(struct kr_needs *needs, const struct kr_descriptions *descriptions, const struct kr_place *places,
                  size_t count, struct kr_error *error) {
  int code = 0;
  for (size_t i = 0; !code && i < count; i++) {
    const json_t *metadata = kr_run_metadata(descriptions->run[i]);
    if (metadata == NULL)
      code = kr_error_set(error, KR_ESCRIPT, "%s", kr_descriptions_failure(descriptions, i));
    else
      code = kr_needs_add(needs, json_object_get(metadata, "needs"), error);
    if (code) kr_error_prefix(error, "%s", places[i].path);
  }
  return code;
}

static int put(struct kr_buffer *out, const struct kr_needs *needs, const struct kr_invocation *invocation,
               const struct kr_place *first, struct kr_error *error) {
  const struct settings *settings = invocation->settings;
  const char *namespace_ = invocation->globals.namespace_;
  struct kr_buffer name;
  kr_buffer_init(&name, KR_ERROR_MAX);
  int code = settings->name != NULL ? kr_buffer_puts(&name, settings->name)
                                    : kr_buffer_printf(&name, "krunbook-%s", first->name);
  if (!code && !is_label(kr_buffer_text(&name)))
    code = kr_error_set(error, KR_EUSAGE, "\"%s\" is no name for a role: --name gives one of lower case and digits",
                        kr_buffer_text(&name));
  else if (!code && namespace_ != NULL && !is_label(namespace_))
    code = kr_error_set(error, KR_EUSAGE, "\"%s\" is no namespace's name", namespace_);
  else if (!code && (settings->cluster || invocation->globals.all_namespaces))
    code = kr_needs_cluster_role(out, needs, kr_buffer_text(&name));
  else if (!code)
    code = kr_needs_role(out, needs, kr_buffer_text(&name), namespace_);
  kr_buffer_free(&name);
  return code;
}

static int print(const struct kr_invocation *invocation, const struct kr_place *places, struct kr_error *error) {
  struct kr_descriptions descriptions;
  struct kr_needs *needs = NULL;
  struct kr_buffer text;
  kr_buffer_init(&text, TEXT_MAX);
  int code = kr_descriptions_load(&descriptions, invocation, places, invocation->operand_count, error);
  if (code) return code;
  code = kr_needs_new(&needs, error);
  if (!code) code = gather(needs, &descriptions, places, invocation->operand_count, error);
  if (!code) code = put(&text, needs, invocation, &places[0], error);
  if (!code) code = kr_cli_print(kr_buffer_text(&text), text.length, error);
  kr_needs_free(needs);
  kr_buffer_free(&text);
  kr_descriptions_free(&descriptions);
  return code;
}

static int check_usage(const struct kr_invocation *invocation, struct kr_error *error) {
  if (invocation->operand_count == 0)
    return kr_error_set(error, KR_EUSAGE, "rbac takes the name of a runbook; krunbook list shows what there is");
  if (invocation->data && strcmp(kr_outputs_stdout(&invocation->outputs)->name, "json") == 0)
    return kr_error_set(error, KR_EUSAGE, "rbac prints YAML for kubectl apply, and nothing else");
  return 0;
}

static int run(struct kr_invocation *invocation) {
  struct kr_error error = KR_ERROR_INIT;
  size_t count = invocation->operand_count;
  struct kr_place *places = calloc(count + 1, sizeof *places);
  if (places == NULL) {
    kr_error_set(&error, KR_ENOMEM, "out of memory");
    return kr_cli_fail(invocation, &error);
  }
  int code = check_usage(invocation, &error);
  for (size_t i = 0; !code && i < count; i++)
    code = kr_library_find(&places[i], invocation->library, invocation->operands[i], &error);
  if (!code) code = print(invocation, places, &error);
  for (size_t i = 0; i < count; i++) kr_place_free(&places[i]);
  free(places);
  return code ? kr_cli_fail(invocation, &error) : 0;
}

const struct kr_command kr_command_rbac = {
    .name = "rbac",
    .operands = "NAME...",
    .summary = "the role that runbooks need",
    .details =
        "Prints, as YAML, the Role that the runbooks need by what they declare, and no more: for one namespace, or "
        "with\n"
        "--cluster for all of them. What lies in no namespace, such as nodes, stands in a ClusterRole of its own. "
        "With\n"
        "less, krunbook says what it could not determine, and which permission is missing.\n\n"
        "  krunbook rbac pod-status -n shop | kubectl apply -f -\n"
        "  krunbook rbac pod-status service ingress --cluster --name krunbook | kubectl apply -f -\n"
        "  kubectl create clusterrolebinding krunbook --clusterrole=krunbook --serviceaccount=ops:krunbook\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .settings_size = sizeof(struct settings),
    .run = run};
