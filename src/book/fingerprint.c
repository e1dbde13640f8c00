/* fingerprint.c - the identity of a finding. */
#include "book/fingerprint.h"

#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"

/* Each part with its NUL, so that "a","bc" and "ab","c" differ; what is not there is an empty part. */
static int add(struct kr_buffer *parts, const json_t *object, const char *member) {
  const char *text = json_string_value(json_object_get(object, member));
  if (!text) text = "";
  return kr_buffer_append(parts, text, strlen(text) + 1);
}

const char *kr_fingerprint(const json_t *finding, char text[KR_FINGERPRINT_MAX]) {
  const json_t *object = json_object_get(finding, "object");
  const json_t *owner = json_object_get(object, "owner");
  const json_t *who = json_is_object(owner) ? owner : object;
  struct kr_buffer parts;
  char digest[KR_HASH_TEXT_MAX];
  kr_buffer_init(&parts, (size_t)64 << 10);
  text[0] = '\0';
  if (!add(&parts, finding, "code") && !add(&parts, who, "kind") && !add(&parts, who, "namespace") &&
      !add(&parts, who, "name") && !add(&parts, object, "container") && !add(&parts, finding, "cause_code") &&
      !add(&parts, finding, "key")) {
    kr_hash_sha256(parts.data, parts.length, digest);
    memcpy(text, digest, KR_FINGERPRINT_MAX - 1);
    text[KR_FINGERPRINT_MAX - 1] = '\0';
  }
  kr_buffer_free(&parts);
  return text;
}
