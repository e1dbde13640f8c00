/* cmd_probe.c - krunbook probe TARGET...: does this port answer, through a port-forward? */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/ask.h"

enum { BODY_LINES = 10, LINE_SHOWN = 160 /* bytes of each */ };

struct settings {
  bool tcp, https, each;
  const char *path, *method, *host;
  int64_t expect;
};

static const char note[] =
    "A port-forward goes straight to the pod: it does not show whether Services, kube-proxy and NetworkPolicies let "
    "others through.";

static int judge(const json_t *answer) {
  const char *result = kr_answer_text(answer, "result");
  if (!kr_answer_is_known(answer)) return KR_EXIT_UNKNOWN;
  if (json_is_false(json_object_get(answer, "expected"))) return KR_EXIT_CRITICAL;
  return strcmp(result, "answered") == 0 || strcmp(result, "open") == 0 ? KR_EXIT_OK : KR_EXIT_CRITICAL;
}

/* "GET http://shop.example/healthz", or nothing for what only connected. */
static int write_asked(struct kr_buffer *out, const json_t *answer) {
  const char *path = kr_answer_text(answer, "path"), *host = kr_answer_text(answer, "host");
  const char *method = kr_answer_text(answer, "method");
  if (*path == '\0') return KR_OK;
  return kr_buffer_printf(out, " (%s %s%s%s)", *method == '\0' ? "GET" : method, path,
                          *host == '\0' ? "" : ", Host: ", host);
}

/* The first lines of what was answered, indented. */
static int write_body(struct kr_buffer *out, const json_t *answer) {
  const char *at = kr_answer_text(answer, "body");
  int status = KR_OK, lines = 0;
  for (; status == KR_OK && *at != '\0' && lines < BODY_LINES; lines++) {
    size_t length = strcspn(at, "\n");
    size_t shown = kr_text_cut(at, length, LINE_SHOWN);
    status = kr_buffer_printf(out, "  %.*s%s\n", (int)shown, at, shown < length ? " ..." : "");
    at += length + (at[length] == '\n');
  }
  bool more = *at != '\0' || json_is_true(json_object_get(answer, "truncated"));
  return status == KR_OK && more ? kr_buffer_puts(out, "  ...\n") : status;
}

static int write_certificate(struct kr_buffer *out, const json_t *answer) {
  const json_t *certificate = json_object_get(answer, "certificate"), *name;
  size_t i;
  if (certificate == NULL) return KR_OK;
  int status = kr_buffer_printf(out, "  certificate %s, until %s, for", kr_answer_text(certificate, "subject"),
                                kr_answer_text(certificate, "notAfter"));
  json_array_foreach(json_object_get(certificate, "dnsNames"), i, name) {
    if (status == KR_OK) status = kr_buffer_printf(out, " %s", json_string_value(name));
  }
  return status == KR_OK ? kr_buffer_puts(out, " (not verified)\n") : status;
}

static int write_result(struct kr_buffer *out, const json_t *answer) {
  const json_t *code = json_object_get(answer, "status"), *latency = json_object_get(answer, "latency_ms");
  const char *result = kr_answer_text(answer, "result");
  bool unexpected = json_is_false(json_object_get(answer, "expected"));
  int status = kr_buffer_puts(out, result);
  if (status == KR_OK && code != NULL) status = kr_buffer_printf(out, " %d", (int)json_integer_value(code));
  if (status == KR_OK && unexpected) status = kr_buffer_puts(out, ", not as expected,");
  if (status == KR_OK && latency != NULL)
    status = kr_buffer_printf(out, " in %lld ms", (long long)json_integer_value(latency));
  if (status == KR_OK) status = write_asked(out, answer);
  bool refused = strcmp(result, "refused") == 0;
  return status == KR_OK ? kr_buffer_puts(out, refused ? ": nothing listens there\n" : "\n") : status;
}

/* "service/web:http, port 8080 of Pod shop/web-1: answered 200 in 3 ms (GET /)", and what came with it. The runtime's
 * words for a refusal say no more than that it is one. */
static int write_known(struct kr_buffer *out, const json_t *answer) {
  const char *type = kr_answer_text(json_object_get(answer, "headers"), "content-type");
  const char *space = kr_answer_text(json_object_get(answer, "object"), "namespace");
  const char *message =
      strcmp(kr_answer_text(answer, "result"), "refused") == 0 ? "" : kr_answer_text(answer, "message");
  int status = kr_buffer_printf(out, "%s, port %lld of Pod %s/%s: ", kr_answer_text(answer, "target"),
                                (long long)json_integer_value(json_object_get(answer, "port")), space,
                                kr_answer_text(answer, "pod"));
  if (status == KR_OK) status = write_result(out, answer);
  if (status == KR_OK && *message != '\0') status = kr_buffer_printf(out, "  %s\n", message);
  if (status == KR_OK) status = write_certificate(out, answer);
  if (status == KR_OK && *type != '\0') status = kr_buffer_printf(out, "  content-type: %s\n", type);
  return status == KR_OK ? write_body(out, answer) : status;
}

