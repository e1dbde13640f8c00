/* ask_document.c - what was answered, as one document whose members have an order, and its printing; see ask.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "book/clean.h"
#include "book/render.h"
#include "cli/ask.h"

#define TEXT_MAX ((size_t)256 << 20) /* of all that is printed */

const char *kr_answer_text(const json_t *answer, const char *member) {
  const char *text = json_string_value(json_object_get(answer, member));
  return text == NULL ? "" : text;
}

bool kr_answer_is_known(const json_t *answer) {
  const char *result = kr_answer_text(answer, "result");
  return strcmp(result, "unknown") != 0 && strcmp(result, "absent") != 0;
}

int kr_answer_write_unknown(struct kr_buffer *out, const json_t *answer) {
  const char *reason = kr_answer_text(answer, "reason"), *message = kr_answer_text(answer, "message");
  const char *permission = kr_answer_text(answer, "permission");
  int status = kr_buffer_printf(out, "%s: %s%s%s%s", kr_answer_text(answer, "target"), kr_answer_text(answer, "result"),
                                *reason == '\0' ? "" : ", ", reason, *message == '\0' ? "" : ": ");
  if (status == KR_OK) status = kr_buffer_printf(out, "%s\n", message);
  if (status == KR_OK && *permission != '\0') status = kr_buffer_printf(out, "  allow: %s\n", permission);
  return status;
}

/* A table without members is no object where a list is meant. */
static bool is_list(const char *member) {
  static const char *const lists[] = {"events", "containers", "dnsNames"};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    if (strcmp(member, lists[i]) == 0) return true;
  return false;
}

/* How members stand to each other: those of objects and events as they are read, all else in the alphabet. */
static int compare(const char *left, const char *right) {
  static const char *const first[] = {"kind",  "namespace", "name", "age",    "type",   "reason", "message",
                                      "count", "first",     "last", "source", "object", NULL};
  size_t a = 0, b = 0;
  while (first[a] != NULL && strcmp(first[a], left) != 0) a++;
  while (first[b] != NULL && strcmp(first[b], right) != 0) b++;
  return a != b ? (a < b ? -1 : 1) : strcmp(left, right);
}

/* The member that comes after one (NULL: the first); NULL when there is none. */
static const char *next_member(const json_t *object, const char *after) {
  const char *name, *next = NULL;
  json_t *value;
  json_object_foreach((json_t *)object, name, value) {
    if ((after == NULL || compare(name, after) > 0) && (next == NULL || compare(name, next) < 0)) next = name;
  }
  return next;
}

/* A value with its members sorted, for those of a script's tables have no order. NULL: out of memory. */
static json_t *in_order(json_t *value, const char *member) {
  bool failed = false;
  json_t *inner, *ordered = NULL;
  size_t i;
  if (!json_is_object(value) && !json_is_array(value)) return json_incref(value);
  bool list = json_is_array(value) || (json_object_size(value) == 0 && is_list(member));
  ordered = list ? json_array() : json_object();
  json_array_foreach(value, i, inner) failed |= json_array_append_new(ordered, in_order(inner, "")) != 0;
  for (const char *name = list ? NULL : next_member(value, NULL); name != NULL; name = next_member(value, name))
    failed |= json_object_set_new(ordered, name, in_order(json_object_get(value, name), name)) != 0;
  if (!failed) return ordered;
  json_decref(ordered);
  return NULL;
}

static json_t *order_answer(const struct kr_asking *asking, const struct kr_mask *mask, const json_t *answer) {
  json_t *ordered = json_object();
  for (const char *const *name = asking->members; ordered != NULL && *name != NULL; name++) {
    json_t *value = json_object_get(answer, *name);
    bool raw = asking->raw != NULL && strcmp(*name, asking->raw) == 0;
    if (value == NULL) continue;
    json_t *placed = in_order(value, *name), *clean = NULL;
    if (placed != NULL) clean = raw ? json_incref(placed) : kr_clean_json(mask, placed);
    json_decref(placed);
    if (json_object_set_new(ordered, *name, clean) != 0) {
      json_decref(ordered);
      ordered = NULL;
    }
  }
  return ordered;
}

