/* Probes: what can be asked, and what a record of one may hold. */
#include <criterion/criterion.h>
#include <string.h>

#include "kube/probe.h"

Test(probe, every_result_and_scheme_has_its_word) {
  static const char *const words[] = {"answered", "open", "refused", "reset", "closed", "timeout", "not-http"};
  for (int i = KR_PROBE_ANSWERED; i <= KR_PROBE_NOT_HTTP; i++) {
    enum kr_probe_result found = KR_PROBE_ANSWERED;
    cr_expect_str_eq(kr_probe_result_word((enum kr_probe_result)i), words[i]);
    cr_expect(kr_probe_result_find(&found, words[i]));
    cr_expect_eq((int)found, i);
  }
  enum kr_probe_result result;
  enum kr_probe_scheme scheme;
  cr_expect(kr_probe_scheme_find(&scheme, "https") && scheme == KR_PROBE_HTTPS);
  cr_expect_not(kr_probe_scheme_find(&scheme, "ftp"));
  cr_expect_not(kr_probe_result_find(&result, NULL));
}

static const char *fault_of(const char *text) {
  static struct kr_error error;
  json_t *record = json_loads(text, 0, NULL);
  cr_assert_not_null(record, "%s", text);
  error = (struct kr_error){0};
  int status = kr_probe_check_record(record, &error);
  cr_expect_eq(status, error.code);
  json_decref(record);
  return status == KR_OK ? "" : error.message;
}

#define ASKED "\"pod\": \"p\", \"port\": 80, \"scheme\": \"http\""

Test(probe, a_record_is_a_question_and_an_outcome) {
  cr_expect_str_eq(fault_of("{" ASKED ", \"result\": \"refused\"}"), "");
  cr_expect_str_eq(
      fault_of("{" ASKED ", \"method\": \"HEAD\", \"path\": \"/x\", \"host\": \"h\", \"result\": \"answered\","
               " \"latency_ms\": 3, \"status\": 200, \"headers\": {\"a\": \"b\"}, \"body\": \"\", \"truncated\": false,"
               " \"certificate\": {\"subject\": \"CN=x\", \"dnsNames\": [\"x\"]}, \"message\": \"m\", \"note\": 1}"),
      "");
}

Test(probe, what_is_wrong_in_a_record_is_named) {
  static const struct {
    const char *record, *says;
  } cases[] = {{"[]", "pod must"},
               {"{\"pod\": \"p\", \"port\": 0, \"scheme\": \"tcp\", \"result\": \"open\"}", "port must"},
               {"{\"pod\": \"p\", \"port\": 65536, \"scheme\": \"tcp\", \"result\": \"open\"}", "port must"},
               {"{\"pod\": \"p\", \"port\": \"80\", \"scheme\": \"tcp\", \"result\": \"open\"}", "port must"},
               {"{\"pod\": \"p\", \"port\": 80, \"result\": \"open\"}", "scheme must"},
               {"{" ASKED ", \"method\": \"POST\", \"result\": \"open\"}", "method must"},
               {"{" ASKED ", \"path\": 1, \"result\": \"open\"}", "path must"},
               {"{" ASKED "}", "result must"},
               {"{" ASKED ", \"result\": \"healthy\"}", "result must"},
               {"{" ASKED ", \"result\": \"answered\"}", "status must"},
               {"{" ASKED ", \"result\": \"answered\", \"status\": 99}", "status must"},
               {"{" ASKED ", \"result\": \"open\", \"latency_ms\": -1}", "latency_ms must"},
               {"{" ASKED ", \"result\": \"open\", \"headers\": {\"a\": 1}}", "headers must"},
               {"{" ASKED ", \"result\": \"open\", \"body\": null}", "body must"},
               {"{" ASKED ", \"result\": \"open\", \"certificate\": {\"dnsNames\": [1]}}", "certificate must"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    cr_expect_not_null(strstr(fault_of(cases[i].record), cases[i].says), "%s: %s", cases[i].record,
                       fault_of(cases[i].record));
}

Test(probe, what_could_end_its_line_is_not_sent) {
  static const char *const paths[] = {"", "x", "/a b", "/a\r\nHost: x", "/\xc3\xa4", "/\x7f"};
  static const char *const hosts[] = {"", "a b", "a\nb", "a/b", "user@a"};
  struct kr_error error = KR_ERROR_INIT;
  struct kr_request request = {.verb = KR_VERB_PROBE, .probe = {.port = 80}};
  cr_expect_eq(kr_probe_check_request(&request, &error), KR_OK);
  request.probe.host = "shop.example:8443";
  request.probe.path = "/healthz?full=1&x=%20";
  cr_expect_eq(kr_probe_check_request(&request, &error), KR_OK);
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    request.probe.path = paths[i];
    cr_expect_eq(kr_probe_check_request(&request, &error), KR_EINVAL, "%s", paths[i]);
  }
  request.probe.path = NULL;
  for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
    request.probe.host = hosts[i];
    cr_expect_eq(kr_probe_check_request(&request, &error), KR_EINVAL, "%s", hosts[i]);
  }
  request.probe.host = NULL;
  request.probe.port = 65536;
  cr_expect_eq(kr_probe_check_request(&request, &error), KR_EINVAL);
}
