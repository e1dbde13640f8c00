/* test_mask.c - what must be hidden, and what must stay for a diagnosis. */
#define _POSIX_C_SOURCE 200809L /* mkstemp */
#include "base/mask.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mask_rules.h"

static struct kr_mask *mask;

static void set_up(void) { cr_assert_eq(kr_mask_new(&mask, NULL), KR_OK); }

static void tear_down(void) { kr_mask_free(mask); }

TestSuite(mask, .init = set_up, .fini = tear_down);

static void expect(const char *text, const char *wanted) {
  struct kr_buffer out;
  kr_buffer_init(&out, 1 << 20);
  cr_assert_eq(kr_mask_apply(mask, &out, text, strlen(text)), KR_OK);
  cr_expect_str_eq(kr_buffer_text(&out), wanted);
  kr_buffer_free(&out);
}

static void expect_same(const char *text) { expect(text, text); }

/* They are compiled when their needles are met. */
Test(mask, every_expression_of_the_table_compiles) {
  struct kr_buffer needles, out;
  kr_buffer_init(&needles, 1 << 20);
  kr_buffer_init(&out, 1 << 20);
  for (size_t i = 0; i < kr_mask_rule_count; i++)
    cr_assert_eq(kr_buffer_printf(&needles, "%s\n", kr_mask_rules[i].needle), KR_OK);
  cr_expect_eq(kr_mask_apply(mask, &out, kr_buffer_text(&needles), needles.length), KR_OK);
  kr_buffer_free(&needles);
  kr_buffer_free(&out);
}

Test(mask, assigned_values_are_hidden_whatever_they_read_as) {
  expect("DB_PASSWORD=hunter", "DB_PASSWORD=***");
  expect("password = 'two words' next", "password = '***' next");
  expect("clientSecret: \"abc-def\"", "clientSecret: \"***\"");
  expect("passwd=p@ss,word! x", "passwd=*** x");
  expect("Server=db;Password=a,b;Database=shop", "Server=db;Password=***;Database=shop");
  expect("GET /x?token=abc&user=bob", "GET /x?token=***&user=bob");
  expect("AWS_SECRET_ACCESS_KEY=wJalr/XUtn+FEMI", "AWS_SECRET_ACCESS_KEY=***");
  expect("DefaultEndpointsProtocol=https;AccountKey=ab+/c==;EndpointSuffix=x",
         "DefaultEndpointsProtocol=https;AccountKey=***;EndpointSuffix=x");
}

Test(mask, json_pairs_are_hidden_however_often_they_are_quoted) {
  expect("{\"password\":\"x\",\"user\":\"bob\"}", "{\"password\":\"***\",\"user\":\"bob\"}");
  expect("{\"token\" : \"a\\\"b\"}", "{\"token\" : \"***\"}");
  expect("\"{\\\"apiKey\\\":\\\"k\\\"}\"", "\"{\\\"apiKey\\\":\\\"***\\\"}\"");
  expect("{\"auths\":{\"r.io\":{\"auth\":\"dXNlcjpwYXNz\"}}}", "{\"auths\":{\"r.io\":{\"auth\":\"***\"}}}");
}

Test(mask, yaml_values_are_hidden) {
  expect("password: hunter", "password: ***");
  expect("user: bob, password: hunter, host: db", "user: bob, password: ***, host: db");
  expect("client-key-data: LS0tLS1CRUdJTg==", "client-key-data: ***");
}

Test(mask, headers_are_hidden) {
  expect("Authorization: Bearer abc.def-123", "Authorization: Bearer ***");
  expect("authorization: Basic dXNlcjpwYXNz", "authorization: Basic ***");
  expect("sent bearer 0123456789abcdef", "sent bearer ***");
  expect("X-Api-Key: 8f14e45f", "X-Api-Key: ***");
  expect("Set-Cookie: session=abc; Path=/", "Set-Cookie: ***");
}

Test(mask, passwords_in_urls_are_hidden_and_hosts_stay) {
  expect("dial postgres://app:s3cr:et@db:5432/shop", "dial postgres://app:***@db:5432/shop");
  expect("redis://:pw@cache:6379", "redis://:***@cache:6379");
  expect_same("pull registry:5000/shop/web@sha256:0123 from https://registry:5000/v2/");
  expect_same("see https://kubernetes.io/docs?a=b@c");
}

Test(mask, tokens_of_known_form_are_hidden) {
  expect("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl!", "got ***!");
  expect("id AKIAIOSFODNN7EXAMPLE used", "id *** used");
  expect("key AIzaSyA0123456789abcdefghijklmnopqrstuv", "key ***");
  expect("clone with ghp_0123456789abcdefghijABCDEFGHIJ012345", "clone with ***");
  expect("github_pat_11AAAAAAA0123456789_abcdefghij", "***");
  expect("slack xoxb-123456789012-abcdef", "slack ***");
  expect("run --token 0a1b2c3d now", "run --token *** now");
}

