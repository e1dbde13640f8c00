/* Status, exit code, fingerprints and bounds of a report. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "book/report.h"

static struct kr_mask *mask;
static struct kr_report *report;
static struct kr_section *section;

static void open_report(void) {
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_mask_new(&mask, &error), 0, "%s", error.message);
  cr_assert_eq(kr_report_new(&report, mask, 1769846400000, &error), 0);
  cr_assert_eq(kr_report_section(&section, report, "test", "./test.lua", NULL, NULL, &error), 0);
}

static void close_report(void) {
  kr_report_free(report);
  kr_mask_free(mask);
}

TestSuite(report, .init = open_report, .fini = close_report);

static int note(const char *text, struct kr_error *error) {
  json_t *finding = json_loads(text, 0, NULL);
  cr_assert_not_null(finding, "%s", text);
  int code = kr_section_finding(section, finding, error);
  json_decref(finding);
  return code;
}

/* A finding of that severity on a pod, with more members. */
static void find(const char *severity, const char *pod, const char *more) {
  char text[1024];
  struct kr_error error = KR_ERROR_INIT;
  (void)snprintf(text, sizeof text,
                 "{\"code\": \"oom-killed\", \"severity\": \"%s\", \"cause\": \"why\", \"object\": {\"kind\": \"Pod\","
                 " \"metadata\": {\"namespace\": \"shop\", \"name\": \"%s\"}}%s}",
                 severity, pod, more);
  cr_assert_eq(note(text, &error), 0, "%s", error.message);
}

static const json_t *finding(size_t number) {
  const json_t *sections = json_object_get(kr_report_document(report), "sections");
  return json_array_get(json_object_get(json_array_get(sections, 0), "findings"), number);
}

static const char *member(const json_t *object, const char *name) {
  return json_string_value(json_object_get(object, name));
}

/* The name of the only entry of the chain that is marked as broken; NULL when none is, or more. */
static const char *broken_in(const json_t *found) {
  const json_t *chain = json_object_get(found, "chain"), *entry;
  const char *name = NULL;
  size_t i, marks = 0;
  json_array_foreach(chain, i, entry) {
    if (!json_is_true(json_object_get(entry, "broken"))) continue;
    name = member(entry, "name");
    marks++;
  }
  return marks == 1 ? name : NULL;
}

#define LINK(kind, name) "{\"kind\": \"" kind "\", \"namespace\": \"shop\", \"name\": \"" name "\"}"
#define BROKEN(kind, name) \
  "{\"kind\": \"" kind "\", \"broken\": true, \"metadata\": {\"namespace\": \"shop\", \"name\": \"" name "\"}}"

Test(report, a_chain_breaks_at_the_first_entry_that_says_so_else_at_the_object) {
  find("critical", "a", ", \"chain\": [" LINK("Ingress", "i") ", " BROKEN("Service", "s") ", " BROKEN("Pod", "a") "]");
  find("critical", "a", ", \"chain\": [" LINK("Ingress", "a") ", " LINK("Pod", "a") ", " LINK("Node", "a") "]");
  find("critical", "a", ", \"chain\": [" LINK("Ingress", "i") "]");
  cr_assert_str_eq(broken_in(finding(0)), "s");
  cr_assert(json_is_true(json_object_get(json_array_get(json_object_get(finding(1), "chain"), 1), "broken")));
  cr_assert_str_eq(broken_in(finding(1)), "a");
  cr_assert_null(broken_in(finding(2)));
}

Test(report, nothing_found_exits_0) { cr_assert_eq(kr_report_exit_code(report), 0); }

Test(report, info_never_counts) {
  find("info", "a", "");
  cr_assert_eq(kr_report_exit_code(report), 0);
}

Test(report, a_warning_exits_1) {
  find("warning", "a", "");
  cr_assert_eq(kr_report_exit_code(report), 1);
}

Test(report, an_unknown_is_worse_than_a_warning) {
  find("warning", "a", "");
  cr_assert_gt(kr_section_unknown(section, "events in shop", "forbidden", "list events in shop", NULL), 0);
  cr_assert_eq(kr_report_exit_code(report), 3);
  cr_assert_str_eq(member(kr_report_document(report), "status"), "unknown");
}

Test(report, a_critical_finding_is_worst) {
  find("critical", "a", "");
  cr_assert_gt(kr_section_unknown(section, "events in shop", "forbidden", NULL, NULL), 0);
  cr_assert_eq(kr_report_exit_code(report), 2);
}

Test(report, an_error_exits_3) {
  struct kr_error error = KR_ERROR_INIT;
  kr_error_set(&error, KR_EUSAGE, "no such flag");
  kr_report_error(report, &error);
  cr_assert_eq(kr_report_exit_code(report), 3);
}

