/* The parts of the live transport that need no server: when to try again, what is sent, what a broken transfer means.
 */
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "kube/live_failure.h"
#include "kube/live_headers.h"
#include "kube/live_retry.h"

Test(live_retry, a_broken_connection_is_tried_three_times_again_and_slower_each_time) {
  struct kr_retry retry = {.broken = 0};
  const struct kr_attempt attempt = {.broken = true, .left_ms = 30000};
  cr_expect_eq(kr_retry_delay(&retry, &attempt), 100);
  cr_expect_eq(kr_retry_delay(&retry, &attempt), 200);
  cr_expect_eq(kr_retry_delay(&retry, &attempt), 400);
  cr_expect_eq(kr_retry_delay(&retry, &attempt), -1);
}

Test(live_retry, gateway_errors_are_tried_again_and_others_are_not) {
  static const int again[] = {502, 503, 504, 429}, final[] = {200, 201, 301, 400, 401, 403, 404, 410, 500};
  for (size_t i = 0; i < sizeof again / sizeof *again; i++) {
    struct kr_retry retry = {.broken = 0};
    cr_expect_geq(kr_retry_delay(&retry, &(struct kr_attempt){.status = again[i], .left_ms = 30000}), 0);
  }
  for (size_t i = 0; i < sizeof final / sizeof *final; i++) {
    struct kr_retry retry = {.broken = 0};
    cr_expect_eq(kr_retry_delay(&retry, &(struct kr_attempt){.status = final[i], .left_ms = 30000}), -1);
  }
}

Test(live_retry, the_servers_wish_is_followed_ten_times) {
  struct kr_retry retry = {.broken = 0};
  const struct kr_attempt attempt = {.status = 429, .retry_after_ms = 2000, .left_ms = INT64_MAX};
  for (int i = 0; i < 10; i++) cr_expect_eq(kr_retry_delay(&retry, &attempt), 2000);
  cr_expect_eq(kr_retry_delay(&retry, &attempt), -1);
  retry = (struct kr_retry){.broken = 0};
  cr_expect_eq(kr_retry_delay(&retry, &(struct kr_attempt){.status = 500, .retry_after_ms = 1000, .left_ms = 9000}),
               1000);
}

Test(live_retry, no_attempt_would_begin_after_the_deadline) {
  struct kr_retry retry = {.broken = 0};
  cr_expect_eq(kr_retry_delay(&retry, &(struct kr_attempt){.status = 429, .retry_after_ms = 5000, .left_ms = 5000}),
               -1);
  cr_expect_eq(kr_retry_delay(&retry, &(struct kr_attempt){.broken = true, .left_ms = 0}), -1);
}

Test(live_retry, jitter_only_shortens) {
  for (unsigned random = 0; random < 1000; random += 7) {
    struct kr_retry retry = {.broken = 0};
    int64_t delay = kr_retry_delay(&retry, &(struct kr_attempt){.broken = true, .left_ms = 30000, .random = random});
    cr_expect(delay >= 75 && delay <= 100, "%ld", (long)delay);
  }
}

static struct curl_slist *headers;
static void free_headers(void) {
  curl_slist_free_all(headers);
  headers = NULL;
}

static bool has_header(const char *line) {
  for (const struct curl_slist *at = headers; at != NULL; at = at->next)
    if (strcmp(at->data, line) == 0) return true;
  return false;
}

Test(live_headers, a_token_is_a_bearer_and_impersonation_is_as_client_go_writes_it, .fini = free_headers) {
  char *groups[] = {"dev", "ops"};
  struct kr_pair extra[] = {{"acme.com/pro ject", "x y"}};
  const struct kr_kubeconfig config = {
      .as = "jane", .as_uid = "7", .as_groups = groups, .as_group_count = 2, .as_extra = extra, .as_extra_count = 1};
  const struct kr_credential credential = {.token = "abc"};
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_live_headers(&headers, &(struct kr_request){.verb = KR_VERB_GET}, &config, &credential, &error),
               KR_OK);
  cr_expect(has_header("Authorization: Bearer abc"));
  cr_expect(has_header("Accept: application/json"));
  cr_expect(has_header("Impersonate-User: jane"));
  cr_expect(has_header("Impersonate-Uid: 7"));
  cr_expect(has_header("Impersonate-Group: dev"));
  cr_expect(has_header("Impersonate-Group: ops"));
  cr_expect(has_header("Impersonate-Extra-acme.com%2Fpro%20ject: x y"));
}

