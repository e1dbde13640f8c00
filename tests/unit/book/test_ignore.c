/* Rules: what they match, when they expire, and that nothing malformed is taken for one. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "book/ignore.h"

static struct kr_ignore *parse(const char *text, struct kr_error *error) {
  struct kr_ignore *ignore = NULL;
  int code = kr_ignore_parse(&ignore, text, strlen(text), "rules", error);
  cr_assert_eq(code == 0, ignore != NULL);
  return ignore;
}

/* How many of a document's findings stay, with that rule. */
static size_t left(const char *rule, const char *findings) {
  struct kr_error error = KR_ERROR_INIT;
  char text[2048];
  (void)snprintf(text, sizeof text, "{\"ignore\": [{%s, \"reason\": \"x\"}]}", rule);
  struct kr_ignore *ignore = parse(text, &error);
  cr_assert_not_null(ignore, "%s", error.message);
  (void)snprintf(text, sizeof text, "{\"sections\": [{\"cluster\": {\"context\": \"prod\"}, \"findings\": [%s]}]}",
                 findings);
  json_t *document = json_loads(text, 0, NULL);
  cr_assert_not_null(document, "%s", text);
  cr_assert_eq(kr_ignore_apply(ignore, document, &error), 0);
  const json_t *section = json_array_get(json_object_get(document, "sections"), 0);
  size_t kept = json_array_size(json_object_get(section, "findings"));
  size_t all = kept + json_array_size(json_object_get(section, "ignored"));
  cr_assert_eq(all, 1);
  json_decref(document);
  kr_ignore_free(ignore);
  return kept;
}

#define POD(name) "{\"kind\": \"Pod\", \"namespace\": \"shop\", \"name\": \"" name "\"}"
#define FINDING                                                                                            \
  "{\"code\": \"oom-killed\", \"severity\": \"critical\", \"object\": {\"kind\": \"Pod\", \"namespace\": " \
  "\"shop\", \"name\": \"web-1\", \"labels\": {\"app\": \"web\"}, \"owner\": {\"kind\": \"Deployment\", "  \
  "\"namespace\": "                                                                                        \
  "\"shop\", \"name\": \"web\"}}, \"objects\": [" POD("web-1") ", " POD("web-2") "]}"

Test(ignore, a_rule_holds_when_all_its_conditions_do) {
  cr_assert_eq(left("\"code\": \"oom-*\"", FINDING), 0);
  cr_assert_eq(left("\"code\": \"oom-*\", \"cluster\": \"pro?\"", FINDING), 0);
  cr_assert_eq(left("\"code\": \"oom-*\", \"cluster\": \"test\"", FINDING), 1);
  cr_assert_eq(left("\"code\": \"oom\"", FINDING), 1);
  cr_assert_eq(left("\"labels\": \"app in (web,api)\"", FINDING), 0);
  cr_assert_eq(left("\"labels\": \"app=api\"", FINDING), 1);
}

Test(ignore, a_glob_of_an_object_holds_for_each_that_is_hit) {
  cr_assert_eq(left("\"object\": \"shop/web-*\"", FINDING), 0);
  cr_assert_eq(left("\"object\": \"Pod/sho[op]/web-?\"", FINDING), 0);
  cr_assert_eq(left("\"object\": \"shop/web-1\"", FINDING), 1);
  cr_assert_eq(left("\"object\": \"Service/shop/web-*\"", FINDING), 1);
  cr_assert_eq(left("\"object\": \"prod/*\"", FINDING), 1);
  cr_assert_eq(left("\"owner\": \"Deployment/shop/web\"", FINDING), 0);
  cr_assert_eq(left("\"owner\": \"StatefulSet/shop/*\"", FINDING), 1);
}

Test(ignore, of_an_object_without_known_labels_none_match) {
  cr_assert_eq(left("\"labels\": \"app!=web\"",
                    "{\"code\": \"a\", \"object\": {\"kind\": \"Node\", \"namespace\": null, \"name\": \"n1\"}}"),
               1);
}

Test(ignore, a_cluster_wide_object_has_an_empty_namespace) {
  const char *node = "{\"code\": \"a\", \"object\": {\"kind\": \"Node\", \"namespace\": null, \"name\": \"n1\"}}";
  cr_assert_eq(left("\"object\": \"Node//n*\"", node), 0);
  cr_assert_eq(left("\"object\": \"Node/shop/n1\"", node), 1);
}

Test(ignore, an_error_names_the_line) {
  static const char *const wrong[] = {"ignore:\n- {code: a}", "ignore:\n- {code: '', reason: b}",
                                      "ignore:\n- {reason: b}", "ignore:\n- {code: a, reason: b, until: 2026-02-31x}",
                                      "ignore:\n- {object: a/b/c/d, reason: b}"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct kr_error error = KR_ERROR_INIT;
    cr_assert_null(parse(wrong[i], &error));
    cr_assert(strncmp(error.message, "rules:2: ", 9) == 0, "%s", error.message);
  }
}

Test(ignore, a_rule_that_expired_is_a_warning_and_suppresses_nothing) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_report *report = NULL;
  struct kr_mask *mask = NULL;
  struct kr_ignore *ignore = parse("ignore: [{code: a, reason: b, until: 2026-01-31}]", &error);
  int64_t day = kr_time_parse("2026-01-31T23:59:59Z");
  cr_assert_eq(kr_mask_new(&mask, &error) || kr_report_new(&report, mask, day, &error), 0);
  cr_assert_eq(kr_ignore_expire(ignore, report, day, &error), 0);
  cr_assert_eq(kr_report_exit_code(report), 0);
  cr_assert_eq(kr_ignore_expire(ignore, report, day + 1000, &error), 0, "%s", error.message);
  cr_assert_eq(kr_report_exit_code(report), 1);
  size_t at = 0;
  cr_assert_eq(kr_ignore_unused(ignore, &at), 0, "it is told as expired");
  kr_ignore_free(ignore);
  kr_report_free(report);
  kr_mask_free(mask);
}
