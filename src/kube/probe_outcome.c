/* probe_outcome.c - see probe_outcome.h. */
#define _POSIX_C_SOURCE 200809L /* strnlen */
#include "kube/probe_outcome.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* U+FFFD for each byte, at worst. */
enum { GROWTH = 3 };

void kr_probe_outcome_init(struct kr_probe_outcome *outcome) {
  *outcome = (struct kr_probe_outcome){.result = KR_PROBE_CLOSED};
  kr_buffer_init(&outcome->body, KR_PROBE_BODY_MAX);
  kr_buffer_init(&outcome->message, KR_PROBE_MESSAGE_MAX);
}

void kr_probe_outcome_free(struct kr_probe_outcome *outcome) {
  json_decref(outcome->headers);
  json_decref(outcome->certificate);
  outcome->headers = outcome->certificate = NULL;
  kr_buffer_free(&outcome->body);
  kr_buffer_free(&outcome->message);
}

/* Valid UTF-8 without NULs, which JSON could hold but not everything that reads it. NULL when memory is refused. */
static json_t *text(const char *bytes, size_t length) {
  struct kr_buffer clean;
  json_t *value = NULL;
  int status = KR_OK;
  kr_buffer_init(&clean, GROWTH * length);
  while (length > 0 && status == KR_OK) {
    size_t plain = strnlen(bytes, length);
    status = kr_text_utf8(&clean, bytes, plain);
    if (status == KR_OK && plain < length) {
      status = kr_buffer_puts(&clean, "\xEF\xBF\xBD");
      plain++;
    }
    bytes += plain;
    length -= plain;
  }
  if (status == KR_OK) value = json_stringn(kr_buffer_text(&clean), clean.length);
  kr_buffer_free(&clean);
  return value;
}

static int lower(struct kr_buffer *out, const char *name, size_t length) {
  int status = kr_text_utf8(out, name, length);
  for (size_t i = 0; status == KR_OK && i < out->length; i++) out->data[i] = (char)tolower((unsigned char)out->data[i]);
  return status;
}

/* Sets a header, or adds to what it has; what is full stays as it is. */
static int join(json_t *headers, const char *key, const char *value, size_t length) {
  struct kr_buffer joined;
  const char *before = json_string_value(json_object_get(headers, key));
  kr_buffer_init(&joined, KR_PROBE_HEADER_MAX);
  int status = before == NULL ? KR_OK : kr_buffer_printf(&joined, "%s, ", before);
  size_t room = joined.limit - joined.length;
  if (status == KR_OK) status = kr_buffer_append(&joined, value, length < room ? length : room);
  if (status == KR_OK && json_object_set_new(headers, key, text(kr_buffer_text(&joined), joined.length)) != 0)
    status = KR_ENOMEM;
  kr_buffer_free(&joined);
  return status == KR_ELIMIT ? KR_OK : status;
}

int kr_probe_outcome_header(struct kr_probe_outcome *outcome, const char *name, size_t name_length, const char *value,
                            size_t value_length) {
  static const char cookie[] = "set-cookie", kept_back[] = "***";
  struct kr_buffer key;
  kr_buffer_init(&key, GROWTH * name_length);
  int status = lower(&key, name, name_length);
  if (status == KR_OK && outcome->headers == NULL) outcome->headers = json_object();
  if (status == KR_OK && strncmp(kr_buffer_text(&key), cookie, sizeof cookie - 1) == 0)
    status = join(outcome->headers, kr_buffer_text(&key), kept_back, sizeof kept_back - 1);
  else if (status == KR_OK)
    status = join(outcome->headers, kr_buffer_text(&key), value, value_length);
  kr_buffer_free(&key);
  return status;
}

int kr_probe_outcome_say(struct kr_probe_outcome *outcome, const char *words) {
  struct kr_buffer *message = &outcome->message;
  words += strspn(words, " \t\r\n");
  size_t length = strlen(words);
  while (length > 0 && isspace((unsigned char)words[length - 1])) length--;
  if (length > message->limit) length = message->limit;
  kr_buffer_clear(message);
  int status = kr_buffer_append(message, words, length);
  for (size_t i = 0; status == KR_OK && i < message->length; i++)
    if (isspace((unsigned char)message->data[i])) message->data[i] = ' ';
  return status;
}

/* Sets a member where there is something to say. */
static int set(json_t *object, const char *key, bool there, json_t *value) {
  if (!there) {
    json_decref(value);
    return KR_OK;
  }
  return json_object_set_new(object, key, value) == 0 ? KR_OK : KR_ENOMEM;
}

int kr_probe_outcome_write(struct kr_buffer *out, const struct kr_probe_outcome *outcome) {
  const struct kr_buffer *body = &outcome->body, *message = &outcome->message;
  json_t *object = json_object();
  int status = object == NULL ? KR_ENOMEM : KR_OK;
  if (status == KR_OK) status = set(object, "result", true, json_string(kr_probe_result_word(outcome->result)));
  if (status == KR_OK) status = set(object, "latency_ms", true, json_integer(outcome->latency_ms));
  if (status == KR_OK) status = set(object, "status", outcome->status > 0, json_integer(outcome->status));
  if (status == KR_OK) status = set(object, "headers", outcome->headers != NULL, json_incref(outcome->headers));
  if (status == KR_OK) status = set(object, "body", outcome->has_body, text(kr_buffer_text(body), body->length));
  if (status == KR_OK) status = set(object, "truncated", outcome->has_body, json_boolean(outcome->truncated));
  if (status == KR_OK)
    status = set(object, "certificate", outcome->certificate != NULL, json_incref(outcome->certificate));
  if (status == KR_OK)
    status = set(object, "message", message->length > 0, text(kr_buffer_text(message), message->length));
  char *words = status == KR_OK ? json_dumps(object, JSON_COMPACT) : NULL;
  if (status == KR_OK && words == NULL) status = KR_ENOMEM;
  if (status == KR_OK) status = kr_buffer_puts(out, words);
  free(words);
  json_decref(object);
  return status;
}
