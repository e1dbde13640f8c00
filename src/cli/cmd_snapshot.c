/* cmd_snapshot.c - krunbook snapshot: records a cluster into a folder that every command can read in its place. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "book/clean.h"
#include "book/render.h"
#include "cli/command.h"
#include "cli/crawl.h"
#include "kube/recorder.h"

enum { NAMESPACES_MAX = 1000, SAID_MAX = 1 << 20, EXIT_UNKNOWN = 3 };

struct settings {
  bool redact, no_probes;
};

struct names {
  char *text; /* of -n, cut at its commas */
  const char *items[NAMESPACES_MAX];
  size_t count;
};

static int add_name(struct names *names, const char *name, struct kr_error *error) {
  if (names->count == NAMESPACES_MAX) return kr_error_set(error, KR_EUSAGE, "more than %d namespaces", NAMESPACES_MAX);
  if (*name != '\0') names->items[names->count++] = name;
  return KR_OK;
}

/* -n a,b and the operands before the folder; given is -n's value or else the context's namespace. */
static int collect_names(struct names *names, const char *given, const struct kr_invocation *invocation,
                         struct kr_error *error) {
  int status = KR_OK;
  names->text = strdup(given);
  if (names->text == NULL) return kr_error_set(error, KR_ENOMEM, "out of memory");
  for (char *at = names->text; status == KR_OK && at != NULL;) {
    char *comma = strchr(at, ',');
    if (comma != NULL) *comma++ = '\0';
    status = add_name(names, at, error);
    at = comma;
  }
  for (size_t i = 0; status == KR_OK && i + 1 < invocation->operand_count; i++)
    status = add_name(names, invocation->operands[i], error);
  return status;
}

static int say(const struct kr_crawl_result *result, const char *folder, const struct kr_invocation *invocation,
               struct kr_error *error) {
  struct kr_buffer plain, masked, harmless;
  kr_buffer_init(&plain, SAID_MAX);
  kr_buffer_init(&masked, (size_t)SAID_MAX * 3);
  kr_buffer_init(&harmless, (size_t)SAID_MAX * 12);
  int status = kr_buffer_printf(&plain, "%s: %zu answers recorded%s\n", folder, result->answers,
                                result->refusal_count > 0 ? "; what could not be read:" : "");
  for (size_t i = 0; status == KR_OK && i < result->refusal_count; i++)
    status = kr_buffer_printf(&plain, "  %s\n", result->refusals[i].text);
  if (status == KR_OK) status = kr_mask_apply(invocation->mask, &masked, kr_buffer_text(&plain), plain.length);
  if (status == KR_OK) status = kr_text_harmless(&harmless, kr_buffer_text(&masked), masked.length);
  if (status == KR_OK) status = kr_cli_print(kr_buffer_text(&harmless), harmless.length, error);
  kr_buffer_free(&plain);
  kr_buffer_free(&masked);
  kr_buffer_free(&harmless);
  return status;
}

/* With -o json or yaml: {folder, answers, refused}. */
static int say_data(const struct kr_crawl_result *result, const char *folder, const struct kr_invocation *invocation,
                    struct kr_error *error) {
  struct kr_buffer text;
  json_t *refused = json_array(), *said = json_object();
  int failed = json_object_set_new(said, "folder", json_string(folder));
  failed |= json_object_set_new(said, "answers", json_integer((json_int_t)result->answers));
  for (size_t i = 0; i < result->refusal_count; i++)
    failed |= json_array_append_new(refused, kr_clean_text(invocation->mask, result->refusals[i].text, SAID_MAX / 64));
  failed |= json_object_set(said, "refused", refused);
  kr_buffer_init(&text, KR_RENDER_MAX);
  int status = failed ? kr_error_set(error, KR_ENOMEM, "out of memory") : kr_cli_data(&text, invocation, said);
  if (status == KR_OK) status = kr_cli_print(kr_buffer_text(&text), text.length, error);
  kr_buffer_free(&text);
  json_decref(refused);
  json_decref(said);
  return status;
}

