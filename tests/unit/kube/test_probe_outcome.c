/* What comes of a probe, as JSON: valid text of bounded length, whatever an application sent. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "kube/probe_outcome.h"

static struct kr_probe_outcome outcome;
static json_t *written;

static void begin(void) { kr_probe_outcome_init(&outcome); }

static void end(void) {
  kr_probe_outcome_free(&outcome);
  json_decref(written);
  written = NULL;
}

static const json_t *write_out(void) {
  struct kr_buffer out;
  kr_buffer_init(&out, (size_t)1 << 20);
  cr_assert_eq(kr_probe_outcome_write(&out, &outcome), KR_OK);
  json_decref(written);
  written = json_loadb(out.data, out.length, 0, NULL);
  cr_assert_not_null(written, "%s", out.data);
  kr_buffer_free(&out);
  return written;
}

static void expect_text(const json_t *object, const char *key, const char *wanted) {
  const char *text = json_string_value(json_object_get(object, key));
  cr_assert_not_null(text, "%s", key);
  cr_expect_str_eq(text, wanted);
}

static int header(const char *name, const char *value) {
  return kr_probe_outcome_header(&outcome, name, strlen(name), value, strlen(value));
}

Test(probe_outcome, says_no_more_than_there_is, .init = begin, .fini = end) {
  outcome.result = KR_PROBE_REFUSED;
  outcome.latency_ms = 7;
  const json_t *object = write_out();
  expect_text(object, "result", "refused");
  cr_expect_eq(json_integer_value(json_object_get(object, "latency_ms")), 7);
  cr_expect_eq(json_object_size(object), 2);
}

Test(probe_outcome, passes_as_a_snapshots_record, .init = begin, .fini = end) {
  struct kr_error error = KR_ERROR_INIT;
  outcome.result = KR_PROBE_ANSWERED;
  outcome.status = 200;
  outcome.has_body = true;
  cr_assert_eq(header("Content-Type", "text/plain"), KR_OK);
  cr_assert_eq(kr_buffer_append(&outcome.body, "x", 1), KR_OK);
  cr_assert_eq(kr_probe_outcome_say(&outcome, "words"), KR_OK);
  json_t *record = json_copy((json_t *)write_out());
  cr_assert_eq(json_object_set_new(record, "pod", json_string("p")), 0);
  cr_assert_eq(json_object_set_new(record, "port", json_integer(80)), 0);
  cr_assert_eq(json_object_set_new(record, "scheme", json_string("http")), 0);
  cr_expect_eq(kr_probe_check_record(record, &error), KR_OK, "%s", error.message);
  json_decref(record);
}

Test(probe_outcome, names_of_headers_are_lower_case_and_repeated_ones_joined, .init = begin, .fini = end) {
  cr_assert_eq(header("X-Twice", "a"), KR_OK);
  cr_assert_eq(header("x-TWICE", "b"), KR_OK);
  cr_assert_eq(header("Empty", ""), KR_OK);
  const json_t *headers = json_object_get(write_out(), "headers");
  expect_text(headers, "x-twice", "a, b");
  expect_text(headers, "empty", "");
  cr_expect_eq(json_object_size(headers), 2);
}

Test(probe_outcome, cookies_are_not_kept, .init = begin, .fini = end) {
  cr_assert_eq(header("Set-Cookie", "session=hunter2"), KR_OK);
  cr_assert_eq(header("set-cookie2", "session=hunter2"), KR_OK);
  const json_t *headers = json_object_get(write_out(), "headers");
  expect_text(headers, "set-cookie", "***");
  expect_text(headers, "set-cookie2", "***");
}

Test(probe_outcome, a_header_without_end_is_cut, .init = begin, .fini = end) {
  for (int i = 0; i < 3000; i++) cr_assert_eq(header("X", "0123456789"), KR_OK);
  const json_t *value = json_object_get(json_object_get(write_out(), "headers"), "x");
  cr_expect_leq(json_string_length(value), KR_PROBE_HEADER_MAX);
  cr_expect_gt(json_string_length(value), KR_PROBE_HEADER_MAX / 2);
}

Test(probe_outcome, bytes_become_valid_text_without_a_nul, .init = begin, .fini = end) {
  static const char bytes[] = "a\0b\xff\xc3\xa9\xed\xa0\x80\x1b[31m";
  outcome.has_body = true;
  cr_assert_eq(kr_buffer_append(&outcome.body, bytes, sizeof bytes - 1), KR_OK);
  cr_assert_eq(header("X", "\xff"), KR_OK);
  cr_assert_eq(header("\xff", "x"), KR_OK);
  cr_assert_eq(kr_probe_outcome_say(&outcome, "\xfe"), KR_OK);
  const json_t *object = write_out();
  expect_text(object, "body",
              "a\xEF\xBF\xBD"
              "b\xEF\xBF\xBD\xc3\xa9\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\x1b[31m");
  expect_text(json_object_get(object, "headers"), "x", "\xEF\xBF\xBD");
  expect_text(json_object_get(object, "headers"), "\xEF\xBF\xBD", "x");
  expect_text(object, "message", "\xEF\xBF\xBD");
}

Test(probe_outcome, a_message_is_one_line_and_cut, .init = begin, .fini = end) {
  static char words[5000];
  cr_assert_eq(kr_probe_outcome_say(&outcome, " \n one\r\ntwo\tthree\n"), KR_OK);
  expect_text(write_out(), "message", "one  two three");
  memset(words, 'w', sizeof words - 1);
  cr_assert_eq(kr_probe_outcome_say(&outcome, words), KR_OK);
  cr_expect_eq(outcome.message.length, KR_PROBE_MESSAGE_MAX);
}
