/* state.c - the file of a state: read with distrust, written whole or not at all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "book/document.h"
#include "book/finding.h"
#include "book/state_private.h"

#define SCHEMA  "krunbook.state/v"
#define VERSION 1

static int damaged(const char *path, const char *what, struct kr_error *error) {
  return kr_error_set(error, KR_EINVAL,
                      "--state: %s is damaged (%s); it is left as it is: take it away to begin anew, and everything is "
                      "new then",
                      path, what);
}

static bool is_text_or_null(const json_t *value) { return !value || json_is_null(value) || json_is_string(value); }

static bool is_count(const json_t *value) { return json_is_integer(value) && json_integer_value(value) >= 0; }

static bool is_count_or_null(const json_t *value) { return !value || json_is_null(value) || is_count(value); }

static bool all_texts(const json_t *list) {
  const json_t *value;
  size_t i;
  if (list && !json_is_array(list)) return false;
  json_array_foreach(list, i, value) {
    if (!json_is_string(value)) return false;
  }
  return true;
}

/* What is wrong with an entry; NULL: nothing. */
static const char *check_entry(const json_t *entry) {
  const json_t *object = json_object_get(entry, "object");
  if (!json_is_object(entry) || !json_is_object(object)) return "a finding is not as it should be";
  if (!json_is_string(json_object_get(entry, "code")) || !json_is_string(json_object_get(entry, "first_seen")))
    return "a finding has no code or time";
  if (kr_severity_rank(json_string_value(json_object_get(entry, "severity"))) < 0) return "a finding has no severity";
  if (!is_count(json_object_get(entry, "count")) || !is_count_or_null(json_object_get(entry, "counter")) ||
      !is_text_or_null(json_object_get(entry, "counted_at")))
    return "a finding's count is no number";
  if (!json_is_string(json_object_get(object, "kind")) || !json_is_string(json_object_get(object, "name")) ||
      !is_text_or_null(json_object_get(object, "namespace")))
    return "a finding has no object";
  return all_texts(json_object_get(entry, "also")) ? NULL : "a finding's other names are no texts";
}

static const char *check_scope(const json_t *scope) {
  const json_t *findings = json_object_get(scope, "findings");
  const char *fingerprint;
  json_t *entry;
  if (!json_is_object(scope) || !json_is_object(findings)) return "a scope has no findings";
  if (!all_texts(json_object_get(scope, "undetermined"))) return "what was undetermined is no list of texts";
  json_object_foreach((json_t *)findings, fingerprint, entry) {
    const char *wrong = check_entry(entry);
    if (wrong) return wrong;
  }
  return NULL;
}

static int check(const json_t *document, const char *path, struct kr_error *error) {
  const char *schema = kr_document_text(document, "schema"), *name, *wrong;
  json_t *scope, *scopes = json_object_get(document, "scopes");
  if (strncmp(schema, SCHEMA, strlen(SCHEMA)) != 0) return damaged(path, "it is no krunbook.state", error);
  const char *version = schema + strlen(SCHEMA);
  if (strcmp(version, "1") != 0)
    return kr_error_set(error, KR_EINVAL,
                        "--state: %s is of version %.20s, and this program knows %d: a later one wrote it; it is left "
                        "as it is",
                        path, version, VERSION);
  if (!json_is_object(scopes)) return damaged(path, "it has no scopes", error);
  json_object_foreach(scopes, name, scope) {
    if ((wrong = check_scope(scope))) return damaged(path, wrong, error);
  }
  return 0;
}

static int make(struct kr_state **out, json_t *document, struct kr_error *error) {
  struct kr_state *state = calloc(1, sizeof *state);
  if (!state || !document) {
    free(state);
    json_decref(document);
    return kr_error_set(error, KR_ENOMEM, "out of memory for the state");
  }
  state->document = document;
  *out = state;
  return 0;
}

int kr_state_parse(struct kr_state **out, const char *text, size_t length, const char *path, struct kr_error *error) {
  json_error_t problem;
  char what[JSON_ERROR_TEXT_LENGTH + 32];
  json_t *document = json_loadb(text, length, JSON_REJECT_DUPLICATES, &problem);
  if (!document) {
    (void)snprintf(what, sizeof what, "line %d: %s", problem.line, problem.text);
    return damaged(path, what, error);
  }
  int code = check(document, path, error);
  if (!code) return make(out, document, error);
  json_decref(document);
  return code;
}

int kr_state_load(struct kr_state **out, const char *path, struct kr_error *error) {
  struct kr_buffer text;
  struct kr_error failure = KR_ERROR_INIT;
  kr_buffer_init(&text, KR_STATE_MAX);
  int code = kr_file_read(&text, path, &failure);
  if (code == KR_ENOTFOUND) {
    code = make(out, json_pack("{s:s, s:{}}", "schema", SCHEMA "1", "scopes"), error);
  } else if (code) {
    code = kr_error_set(error, code, "--state: %.1900s", failure.message);
  } else {
    code = kr_state_parse(out, kr_buffer_text(&text), text.length, path, error);
  }
  kr_buffer_free(&text);
  return code;
}

void kr_state_free(struct kr_state *state) {
  if (!state) return;
  json_decref(state->document);
  free(state);
}

int kr_state_save(const struct kr_state *state, const char *path, struct kr_error *error) {
  char *text = json_dumps(state->document, JSON_INDENT(1) | JSON_ENSURE_ASCII);
  if (!text) return kr_error_set(error, KR_ENOMEM, "out of memory while writing the state %s", path);
  int code = kr_file_write(path, text, strlen(text), 0666, error);
  if (code) (void)kr_error_prefix(error, "--state");
  free(text);
  return code;
}
