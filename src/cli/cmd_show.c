/* cmd_show.c - krunbook show NAME: what a runbook takes, needs and finds, or its source. */
#include "cli/describe.h"

struct settings {
  bool source;
};

static const struct kr_option options[] = {
    {0, "source", KR_OPTION_BOOL, offsetof(struct settings, source), NULL, "its source text, to copy and edit"}};

static int show_source(struct kr_invocation *invocation) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_place place = {0};
  struct kr_buffer text;
  kr_buffer_init(&text, KR_SOURCE_MAX);
  int code = kr_library_find(&place, invocation->library, invocation->operands[0], &error);
  if (!code) code = kr_library_read(&text, &place, &error);
  if (!code) code = kr_cli_print(kr_buffer_text(&text), text.length, &error);
  kr_buffer_free(&text);
  kr_place_free(&place);
  return code ? kr_cli_fail(invocation, &error) : 0;
}

static int run(struct kr_invocation *invocation) {
  const struct settings *settings = invocation->settings;
  struct kr_error error = KR_ERROR_INIT;
  if (invocation->operand_count != 1) {
    kr_error_set(&error, KR_EUSAGE, "show takes the name of one runbook; krunbook list shows what there is");
    return kr_cli_fail(invocation, &error);
  }
  return settings->source ? show_source(invocation) : kr_describe_runbook(invocation);
}

const struct kr_command kr_command_show = {
    .name = "show",
    .operands = "NAME",
    .summary = "what a runbook takes, needs and finds",
    .details =
        "Shows a runbook's description, arguments, the permissions it needs and the codes it can find.\n\n"
        "  krunbook show pod-status\n  krunbook show pod-status --source > mine.lua\n",
    .options = options,
    .option_count = 1,
    .settings_size = sizeof(struct settings),
    .offline = true,
    .run = run};