static int record(struct kr_invocation *invocation, struct kr_transport *live, const char *namespace_,
                  struct kr_error *error) {
  const struct settings *settings = invocation->settings;
  const struct kr_recorder_options options = {.redact = settings->redact};
  const char *folder = invocation->operands[invocation->operand_count - 1];
  struct names names = {.count = 0};
  struct kr_crawl_result result = {0};
  struct kr_client *client = NULL;
  struct kr_transport *recorder = NULL;
  int status = kr_recorder_new(&recorder, live, folder, invocation->mask, &options, error);
  if (status == KR_OK) status = kr_client_new(&client, recorder, error);
  if (status == KR_OK && !invocation->globals.all_namespaces)
    status = collect_names(&names, namespace_, invocation, error);
  if (status == KR_OK) status = kr_crawl(&result, client, names.items, names.count, error);
  if (status == KR_OK && !settings->no_probes && result.answers > result.refusal_count)
    status = kr_crawl_probes(&result, client, names.items, names.count, invocation, error);
  if (status == KR_OK && result.answers == result.refusal_count)
    status = kr_error_set(error, KR_ECONNECT, "nothing could be read: %s",
                          result.refusal_count > 0 ? result.refusals[0].text : "the server gave no answer");
  if (status == KR_OK) status = kr_recorder_finish(recorder, error);
  if (status == KR_OK) status = (invocation->data ? say_data : say)(&result, folder, invocation, error);
  if (status == KR_OK && result.refusal_count > 0) status = EXIT_UNKNOWN;
  kr_client_free(client);
  kr_crawl_result_free(&result);
  free(names.text);
  return status;
}

static int run(struct kr_invocation *invocation) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_transport *live = NULL;
  char *namespace_ = NULL;
  int status = KR_OK;
  if (invocation->globals.record != NULL)
    status = kr_error_set(&error, KR_EUSAGE, "snapshot records by itself: --record does not go with it");
  if (status == KR_OK && invocation->operand_count == 0)
    status = kr_error_set(&error, KR_EUSAGE, "snapshot needs a folder to write: krunbook snapshot -n NAMESPACE DIR");
  if (status == KR_OK && invocation->operand_count > 1 && invocation->globals.all_namespaces)
    status = kr_error_set(&error, KR_EUSAGE, "-A takes all namespaces: name none");
  if (status == KR_OK) status = kr_cli_connect(&live, &namespace_, invocation, &error);
  if (status == KR_OK) status = record(invocation, live, namespace_, &error);
  free(namespace_);
  return status < 0 ? kr_cli_fail(invocation, &error) : status;
}

static const struct kr_option options[] = {
    {0, "redact", KR_OPTION_BOOL, offsetof(struct settings, redact), NULL,
     "mask environment variables' names and values too"},
    {0, "no-probes", KR_OPTION_BOOL, offsetof(struct settings, no_probes), NULL,
     "do not connect to the ports that Services lead to"},
};

const struct kr_command kr_command_snapshot = {
    .name = "snapshot",
    .operands = "[NAMESPACE...] DIR",
    .summary = "record a cluster into a folder",
    .details =
        "Records objects, events, the logs of pods that are not healthy, and whether the ports of pods behind "
        "Services\n"
        "are open, into a new folder, which --snapshot DIR reads in the cluster's place. Text is masked as in reports; "
        "of\n"
        "Secrets and ConfigMaps only the keys are kept. Ports are asked through port-forwards that send nothing. Exit\n"
        "status 3: something could not be read; the folder says what, and stays usable.\n\n"
        "  krunbook snapshot -n shop ./shop\n  krunbook snapshot -n shop,payment ./both\n"
        "  krunbook snapshot -A --redact ./all\n  krunbook run pod-status --snapshot ./shop -n shop\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .settings_size = sizeof(struct settings),
    .run = run};
