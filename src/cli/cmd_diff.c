/* cmd_diff.c - krunbook diff NAME: a runbook beside the one that it shadows. */
#include "base/diff.h"
#include "base/text.h"
#include "cli/command.h"

enum { EXIT_DIFFERENT = 1 };

#define DIFF_MAX ((size_t)2 << 20)

static int compare(struct kr_buffer *out, const struct kr_place *place, struct kr_error *error) {
  struct kr_place below = {.name = place->name, .path = place->shadows};
  struct kr_buffer own, shadowed;
  kr_buffer_init(&own, KR_SOURCE_MAX);
  kr_buffer_init(&shadowed, KR_SOURCE_MAX);
  int code = kr_library_read(&own, place, error);
  if (!code) code = kr_library_read(&shadowed, &below, error);
  if (!code) {
    code = kr_diff_unified(out, below.path, kr_buffer_text(&shadowed), place->path, kr_buffer_text(&own));
    if (code) kr_error_set(error, code, "%s and %s are too large to be compared", below.path, place->path);
  }
  kr_buffer_free(&own);
  kr_buffer_free(&shadowed);
  return code;
}

static int run(struct kr_invocation *invocation) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_place place = {0};
  struct kr_buffer plain, harmless;
  kr_buffer_init(&plain, DIFF_MAX);
  kr_buffer_init(&harmless, DIFF_MAX * 4);
  int code = invocation->operand_count == 1
                 ? kr_library_find(&place, invocation->library, invocation->operands[0], &error)
                 : kr_error_set(&error, KR_EUSAGE, "diff takes the name of one runbook");
  if (!code && !place.shadows)
    code = kr_error_set(&error, KR_ENOTFOUND, "%s shadows no other %s: there is nothing to compare it with", place.path,
                        place.name);
  if (!code) code = compare(&plain, &place, &error);
  if (!code && (code = kr_text_harmless(&harmless, kr_buffer_text(&plain), plain.length)))
    kr_error_set(&error, code, "the difference is too large to be shown");
  if (!code) code = kr_cli_print(kr_buffer_text(&harmless), harmless.length, &error);
  bool different = plain.length > 0;
  kr_buffer_free(&plain);
  kr_buffer_free(&harmless);
  kr_place_free(&place);
  return code ? kr_cli_fail(invocation, &error) : different ? EXIT_DIFFERENT : 0;
}

const struct kr_command kr_command_diff = {
    .name = "diff",
    .operands = "NAME",
    .summary = "a runbook beside the one that it shadows",
    .details =
        "Shows, as diff -u does, how a runbook differs from the next one of its name on the search path: a team's own\n"
        "from the shipped one. krunbook list says which shadow others.\n\n"
        "Exit status: 0 they are the same, 1 they differ, 3 there is nothing to compare.\n\n"
        "  krunbook diff pod-status --runbook-path team\n",
    .offline = true,
    .run = run};
