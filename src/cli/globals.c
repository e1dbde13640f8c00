/* globals.c - the flags that every command takes. */
#include "cli/globals.h"

#include <string.h>

#define ROW(letter, name, type, member, value, help) \
  { letter, name, type, offsetof(struct kr_globals, member), value, help }

static const struct kr_option rows[] = {
    ROW('n', "namespace", KR_OPTION_TEXT, namespace_, "NS", "the namespace; the context's when left out"),
    ROW('A', "all-namespaces", KR_OPTION_BOOL, all_namespaces, NULL, "look in every namespace"),
    ROW('l', "selector", KR_OPTION_TEXT, labels, "LABELS", "only objects with these labels: app=web,tier!=db"),
    ROW(0, "context", KR_OPTION_TEXT, context, "NAME", "the kubeconfig's context"),
    ROW(0, "cluster", KR_OPTION_TEXT, cluster, "NAME", "the kubeconfig's cluster"),
    ROW(0, "user", KR_OPTION_TEXT, user, "NAME", "the kubeconfig's user"),
    ROW(0, "kubeconfig", KR_OPTION_TEXT, kubeconfig, "FILE", "this file, not $KUBECONFIG or ~/.kube/config"),
    ROW('s', "server", KR_OPTION_TEXT, server, "URL", "the API server's address"),
    ROW(0, "as", KR_OPTION_TEXT, as, "USER", "ask as this user (impersonation)"),
    ROW(0, "as-group", KR_OPTION_LIST, as_groups, "GROUP", "ask as a member of this group; may be repeated"),
    ROW(0, "as-uid", KR_OPTION_TEXT, as_uid, "UID", "ask with this user's UID"),
    ROW(0, "token", KR_OPTION_TEXT, token, "TOKEN", "a bearer token (others on this machine can see it)"),
    ROW(0, "request-timeout", KR_OPTION_DURATION, request_timeout_ms, "TIME",
        "of one request, with its retries; 0: none. Default: 30s"),
    ROW(0, "full-lists", KR_OPTION_BOOL, full_lists, NULL,
        "read every object, also where a table would show which to look at"),
    ROW(0, "snapshot", KR_OPTION_TEXT, snapshot, "DIR", "ask this recorded cluster, not a live one"),
    ROW(0, "record", KR_OPTION_TEXT, record, "DIR", "write what is asked and answered into a new folder, a snapshot"),
    ROW(0, "demo", KR_OPTION_BOOL, demo, NULL, "ask the recorded cluster that came with the program"),
    ROW('o', "output", KR_OPTION_LIST, outputs, "FORMAT[=FILE]",
        "text, json or yaml; a report also as krunbook help run lists, and into FILEs; may be repeated. Default: text"),
    ROW('v', "verbose", KR_OPTION_COUNT, verbose, NULL,
        "name what is healthy, say what the run spent; -v=6 shows each request"),
    ROW(0, "explain", KR_OPTION_BOOL, explain, NULL,
        "show each step of the decision, what was asked and what it showed"),
    ROW(0, "runbook-path", KR_OPTION_LIST, runbook_paths, "DIR", "look for runbooks here first; may be repeated"),
    ROW(0, "timeout", KR_OPTION_DURATION, timeout_ms, "TIME", "of the whole run; none when left out"),
    ROW(0, "max-cpu", KR_OPTION_DURATION, max_cpu_ms, "TIME",
        "that one runbook may compute from one answer to the next. Default: 2s"),
    ROW(0, "max-memory", KR_OPTION_BYTES, max_memory, "SIZE", "that one runbook may hold. Default: 32Mi"),
    ROW(0, "max-requests", KR_OPTION_INTEGER, max_requests, "N", "that one runbook may make. Default: 20000"),
    ROW(0, "max-log-bytes", KR_OPTION_BYTES, max_log_bytes, "SIZE", "read of one log. Default: 1Mi"),
    ROW('h', "help", KR_OPTION_BOOL, help, NULL, "this help; after a runbook's name, what it takes"),
    ROW(0, "version", KR_OPTION_BOOL, version, NULL, "the program's version"),
};

struct kr_option_table kr_globals_table(struct kr_globals *globals) {
  return (struct kr_option_table){.rows = rows, .count = sizeof rows / sizeof rows[0], .settings = globals};
}

_Static_assert(sizeof rows / sizeof rows[0] <= KR_GLOBALS_MAX, "KR_GLOBALS_MAX is too small");

/* Those that a command knows which asks no cluster; the others are taken, and mean nothing to it. */
static bool is_offline(const struct kr_option *row) {
  static const char *const names[] = {"output", "verbose", "runbook-path", "help", "version"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strcmp(row->name, names[i]) == 0) return true;
  }
  return false;
}

size_t kr_globals_beside(struct kr_option *out, const struct kr_command *command) {
  struct kr_option_table own = {.rows = command ? command->options : NULL,
                                .count = command ? command->option_count : 0};
  size_t count = 0;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    if (command && command->offline && !is_offline(&rows[i])) continue;
    if (!kr_option_find(&own, rows[i].name, 0)) out[count++] = rows[i];
  }
  return count;
}
