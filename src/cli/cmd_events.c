/* cmd_events.c - krunbook events TARGET...: what happened to an object, oldest first, merged. */
#include <stdio.h>

#include "cli/ask.h"

static int judge(const json_t *answer) { return kr_answer_is_known(answer) ? KR_EXIT_OK : KR_EXIT_UNKNOWN; }

static int write_event(struct kr_buffer *out, const json_t *event) {
  char times[32] = "";
  const json_t *object = json_object_get(event, "object");
  const char *field = kr_answer_text(object, "fieldPath");
  json_int_t count = json_integer_value(json_object_get(event, "count"));
  if (count > 1) (void)snprintf(times, sizeof times, " x%lld", (long long)count);
  return kr_buffer_printf(out, "  %6s  %-7s  %s%s  %s%s%s\n", kr_answer_text(event, "age"),
                          kr_answer_text(event, "type"), kr_answer_text(event, "reason"), times, field,
                          *field == '\0' ? "" : ": ", kr_answer_text(event, "message"));
}

static int write(struct kr_buffer *out, const json_t *answers) {
  const json_t *answer, *event;
  size_t i, j;
  int status = KR_OK;
  json_array_foreach(answers, i, answer) {
    const json_t *events = json_object_get(answer, "events");
    if (status == KR_OK && !kr_answer_is_known(answer)) status = kr_answer_write_unknown(out, answer);
    if (status == KR_OK && kr_answer_is_known(answer))
      status = kr_buffer_printf(out, "%s: %zu event%s\n", kr_answer_text(answer, "target"), json_array_size(events),
                                json_array_size(events) == 1 ? "" : "s");
    json_array_foreach(events, j, event) {
      if (status == KR_OK) status = write_event(out, event);
    }
  }
  return status;
}

static int run(struct kr_invocation *invocation) {
  static const char *const members[] = {"target",  "object",     "result", "what", "reason",
                                        "message", "permission", "events", NULL};
  const struct kr_asking asking = {.name = "events",
                                   .list = "targets",
                                   .members = members,
                                   .wall_ms = invocation->globals.timeout_ms,
                                   .judge = judge,
                                   .write = write};
  return kr_ask(invocation, &asking, json_object());
}

const struct kr_command kr_command_events = {
    .name = "events",
    .operands = "[KIND/]NAME...",
    .summary = "what happened to an object",
    .details =
        "Shows the events of one object (by its UID, not its name), in the order in which they were last seen, the\n"
        "same ones counted together. A NAME alone is a pod.\n\n"
        "Exit status: 0 they were read, be there any or none; 3 they could not be, or there is no such object.\n\n"
        "  krunbook events pod/error\n  krunbook events deploy/shop node/worker-1 -o json\n",
    .run = run};