static int write(struct kr_buffer *out, const json_t *answers) {
  const json_t *answer;
  size_t i;
  int status = KR_OK;
  json_array_foreach(answers, i, answer) {
    if (status == KR_OK)
      status = kr_answer_is_known(answer) ? write_known(out, answer) : kr_answer_write_unknown(out, answer);
  }
  return status;
}

static int check(const struct settings *settings, struct kr_error *error) {
  bool asks = settings->https || settings->path != NULL || settings->method != NULL || settings->host != NULL ||
              settings->expect != 0;
  if (settings->tcp && asks)
    return kr_error_set(error, KR_EUSAGE,
                        "--tcp only connects: --https, --path, --method, --host and --expect do not go with it");
  if (settings->method != NULL && strcmp(settings->method, "GET") != 0 && strcmp(settings->method, "HEAD") != 0)
    return kr_error_set(error, KR_EUSAGE, "--method takes GET or HEAD, not \"%.100s\"", settings->method);
  if (settings->path != NULL && settings->path[0] != '/')
    return kr_error_set(error, KR_EUSAGE, "--path takes what begins with \"/\", not \"%.200s\"", settings->path);
  if (settings->expect != 0 && (settings->expect < 100 || settings->expect > 999))
    return kr_error_set(error, KR_EUSAGE, "--expect takes an HTTP status such as 200");
  return KR_OK;
}

static int run(struct kr_invocation *invocation) {
  static const char *const members[] = {"target",  "object",     "pod",     "port", "scheme",    "method",
                                        "path",    "host",       "result",  "what", "reason",    "latency_ms",
                                        "status",  "expected",   "headers", "body", "truncated", "certificate",
                                        "message", "permission", NULL};
  static const struct kr_asking asking = {
      .name = "probe", .list = "probes", .members = members, .note = note, .judge = judge, .write = write};
  const struct settings *settings = invocation->settings;
  struct kr_error error = KR_ERROR_INIT;
  if (check(settings, &error) != KR_OK) return kr_cli_fail(invocation, &error);
  const char *scheme = settings->tcp ? "tcp" : settings->https ? "https" : "http";
  json_t *question = json_pack("{s:s, s:s*, s:s*, s:s*, s:b}", "scheme", scheme, "path", settings->path, "method",
                               settings->method, "host", settings->host, "each", settings->each);
  int failed = question == NULL;
  if (!failed && settings->expect != 0)
    failed = json_object_set_new(question, "expect", json_integer(settings->expect));
  if (!failed && invocation->globals.timeout_ms > 0)
    failed = json_object_set_new(question, "timeout", json_real((double)invocation->globals.timeout_ms / 1000));
  if (failed) {
    json_decref(question);
    question = NULL;
  }
  return kr_ask(invocation, &asking, question);
}

static const struct kr_option options[] = {
    {0, "path", KR_OPTION_TEXT, offsetof(struct settings, path), "PATH", "what is asked for. Default: /"},
    {0, "method", KR_OPTION_TEXT, offsetof(struct settings, method), "METHOD", "GET or HEAD. Default: GET"},
    {0, "host", KR_OPTION_TEXT, offsetof(struct settings, host), "NAME", "the Host header. Default: localhost"},
    {0, "https", KR_OPTION_BOOL, offsetof(struct settings, https), NULL,
     "speak TLS; the server's certificate is shown, and not verified"},
    {0, "tcp", KR_OPTION_BOOL, offsetof(struct settings, tcp), NULL, "only connect, and send nothing"},
    {0, "expect", KR_OPTION_INTEGER, offsetof(struct settings, expect), "STATUS", "any other HTTP status is a failure"},
    {0, "each", KR_OPTION_BOOL, offsetof(struct settings, each), NULL, "ask every ready pod, not only one"},
};

const struct kr_command kr_command_probe = {
    .name = "probe",
    .operands = "[KIND/]NAME:PORT[/PATH]...",
    .summary = "ask a port of a pod, through a port-forward",
    .details =
        "Sends GET / to a port and says what came back; several targets are asked at once. The request reaches the\n"
        "application: --tcp only connects. A pod's port is a number or the name of a container's port, a Service's is\n"
        "its own, and leads to a pod as kubectl port-forward chooses it. A NAME alone is a pod. --timeout is of one\n"
        "probe here: 5s when left out.\n\n"
        "A port-forward goes straight to the pod: it bypasses Services, kube-proxy and NetworkPolicies. Nodes tell "
        "late\n"
        "that a connection was closed, and so --tcp calls a port open too that closes each at once.\n\n"
        "Exit status: 0 it answered (or is open) as expected; 2 it refused, reset or closed the connection, gave no\n"
        "answer in time, spoke no HTTP, or answered with another status than --expect; 3 it could not be asked.\n\n"
        "  krunbook probe pod/running:80\n  krunbook probe service/shop:http/healthz --expect 200 --each\n"
        "  krunbook probe deploy/shop:8443 --https --host shop.example.com\n  krunbook probe db-0:5432 --tcp -o json\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .settings_size = sizeof(struct settings),
    .run = run};
