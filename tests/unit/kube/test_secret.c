/* What is left of a Secret above the transport. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kube/secret.h"

static char *base64(const char *bytes, size_t length) {
  char *text = malloc(length / 3 * 4 + 5);
  (void)EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)bytes, (int)length);
  return text;
}

/* What was written, in base64; frees the writer. */
static char *taken(BIO *out) {
  char *bytes = NULL;
  long length = BIO_get_mem_data(out, &bytes);
  char *text = base64(bytes, (size_t)length);
  BIO_free(out);
  return text;
}

static char *key_text(EVP_PKEY *key) {
  BIO *out = BIO_new(BIO_s_mem());
  cr_assert_eq(PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL), 1);
  return taken(out);
}

/* A certificate of *.example.org, made by itself, good for an hour. */
static char *certificate_text(EVP_PKEY *key) {
  X509 *certificate = X509_new();
  X509_NAME *name = X509_get_subject_name(certificate);
  X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:*.example.org,IP:10.0.0.1");
  BIO *out = BIO_new(BIO_s_mem());
  (void)X509_set_version(certificate, 2);
  (void)X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  (void)X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  (void)X509_set_pubkey(certificate, key);
  (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"shop", -1, -1, 0);
  (void)X509_set_issuer_name(certificate, name);
  (void)X509_add_ext(certificate, names, -1);
  cr_assert_gt(X509_sign(certificate, key, EVP_sha256()), 0);
  cr_assert_eq(PEM_write_bio_X509(out, certificate), 1);
  X509_EXTENSION_free(names);
  X509_free(certificate);
  return taken(out);
}

static json_t *tls_secret(const char *certificate, const char *key) {
  json_t *secret = json_pack("{s:s, s:{s:s}, s:s, s:{s:s*, s:s*}}", "kind", "Secret", "metadata", "name", "web-tls",
                             "type", "kubernetes.io/tls", "data", "tls.crt", certificate, "tls.key", key);
  cr_assert_not_null(secret);
  return secret;
}

static const json_t *fact(const json_t *secret, const char *name) {
  return json_object_get(json_object_get(json_object_get(secret, "krunbook"), "certificate"), name);
}

static const char *value_of(const json_t *secret, const char *key) {
  return json_string_value(json_object_get(json_object_get(secret, "data"), key));
}

Test(secret, of_a_certificate_the_public_facts_stay) {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  char *certificate = certificate_text(key), *own = key_text(key);
  json_t *secret = tls_secret(certificate, own);
  cr_assert_eq(kr_secret_strip(secret, true), KR_OK);
  cr_expect_str_eq(json_string_value(fact(secret, "subject")), "CN=shop");
  cr_expect_eq(json_array_size(fact(secret, "dnsNames")), 1);
  cr_expect_str_eq(json_string_value(json_array_get(fact(secret, "dnsNames"), 0)), "*.example.org");
  cr_expect(json_is_true(fact(secret, "keyMatches")));
  cr_expect_str_eq(value_of(secret, "tls.crt"), "");
  cr_expect_str_eq(value_of(secret, "tls.key"), "");
  json_decref(secret);
  free(certificate);
  free(own);
  EVP_PKEY_free(key);
}

Test(secret, a_key_of_another_certificate_is_told) {
  EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
  char *certificate = certificate_text(key), *foreign = key_text(other);
  json_t *secret = tls_secret(certificate, foreign);
  cr_assert_eq(kr_secret_strip(secret, true), KR_OK);
  cr_expect(json_is_false(fact(secret, "keyMatches")));
  json_decref(secret);
  free(certificate);
  free(foreign);
  EVP_PKEY_free(key);
  EVP_PKEY_free(other);
}

Test(secret, what_is_no_certificate_is_told_and_an_unreadable_key_claims_nothing) {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  char *certificate = certificate_text(key), *nonsense = base64("nonsense", 8);
  json_t *secret = tls_secret(nonsense, nonsense);
  cr_assert_eq(kr_secret_strip(secret, true), KR_OK);
  cr_expect_not_null(fact(secret, "error"));
  json_decref(secret);
  secret = tls_secret(certificate, nonsense);
  cr_assert_eq(kr_secret_strip(secret, true), KR_OK);
  cr_expect_null(fact(secret, "keyMatches"));
  json_decref(secret);
  free(certificate);
  free(nonsense);
  EVP_PKEY_free(key);
}

Test(secret, an_empty_certificate_is_none_in_a_cluster_and_not_known_in_a_snapshot) {
  json_t *live = tls_secret("", ""), *recorded = tls_secret("", "");
  cr_assert_eq(kr_secret_strip(live, true), KR_OK);
  cr_assert_eq(kr_secret_strip(recorded, false), KR_OK);
  cr_expect_not_null(fact(live, "error"));
  cr_expect_null(json_object_get(recorded, "krunbook"));
  json_decref(live);
  json_decref(recorded);
}

Test(secret, a_second_time_changes_nothing) {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  char *certificate = certificate_text(key);
  json_t *secret = tls_secret(certificate, NULL), *once;
  cr_assert_eq(kr_secret_strip(secret, true), KR_OK);
  once = json_deep_copy(secret);
  cr_assert_eq(kr_secret_strip(secret, false), KR_OK);
  cr_expect(json_equal(once, secret));
  json_decref(once);
  json_decref(secret);
  free(certificate);
  EVP_PKEY_free(key);
}

/* The body of an answer afterwards; freed by the caller. */
static char *stripped(const char *body, enum kr_outcome wanted) {
  struct kr_reply reply = {.outcome = KR_FOUND, .status = 200};
  kr_buffer_init(&reply.body, 1 << 20);
  cr_assert_eq(kr_buffer_puts(&reply.body, body), KR_OK);
  cr_assert_eq(kr_secret_strip_reply(&reply, true), KR_OK);
  cr_expect_eq(reply.outcome, wanted, "%s", body);
  char *text = strdup(kr_buffer_text(&reply.body));
  kr_reply_free(&reply);
  return text;
}

Test(secret, no_value_of_one_or_many_is_passed_on_in_any_place) {
  static const char *const bodies[] = {
      "{\"kind\":\"Secret\",\"metadata\":{\"name\":\"db\"},\"data\":{\"password\":\"aHVudGVyMg==\"}}",
      "{\"kind\":\"SecretList\",\"items\":[{\"metadata\":{\"name\":\"a\"},\"stringData\":{\"p\":\"aHVudGVyMg==\"}},"
      "{\"metadata\":{\"name\":\"db\"},\"data\":{\"password\":\"aHVudGVyMg==\"}}]}",
      "{\"kind\":\"Secret\",\"metadata\":{\"name\":\"db\",\"annotations\":{\"kubectl.kubernetes.io/"
      "last-applied-configuration\":\"aHVudGVyMg==\"}},\"data\":\"aHVudGVyMg==\"}"};
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    char *text = stripped(bodies[i], KR_FOUND);
    cr_expect_null(strstr(text, "aHVudGVyMg=="), "%s", text);
    cr_expect_not_null(strstr(text, "\"name\":\"db\""), "%s", text);
    free(text);
  }
}

Test(secret, what_cannot_be_read_is_unknown_and_not_passed_on) {
  static const char *const bodies[] = {"{\"data\":{\"password\":\"aHVudGVyMg==\"}", "[\"aHVudGVyMg==\"]", "",
                                       "{\"items\":\"aHVudGVyMg==\"}", "{\"items\":[\"aHVudGVyMg==\"]}"};
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    char *text = stripped(bodies[i], KR_UNKNOWN);
    cr_expect_str_eq(text, "");
    free(text);
  }
}
