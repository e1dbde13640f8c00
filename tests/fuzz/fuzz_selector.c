/* fuzz_selector.c - any text is a selector or an error with words; a selector gives the same answer twice. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kube/selector.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char pod[] =
    "{\"metadata\": {\"name\": \"web-1\", \"labels\": {\"app\": \"web\", \"generation\": \"12\"}},"
    " \"spec\": {\"nodeName\": \"n1\", \"hostNetwork\": true}, \"status\": {\"phase\": 3}}";

static bool matches(const struct kr_selector *selector) {
  return kr_selector_matches(selector, pod, pod + sizeof pod - 1);
}

static void use(int status, struct kr_selector *selector, const struct kr_error *error) {
  if ((status == KR_OK) != (selector != NULL) || (status != KR_OK && error->message[0] == '\0')) abort();
  if (selector != NULL && matches(selector) != matches(selector)) abort();
  kr_selector_free(selector);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);
  if (text == NULL) abort();
  if (size > 0) memcpy(text, data, size);
  text[size] = '\0';
  struct kr_selector *labels = NULL, *fields = NULL;
  struct kr_error error = KR_ERROR_INIT;
  int status = kr_selector_parse_labels(&labels, text, &error);
  use(status, labels, &error);
  error = (struct kr_error)KR_ERROR_INIT;
  status = kr_selector_parse_fields(&fields, text, "pods", &error);
  use(status, fields, &error);
  free(text);
  return 0;
}
