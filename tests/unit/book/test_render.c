/* The report as text, word for word. */
#include <criterion/criterion.h>
#include <string.h>

#include "book/render.h"

static const char *const document_text =
    "{\"status\": \"critical\", \"exit_code\": 2, \"taken_at\": \"2026-01-31T08:00:00Z\", \"errors\": [], "
    "\"sections\": [{"
    "\"runbook\": {\"name\": \"pod-status\"}, \"args\": {\"pod\": \"web\"}, \"scope\": {\"namespace\": \"shop\", "
    "\"labels\": null}, \"cluster\": {\"snapshot\": \"demo\"},"
    "\"findings\": [{\"code\": \"image-not-found\", \"severity\": \"critical\", \"count\": 1, \"since\": "
    "\"2026-01-31T07:12:09Z\", \"object\": {\"kind\": \"Pod\", \"namespace\": \"shop\", \"name\": \"web\", "
    "\"container\": "
    "\"nginx\", \"owner\": {\"kind\": \"Deployment\", \"namespace\": \"shop\", \"name\": \"web\"}}, \"cause\": \"There "
    "is "
    "no image nginx:nope.\", \"evidence\": [{\"kind\": \"event\", \"at\": \"2026-01-31T07:12:09Z\", \"text\": "
    "\"Failed: "
    "not \\u001b[31mfound\"}], \"next_steps\": [\"kubectl -n shop set image deploy/web nginx=nginx\"]}],"
    "\"healthy\": [{\"kind\": \"Pod\", \"namespace\": \"shop\", \"name\": \"db\"}], \"healthy_count\": 1,"
    "\"unknown\": [{\"what\": \"events in shop\", \"reason\": \"forbidden\", \"permission\": \"list events in shop\"}],"
    "\"errors\": []}]}";

static char *render(const char *text, struct kr_render_options options, struct kr_buffer *out) {
  json_t *document = json_loads(text, 0, NULL);
  cr_assert_not_null(document);
  kr_buffer_init(out, KR_RENDER_MAX);
  cr_assert_eq(kr_render_text(out, document, &options), 0);
  json_decref(document);
  return out->data;
}

Test(render, the_cause_comes_first_then_since_evidence_and_next_step) {
  struct kr_buffer out;
  cr_assert_str_eq(render(document_text, (struct kr_render_options){.width = 80}, &out),
                   "pod-status --pod web -n shop on the snapshot demo\n"
                   "\n"
                   "CRITICAL image-not-found  Pod shop/web, container nginx\n"
                   "  There is no image nginx:nope.\n"
                   "  since    2026-01-31T07:12:09Z (47 minutes ago)\n"
                   "  owner    Deployment shop/web\n"
                   "  shown by event 2026-01-31T07:12:09Z: Failed: not \\x1b[31mfound\n"
                   "  next     kubectl -n shop set image deploy/web nginx=nginx\n"
                   "\n"
                   "UNKNOWN  events in shop: forbidden\n"
                   "  allow    list events in shop\n"
                   "\n"
                   "1 healthy: Pod shop/db\n"
                   "\n"
                   "critical: 1 critical, 1 undetermined, 1 healthy (exit status 2)\n");
  kr_buffer_free(&out);
}

/* A report of count findings in two sections, of two codes in turn; the first of each section is a warning. */
static char *render_many(size_t count, struct kr_buffer *out) {
  struct kr_render_options options = {.width = 80};
  json_t *sections = json_array();
  for (int i = 0; i < 2; i++) {
    json_t *findings = json_array();
    for (size_t j = 0; j < count / 2; j++)
      (void)json_array_append_new(findings, json_pack("{s:s, s:s}", "code", j % 2 ? "oom-killed" : "not-ready",
                                                      "severity", j ? "critical" : "warning"));
    (void)json_array_append_new(sections, json_pack("{s:{s:s}, s:o}", "runbook", "name", "x", "findings", findings));
  }
  json_t *document = json_pack("{s:s, s:i, s:o}", "status", "critical", "exit_code", 2, "sections", sections);
  kr_buffer_init(out, KR_RENDER_MAX);
  cr_assert_eq(kr_render_text(out, document, &options), 0);
  json_decref(document);
  return out->data;
}

Test(render, many_findings_are_summed_up_by_code_at_the_end) {
  struct kr_buffer out;
  const char *text = render_many(10, &out);
  cr_assert_not_null(strstr(text,
                            "\nIn short\n  critical oom-killed x4, not-ready x4\n  warning  not-ready x2\n\n"
                            "critical: 8 critical, 2 warnings"),
                     "%s", text);
  kr_buffer_free(&out);
  cr_assert_null(strstr(render_many(8, &out), "In short"));
  kr_buffer_free(&out);
}

Test(render, no_escape_reaches_the_output_without_colour) {
  struct kr_buffer out;
  cr_assert_null(strchr(render(document_text, (struct kr_render_options){0}, &out), 0x1b));
  kr_buffer_free(&out);
}

Test(render, colours_are_ours_alone) {
  struct kr_buffer out;
  const char *text = render(document_text, (struct kr_render_options){.colour = true}, &out);
  cr_assert_not_null(strstr(text, "\x1b[31;1mCRITICAL"));
  cr_assert_not_null(strstr(text, "not \\x1b[31mfound"));
  kr_buffer_free(&out);
}

