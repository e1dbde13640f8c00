/* cmd_logs.c - krunbook logs POD...: what a container wrote, secrets masked; never an error text posing as a log. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/ask.h"

struct settings {
  bool previous;
  const char *container;
  int64_t tail, since_ms, limit;
};

static int judge(const json_t *answer) { return kr_answer_is_known(answer) ? KR_EXIT_OK : KR_EXIT_UNKNOWN; }

/* What is said beside a log goes to stderr: stdout is the log alone. */
static void say_beside(const json_t *answer) {
  const json_t *name, *containers = json_object_get(answer, "containers");
  char names[512] = "";
  size_t i;
  json_array_foreach(containers, i, name) {
    size_t length = strlen(names);
    (void)snprintf(names + length, sizeof names - length, "%s%s", i == 0 ? "" : ", ", json_string_value(name));
  }
  if (i > 0)
    kr_warn("%s: container %s, of %s; -c takes another", kr_answer_text(answer, "target"),
            kr_answer_text(answer, "container"), names);
  if (json_is_true(json_object_get(answer, "truncated")))
    kr_warn("%s: there is more: --limit cut it", kr_answer_text(answer, "target"));
}

static void say_unknown(const json_t *answer) {
  const char *reason = kr_answer_text(answer, "reason"), *permission = kr_answer_text(answer, "permission");
  kr_warn("%s: %s%s%s: %s%s%s", kr_answer_text(answer, "target"), kr_answer_text(answer, "result"),
          *reason == '\0' ? "" : ", ", reason, kr_answer_text(answer, "message"),
          *permission == '\0' ? "" : "; allow: ", permission);
}

/* Where there are several logs, a line before each says whose it is. */
static int write(struct kr_buffer *out, const json_t *answers) {
  const json_t *answer;
  size_t i;
  int status = KR_OK;
  json_array_foreach(answers, i, answer) {
    const json_t *text = json_object_get(answer, "text");
    if (!kr_answer_is_known(answer)) {
      say_unknown(answer);
      continue;
    }
    say_beside(answer);
    if (status == KR_OK && json_array_size(answers) > 1)
      status = kr_buffer_printf(out, "%s==> %s %s <==\n", i == 0 ? "" : "\n", kr_answer_text(answer, "target"),
                                kr_answer_text(answer, "container"));
    if (status == KR_OK) status = kr_buffer_append(out, json_string_value(text), json_string_length(text));
  }
  return status;
}

static int run(struct kr_invocation *invocation) {
  static const char *const members[] = {"target", "object",  "container",  "containers", "previous", "result", "what",
                                        "reason", "message", "permission", "truncated",  "text",     NULL};
  const struct settings *settings = invocation->settings;
  const struct kr_asking asking = {.name = "logs",
                                   .list = "logs",
                                   .members = members,
                                   .raw = "text",
                                   .log_bytes = settings->limit,
                                   .wall_ms = invocation->globals.timeout_ms,
                                   .judge = judge,
                                   .write = write};
  json_t *question = json_pack("{s:s*, s:b}", "container", settings->container, "previous", settings->previous);
  const struct {
    const char *name;
    int64_t value;
    bool given;
  } numbers[] = {{"tail", settings->tail, settings->tail > 0},
                 {"since", (settings->since_ms + 999) / 1000, settings->since_ms > 0},
                 {"limit", settings->limit, settings->limit > 0}};
  for (size_t i = 0; question != NULL && i < sizeof numbers / sizeof *numbers; i++)
    if (numbers[i].given && json_object_set_new(question, numbers[i].name, json_integer(numbers[i].value)) != 0) {
      json_decref(question);
      question = NULL;
    }
  return kr_ask(invocation, &asking, question);
}

static const struct kr_option options[] = {
    {'c', "container", KR_OPTION_TEXT, offsetof(struct settings, container), "NAME",
     "which container's; the default one, else the first, when left out"},
    {'p', "previous", KR_OPTION_BOOL, offsetof(struct settings, previous), NULL, "of the run before this one"},
    {0, "tail", KR_OPTION_INTEGER, offsetof(struct settings, tail), "N", "only the last lines"},
    {0, "since", KR_OPTION_DURATION, offsetof(struct settings, since_ms), "TIME", "only what is newer: 10m"},
    {0, "limit", KR_OPTION_BYTES, offsetof(struct settings, limit), "SIZE", "at most this much. Default: 1Mi"},
};

const struct kr_command kr_command_logs = {
    .name = "logs",
    .operands = "[KIND/]NAME...",
    .summary = "what a container wrote",
    .details =
        "Prints a container's log, secrets masked: to a terminal made harmless, to a pipe as it is. Where the kubelet\n"
        "answers with words of its own in a log's place, they are told on stderr, and are no log. A NAME alone is a\n"
        "pod; of a Service or an owner it is the pod that kubectl would take.\n\n"
        "Exit status: 0 there is a log; 3 there is none, or it could not be read.\n\n"
        "  krunbook logs pod/error --previous\n  krunbook logs deploy/shop -c web --tail 100\n"
        "  krunbook logs error -o json\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .settings_size = sizeof(struct settings),
    .run = run};
