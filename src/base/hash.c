/* hash.c - see hash.h. OpenSSL's newer functions allocate, and may so fail; these cannot. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

static void digest_of(unsigned char digest[SHA256_DIGEST_LENGTH], const void *bytes, size_t count) {
  SHA256_CTX context;
  (void)SHA256_Init(&context);
  (void)SHA256_Update(&context, bytes, count);
  (void)SHA256_Final(digest, &context);
}

const char *kr_hash_sha256(const void *bytes, size_t count, char text[KR_HASH_TEXT_MAX]) {
  static const char hexadecimal[] = "0123456789abcdef";
  unsigned char digest[SHA256_DIGEST_LENGTH];
  digest_of(digest, bytes, count);
  for (size_t i = 0; i < sizeof digest; i++) {
    text[2 * i] = hexadecimal[digest[i] >> 4];
    text[2 * i + 1] = hexadecimal[digest[i] & 15];
  }
  text[2 * sizeof digest] = '\0';
  return text;
}

const char *kr_hash_sha256_base64(const void *bytes, size_t count, char text[KR_HASH_BASE64_MAX]) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  digest_of(digest, bytes, count);
  (void)EVP_EncodeBlock((unsigned char *)text, digest, sizeof digest); /* 44 characters and a NUL */
  return text;
}
