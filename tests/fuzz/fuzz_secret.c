/* fuzz_secret.c - whatever an answer about Secrets says, what is left of it has no value, and taking the values out a
 * second time changes nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kube/secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_MAX = 1 << 22 };

static void need(int holds) {
  if (!holds) abort();
}

static void need_no_value(const json_t *secret) {
  const char *name;
  json_t *value;
  json_object_foreach(json_object_get(secret, "data"), name, value) need(json_string_length(value) == 0);
  need(json_object_get(secret, "stringData") == NULL);
}

static json_t *need_stripped(const struct kr_reply *reply) {
  json_t *body = json_loadb(kr_buffer_text(&reply->body), reply->body.length, JSON_ALLOW_NUL, NULL);
  const json_t *items = json_object_get(body, "items");
  need(json_is_object(body));
  if (items == NULL) need_no_value(body);
  for (size_t i = 0; i < json_array_size(items); i++) need_no_value(json_array_get(items, i));
  return body;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct kr_reply reply = {.outcome = KR_FOUND, .status = 200};
  kr_buffer_init(&reply.body, BODY_MAX);
  need(kr_buffer_append(&reply.body, data, size) == KR_OK);
  int status = kr_secret_strip_reply(&reply, (size & 1) != 0);
  if (status == KR_OK && reply.outcome == KR_FOUND) {
    json_t *once = need_stripped(&reply);
    need(kr_secret_strip_reply(&reply, false) == KR_OK);
    json_t *twice = need_stripped(&reply);
    need(json_equal(once, twice));
    json_decref(once);
    json_decref(twice);
  } else {
    need(reply.body.length == 0);
  }
  kr_reply_free(&reply);
  return 0;
}