Test(mask, a_private_key_is_hidden_as_a_whole) {
  expect("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nQQ==\n-----END RSA PRIVATE KEY-----\nb", "a\n***\nb");
  expect("key: \"-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----\\n\"", "key: \"***\\n\"");
  expect("-----BEGIN EC PRIVATE KEY-----\nMIIE", "***");
  expect_same("-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----\n");
}

Test(mask, what_kubernetes_says_of_secrets_stays) {
  static const char *const texts[] = {
      "MountVolume.SetUp failed for volume \"s\" : secret \"app-tls\" not found",
      "MountVolume.SetUp failed for volume \"token\" : secret \"app-tls\" not found",
      "Error: secret \"app-tls\" not found",
      "MountVolume.SetUp failed for volume \"s\" : references non-existent secret key: tls.key",
      "Error: couldn't find key password in Secret default/app",
      "Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.",
      "imagePullSecrets: [regcred]",
      "secretName: app-tls",
      "secret=default/regcred-2",
      "secret: \"default/app-tls\"",
      "automountServiceAccountToken: false",
      "spec.volumes[0].secret: Required value",
      "invalid token: signature is invalid",
      "token: ",
      "token: expired",
      "the server has asked for the client to provide credentials: Bearer authentication required",
      "WWW-Authenticate: Bearer realm=\"https://auth.example\",service=\"registry\"",
      "flag --token is required",
      "--password=$(DB_PASSWORD)",
      "password: <set to the key 'p' in secret 'app'>",
      "key \"token\" : volume failed",
      "FATAL: password authentication failed for user \"app\"",
      "std::token::parse failed",
      "Back-off restarting failed container web in pod web-5d4f8c_default(0b1c)",
      "sleep: invalid time interval 'a'"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) expect_same(texts[i]);
}

Test(mask, a_long_value_is_hidden_to_its_end) {
  enum { LENGTH = 50000 };
  char *text = malloc(LENGTH + 16);
  cr_assert_not_null(text);
  memset(text, 'a', LENGTH + 16);
  memcpy(text, "Bearer ", 7);
  memcpy(text + LENGTH, " end", 5);
  expect(text, "Bearer *** end");
  free(text);
}

/* Seconds of CPU: other programs may be busy. */
static double time_to_mask(const char *part, int count) {
  struct kr_buffer text, out;
  kr_buffer_init(&text, (size_t)count * 32);
  kr_buffer_init(&out, (size_t)count * 32);
  for (int n = 0; n < count; n++) cr_assert_eq(kr_buffer_puts(&text, part), KR_OK);
  clock_t begun = clock();
  cr_assert_eq(kr_mask_apply(mask, &out, text.data, text.length), KR_OK);
  double taken = (double)(clock() - begun) / CLOCKS_PER_SEC;
  kr_buffer_free(&text);
  kr_buffer_free(&out);
  return taken;
}

Test(mask, a_hostile_text_costs_no_more_than_a_long_one) {
  static const char *const parts[] = {"token ",  "key-", "://", "-----begin ", "eyjeyJaaaaaaaaaaaaaaaa",
                                      "--token", "gh"};
  bool instrumented = getenv("KRUNBOOK_INSTRUMENTED") != NULL;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    double taken = time_to_mask(parts[i], instrumented ? 1000 : 50000);
    cr_expect_lt(taken, 5, "%s took %g s", parts[i], taken);
  }
}

/* Writes a file of expressions of its own name: tests may run at the same time. */
static void write_file(char *path, const char *text) {
  struct kr_error error = KR_ERROR_INIT;
  int file = mkstemp(path);
  cr_assert_geq(file, 0);
  (void)close(file);
  cr_assert_eq(kr_file_write(path, text, strlen(text), 0600, &error), KR_OK, "%s", error.message);
}

Test(mask, a_file_adds_expressions_and_their_first_group_is_hidden) {
  char path[] = "/tmp/krunbook-masks-XXXXXX";
  struct kr_error error = KR_ERROR_INIT;
  write_file(path, "# ours\nticket-([0-9]+)\r\n\nACME[A-Z]{4}\n");
  cr_assert_eq(kr_mask_add_file(mask, path, &error), KR_OK, "%s", error.message);
  (void)remove(path);
  expect("ticket-123 of ACMEABCD\nticket-4", "ticket-*** of ***\nticket-***");
}

Test(mask, a_malformed_expression_names_file_and_line) {
  char path[] = "/tmp/krunbook-masks-XXXXXX", place[64];
  struct kr_error error = KR_ERROR_INIT;
  write_file(path, "# one\n(\n");
  cr_expect_eq(kr_mask_add_file(mask, path, &error), KR_EINVAL);
  (void)snprintf(place, sizeof place, "%s:2: ", path);
  cr_expect(strstr(error.message, place) != NULL, "%s", error.message);
  (void)remove(path);
}

Test(mask, a_full_buffer_is_said) {
  struct kr_buffer out;
  kr_buffer_init(&out, 4);
  cr_expect_eq(kr_mask_apply(mask, &out, "plain text", 10), KR_ELIMIT);
  kr_buffer_free(&out);
}
