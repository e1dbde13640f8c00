/* hash.h - SHA-256, for fingerprints and for saying which runbook ran. */
#ifndef KR_BASE_HASH_H
#define KR_BASE_HASH_H

#include <stddef.h>

#define KR_HASH_TEXT_MAX   65
#define KR_HASH_BASE64_MAX 45

/* Lower-case hexadecimal digest; returns text. */
const char *kr_hash_sha256(const void *bytes, size_t count, char text[KR_HASH_TEXT_MAX]);

/* The same in base64, as a page's policy wants it. */
const char *kr_hash_sha256_base64(const void *bytes, size_t count, char text[KR_HASH_BASE64_MAX]);

#endif
