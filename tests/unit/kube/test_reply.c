/* What each answer of the API means. The bodies are those of real 1.20 and 1.36 servers. */
#include <criterion/criterion.h>
#include <string.h>

#include "kube/transport.h"

static struct kr_reply reply;

static void classify(enum kr_verb verb, int status, const char *body) {
  const struct kr_request request = {.verb = verb, .resource = "pods", .name = "x"};
  memset(&reply, 0, sizeof reply);
  kr_buffer_init(&reply.body, 1 << 20);
  cr_assert_eq(kr_buffer_puts(&reply.body, body), 0);
  reply.status = status;
  cr_assert_eq(kr_reply_classify(&reply, &request), 0);
}

static void finish(void) { kr_reply_free(&reply); }

#define STATUS(code, reason, message, details)                                                               \
  "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"" message \
  "\",\"reason\":\"" reason "\",\"details\":{" details "},\"code\":" #code "}\n"

static void expect(enum kr_outcome outcome, enum kr_reason reason, const char *words) {
  cr_expect_eq(reply.outcome, outcome, "outcome %d", (int)reply.outcome);
  cr_expect_str_eq(kr_reason_word(reply.reason), kr_reason_word(reason));
  if (words == NULL)
    cr_expect_null(reply.message);
  else
    cr_assert_not_null(reply.message);
  if (words != NULL) cr_expect_not_null(strstr(reply.message, words), "message: %s", reply.message);
}

Test(reply, an_object_and_a_list_are_found, .fini = finish) {
  classify(KR_VERB_GET, 200, "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"x\"}}\n");
  expect(KR_FOUND, KR_REASON_NONE, NULL);
  finish();
  classify(KR_VERB_LIST, 200, "{\"kind\":\"PodList\",\"items\":null}");
  expect(KR_FOUND, KR_REASON_NONE, NULL);
}

Test(reply, only_the_api_saying_so_of_the_thing_makes_it_absent, .fini = finish) {
  classify(KR_VERB_GET, 404, STATUS(404, "NotFound", "pods \\\"x\\\" not found", "\"name\":\"x\",\"kind\":\"pods\""));
  expect(KR_ABSENT, KR_REASON_NONE, "pods \"x\" not found");
}

Test(reply, a_missing_api_is_not_a_missing_object, .fini = finish) {
  classify(KR_VERB_GET, 404, STATUS(404, "NotFound", "the server could not find the requested resource", ""));
  expect(KR_UNKNOWN, KR_REASON_API_MISSING, "could not find the requested resource");
  finish();
  classify(KR_VERB_GET, 404, "404 page not found\n");
  expect(KR_UNKNOWN, KR_REASON_API_MISSING, "404 page not found");
  finish();
  classify(KR_VERB_GET, 404, "");
  expect(KR_UNKNOWN, KR_REASON_API_MISSING, "404");
}

Test(reply, a_list_is_never_absent, .fini = finish) {
  classify(KR_VERB_LIST, 404, STATUS(404, "NotFound", "pods \\\"x\\\" not found", "\"name\":\"x\""));
  expect(KR_UNKNOWN, KR_REASON_API_MISSING, "not found");
}

Test(reply, a_refusal_is_unknown_with_the_servers_words, .fini = finish) {
  classify(KR_VERB_LIST, 403, STATUS(403, "Forbidden", "events is forbidden: User \\\"alice\\\" cannot list", ""));
  expect(KR_UNKNOWN, KR_REASON_FORBIDDEN, "events is forbidden: User \"alice\" cannot list");
  finish();
  classify(KR_VERB_LIST, 403, "");
  expect(KR_UNKNOWN, KR_REASON_FORBIDDEN, "does not say why");
  finish();
  classify(KR_VERB_LIST, 401, STATUS(401, "Unauthorized", "Unauthorized", ""));
  expect(KR_UNKNOWN, KR_REASON_UNAUTHORIZED, "Unauthorized");
}

