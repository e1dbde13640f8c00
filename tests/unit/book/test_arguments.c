/* What a runbook declares, and the values given for it. */
#include <criterion/criterion.h>
#include <string.h>

#include "book/arguments.h"

static json_t *json(const char *text) {
  json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
  cr_assert_not_null(value, "%s", text);
  return value;
}

static const char *const declared_text =
    "{\"pod\": {\"type\": \"string\"}, \"since\": {\"type\": \"duration\", \"default\": \"5m\"},"
    " \"port\": {\"type\": \"integer\", \"repeated\": true}, \"all\": {\"type\": \"boolean\"},"
    " \"target\": {\"type\": \"object\"},"
    " \"mode\": {\"type\": \"enum\", \"values\": [\"fast\", \"deep\"]}}";

/* Resolves given; the message of what was wrong, or the values as JSON text. */
static void resolves(const char *given_text, const char *expected) {
  json_t *declared = json(declared_text), *given = json(given_text), *out = NULL;
  struct kr_error error = KR_ERROR_INIT;
  int code = kr_arguments_resolve(&out, declared, given, &error);
  if (code) {
    cr_assert_not_null(strstr(error.message, expected), "%s", error.message);
  } else {
    json_t *wanted = json(expected);
    cr_assert(json_equal(out, wanted), "%s", json_dumps(out, 0));
    json_decref(wanted);
  }
  json_decref(out);
  json_decref(given);
  json_decref(declared);
}

Test(arguments, what_is_left_out_takes_its_default_in_its_type) { resolves("{}", "{\"since\": 300}"); }

Test(arguments, text_becomes_the_declared_type) {
  resolves("{\"since\": \"1h30m\", \"port\": \"80\", \"all\": \"false\", \"mode\": \"deep\"}",
           "{\"since\": 5400, \"port\": [80], \"all\": false, \"mode\": \"deep\"}");
}

Test(arguments, a_repeated_one_is_always_an_array) {
  resolves("{\"port\": [\"80\", \"443\"]}", "{\"since\": 300, \"port\": [80, 443]}");
}

Test(arguments, one_that_is_not_repeated_is_not_given_twice) {
  resolves("{\"pod\": [\"a\", \"b\"]}", "--pod is given more than once");
}

Test(arguments, an_unknown_one_names_the_nearest) {
  resolves("{\"pods\": \"x\"}", "no argument --pods; nearest: --pod");
}

Test(arguments, an_ill_typed_value_says_what_is_taken) {
  resolves("{\"port\": \"http\"}", "--port takes a whole number, not \"http\"");
  resolves("{\"since\": \"soon\"}", "--since takes a duration");
  resolves("{\"mode\": \"quick\"}", "--mode takes fast or deep, not \"quick\"");
  static const char *const no_objects[] = {"{\"target\": \"web\"}", "{\"target\": \"/web\"}", "{\"target\": \"pod/\"}",
                                           "{\"target\": \"a/b/c\"}", "{\"target\": 1}"};
  for (size_t i = 0; i < sizeof no_objects / sizeof no_objects[0]; i++)
    resolves(no_objects[i], "--target takes KIND/NAME, such as");
  resolves("{\"target\": \"deploy/web\"}", "{\"since\": 300, \"target\": \"deploy/web\"}");
  resolves("{\"all\": \"maybe\"}", "--all takes true or false");
}

Test(arguments, a_needed_one_is_asked_for) {
  json_t *declared = json("{\"pod\": {\"type\": \"string\", \"required\": true, \"help\": \"which one\"}}"),
         *out = NULL;
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_arguments_resolve(&out, declared, NULL, &error), KR_EUSAGE);
  cr_assert_str_eq(error.message, "--pod is needed: which one");
  json_decref(declared);
}

Test(arguments, a_flag_finds_its_name_with_hyphens_and_negated) {
  json_t *declared = json("{\"all_pods\": {\"type\": \"boolean\"}, \"pod\": {\"type\": \"string\"}}");
  bool negated = true;
  cr_assert_str_eq(kr_arguments_name(declared, "all-pods", &negated), "all_pods");
  cr_assert_not(negated);
  cr_assert_str_eq(kr_arguments_name(declared, "no-all-pods", &negated), "all_pods");
  cr_assert(negated);
  cr_assert_null(kr_arguments_name(declared, "no-pod", &negated));
  json_decref(declared);
}

static void refused(const char *declared_wrongly, const char *expected) {
  json_t *declared = json(declared_wrongly);
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_arguments_declare(declared, &error), KR_EINVAL);
  cr_assert_not_null(strstr(error.message, expected), "%s", error.message);
  json_decref(declared);
}

Test(arguments, a_wrong_declaration_names_its_field) {
  refused("{\"pod\": {\"type\": \"text\"}}", "args.pod.type must be");
  refused("{\"pod\": {\"type\": \"string\", \"requird\": true}}",
          "args.pod has no field \"requird\"; nearest: required");
  refused("{\"n\": {\"type\": \"integer\", \"default\": \"many\"}}", "args.n.default");
  refused("{\"m\": {\"type\": \"enum\"}}", "args.m.values");
  refused("{\"pod\": \"string\"}", "args.pod must be a table");
}
