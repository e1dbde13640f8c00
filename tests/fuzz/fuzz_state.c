/* fuzz_state.c - any bytes are a state or an error with words; with a state every report can be compared. */
#include <stdint.h>
#include <stdlib.h>

#include "book/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *document(void) {
  return json_loads(
      "{\"taken_at\": \"2026-01-31T08:00:00Z\", \"exit_code\": 2, \"errors\": [], \"sections\": [{\"runbook\": "
      "{\"name\": "
      "\"r\"}, \"args\": {}, \"errors\": [{\"kind\": \"script\", \"message\": \"m\"}], \"findings\": [{\"code\": "
      "\"a\", "
      "\"severity\": \"warning\", \"count\": 1, \"fingerprint\": \"f1\", \"counter\": {\"what\": \"restarts\", "
      "\"value\": 9, "
      "\"step\": 3}, \"object\": {\"kind\": \"Pod\", \"namespace\": \"shop\", \"name\": \"web\"}}]}]}",
      0, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_state *state = NULL;
  int status = kr_state_parse(&state, size > 0 ? (const char *)data : "", size, "state", &error);
  if ((status == KR_OK) != (state != NULL) || (status != KR_OK && error.message[0] == '\0')) abort();
  if (state == NULL) return 0;
  bool changed = false;
  json_t *first = document(), *second = document();
  if (first == NULL || second == NULL) abort();
  if (kr_state_compare(state, &changed, first, &error) != KR_OK) abort();
  /* What it has just been told is not news. */
  if (kr_state_compare(state, &changed, second, &error) != KR_OK || changed) abort();
  json_decref(first);
  json_decref(second);
  kr_state_free(state);
  return 0;
}