Test(reply, an_expired_page_gives_the_fresh_token, .fini = finish) {
  classify(
      KR_VERB_LIST, 410,
      "{\"kind\":\"Status\",\"metadata\":{\"continue\":\"fresh\"},\"message\":\"The provided continue parameter is "
      "too old\",\"reason\":\"Expired\",\"code\":410}");
  expect(KR_UNKNOWN, KR_REASON_EXPIRED, "too old");
  cr_expect_str_eq(reply.continue_token, "fresh");
}

Test(reply, the_reason_of_the_status_goes_before_its_code, .fini = finish) {
  classify(KR_VERB_LIST, 500, STATUS(500, "Timeout", "request did not complete", ""));
  expect(KR_UNKNOWN, KR_REASON_TIMEOUT, "did not complete");
}

Test(reply, codes_without_a_status_object_are_understood, .fini = finish) {
  static const struct {
    int status;
    enum kr_reason reason;
  } cases[] = {{429, KR_REASON_RATE_LIMITED}, {500, KR_REASON_SERVER_ERROR}, {503, KR_REASON_SERVER_ERROR},
               {504, KR_REASON_TIMEOUT},      {400, KR_REASON_BAD_REQUEST},  {422, KR_REASON_BAD_REQUEST},
               {405, KR_REASON_API_MISSING},  {302, KR_REASON_BAD_ANSWER},   {101, KR_REASON_BAD_ANSWER}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    classify(KR_VERB_LIST, cases[i].status, "Too many requests, please try again later.\n");
    expect(KR_UNKNOWN, cases[i].reason, "");
    finish();
  }
  classify(KR_VERB_LIST, 502, "<html>\nbad gateway</html>");
  expect(KR_UNKNOWN, KR_REASON_SERVER_ERROR, "HTTP 502 without saying why");
}

Test(reply, what_is_not_whole_or_not_what_was_asked_is_a_bad_answer, .fini = finish) {
  static const char *const bodies[] = {
      "",
      "<html>sign in</html>",
      "{\"kind\":\"PodList\",\"items\":[{\"metadata\":",
      "{\"hello\":1}",
      "[]",
      "{ \"kind\" : \"Status\", \"status\": \"Failure\", \"items\": [], \"metadata\":{}}"};
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    classify(KR_VERB_LIST, 200, bodies[i]);
    expect(KR_UNKNOWN, KR_REASON_BAD_ANSWER, "the server's answer");
    finish();
  }
  classify(KR_VERB_LIST, 204, "");
  expect(KR_UNKNOWN, KR_REASON_BAD_ANSWER, "empty");
}

Test(reply, a_log_may_be_any_text_or_none, .fini = finish) {
  classify(KR_VERB_LOGS, 200, "{\"half\":");
  expect(KR_FOUND, KR_REASON_NONE, NULL);
  finish();
  classify(KR_VERB_LOGS, 200, "");
  expect(KR_FOUND, KR_REASON_NONE, NULL);
}

Test(reply, a_log_that_is_not_there_is_absent_and_says_why, .fini = finish) {
  static const char *const messages[] = {
      STATUS(400, "BadRequest", "previous terminated container \\\"c\\\" in pod \\\"p\\\" not found", ""),
      STATUS(400, "BadRequest", "container \\\"c\\\" in pod \\\"p\\\" is waiting to start: PodInitializing", ""),
      STATUS(400, "BadRequest", "container \\\"c\\\" in pod \\\"p\\\" is terminated", "")};
  for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
    classify(KR_VERB_LOGS, 400, messages[i]);
    expect(KR_ABSENT, KR_REASON_NONE, "container \"c\" in pod \"p\"");
    finish();
  }
  classify(KR_VERB_LOGS, 204, "");
  expect(KR_ABSENT, KR_REASON_NONE, "not scheduled");
  finish();
  classify(KR_VERB_LOGS, 404, STATUS(404, "NotFound", "pods \\\"p\\\" not found", "\"name\":\"p\""));
  expect(KR_ABSENT, KR_REASON_NONE, "pods \"p\" not found");
}