static bool any_known(const json_t *answers) {
  const json_t *answer;
  size_t i;
  json_array_foreach(answers, i, answer) {
    if (kr_answer_is_known(answer)) return true;
  }
  return false;
}

/* What all answers are worth together. */
static int judge_all(const struct kr_asking *asking, const json_t *answers) {
  const json_t *answer;
  size_t i;
  int worst = KR_EXIT_OK;
  json_array_foreach(answers, i, answer) {
    int status = asking->judge(answer);
    if (status == KR_EXIT_CRITICAL || (status != KR_EXIT_OK && worst == KR_EXIT_OK)) worst = status;
  }
  return worst;
}

static json_t *describe_cluster(struct kr_transport *transport) {
  struct kr_cluster_info info = kr_transport_info(transport);
  return json_pack("{s:s?, s:s?, s:s?}", "context", info.context, "server", info.server, "snapshot", info.snapshot);
}

json_t *kr_ask_document(const struct kr_asking *asking, const json_t *given, struct kr_transport *transport,
                        const struct kr_mask *mask) {
  char at[KR_TIME_TEXT_MAX], schema[64] = "krunbook.";
  json_t *answers = json_array(), *answer;
  size_t i;
  bool failed = answers == NULL;
  json_array_foreach(given, i, answer) {
    if (json_array_append_new(answers, order_answer(asking, mask, answer)) != 0) failed = true;
  }
  (void)strncat(schema, asking->name, 32);
  (void)strncat(schema, "/v1", 4);
  json_t *document =
      failed ? NULL
             : json_pack("{s:s, s:i, s:s, s:o, s:s*, s:O}", "schema", schema, "exit_code", judge_all(asking, answers),
                         "taken_at", kr_time_format(kr_transport_now(transport), at), "cluster",
                         describe_cluster(transport), "note", any_known(answers) ? asking->note : NULL, asking->list,
                         answers);
  json_decref(answers);
  return document;
}

static int print_data(const json_t *document, const struct kr_invocation *invocation, struct kr_error *error) {
  struct kr_buffer text;
  kr_buffer_init(&text, TEXT_MAX * 2);
  int status = kr_cli_data(&text, invocation, document);
  if (status != KR_OK) (void)kr_error_set(error, status, "the answer cannot be written: memory was refused");
  if (status == KR_OK) status = kr_cli_print(kr_buffer_text(&text), text.length, error);
  kr_buffer_free(&text);
  return status;
}

/* Only a log is its own text, and that only to what is no terminal. */
static int print_text(const struct kr_asking *asking, const json_t *document, struct kr_error *error) {
  bool as_it_is = asking->raw != NULL && !kr_terminal_is(STDOUT_FILENO);
  struct kr_buffer plain, harmless;
  kr_buffer_init(&plain, TEXT_MAX);
  kr_buffer_init(&harmless, TEXT_MAX * 4);
  int status = asking->write(&plain, json_object_get(document, asking->list));
  if (status == KR_OK && *kr_answer_text(document, "note") != '\0')
    status = kr_buffer_printf(&plain, "%s\n", kr_answer_text(document, "note"));
  if (status == KR_OK && !as_it_is) status = kr_text_harmless(&harmless, kr_buffer_text(&plain), plain.length);
  const struct kr_buffer *shown = as_it_is ? &plain : &harmless;
  if (status != KR_OK) (void)kr_error_set(error, status, "the answer is too large to be shown, or memory was refused");
  if (status == KR_OK) status = kr_cli_print(kr_buffer_text(shown), shown->length, error);
  kr_buffer_free(&plain);
  kr_buffer_free(&harmless);
  return status;
}

int kr_ask_print(const struct kr_asking *asking, const json_t *document, const struct kr_invocation *invocation,
                 struct kr_error *error) {
  return invocation->data ? print_data(document, invocation, error) : print_text(asking, document, error);
}
