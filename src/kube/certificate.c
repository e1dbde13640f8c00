/* certificate.c - see certificate.h. */
#include "kube/certificate.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/clock.h"

enum { NAME_MAX_LENGTH = 512 };

static json_t *name_text(X509_NAME *name) {
  char text[NAME_MAX_LENGTH];
  BIO *out = BIO_new(BIO_s_mem());
  json_t *value = NULL;
  if (out != NULL && X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253) >= 0) {
    int length = BIO_read(out, text, sizeof text);
    if (length >= 0) value = json_stringn(text, (size_t)length);
  }
  BIO_free(out);
  return value;
}

static json_t *time_text(const ASN1_TIME *at) {
  struct tm parts;
  char text[KR_TIME_TEXT_MAX];
  if (ASN1_TIME_to_tm(at, &parts) != 1) return NULL;
  if (strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) return NULL;
  return json_string(text);
}

static json_t *dns_names(X509 *certificate) {
  json_t *names = json_array();
  GENERAL_NAMES *all = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
  for (int i = 0; names != NULL && i < sk_GENERAL_NAME_num(all); i++) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);
    if (name->type != GEN_DNS) continue;
    const ASN1_IA5STRING *text = name->d.dNSName;
    (void)json_array_append_new(
        names, json_stringn((const char *)ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text)));
  }
  GENERAL_NAMES_free(all);
  return names;
}

/* An encrypted PEM has no business in a Secret, and asks the terminal for its pass phrase unless told otherwise. */
static int no_pass_phrase(char *text, int size, int writing, void *user) {
  (void)text, (void)size, (void)writing, (void)user;
  return -1;
}

static BIO *reader(const char *text, size_t length) {
  return length > INT_MAX ? NULL : BIO_new_mem_buf(text, (int)length);
}

static X509 *first_certificate(const char *pem, size_t length) {
  BIO *in = reader(pem, length);
  X509 *certificate = in == NULL ? NULL : PEM_read_bio_X509(in, NULL, no_pass_phrase, NULL);
  BIO_free(in);
  return certificate;
}

json_t *kr_certificate_facts(const char *pem, size_t length) {
  X509 *certificate = first_certificate(pem, length);
  json_t *facts = NULL;
  if (certificate != NULL)
    facts =
        json_pack("{s:o*, s:o*, s:o*, s:o*, s:o*}", "subject", name_text(X509_get_subject_name(certificate)), "issuer",
                  name_text(X509_get_issuer_name(certificate)), "dnsNames", dns_names(certificate), "notBefore",
                  time_text(X509_get0_notBefore(certificate)), "notAfter", time_text(X509_get0_notAfter(certificate)));
  X509_free(certificate);
  return facts;
}

int kr_certificate_fits_key(const char *pem, size_t length, const char *key, size_t key_length) {
  X509 *certificate = first_certificate(pem, length);
  BIO *in = reader(key, key_length);
  EVP_PKEY *private = in == NULL ? NULL : PEM_read_bio_PrivateKey(in, NULL, no_pass_phrase, NULL);
  int fits = -1;
  if (certificate != NULL && private != NULL) fits = X509_check_private_key(certificate, private) == 1;
  EVP_PKEY_free(private);
  X509_free(certificate);
  BIO_free(in);
  return fits;
}
