/* snapshot_say.c - see snapshot_say.h. */
#define _GNU_SOURCE /* vasprintf, strdup */
#include "kube/snapshot_say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { TEXT_MAX = 8192 };

int kr_snapshot_say_json(struct kr_reply *reply, const json_t *value) {
  char *text = json_dumps(value, JSON_COMPACT);
  int status = text == NULL ? KR_ENOMEM : kr_buffer_puts(&reply->body, text);
  reply->status = 200;
  free(text);
  return status;
}

/* A name that a runbook asks for can be any bytes; JSON holds UTF-8. NULL for NULL. */
static json_t *text_json(const char *text) {
  struct kr_buffer valid;
  if (text == NULL) return NULL;
  kr_buffer_init(&valid, TEXT_MAX);
  (void)kr_text_utf8(&valid, text, strnlen(text, TEXT_MAX / 4)); /* at most three bytes come of one */
  json_t *value = json_string(kr_buffer_text(&valid));
  kr_buffer_free(&valid);
  return value;
}

int kr_snapshot_say_status(struct kr_reply *reply, int code, const char *reason, const char *message,
                           const char *name) {
  json_t *status = json_pack("{s:s, s:s, s:s, s:o, s:o, s:{s:o*}, s:i}", "kind", "Status", "apiVersion", "v1", "status",
                             "Failure", "message", text_json(message == NULL ? "" : message), "reason",
                             text_json(reason == NULL ? "" : reason), "details", "name", text_json(name), "code", code);
  int result = status == NULL ? KR_ENOMEM : kr_snapshot_say_json(reply, status);
  reply->status = code;
  json_decref(status);
  return result;
}

int kr_snapshot_say_refusal(struct kr_reply *reply, const json_t *refusal) {
  int code = (int)json_integer_value(json_object_get(refusal, "status"));
  return kr_snapshot_say_status(reply, code, json_string_value(json_object_get(refusal, "reason")),
                                json_string_value(json_object_get(refusal, "message")), NULL);
}

int kr_snapshot_say_not_recorded(struct kr_reply *reply, const char *format, ...) {
  va_list arguments;
  reply->outcome = KR_UNKNOWN;
  reply->reason = KR_REASON_NOT_RECORDED;
  va_start(arguments, format);
  int length = vasprintf(&reply->message, format, arguments);
  va_end(arguments);
  if (length < 0) reply->message = NULL;
  return length < 0 ? KR_ENOMEM : KR_OK;
}

int kr_snapshot_say_failure(struct kr_reply *reply, const struct kr_error *error) {
  reply->outcome = KR_UNKNOWN;
  reply->reason = KR_REASON_BAD_ANSWER;
  reply->message = strdup(error->message);
  return reply->message == NULL ? KR_ENOMEM : KR_OK;
}