Test(live_headers, a_value_with_a_line_break_is_refused_and_not_shown, .fini = free_headers) {
  const struct kr_kubeconfig config = {.as = NULL};
  const struct kr_credential credential = {.token = "hunter2\r\nX-Evil: 1"};
  struct kr_error error = KR_ERROR_INIT;
  cr_expect_eq(kr_live_headers(&headers, &(struct kr_request){.verb = KR_VERB_GET}, &config, &credential, &error),
               KR_EAUTH);
  cr_expect_null(strstr(error.message, "hunter2"));
}

Test(live_headers, a_review_asks_about_exactly_what_was_named) {
  const struct kr_request request = {.verb = KR_VERB_REVIEW,
                                     .group = "apps",
                                     .resource = "deployments",
                                     .namespace_ = "a\"b",
                                     .review = {.verb = "get", .subresource = "scale"}};
  char *text = kr_live_review(&request);
  json_t *body = json_loads(text, 0, NULL);
  const json_t *what = json_object_get(json_object_get(body, "spec"), "resourceAttributes");
  cr_expect_str_eq(json_string_value(json_object_get(what, "namespace")), "a\"b");
  cr_expect_str_eq(json_string_value(json_object_get(what, "verb")), "get");
  cr_expect_str_eq(json_string_value(json_object_get(what, "subresource")), "scale");
  cr_expect_null(json_object_get(what, "name"), "all names");
  json_decref(body);
  free(text);
}

static void expect_failure(CURLcode code, const char *detail, int status, enum kr_reason reason, bool broken) {
  const struct kr_failure failure = {
      .code = code, .detail = detail, .server = "https://api:6443", .status = status, .body_max = 10};
  cr_expect_str_eq(kr_reason_word(kr_failure_reason(&failure)), kr_reason_word(reason), "%s", detail);
  cr_expect_eq(kr_failure_is_broken(&failure), broken, "%d %s", (int)code, detail);
}

Test(live_failure, what_a_broken_transfer_means) {
  expect_failure(CURLE_COULDNT_CONNECT, "Connection refused", 0, KR_REASON_UNREACHABLE, true);
  expect_failure(CURLE_COULDNT_RESOLVE_HOST, "Could not resolve host: api", 0, KR_REASON_UNREACHABLE, false);
  expect_failure(CURLE_OPERATION_TIMEDOUT, "", 0, KR_REASON_TIMEOUT, false);
  expect_failure(CURLE_PEER_FAILED_VERIFICATION, "certificate has expired", 0, KR_REASON_TLS, false);
  expect_failure(CURLE_SSL_CONNECT_ERROR, "OpenSSL SSL_connect: SSL_ERROR_SYSCALL", 0, KR_REASON_UNREACHABLE, true);
  expect_failure(CURLE_SSL_CONNECT_ERROR, "wrong version number", 0, KR_REASON_TLS, false);
  expect_failure(CURLE_RECV_ERROR, "alert bad certificate", 0, KR_REASON_TLS, false);
  expect_failure(CURLE_PARTIAL_FILE, "", 200, KR_REASON_BAD_ANSWER, true);
  expect_failure(CURLE_HTTP2_STREAM, "", 200, KR_REASON_BAD_ANSWER, true);
  expect_failure(CURLE_GOT_NOTHING, "Empty reply from server", 0, KR_REASON_UNREACHABLE, true);
  expect_failure(CURLE_WRITE_ERROR, "", 200, KR_REASON_TOO_LARGE, false);
}

Test(live_failure, tls_failures_say_what_to_do) {
  static const char *const cases[][2] = {
      {"SSL: no alternative certificate subject name matches target host name '10.0.0.9'", "tls-server-name"},
      {"SSL certificate problem: unable to get local issuer certificate", "certificate-authority"},
      {"SSL certificate problem: certificate has expired", "renew it"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct kr_reply reply = {.outcome = KR_FOUND};
    const struct kr_failure failure = {
        .code = CURLE_PEER_FAILED_VERIFICATION, .detail = cases[i][0], .server = "https://10.0.0.9:6443"};
    cr_assert_eq(kr_failure_tell(&reply, &failure), KR_OK);
    cr_expect_eq(reply.outcome, KR_UNKNOWN);
    cr_expect_not_null(strstr(reply.message, cases[i][0]), "%s", reply.message);
    cr_expect_not_null(strstr(reply.message, cases[i][1]), "%s", reply.message);
    kr_reply_free(&reply);
  }
}