Test(report, ctrl_c_exits_130_whatever_was_found) {
  find("critical", "a", "");
  kr_report_interrupted(report);
  cr_assert_eq(kr_report_exit_code(report), 130);
}

Test(report, an_unknown_noted_twice_counts_until_it_is_forgiven_twice) {
  int id = kr_section_unknown(section, "events in shop", "forbidden", NULL, NULL);
  cr_assert_eq(kr_section_unknown(section, "events in shop", "forbidden", NULL, NULL), id);
  kr_section_forgive(section, id);
  cr_assert_eq(kr_report_exit_code(report), 3);
  kr_section_forgive(section, id);
  cr_assert_eq(kr_report_exit_code(report), 0);
}

Test(report, the_worst_finding_comes_first) {
  find("info", "a", "");
  find("critical", "b", "");
  cr_assert_str_eq(member(json_object_get(finding(0), "object"), "name"), "b");
}

Test(report, a_fingerprint_is_of_the_owner_not_of_its_pods) {
  static const char owner[] = ", \"owner\": {\"kind\": \"Deployment\", \"namespace\": \"shop\", \"name\": \"web\"}";
  find("critical", "web-1", owner);
  find("critical", "web-2", owner);
  cr_assert_str_eq(member(finding(0), "fingerprint"), member(finding(1), "fingerprint"));
  cr_assert_eq(strlen(member(finding(0), "fingerprint")), 16);
}

Test(report, a_fingerprint_tells_containers_keys_and_bare_pods_apart) {
  find("critical", "a", ", \"container\": \"x\"");
  find("critical", "a", ", \"container\": \"y\"");
  find("critical", "a", ", \"container\": \"y\", \"key\": \"k\"");
  find("critical", "b", ", \"container\": \"x\"");
  for (size_t i = 0; i < 4; i++) {
    for (size_t j = 0; j < i; j++)
      cr_assert_str_neq(member(finding(i), "fingerprint"), member(finding(j), "fingerprint"));
  }
}

Test(report, secrets_are_masked_on_entry) {
  find("critical", "a", ", \"evidence\": [\"Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789\"]");
  const json_t *line = json_array_get(json_object_get(finding(0), "evidence"), 0);
  cr_assert_null(strstr(member(line, "text"), "abcdefghijklmnop"), "%s", member(line, "text"));
}

Test(report, an_event_becomes_a_line_of_evidence) {
  find("critical", "a",
       ", \"evidence\": [{\"reason\": \"Failed\", \"message\": \"no such image\", \"count\": 5, \"last\": "
       "\"2026-01-31T07:12:09Z\"}]");
  const json_t *line = json_array_get(json_object_get(finding(0), "evidence"), 0);
  cr_assert_str_eq(member(line, "kind"), "event");
  cr_assert_str_eq(member(line, "text"), "Failed x5: no such image");
  cr_assert_str_eq(member(line, "at"), "2026-01-31T07:12:09Z");
}

Test(report, since_is_utc_whatever_way_it_is_given) {
  find("critical", "a", ", \"since\": 1769846400");
  cr_assert_str_eq(member(finding(0), "since"), "2026-01-31T08:00:00Z");
}

Test(report, a_finding_handed_on_keeps_its_container_and_owner) {
  struct kr_error error = KR_ERROR_INIT;
  find("critical", "a",
       ", \"container\": \"x\", \"owner\": {\"kind\": \"Job\", \"namespace\": \"shop\", \"name\": \"j\"}");
  json_t *copy = json_deep_copy(finding(0));
  cr_assert_eq(kr_section_finding(section, copy, &error), 0, "%s", error.message);
  cr_assert(json_equal(finding(0), finding(1)));
  json_decref(copy);
}

Test(report, a_wrong_finding_names_the_field) {
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(note("{\"severity\": \"critical\"}", &error), KR_EINVAL);
  cr_assert_not_null(strstr(error.message, "finding.code"), "%s", error.message);
  cr_assert_eq(note("{\"code\": \"x\", \"severity\": \"bad\", \"cause\": \"y\"}", &error), KR_EINVAL);
  cr_assert_not_null(strstr(error.message, "finding.severity"), "%s", error.message);
  cr_assert_eq(note("{\"code\": \"x\", \"evidense\": []}", &error), KR_EINVAL);
  cr_assert_not_null(strstr(error.message, "nearest: \"evidence\""), "%s", error.message);
}

Test(report, findings_beyond_the_bounds_are_refused) {
  struct kr_error error = KR_ERROR_INIT;
  for (int i = 0; i < KR_FINDINGS_MAX; i++) find("info", "a", "");
  cr_assert_eq(note("{}", &error), KR_ELIMIT);
  cr_assert_not_null(strstr(error.message, "more than 1000 findings"), "%s", error.message);
}