Test(reply, the_kubelets_error_in_place_of_a_log_is_no_log, .fini = finish) {
  classify(KR_VERB_LOGS, 200, "unable to retrieve container logs for containerd://0123abcd");
  expect(KR_ABSENT, KR_REASON_NONE, "unable to retrieve container logs for containerd://0123abcd");
  finish();
  classify(KR_VERB_LOGS, 200, "unable to retrieve container logs for containerd://0123\nsaid the application itself\n");
  expect(KR_FOUND, KR_REASON_NONE, NULL);
}

Test(reply, a_log_that_was_asked_for_wrongly_is_unknown, .fini = finish) {
  classify(KR_VERB_LOGS, 400, STATUS(400, "BadRequest", "a container name must be specified for pod p", ""));
  expect(KR_UNKNOWN, KR_REASON_BAD_REQUEST, "a container name must be specified");
  finish();
  classify(KR_VERB_LOGS, 404,
           STATUS(404, "NotFound", "the server could not find the requested resource ( pods/log p)",
                  "\"name\":\"p\",\"causes\":[{\"reason\":\"UnexpectedServerResponse\",\"message\":\"pod is gone\"}]"));
  expect(KR_UNKNOWN, KR_REASON_SERVER_ERROR, "pod is gone");
}

Test(reply, a_message_is_one_line_of_bounded_length, .fini = finish) {
  char body[4000];
  memset(body, 'a', sizeof body);
  memcpy(body, "{\"kind\":\"Status\",\"message\":\"two\\nlines ", 39);
  memcpy(body + sizeof body - 3, "\"}", 3);
  classify(KR_VERB_GET, 500, body);
  expect(KR_UNKNOWN, KR_REASON_SERVER_ERROR, "two lines aaaa");
  cr_expect_leq(strlen(reply.message), 1024);
}

Test(reply, a_review_is_found_with_201, .fini = finish) {
  classify(KR_VERB_REVIEW, 201, "{\"kind\":\"SelfSubjectAccessReview\",\"status\":{\"allowed\":false}}");
  expect(KR_FOUND, KR_REASON_NONE, NULL);
}

Test(reply, a_probe_is_found_with_a_result, .fini = finish) {
  classify(KR_VERB_PROBE, 200, "{\"result\":\"refused\",\"latency_ms\":2}");
  expect(KR_FOUND, KR_REASON_NONE, NULL);
  finish();
  classify(KR_VERB_PROBE, 200, "{\"kind\":\"Pod\"}");
  expect(KR_UNKNOWN, KR_REASON_BAD_ANSWER, "not what was asked for");
}

Test(reply, a_probe_of_a_pod_that_is_gone_is_absent, .fini = finish) {
  classify(KR_VERB_PROBE, 404, STATUS(404, "NotFound", "pods \\\"x\\\" not found", "\"name\":\"x\",\"kind\":\"pods\""));
  expect(KR_ABSENT, KR_REASON_NONE, "pods \"x\" not found");
  finish();
  classify(KR_VERB_PROBE, 404,
           STATUS(404, "NotFound", "the server could not find the requested resource ( pods x)", "\"name\":\"x\""));
  expect(KR_UNKNOWN, KR_REASON_SERVER_ERROR, "could not find");
}

Test(reply, a_probe_of_a_pod_without_a_node_says_so, .fini = finish) {
  classify(KR_VERB_PROBE, 400, STATUS(400, "BadRequest", "pod x does not have a host assigned", ""));
  expect(KR_UNKNOWN, KR_REASON_BAD_REQUEST, "pod x does not have a host assigned");
}

Test(reply, a_refusal_without_a_word_is_of_the_subprotocol_not_of_rbac, .fini = finish) {
  classify(KR_VERB_PROBE, 403, "");
  expect(KR_UNKNOWN, KR_REASON_API_MISSING, "v4.channel.k8s.io");
  finish();
  classify(KR_VERB_PROBE, 403, STATUS(403, "Forbidden", "pods \\\"x\\\" is forbidden", ""));
  expect(KR_UNKNOWN, KR_REASON_FORBIDDEN, "is forbidden");
}
