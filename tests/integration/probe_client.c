/* probe_client.c - asks the live transport for probes, for test_probe.py: reads one JSON object a line ("pod", "port",
 * "scheme", "path", "host", "head", "timeout_ms"; "namespace" is "default"), submits them all at once, and prints what
 * came of each, a JSON object a line, in their order.
 *
 *     probe_client KUBECONFIG [IN_FLIGHT] <requests */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "kube/live.h"
#include "kube/probe.h"

enum { MOST = 1024, LINE_MAX_BYTES = 65536 };

struct asked {
  json_t *request, *answer;
  int64_t began;
};

static void take(void *user, struct kr_reply *reply) {
  static const char *const outcomes[] = {[KR_FOUND] = "found", [KR_ABSENT] = "absent", [KR_UNKNOWN] = "unknown"};
  struct asked *asked = user;
  json_t *body = json_loadb(kr_buffer_text(&reply->body), reply->body.length, 0, NULL);
  asked->answer = json_pack("{s:s, s:s, s:s?, s:i, s:o?, s:I}", "outcome", outcomes[reply->outcome], "reason",
                            kr_reason_word(reply->reason), "message", reply->message, "status", reply->status, "body",
                            body, "took_ms", (json_int_t)(kr_clock_monotonic() - asked->began));
}

static int submit(struct kr_transport *transport, struct asked *asked, struct kr_error *error) {
  const json_t *from = asked->request;
  const char *space = json_string_value(json_object_get(from, "namespace"));
  struct kr_request request = {.verb = json_object_get(from, "pod") != NULL ? KR_VERB_PROBE : KR_VERB_LIST,
                               .version = "v1",
                               .resource = "pods",
                               .namespace_ = space == NULL ? "default" : space,
                               .name = json_string_value(json_object_get(from, "pod")),
                               .probe = {.port = (int)json_integer_value(json_object_get(from, "port")),
                                         .head = json_is_true(json_object_get(from, "head")),
                                         .path = json_string_value(json_object_get(from, "path")),
                                         .host = json_string_value(json_object_get(from, "host")),
                                         .timeout_ms = json_integer_value(json_object_get(from, "timeout_ms"))}};
  (void)kr_probe_scheme_find(&request.probe.scheme, json_string_value(json_object_get(from, "scheme")));
  asked->began = kr_clock_monotonic();
  return kr_transport_submit(transport, &request, take, asked, error);
}

static int ask(struct kr_transport *transport, struct asked *asked, int count, struct kr_error *error) {
  int status = KR_OK, delivered = 0;
  for (int i = 0; i < count && status == KR_OK; i++) status = submit(transport, &asked[i], error);
  while (status == KR_OK && delivered < count) {
    int now = kr_transport_wait(transport, -1, error);
    status = now < 0 ? now : KR_OK;
    delivered += now > 0 ? now : 0;
  }
  return status;
}

static int print(const struct asked *asked, int count) {
  for (int i = 0; i < count; i++) {
    if (json_dumpf(asked[i].answer, stdout, JSON_COMPACT) != 0) return KR_EIO;
    (void)putchar('\n');
  }
  return KR_OK;
}

int main(int argc, char **argv) {
  static struct asked asked[MOST];
  static char line[LINE_MAX_BYTES];
  struct kr_error error = KR_ERROR_INIT;
  struct kr_kubeconfig *config = NULL;
  struct kr_transport *transport = NULL;
  struct kr_live_options options = KR_LIVE_OPTIONS_DEFAULT;
  const struct kr_kubeconfig_overrides from = {.kubeconfig = argc > 1 ? argv[1] : NULL};
  int count = 0;
  if (argc > 2) options.in_flight_max = (int)strtol(argv[2], NULL, 10);
  while (count < MOST && fgets(line, sizeof line, stdin) != NULL) asked[count++].request = json_loads(line, 0, NULL);
  int status = kr_cancel_install(&error);
  if (status == KR_OK) status = kr_kubeconfig_load(&config, &from, &error);
  if (status == KR_OK) status = kr_live_new(&transport, config, &options, &error);
  if (status == KR_OK) status = ask(transport, asked, count, &error);
  if (status == KR_OK) status = print(asked, count);
  if (status != KR_OK) (void)fprintf(stderr, "%s\n", error.message);
  kr_transport_free(transport);
  for (int i = 0; i < count; i++) {
    json_decref(asked[i].request);
    json_decref(asked[i].answer);
  }
  return status == KR_OK ? 0 : 1;
}