Test(render, a_runbook_that_looked_at_nothing_says_so) {
  struct kr_buffer out;
  const char *text = render("{\"status\": \"ok\", \"exit_code\": 0, \"sections\": [{\"runbook\": {\"name\": \"x\"}}]}",
                            (struct kr_render_options){0}, &out);
  cr_assert_not_null(strstr(text, "There was nothing to look at"));
  kr_buffer_free(&out);
}

Test(render, a_chain_is_one_line_that_says_where_it_breaks) {
  struct kr_buffer out;
  static const char *const chained =
      "{\"status\": \"critical\", \"exit_code\": 2, \"sections\": [{\"runbook\": {\"name\": \"ingress\"}, "
      "\"findings\": [{"
      "\"code\": \"crash-late\", \"severity\": \"critical\", \"object\": {\"kind\": \"Pod\", \"name\": \"web-1\"},"
      "\"chain\": [{\"kind\": \"Ingress\", \"namespace\": \"shop\", \"name\": \"web\"}, {\"kind\": \"Service\", "
      "\"namespace\": \"shop\", \"name\": \"web\"}, {\"kind\": \"Pod\", \"namespace\": \"shop\", \"name\": \"web-1\", "
      "\"broken\": true}], \"cause\": \"x\"}]}]}";
  const char *text = render(chained, (struct kr_render_options){.width = 40}, &out);
  cr_assert_not_null(strstr(text, "\n  reached  Ingress shop/web -> Service shop/web -> Pod shop/web-1 (broken)\n"),
                     "%s", text);
  kr_buffer_free(&out);
}

/* Two sections of unknowns that have one reason: a sign-in that failed, and what RBAC refuses. */
#define UNKNOWN(what, reason, message, permission)                                                                   \
  "{\"what\": \"" what "\", \"reason\": \"" reason "\", \"message\": \"" message "\", \"permission\": \"" permission \
  "\"}"
#define WITH_UNKNOWNS(list)                                                                                         \
  "{\"status\": \"unknown\", \"exit_code\": 3, \"sections\": [{\"runbook\": {\"name\": \"x\"}, \"unknown\": [" list \
  "]}]}"

Test(render, unknowns_of_one_reason_are_told_once) {
  struct kr_buffer out;
  const char *text = render(
      WITH_UNKNOWNS(UNKNOWN("pods in shop", "unauthorized", "sign in again", "list pods in shop") "," UNKNOWN(
          "jobs in shop", "timeout", "no answer",
          "list jobs in shop") "," UNKNOWN("events in shop", "unauthorized", "sign in again", "list events in shop")),
      (struct kr_render_options){.width = 100}, &out);
  cr_assert_not_null(strstr(text,
                            "\nUNKNOWN  unauthorized: sign in again\n  not read pods in shop, events in shop\n"
                            "\nUNKNOWN  jobs in shop: timeout\n  no answer\n"),
                     "%s", text);
  cr_assert_not_null(strstr(text, "3 undetermined"), "%s", text);
  kr_buffer_free(&out);
}

Test(render, each_permission_that_lacks_is_named_once) {
  struct kr_buffer out;
  const char *text =
      render(WITH_UNKNOWNS(UNKNOWN("log of a", "forbidden", "a is forbidden", "get pods/log in shop") "," UNKNOWN(
                 "log of b", "forbidden", "b is forbidden",
                 "get pods/log in shop") "," UNKNOWN("events in shop", "forbidden", "events is forbidden",
                                                     "list events in shop")),
             (struct kr_render_options){.width = 100}, &out);
  cr_assert_not_null(strstr(text,
                            "UNKNOWN  log of a, log of b, events in shop: forbidden\n"
                            "  allow    get pods/log in shop\n"
                            "           list events in shop\n\n"),
                     "%s", text);
  kr_buffer_free(&out);
}

Test(render, what_is_on_its_way_is_named_and_does_not_count) {
  struct kr_buffer out;
  const char *text = render(
      "{\"status\": \"ok\", \"exit_code\": 0, \"sections\": [{\"runbook\": {\"name\": \"x\"}, "
      "\"starting\": [{\"kind\": \"Pod\", \"namespace\": \"shop\", \"name\": \"web\"}]}]}",
      (struct kr_render_options){0}, &out);
  cr_assert_str_eq(text, "x\n\n1 on its way, too young to be judged: Pod shop/web\n\nok: 1 starting (exit status 0)\n");
  kr_buffer_free(&out);
}

Test(render, an_owner_that_is_the_object_is_not_said_twice) {
  struct kr_buffer out;
  const char *text = render(
      "{\"status\": \"critical\", \"exit_code\": 2, \"sections\": [{\"runbook\": {\"name\": \"x\"}, "
      "\"findings\": [{\"code\": \"job-failed\", \"severity\": \"critical\", \"cause\": \"x\", "
      "\"object\": {\"kind\": \"Job\", \"namespace\": \"shop\", \"name\": \"load\", \"owner\": "
      "{\"kind\": \"Job\", \"namespace\": \"shop\", \"name\": \"load\"}}}]}]}",
      (struct kr_render_options){0}, &out);
  cr_assert_null(strstr(text, "owner"), "%s", text);
  kr_buffer_free(&out);
}
