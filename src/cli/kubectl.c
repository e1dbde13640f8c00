/* kubectl.c - see kubectl.h. */
#include "cli/kubectl.h"

#include <string.h>

#define SAFE "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/:=,@%+"

/* As it is, or in single quotes. */
static int quote(struct kr_buffer *out, const char *word) {
  if (*word != '\0' && strspn(word, SAFE) == strlen(word)) return kr_buffer_puts(out, word);
  int code = kr_buffer_puts(out, "'");
  for (; !code && *word != '\0'; word++)
    code = *word == '\'' ? kr_buffer_puts(out, "'\\''") : kr_buffer_append(out, word, 1);
  return code ? code : kr_buffer_puts(out, "'");
}

static int add(struct kr_buffer *out, const char *flag, const char *value) {
  if (value == NULL) return 0;
  int code = kr_buffer_printf(out, " --%s ", flag);
  return code ? code : quote(out, value);
}

int kr_cli_kubectl(struct kr_buffer *out, const struct kr_globals *globals) {
  int code = kr_buffer_puts(out, "kubectl");
  if (globals->snapshot != NULL || globals->demo) return code;
  if (!code) code = add(out, "kubeconfig", globals->kubeconfig);
  if (!code) code = add(out, "context", globals->context);
  if (!code) code = add(out, "cluster", globals->cluster);
  if (!code) code = add(out, "user", globals->user);
  if (!code) code = add(out, "server", globals->server);
  if (!code) code = add(out, "as", globals->as);
  for (size_t i = 0; !code && i < globals->as_groups.count; i++)
    code = add(out, "as-group", globals->as_groups.items[i]);
  return code ? code : add(out, "as-uid", globals->as_uid);
}