Test(report, findings_have_room_for_so_many_bytes) {
  struct kr_error error = KR_ERROR_INIT;
  int code = 0, count = 0;
  char *line = malloc(4000);
  json_t *evidence = json_array();
  cr_assert_not_null(line);
  memset(line, 'x', 3999);
  line[3999] = '\0';
  for (int i = 0; i < 50; i++) (void)json_array_append_new(evidence, json_string(line));
  json_t *given = json_pack("{s:s, s:s, s:s, s:{s:s, s:s}, s:o}", "code", "x", "severity", "info", "cause", "y",
                            "object", "kind", "Pod", "name", "a", "evidence", evidence);
  for (; !code; count++) code = kr_section_finding(section, given, &error);
  cr_assert_eq(code, KR_ELIMIT);
  cr_assert_leq(count, 50);
  json_decref(given);
  free(line);
}

Test(report, unknowns_have_so_much_room_and_what_has_none_counts_for_ever) {
  char what[4000];
  int id = 0, previous = -1, count = 0;
  memset(what, 1, sizeof what); /* six bytes each when it is written */
  what[sizeof what - 1] = '\0';
  for (; id != previous && count < 600; count++) {
    previous = id;
    what[0] = (char)('a' + count % 26);
    what[1] = (char)('a' + count / 26);
    id = kr_section_unknown(section, what, "timeout", NULL, NULL);
    cr_assert_gt(id, 0);
  }
  cr_assert_lt(count, 500, "the same id stands for all that is not listed");
  for (int i = 1; i <= id; i++) kr_section_forgive(section, i);
  cr_assert_eq(kr_report_exit_code(report), 3);
}

Test(report, a_cause_is_cut_between_characters) {
  char *text = malloc(20000);
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_not_null(text);
  memset(text, 0, 20000);
  for (size_t i = 0; i < 4000; i++) memcpy(text + i * 3, "\xe2\x82\xac", 3);
  json_t *given = json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "code", "x", "severity", "info", "cause", text, "object",
                            "kind", "Pod", "name", "a");
  cr_assert_eq(kr_section_finding(section, given, &error), 0, "%s", error.message);
  cr_assert_leq(strlen(member(finding(0), "cause")), 4096 + 3);
  json_decref(given);
  free(text);
}

Test(report, what_a_nested_runbook_could_not_tell_is_unknown_here_too) {
  struct kr_section *nested = NULL;
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_section_nested(&nested, section, &error), 0);
  cr_assert_gt(kr_section_unknown(nested, "events in shop", "forbidden", NULL, NULL), 0);
  json_t *result = kr_section_result(nested);
  cr_assert_str_eq(member(result, "status"), "unknown");
  cr_assert_eq(kr_report_exit_code(report), 3);
  json_int_t id = json_integer_value(json_object_get(json_array_get(json_object_get(result, "unknown"), 0), "id"));
  kr_section_forgive(section, (int)id);
  cr_assert_eq(kr_report_exit_code(report), 0);
  json_decref(result);
}

static void step(const char *where, const char *asked, const char *showed) {
  cr_assert_eq(kr_section_step(section, where, asked, showed), 0);
}

Test(report, steps_that_overlapped_stand_together_where_the_first_of_them_came) {
  static const struct {
    int depth;
    const char *asked;
  } wanted[] = {{0, "list"},     {1, "pod a"}, {2, "a's events"}, {2, "a's log"},
                {3, "within a"}, {1, "pod b"}, {2, "b's events"}, {0, "owners"}};
  kr_report_explain(report, true);
  step("", "list", "2 found");
  step("7", "pod a", "Pending");
  step("8", "pod b", "Running");
  step("7", "a's events", "3 found");
  step("8", "b's events", "1 found");
  step("8", "b's events", "1 found"); /* from memory: not told again */
  step("7", "a's log", "12 bytes");
  step("7/9", "within a", NULL);
  step("", "owners", "none");
  const json_t *sections = json_object_get(kr_report_document(report), "sections");
  const json_t *steps = json_object_get(json_array_get(sections, 0), "steps");
  cr_assert_eq(json_array_size(steps), sizeof wanted / sizeof wanted[0]);
  for (size_t i = 0; i < json_array_size(steps); i++) {
    const json_t *one = json_array_get(steps, i);
    cr_expect_str_eq(member(one, "asked"), wanted[i].asked);
    cr_expect_eq(json_integer_value(json_object_get(one, "depth")), wanted[i].depth, "%s", wanted[i].asked);
  }
}

Test(report, without_explain_no_step_is_kept) {
  step("", "list", "2 found");
  const json_t *sections = json_object_get(kr_report_document(report), "sections");
  cr_assert_null(json_object_get(json_array_get(sections, 0), "steps"));
}
