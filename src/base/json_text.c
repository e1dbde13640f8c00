/* json_text.c - see json_text.h. */
#include "base/json_text.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/json_nesting.h"

static const char *skip_space(const char *at, const char *end) {
  while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) at++;
  return at;
}

/* From the opening quote to what follows the closing one. */
static const char *skip_string(const char *at, const char *end) {
  for (at++; at < end && *at != '"'; at++)
    if (*at == '\\' && at + 1 < end) at++;
  return at < end ? at + 1 : NULL;
}

/* A number or a word. */
static const char *skip_scalar(const char *at, const char *end) {
  const char *from = at;
  while (at < end && strchr(",]} \n\r\t", *at) == NULL) at++;
  return at > from && at < end ? at : NULL;
}

const char *kr_json_skip(const char *at, const char *end) {
  at = skip_space(at, end);
  if (at == end) return NULL;
  if (*at == '"') return skip_string(at, end);
  return *at == '{' || *at == '[' ? kr_json_nesting_end(at, end) : skip_scalar(at, end);
}

/* Whether the string from at to after, quotes and all, is name. */
static bool is_name(const char *at, const char *after, const char *name) {
  size_t length = strlen(name);
  return (size_t)(after - at) == length + 2 && memcmp(at + 1, name, length) == 0;
}

/* A member of an object: where its name stands, quotes and all, and where its value begins. */
struct member {
  const char *name, *after_name, *value;
};

/* The member that stands behind at, which is the object's bracket or a comma; false when there is none. */
static bool next_member(struct member *member, const char *at, const char *end) {
  if (at == end || (*at != '{' && *at != ',')) return false;
  member->name = skip_space(at + 1, end);
  if (member->name == end || *member->name != '"') return false;
  member->after_name = skip_string(member->name, end);
  const char *colon = member->after_name == NULL ? end : skip_space(member->after_name, end);
  if (colon == end || *colon != ':') return false;
  member->value = skip_space(colon + 1, end);
  return member->value < end;
}

/* What follows a member: a comma, or the object's end. */
static const char *behind(const struct member *member, const char *end) {
  const char *after = kr_json_skip(member->value, end);
  return after == NULL ? end : skip_space(after, end);
}

const char *kr_json_member(const char *at, const char *end, const char *name) {
  struct member member;
  at = skip_space(at, end);
  if (at == end || *at != '{') return NULL;
  for (; next_member(&member, at, end); at = behind(&member, end))
    if (is_name(member.name, member.after_name, name)) return member.value;
  return NULL;
}

void kr_json_members(const char *values[], const char *const names[], size_t count, const char *at, const char *end) {
  struct member member;
  size_t left = count;
  for (size_t i = 0; i < count; i++) values[i] = NULL;
  at = skip_space(at, end);
  if (at == end || *at != '{') return;
  for (; left > 0 && next_member(&member, at, end); at = behind(&member, end)) {
    for (size_t i = 0; i < count; i++) {
      if (values[i] != NULL || !is_name(member.name, member.after_name, names[i])) continue;
      values[i] = member.value;
      left--;
      break;
    }
  }
}

const char *kr_json_element(const char *at, const char *end) {
  at = skip_space(at, end);
  if (at == end || (*at != '[' && *at != ',')) return NULL;
  at = skip_space(at + 1, end);
  return at < end && *at != ']' ? at : NULL;
}

const char *kr_json_array(size_t *count, const char *at, const char *end) {
  *count = 0;
  at = skip_space(at, end);
  if (at == end || *at != '[') return NULL;
  const char *last = at, *item;
  while ((item = kr_json_element(last, end)) != NULL) {
    last = kr_json_skip(item, end);
    if (last == NULL) return NULL;
    ++*count;
  }
  /* What ends it stands right after the last element, or after the opening bracket. */
  at = skip_space(*count == 0 ? at + 1 : last, end);
  return at < end && *at == ']' ? at + 1 : NULL;
}

int kr_json_compact(struct kr_buffer *out, const char *at, const char *end) {
  for (const char *from = at; at < end;) {
    int status = KR_OK;
    while (at < end && *at != '"' && (unsigned char)*at > ' ') at++;
    if (at < end && *at == '"') {
      const char *after = skip_string(at, end);
      at = after == NULL ? end : after;
      if (at < end) continue;
    }
    status = kr_buffer_append(out, from, (size_t)(at - from));
    if (status != KR_OK) return status;
    from = at = skip_space(at, end);
    /* What is neither white space nor part of a value stays, for a decoder to see. */
    if (at < end && (unsigned char)*at <= ' ') at++;
  }
  return KR_OK;
}
