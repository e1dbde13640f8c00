/* contexts.c - see contexts.h. */
#include "cli/contexts.h"

#include <string.h>

#include "kube/kubeconfig_files.h"

static bool is_known(const json_t *names, const char *name) {
  const json_t *known;
  size_t i;
  json_array_foreach(names, i, known) {
    if (strcmp(json_string_value(known), name) == 0) return true;
  }
  return false;
}

/* "a,b": each once. */
static json_t *split(const char *text) {
  json_t *names = json_array();
  for (const char *at = text; names; at++) {
    size_t length = strcspn(at, ",");
    json_t *name = json_stringn(at, length);
    if (length > 0 && name && !is_known(names, json_string_value(name))) (void)json_array_append(names, name);
    json_decref(name);
    at += length;
    if (!*at) break;
  }
  return names;
}

static int check_flags(const struct kr_globals *globals, const char *flag, struct kr_error *error) {
  const struct {
    bool given;
    const char *name;
  } others[] = {{globals->snapshot, "--snapshot"},
                {globals->demo, "--demo"},
                {globals->server, "--server"},
                {globals->cluster, "--cluster"},
                {globals->record, "--record"}};
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    if (others[i].given)
      return kr_error_set(error, KR_EUSAGE, "%s asks several clusters: %s does not go with it", flag, others[i].name);
  }
  return KR_OK;
}

int kr_contexts_read(json_t **out, const struct kr_globals *globals, bool all, struct kr_error *error) {
  struct kr_kubeconfig_files files = {.count = 0};
  json_t *known = NULL;
  if (!all && (!globals->context || !strchr(globals->context, ','))) return KR_OK;
  if (all && globals->context)
    return kr_error_set(error, KR_EUSAGE, "--context and --all-contexts each say which clusters: give one");
  int code = check_flags(globals, all ? "--all-contexts" : "--context a,b", error);
  if (!code) code = kr_kubeconfig_files_load(&files, globals->kubeconfig, error);
  if (!code && !(known = kr_kubeconfig_files_names(&files, "context")))
    code = kr_error_set(error, KR_ENOMEM, "out of memory while reading the kubeconfig");
  if (!code && all && json_array_size(known) == 0)
    code = kr_error_set(error, KR_ECONFIG, "--all-contexts: the kubeconfig has no context (%s)",
                        files.looked.length > 0 ? kr_buffer_text(&files.looked) : "there is none");
  if (!code && all) *out = json_incref(known);
  if (!code && !all && !is_known(known, globals->context) && !(*out = split(globals->context)))
    code = kr_error_set(error, KR_ENOMEM, "out of memory");
  json_decref(known);
  kr_kubeconfig_files_free(&files);
  return code;
}
