/* luacheck.c - see luacheck.h. */
#define _POSIX_C_SOURCE 200809L
#include "cli/luacheck.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "cli/child.h"

#define SAID_MAX ((size_t)4 << 20)

enum { FILES_MAX = 400, TIMEOUT_MS = 60000 };

static const char *const flags[] = {"--no-config",
                                    "--formatter",
                                    "plain",
                                    "--no-color",
                                    "--std",
                                    "lua54",
                                    "--read-globals",
                                    "kube",
                                    "--no-self",
                                    "--no-unused-args",
                                    "--no-max-line-length",
                                    "--"};
#define FLAG_COUNT (sizeof flags / sizeof flags[0])

/* "PATH:LINE:COLUMN: MESSAGE" of one of the paths, the line cut off at its end. */
static int take_line(json_t *all, const char *text, size_t length, const char *const *paths, size_t count) {
  for (size_t i = 0; i < count; i++) {
    size_t path = strlen(paths[i]);
    if (length <= path || strncmp(text, paths[i], path) != 0 || text[path] != ':') continue;
    char *end = NULL;
    long line = strtol(text + path + 1, &end, 10);
    const char *message = *end == ':' ? strstr(end, ": ") : NULL;
    if (line <= 0 || !message || message >= text + length) continue;
    json_t *words = json_stringn(message + 2, (size_t)(text + length - message) - 2);
    if (!words) return 0; /* no UTF-8: it is left out */
    json_t *list = json_object_get(all, paths[i]);
    if (!list && (json_object_set_new(all, paths[i], json_array()) || !(list = json_object_get(all, paths[i])))) {
      json_decref(words);
      return 0; /* a path that is no UTF-8 has no entry */
    }
    return json_array_append_new(list, json_pack("{s:i, s:o}", "line", (int)line, "message", words));
  }
  return 0;
}

static int take_all(json_t *all, const char *text, const char *const *paths, size_t count) {
  int failed = 0;
  while (!failed && *text) {
    size_t length = strcspn(text, "\n");
    failed = take_line(all, text, length, paths, count);
    text += length + (text[length] == '\n');
  }
  return failed ? KR_ENOMEM : 0;
}

int kr_luacheck(json_t **out, const char *const *paths, size_t count, struct kr_error *error) {
  const char *arguments[FLAG_COUNT + FILES_MAX + 1] = {NULL};
  struct kr_buffer said, complained;
  struct kr_error failure = KR_ERROR_INIT;
  int exit = 0, code = 0;
  kr_buffer_init(&said, SAID_MAX);
  kr_buffer_init(&complained, SAID_MAX);
  *out = json_object();
  for (size_t i = 0; i < FLAG_COUNT; i++) arguments[i] = flags[i];
  for (size_t i = 0; i < count && i < FILES_MAX; i++) arguments[FLAG_COUNT + i] = paths[i];
  struct kr_child child = {.program = "luacheck", .arguments = arguments, .timeout_ms = TIMEOUT_MS};
  if (!*out)
    code = KR_ENOMEM;
  else if (count > 0 && count <= FILES_MAX)
    code = kr_child_run(&said, &complained, &exit, &child, &failure)
               ? failure.code
               : take_all(*out, kr_buffer_text(&said), paths, count);
  kr_buffer_free(&said);
  kr_buffer_free(&complained);
  if (code == KR_ENOMEM || code == KR_ECANCELLED) {
    json_decref(*out);
    *out = NULL;
    return kr_error_set(error, code, code == KR_ENOMEM ? "out of memory while linting" : "interrupted");
  }
  if (code && code != KR_ENOTFOUND) kr_log(1, "luacheck: %s", failure.message);
  return 0;
}
