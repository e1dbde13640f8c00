/* What a report says of what was told before. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "book/state.h"

#define EMPTY "{\"schema\": \"krunbook.state/v1\", \"scopes\": {}}"

static struct kr_state *parse(const char *text, struct kr_error *error) {
  struct kr_state *state = NULL;
  int code = kr_state_parse(&state, text, strlen(text), "state", error);
  cr_assert_eq(code == 0, state != NULL, "%s", error->message);
  return state;
}

static json_t *document(const char *findings, const char *more) {
  char text[4096];
  (void)snprintf(
      text, sizeof text,
      "{\"taken_at\": \"2026-01-31T08:00:00Z\", \"exit_code\": 2, \"errors\": [], \"sections\": [{\"runbook\": "
      "{\"name\": \"r\"}, \"args\": {}, \"findings\": [%s]%s}]}",
      findings, more);
  json_t *made = json_loads(text, 0, NULL);
  cr_assert_not_null(made, "%s", text);
  return made;
}

/* Compares, and gives whether there is something to tell. */
static bool news(struct kr_state *state, const char *findings, const char *more) {
  struct kr_error error = KR_ERROR_INIT;
  bool changed = false;
  json_t *made = document(findings, more);
  cr_assert_eq(kr_state_compare(state, &changed, made, &error), 0);
  json_decref(made);
  return changed;
}

#define FOUND(fingerprint, severity, count)                                                                 \
  "{\"code\": \"a\", \"severity\": \"" severity "\", \"count\": " count ", \"fingerprint\": \"" fingerprint \
  "\","                                                                                                     \
  " \"object\": {\"kind\": \"Pod\", \"namespace\": \"shop\", \"name\": \"web\"}}"

Test(state, tells_what_is_new_worse_and_gone_once) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_state *state = parse(EMPTY, &error);
  cr_assert(news(state, FOUND("f1", "warning", "1"), ""));
  cr_assert_not(news(state, FOUND("f1", "warning", "1"), ""));
  cr_assert(news(state, FOUND("f1", "critical", "1"), ""));
  cr_assert(news(state, FOUND("f1", "critical", "3"), ""));
  cr_assert_not(news(state, FOUND("f1", "critical", "2"), ""));
  cr_assert_not(news(state, FOUND("f1", "critical", "3"), ""));
  cr_assert(news(state, "", ""));
  cr_assert_not(news(state, "", ""));
  kr_state_free(state);
}

Test(state, keeps_what_was_not_looked_at) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_state *state = parse(EMPTY, &error);
  const char *unknown = ", \"unknown\": [{\"what\": \"pods\", \"reason\": \"forbidden\"}]";
  cr_assert(news(state, FOUND("f1", "warning", "1"), ""));
  cr_assert(news(state, "", unknown));
  cr_assert_not(news(state, "", unknown));
  cr_assert_not(news(state, FOUND("f1", "warning", "1"), ""), "it was there all the time");
  kr_state_free(state);
}

Test(state, of_the_same_runbook_twice_in_one_run_neither_takes_the_others) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_state *state = parse(EMPTY, &error);
  const char *second =
      "}, {\"runbook\": {\"name\": \"r\"}, \"args\": {}, \"findings\": [" FOUND("f2", "warning", "1") "]";
  cr_assert(news(state, FOUND("f1", "warning", "1"), second));
  cr_assert_not(news(state, FOUND("f1", "warning", "1"), second));
  kr_state_free(state);
}

Test(state, what_is_malformed_is_refused) {
  static const char *const wrong[] = {
      "",
      "3",
      "{}",
      "{\"schema\": \"krunbook.state/v1\", \"scopes\": []}",
      "{\"schema\": \"krunbook.state/v10\", \"scopes\": {}}",
      "{\"schema\": \"krunbook.state/v1\", \"scopes\": {\"x\": {\"findings\": {}, \"undetermined\": [1]}}}",
      "{\"schema\": \"krunbook.state/v1\", \"scopes\": {\"x\": {\"findings\": {\"f\": {\"code\": \"a\", "
      "\"first_seen\": "
      "\"t\", \"severity\": \"grave\", \"count\": 1, \"object\": {\"kind\": \"Pod\", \"name\": \"w\"}}}}}}",
      "{\"schema\": \"krunbook.state/v1\", \"scopes\": {\"x\": {\"findings\": {\"f\": {\"code\": \"a\", "
      "\"first_seen\": \"t\", \"severity\": \"info\", \"count\": 1, \"counter\": -9223372036854775808, "
      "\"object\": {\"kind\": \"Pod\", \"name\": \"w\"}}}}}}"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct kr_error error = KR_ERROR_INIT;
    cr_assert_null(parse(wrong[i], &error), "%s", wrong[i]);
    cr_assert_not_null(strstr(error.message, "left as it is"), "%s", error.message);
  }
}
