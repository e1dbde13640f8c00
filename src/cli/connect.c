/* connect.c - from flags to a cluster: a snapshot, the demo, or the kubeconfig's. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "kube/live.h"
#include "kube/recorder.h"
#include "kube/snapshot.h"

static int open_snapshot(struct kr_transport **out, const struct kr_invocation *invocation, struct kr_error *error) {
  char *demo = NULL;
  const char *folder = invocation->globals.snapshot;
  int code = folder ? 0 : kr_library_demo(&demo, invocation->library, error);
  if (!code) code = kr_snapshot_open(out, folder ? folder : demo, !invocation->globals.full_lists, error);
  free(demo);
  return code;
}

static int open_live(struct kr_transport **out, char **namespace_, const struct kr_globals *globals,
                     struct kr_error *error) {
  struct kr_kubeconfig_overrides overrides = {.kubeconfig = globals->kubeconfig,
                                              .context = globals->context,
                                              .cluster = globals->cluster,
                                              .user = globals->user,
                                              .server = globals->server,
                                              .as = globals->as,
                                              .as_groups = globals->as_groups.items,
                                              .as_group_count = globals->as_groups.count,
                                              .as_uid = globals->as_uid,
                                              .namespace_ = globals->namespace_,
                                              .token = globals->token};
  struct kr_live_options options = KR_LIVE_OPTIONS_DEFAULT;
  struct kr_kubeconfig *config = NULL;
  int code = kr_kubeconfig_load(&config, &overrides, error);
  if (code) return code;
  *namespace_ = strdup(config->namespace_);
  if (!*namespace_) {
    kr_kubeconfig_free(config);
    return kr_error_set(error, KR_ENOMEM, "out of memory while reading the kubeconfig");
  }
  if (globals->request_timeout_ms >= 0) options.request_timeout_ms = globals->request_timeout_ms;
  options.tables = !globals->full_lists;
  return kr_live_new(out, config, &options, error);
}

/* Without a kubeconfig that can be read there are still two ways to try the program out. */
static int hint(struct kr_error *error, int code) {
  if (code != KR_ECONFIG || strncmp(error->message, "cannot read", strlen("cannot read")) != 0) return code;
  struct kr_error said = *error;
  return kr_error_set(error, code, "%.1800s (without a cluster: --demo, or --snapshot DIR)", said.message);
}

/* The recorder takes the transport over. */
static int record(struct kr_transport **transport, const struct kr_invocation *invocation, struct kr_error *error) {
  const struct kr_recorder_options options = {.redact = false};
  const char *folder = invocation->globals.record;
  return folder ? kr_recorder_new(transport, *transport, folder, invocation->mask, &options, error) : 0;
}

int kr_cli_recorded(const struct kr_invocation *invocation, struct kr_transport *transport, struct kr_error *error) {
  return invocation->globals.record ? kr_recorder_finish(transport, error) : 0;
}

int kr_cli_connect(struct kr_transport **out, char **namespace_, const struct kr_invocation *invocation,
                   struct kr_error *error) {
  const struct kr_globals *globals = &invocation->globals;
  *namespace_ = NULL;
  if (globals->snapshot && globals->demo)
    return kr_error_set(error, KR_EUSAGE, "--snapshot and --demo each name a recorded cluster: give one");
  if (globals->namespace_ && !*globals->namespace_)
    return kr_error_set(error, KR_EUSAGE, "-n needs the name of a namespace: it was given an empty one");
  if (globals->namespace_ && globals->all_namespaces)
    return kr_error_set(error, KR_EUSAGE, "-n and -A exclude each other");
  int code;
  if (globals->snapshot || globals->demo) {
    code = open_snapshot(out, invocation, error);
    if (!code) *namespace_ = strdup(globals->namespace_ ? globals->namespace_ : "default");
    if (!code && !*namespace_) code = kr_error_set(error, KR_ENOMEM, "out of memory");
    if (code && code != KR_ENOMEM) return code;
  } else {
    code = hint(error, open_live(out, namespace_, globals, error));
    if (!code) code = kr_progress_new(out, *out, error);
  }
  if (!code) code = record(out, invocation, error);
  if (code) {
    free(*namespace_);
    *namespace_ = NULL;
  }
  return code;
}
