/* Label and field selectors, as the API reads them. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>

#include "kube/selector.h"

static json_t *object(void) {
  return json_pack("{s:{s:s, s:s, s:{s:s, s:s, s:s}}, s:{s:s}, s:{s:s}}", "metadata", "name", "web-1", "namespace",
                   "shop", "labels", "app", "web", "tier", "front", "generation", "12", "spec", "nodeName", "n1",
                   "status", "phase", "Running");
}

static bool matches(const struct kr_selector *selector, const json_t *json) {
  char *text = json_dumps(json, JSON_INDENT(2));
  bool does = kr_selector_matches(selector, text, text + strlen(text));
  free(text);
  return does;
}

static bool labels_match(const char *text) {
  struct kr_selector *selector = NULL;
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_selector_parse_labels(&selector, text, &error), KR_OK, "%s: %s", text, error.message);
  json_t *pod = object();
  bool does = matches(selector, pod);
  json_decref(pod);
  kr_selector_free(selector);
  return does;
}

static int parse_labels(const char *text, struct kr_error *error) {
  struct kr_selector *selector = NULL;
  int status = kr_selector_parse_labels(&selector, text, error);
  if (status == KR_OK) kr_selector_free(selector);
  return status;
}

Test(selector, nothing_selects_everything) {
  cr_assert(labels_match(NULL));
  cr_assert(labels_match(""));
  cr_assert(labels_match("  "));
}

Test(selector, equality_needs_the_label) {
  cr_assert(labels_match("app=web"));
  cr_assert(labels_match("app == web , tier=front"));
  cr_assert_not(labels_match("app=db"));
  cr_assert_not(labels_match("missing=web"));
  cr_assert_not(labels_match("app=web,tier=back"));
}

Test(selector, inequality_holds_where_the_label_is_missing) {
  cr_assert(labels_match("app!=db"));
  cr_assert(labels_match("missing!=db"));
  cr_assert_not(labels_match("app!=web"));
}

Test(selector, sets_and_existence) {
  cr_assert(labels_match("app in (db, web)"));
  cr_assert_not(labels_match("app in (db)"));
  cr_assert(labels_match("app notin (db),missing notin (x)"));
  cr_assert(labels_match("app,!missing"));
  cr_assert_not(labels_match("!app"));
  cr_assert_not(labels_match("missing"));
}

Test(selector, a_key_that_begins_with_in_is_a_key) {
  cr_assert_not(labels_match("instance=a"));
  cr_assert(labels_match("!internal"));
}

Test(selector, numbers_compare) {
  cr_assert(labels_match("generation>11"));
  cr_assert(labels_match("generation<13"));
  cr_assert_not(labels_match("generation>12"));
  cr_assert_not(labels_match("app>1"));
}

Test(selector, malformed_text_is_an_error_that_says_where) {
  static const char *const wrong[] = {"=x",       "app=web,", "app in web", "app in (web", "app web",
                                      "!app=web", "a=b c",    "a>b",        "a<"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    struct kr_error error = KR_ERROR_INIT;
    cr_assert_eq(parse_labels(wrong[i], &error), KR_EINVAL, "%s", wrong[i]);
    cr_assert(strstr(error.message, "expected") != NULL, "%s: %s", wrong[i], error.message);
  }
}

static bool fields_match(const char *text) {
  struct kr_selector *selector = NULL;
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_selector_parse_fields(&selector, text, "pods", &error), KR_OK, "%s: %s", text, error.message);
  json_t *pod = object();
  bool does = matches(selector, pod);
  json_decref(pod);
  kr_selector_free(selector);
  return does;
}

Test(selector, fields_are_paths_into_the_object) {
  cr_assert(fields_match("metadata.name=web-1"));
  cr_assert(fields_match("status.phase!=Pending,spec.nodeName=n1"));
  cr_assert_not(fields_match("status.phase=Pending"));
}

Test(selector, a_field_that_the_api_does_not_serve_is_refused_in_its_words) {
  struct kr_selector *selector = NULL;
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_selector_parse_fields(&selector, "nope=1", "pods", &error), KR_EINVAL);
  cr_assert_str_eq(error.message, "field label not supported: nope");
  cr_assert_eq(kr_selector_parse_fields(&selector, "status.phase=Running", "services", &error), KR_EINVAL);
}

Test(selector, a_field_that_is_not_set_has_the_apis_default) {
  json_t *node = json_pack("{s:{s:s}, s:{}}", "metadata", "name", "n1", "spec");
  struct kr_selector *selector = NULL;
  cr_assert_eq(kr_selector_parse_fields(&selector, "spec.unschedulable=false", "nodes", NULL), KR_OK);
  cr_assert(matches(selector, node));
  cr_assert_eq(json_object_set_new(json_object_get(node, "spec"), "unschedulable", json_true()), 0);
  cr_assert_not(matches(selector, node));
  kr_selector_free(selector);
  json_decref(node);
}

Test(selector, an_events_source_is_its_component_or_its_reporter) {
  json_t *old = json_pack("{s:{s:s}}", "source", "component", "kubelet");
  json_t *new = json_pack("{s:{}, s:s}", "source", "reportingComponent", "kubelet");
  struct kr_selector *selector = NULL;
  cr_assert_eq(kr_selector_parse_fields(&selector, "source=kubelet", "events", NULL), KR_OK);
  cr_assert(matches(selector, old));
  cr_assert(matches(selector, new));
  kr_selector_free(selector);
  json_decref(old);
  json_decref(new);
}

Test(selector, a_thousand_values_are_refused) {
  char text[4096] = "app in (a";
  size_t length = strlen(text);
  for (; length < sizeof text - 3; length++) text[length] = length % 2 == 0 ? ',' : 'b';
  text[length] = ')';
  cr_assert_eq(parse_labels(text, NULL), KR_EINVAL);
}

Test(selector, a_value_is_compared_as_it_reads_not_as_it_is_written) {
  static const char pod[] =
      "{\"metadata\": {\"labels\": {\"app\": \"w\\u0065b\", \"count\": 3, \"none\": null}},"
      " \"spec\": {\"hostNetwork\": true, \"nodeName\": null}}";
  static const struct {
    const char *labels, *fields;
    bool wanted;
  } cases[] = {{"app=web", "", true},
               {"count=3", "", false},
               {"none", "", false},
               {"", "spec.hostNetwork=true", true},
               {"", "spec.nodeName=", true}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct kr_selector *labels = NULL, *fields = NULL;
    cr_assert_eq(kr_selector_parse_labels(&labels, cases[i].labels, NULL), KR_OK);
    cr_assert_eq(kr_selector_parse_fields(&fields, cases[i].fields, "pods", NULL), KR_OK);
    bool does = kr_selector_matches(labels, pod, pod + sizeof pod - 1) &&
                kr_selector_matches(fields, pod, pod + sizeof pod - 1);
    cr_expect_eq(does, cases[i].wanted, "%s %s", cases[i].labels, cases[i].fields);
    kr_selector_free(labels);
    kr_selector_free(fields);
  }
}
