/* sources.c - see sources.h. */
#include "cli/sources.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"
#include "book/clean.h"

#define SOURCE_UTF8_MAX (KR_SOURCE_MAX * 3 + 1)

static int no_memory(struct kr_error *error) {
  return kr_error_set(error, KR_ENOMEM, "out of memory for the Lua library");
}

static int add_module(json_t *files, const struct kr_invocation *invocation, const char *name, struct kr_error *error) {
  struct kr_buffer source, clean;
  char *path = NULL;
  kr_buffer_init(&source, KR_SOURCE_MAX);
  kr_buffer_init(&clean, SOURCE_UTF8_MAX);
  int code = kr_library_module(&source, &path, invocation->library, name, NULL, NULL, error);
  if (!code && kr_text_utf8(&clean, kr_buffer_text(&source), source.length)) code = no_memory(error);
  if (!code) {
    json_t *file = json_pack("{s:s, s:o, s:o}", "name", name, "path", kr_clean_text(NULL, path, KR_CAUSE_MAX), "source",
                             json_stringn(kr_buffer_text(&clean), clean.length));
    if (json_array_append_new(files, file)) code = no_memory(error);
  }
  kr_buffer_free(&source);
  kr_buffer_free(&clean);
  free(path);
  return code;
}

static int add_all(json_t *files, const struct kr_invocation *invocation, struct kr_error *error) {
  char **names = NULL;
  size_t count = 0;
  int code = kr_library_modules(&names, &count, invocation->library, error);
  for (size_t i = 0; !code && i < count; i++) code = add_module(files, invocation, names[i], error);
  kr_names_free(names, count);
  return code;
}

int kr_cli_sources(json_t **out, const struct kr_invocation *invocation, const char *const *names, size_t count,
                   struct kr_error *error) {
  json_t *files = json_array();
  int code = files ? KR_OK : no_memory(error);
  if (!code && count == 0) code = add_all(files, invocation, error);
  for (size_t i = 0; !code && i < count; i++) code = add_module(files, invocation, names[i], error);
  if (code)
    json_decref(files);
  else
    *out = files;
  return code;
}
