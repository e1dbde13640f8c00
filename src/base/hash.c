/* hash.c - see hash.h. */
#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

const char *kr_hash_sha256(const void *bytes, size_t count, char text[KR_HASH_TEXT_MAX]) {
  static const char hexadecimal[] = "0123456789abcdef";
  unsigned char digest[SHA256_DIGEST_LENGTH];
  (void)SHA256(bytes, count, digest);
  for (size_t i = 0; i < sizeof digest; i++) {
    text[2 * i] = hexadecimal[digest[i] >> 4];
    text[2 * i + 1] = hexadecimal[digest[i] & 15];
  }
  text[2 * sizeof digest] = '\0';
  return text;
}

const char *kr_hash_sha256_base64(const void *bytes, size_t count, char text[KR_HASH_BASE64_MAX]) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  (void)SHA256(bytes, count, digest);
  (void)EVP_EncodeBlock((unsigned char *)text, digest, sizeof digest); /* 44 characters and a NUL */
  return text;
}
