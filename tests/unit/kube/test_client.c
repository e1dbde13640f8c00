/* The client over a transport that answers from a script: kinds, versions, discovery, sharing and remembering. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kube/client.h"
#include "kube/request.h"

/* What was asked, as "verb group/version resource namespace name". */
static char asked[64][256];
static size_t asked_count;

struct pending {
  struct pending *next;
  struct kr_request *request;
  kr_reply_fn reply;
  void *user;
};

struct script {
  struct kr_transport transport;
  struct pending *first, **end;
  void (*answer)(const struct kr_request *request, struct kr_reply *reply);
};

static const char *or_dash(const char *text) { return text == NULL ? "-" : text; }

static int script_submit(struct kr_transport *transport, const struct kr_request *request, kr_reply_fn reply,
                         void *user, struct kr_error *error) {
  static const char *const verbs[] = {"get", "list", "logs", "review", "version", "discover", "probe"};
  struct script *script = (struct script *)transport;
  (void)error;
  cr_assert_lt(asked_count, 64);
  (void)snprintf(asked[asked_count++], sizeof asked[0], "%s %s/%s %s %s %s", verbs[request->verb],
                 or_dash(request->group), or_dash(request->version), or_dash(request->resource),
                 or_dash(request->namespace_), or_dash(request->name));
  struct pending *pending = calloc(1, sizeof *pending);
  *pending = (struct pending){.request = kr_request_copy(request), .reply = reply, .user = user};
  *script->end = pending;
  script->end = &pending->next;
  return KR_OK;
}

static struct pending *script_next(struct script *script) {
  struct pending *pending = script->first;
  script->first = pending->next;
  if (script->first == NULL) script->end = &script->first;
  return pending;
}

static int script_wait(struct kr_transport *transport, int64_t milliseconds, struct kr_error *error) {
  struct script *script = (struct script *)transport;
  (void)milliseconds;
  (void)error;
  if (script->first == NULL) return 0;
  struct pending *pending = script_next(script);
  struct kr_reply reply = {.outcome = KR_FOUND, .status = 200};
  kr_buffer_init(&reply.body, (size_t)4 << 20);
  script->answer(pending->request, &reply);
  cr_assert_eq(kr_reply_classify(&reply, pending->request), KR_OK);
  pending->reply(pending->user, &reply);
  kr_reply_free(&reply);
  free(pending->request);
  free(pending);
  return 1;
}

static void script_free(struct kr_transport *transport) {
  struct script *script = (struct script *)transport;
  while (script->first != NULL) {
    struct pending *pending = script_next(script);
    free(pending->request);
    free(pending);
  }
  free(script);
}

static struct kr_cluster_info script_info(struct kr_transport *transport) {
  (void)transport;
  return (struct kr_cluster_info){.context = "c"};
}

static const struct kr_transport_vtable vtable = {
    .submit = script_submit, .wait = script_wait, .info = script_info, .free = script_free};

/* --- the asker --- */

static struct kr_client *client;

static void begin(void (*answer)(const struct kr_request *, struct kr_reply *)) {
  struct kr_error error = KR_ERROR_INIT;
  struct script *script = calloc(1, sizeof *script);
  *script = (struct script){.transport = {&vtable}, .answer = answer};
  script->end = &script->first;
  asked_count = 0;
  cr_assert_eq(kr_client_new(&client, &script->transport, &error), KR_OK);
}

static void end(void) { kr_client_free(client); }

struct answered {
  int count;
  enum kr_outcome outcome;
  enum kr_reason reason;
  bool no_such_kind;
  char kind[64], what[256], permission[256], message[512], body[256];
};

static void take(void *user, struct kr_answer *answer) {
  struct answered *out = user;
  out->count++;
  out->outcome = answer->reply.outcome;
  out->reason = answer->reply.reason;
  out->no_such_kind = answer->no_such_kind;
  (void)snprintf(out->kind, sizeof out->kind, "%s", answer->kind == NULL ? "-" : answer->kind->kind);
  (void)snprintf(out->what, sizeof out->what, "%s", answer->what);
  (void)snprintf(out->permission, sizeof out->permission, "%s", answer->permission);
  (void)snprintf(out->message, sizeof out->message, "%s", or_dash(answer->reply.message));
  (void)snprintf(out->body, sizeof out->body, "%.200s", kr_buffer_text(&answer->reply.body));
}

static void submit(struct answered *out, const struct kr_request *request) {
  struct kr_error error = KR_ERROR_INIT;
  *out = (struct answered){.count = 0};
  cr_assert_eq(kr_client_submit(client, request, take, out, &error), KR_OK, "%s", error.message);
  cr_expect_eq(out->count, 0, "submit never calls back");
}

static void drain(void) {
  struct kr_error error = KR_ERROR_INIT;
  while (kr_client_wait(client, -1, &error) > 0) continue;
}

static struct answered ask(const struct kr_request *request) {
  struct answered out;
  submit(&out, request);
  drain();
  cr_expect_eq(out.count, 1);
  return out;
}

static void put(struct kr_reply *reply, int status, const char *body) {
  reply->status = status;
  cr_assert_eq(kr_buffer_puts(&reply->body, body), KR_OK);
}

/* --- servers --- */

#define MISSING                                                                                                    \
  "{\"kind\":\"Status\",\"message\":\"the server could not find the requested resource\",\"reason\":\"NotFound\"," \
  "\"details\":{},\"code\":404}"
#define FORBIDDEN "{\"kind\":\"Status\",\"message\":\"no\",\"reason\":\"Forbidden\",\"code\":403}"
#define A_LIST    "{\"kind\":\"List\",\"items\":[]}"
#define AN_OBJECT "{\"kind\":\"X\",\"metadata\":{}}"

static void plain_answer(const struct kr_request *request, struct kr_reply *reply) {
  if (request->verb == KR_VERB_LOGS) return put(reply, 200, "a line\n");
  put(reply, 200, request->verb == KR_VERB_LIST ? A_LIST : AN_OBJECT);
}

/* As 1.20: nothing of v1 in discovery.k8s.io, plain discovery, metrics.k8s.io broken. */
static bool metrics_broken;
static void old_server(const struct kr_request *request, struct kr_reply *reply) {
  const char *group = request->group == NULL ? "" : request->group;
  if (request->verb == KR_VERB_DISCOVER && request->version == NULL) {
    if (request->name == NULL || strcmp(request->name, "apis") != 0)
      return put(reply, 200, "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}");
    return put(reply, 200,
               "{\"kind\":\"APIGroupList\",\"groups\":[{\"name\":\"acme.com\",\"versions\":[{\"version\":\"v2\"},{"
               "\"version\":\"v1\"}],\"preferredVersion\":{\"version\":\"v1\"}},{\"name\":\"metrics.k8s.io\","
               "\"versions\":[{\"version\":\"v1beta1\"}]}]}");
  }
  if (request->verb == KR_VERB_DISCOVER && strcmp(group, "acme.com") == 0) {
    char body[512];
    (void)snprintf(body, sizeof body,
                   "{\"kind\":\"APIResourceList\",\"groupVersion\":\"acme.com/%s\",\"resources\":[{\"name\":\"anvils\","
                   "\"namespaced\":true,\"kind\":\"Anvil\",\"verbs\":[\"get\",\"list\"]}]}",
                   request->version);
    return put(reply, 200, body);
  }
  if (request->verb == KR_VERB_DISCOVER && strcmp(group, "metrics.k8s.io") == 0 && metrics_broken)
    return put(reply, 503, "service unavailable");
  if (request->verb == KR_VERB_DISCOVER)
    return put(reply, 200, "{\"kind\":\"APIResourceList\",\"groupVersion\":\"v1\",\"resources\":[]}");
  if (strcmp(group, "discovery.k8s.io") == 0 && strcmp(request->version, "v1") == 0) return put(reply, 404, MISSING);
  plain_answer(request, reply);
}

static void refusing(const struct kr_request *request, struct kr_reply *reply) {
  (void)request;
  put(reply, 403, FORBIDDEN);
}

static int tries;
static void ailing(const struct kr_request *request, struct kr_reply *reply) {
  (void)request;
  tries++;
  put(reply, 500, "oops");
}

/* --- what must hold --- */

Test(client, fills_in_group_and_version_and_says_what_was_asked, .fini = end) {
  begin(plain_answer);
  struct answered answer =
      ask(&(struct kr_request){.verb = KR_VERB_GET, .resource = "deploy", .namespace_ = "default", .name = "web"});
  cr_expect_str_eq(asked[0], "get apps/v1 deployments default web");
  cr_expect_str_eq(answer.kind, "Deployment");
  cr_expect_str_eq(answer.what, "Deployment default/web");
  cr_expect_str_eq(answer.permission, "get deployments.apps in default");
  answer = ask(&(struct kr_request){.verb = KR_VERB_LIST, .resource = "events", .namespace_ = "default"});
  cr_expect_str_eq(answer.what, "events in default");
  cr_expect_str_eq(answer.permission, "list events in default");
  answer = ask(&(struct kr_request){.verb = KR_VERB_LIST, .resource = "po"});
  cr_expect_str_eq(answer.permission, "list pods in all namespaces");
}

Test(client, a_log_names_its_container_and_run, .fini = end) {
  begin(plain_answer);
  const struct kr_request request = {
      .verb = KR_VERB_LOGS, .namespace_ = "default", .name = "error", .logs = {.container = "web", .previous = true}};
  struct answered answer = ask(&request);
  cr_expect_str_eq(answer.what, "log of container web of Pod default/error (previous)");
  cr_expect_str_eq(answer.permission, "get pods/log in default");
  cr_expect_str_eq(answer.body, "a line\n");
}

static const char *probed_host, *probed_path;
static void probed(const struct kr_request *request, struct kr_reply *reply) {
  probed_host = or_dash(request->probe.host)[0] == '-' ? "-" : "a host";
  probed_path = or_dash(request->probe.path)[0] == '-' ? "-" : "a path";
  put(reply, 200, "{\"result\":\"open\",\"latency_ms\":1}");
}

Test(client, a_probe_names_its_port_and_the_same_question_is_asked_once, .fini = end) {
  begin(probed);
  struct kr_request request = {
      .verb = KR_VERB_PROBE, .namespace_ = "default", .name = "running", .probe = {.port = 80, .path = "/ignored"}};
  struct answered answer = ask(&request);
  cr_expect_eq(answer.outcome, KR_FOUND);
  cr_expect_str_eq(asked[0], "probe /v1 pods default running");
  cr_expect_str_eq(answer.what, "port 80 of Pod default/running");
  cr_expect_str_eq(answer.permission, "get,create pods/portforward in default");
  cr_expect_str_eq(probed_path, "-", "what only connects has no path");
  request.probe.path = NULL;
  (void)ask(&request);
  cr_expect_eq(asked_count, 1);
  request.probe.scheme = KR_PROBE_HTTP;
  (void)ask(&request);
  request.probe.path = "/";
  request.probe.host = "localhost";
  (void)ask(&request);
  cr_expect_eq(asked_count, 2);
  cr_expect_str_eq(probed_host, "a host");
  struct kr_request others[] = {request, request, request, request, request};
  others[0].probe.head = true;
  others[1].probe.port = 81;
  others[2].probe.host = "shop";
  others[3].probe.path = "/x";
  others[4].probe.scheme = KR_PROBE_HTTPS;
  for (size_t i = 0; i < 5; i++) {
    (void)ask(&others[i]);
    cr_expect_eq(asked_count, 3 + i);
  }
}

Test(client, what_has_no_namespace_is_asked_without_one, .fini = end) {
  begin(plain_answer);
  struct answered answer = ask(&(struct kr_request){.verb = KR_VERB_LIST, .resource = "no", .namespace_ = "default"});
  cr_expect_str_eq(asked[0], "list /v1 nodes - -");
  cr_expect_str_eq(answer.what, "nodes");
  cr_expect_str_eq(answer.permission, "list nodes");
}

Test(client, takes_the_version_that_the_server_has_and_remembers_it, .fini = end) {
  begin(old_server);
  const struct kr_request in_a = {.verb = KR_VERB_LIST, .resource = "endpointslices", .namespace_ = "a"};
  const struct kr_request in_b = {.verb = KR_VERB_LIST, .resource = "endpointslices", .namespace_ = "b"};
  cr_expect_eq(ask(&in_a).outcome, KR_FOUND);
  cr_expect_eq(ask(&in_b).outcome, KR_FOUND);
  cr_assert_eq(asked_count, 3);
  cr_expect_str_eq(asked[0], "list discovery.k8s.io/v1 endpointslices a -");
  cr_expect_str_eq(asked[1], "list discovery.k8s.io/v1beta1 endpointslices a -");
  cr_expect_str_eq(asked[2], "list discovery.k8s.io/v1beta1 endpointslices b -");
}

Test(client, a_version_in_the_name_is_the_only_one_tried, .fini = end) {
  begin(old_server);
  const struct kr_request request = {
      .verb = KR_VERB_LIST, .resource = "endpointslices.v1.discovery.k8s.io", .namespace_ = "a"};
  cr_expect_eq(ask(&request).reason, KR_REASON_API_MISSING);
  cr_expect_eq(asked_count, 1);
}

Test(client, a_kind_that_is_not_known_is_discovered_in_the_preferred_version, .fini = end) {
  begin(old_server);
  metrics_broken = true;
  const struct kr_request request = {
      .verb = KR_VERB_GET, .resource = "Anvil", .namespace_ = "default", .name = "heavy"};
  struct answered answer = ask(&request);
  cr_expect_eq(answer.outcome, KR_FOUND);
  cr_expect_str_eq(answer.what, "Anvil default/heavy");
  cr_expect_str_eq(answer.permission, "get anvils.acme.com in default");
  cr_expect_str_eq(asked[asked_count - 1], "get acme.com/v1 anvils default heavy");
}

Test(client, a_kind_that_the_server_lacks_is_the_callers_mistake, .fini = end) {
  begin(old_server);
  metrics_broken = false;
  struct answered answer = ask(&(struct kr_request){.verb = KR_VERB_LIST, .resource = "anvilz"});
  cr_expect(answer.no_such_kind);
  cr_expect_eq(answer.outcome, KR_UNKNOWN);
  cr_expect_not_null(strstr(answer.message, "did you mean anvil"), "%s", answer.message);
  size_t before = asked_count;
  cr_expect(ask(&(struct kr_request){.verb = KR_VERB_LIST, .resource = "podz"}).no_such_kind);
  cr_expect_eq(asked_count, before, "discovery is asked for once");
}

Test(client, a_kind_is_not_missing_when_discovery_is_not_whole, .fini = end) {
  begin(old_server);
  metrics_broken = true;
  struct answered answer = ask(&(struct kr_request){.verb = KR_VERB_LIST, .resource = "podmetrics"});
  cr_expect_not(answer.no_such_kind);
  cr_expect_eq(answer.outcome, KR_UNKNOWN);
  cr_expect_eq(answer.reason, KR_REASON_SERVER_ERROR);
  cr_expect_not_null(strstr(answer.message, "could not be read"), "%s", answer.message);
}

Test(client, a_refused_discovery_is_unknown_and_not_a_missing_kind, .fini = end) {
  begin(refusing);
  struct answered answer = ask(&(struct kr_request){.verb = KR_VERB_LIST, .resource = "anvils"});
  cr_expect_not(answer.no_such_kind);
  cr_expect_eq(answer.reason, KR_REASON_FORBIDDEN);
}

Test(client, the_same_question_is_asked_once_and_answered_to_all, .fini = end) {
  begin(plain_answer);
  static const char *const spellings[] = {"po", "Pod", "pods"};
  struct answered answers[3], later;
  for (size_t i = 0; i < 3; i++)
    submit(&answers[i],
           &(struct kr_request){.verb = KR_VERB_GET, .resource = spellings[i], .namespace_ = "default", .name = "a"});
  drain();
  for (size_t i = 0; i < 3; i++) {
    cr_expect_eq(answers[i].count, 1);
    cr_expect_str_eq(answers[i].body, AN_OBJECT);
  }
  later = ask(&(struct kr_request){.verb = KR_VERB_GET, .resource = "pod", .namespace_ = "default", .name = "a"});
  cr_expect_str_eq(later.body, AN_OBJECT);
  cr_expect_eq(asked_count, 1);
  (void)ask(&(struct kr_request){.verb = KR_VERB_GET, .resource = "pod", .namespace_ = "other", .name = "a"});
  cr_expect_eq(asked_count, 2);
}

Test(client, who_is_forgotten_is_told_nothing_and_the_others_are, .fini = end) {
  begin(plain_answer);
  const struct kr_request request = {.verb = KR_VERB_GET, .resource = "pod", .namespace_ = "default", .name = "a"};
  struct answered answers[3], later;
  for (size_t i = 0; i < 3; i++) submit(&answers[i], &request);
  kr_client_forget(client, &answers[2]);
  kr_client_forget(client, &answers[0]);
  drain();
  cr_expect_eq(answers[0].count, 0);
  cr_expect_str_eq(answers[1].body, AN_OBJECT);
  cr_expect_eq(answers[2].count, 0);
  submit(&later, &(struct kr_request){.verb = KR_VERB_LIST, .resource = "pods"});
  kr_client_forget(client, &later);
  drain();
  cr_expect_eq(later.count, 0);
  cr_expect_eq(ask(&(struct kr_request){.verb = KR_VERB_LIST, .resource = "pods"}).outcome, KR_FOUND);
  cr_expect_eq(asked_count, 2, "what nobody waited for is remembered all the same");
}

Test(client, a_table_is_not_remembered, .fini = end) {
  const struct kr_request request = {.verb = KR_VERB_LIST, .resource = "pods", .list.table = true};
  begin(plain_answer);
  (void)ask(&request);
  (void)ask(&request);
  cr_expect_eq(asked_count, 2);
}

Test(client, a_refusal_is_remembered_and_a_passing_failure_is_not, .fini = end) {
  const struct kr_request request = {.verb = KR_VERB_LIST, .resource = "pods"};
  begin(refusing);
  (void)ask(&request);
  (void)ask(&request);
  cr_expect_eq(asked_count, 1);
  end();
  begin(ailing);
  tries = 0;
  (void)ask(&request);
  (void)ask(&request);
  cr_expect_eq(tries, 2);
}

static void long_list(const struct kr_request *request, struct kr_reply *reply) {
  (void)request;
  put(reply, 200, "{\"items\":\"");
  for (int i = 0; i < 3300; i++) {
    char block[1025];
    memset(block, 'x', 1024);
    block[1024] = '\0';
    cr_assert_eq(kr_buffer_puts(&reply->body, block), KR_OK);
  }
  cr_assert_eq(kr_buffer_puts(&reply->body, "\"}"), KR_OK);
}

Test(client, a_long_page_is_not_held_in_memory, .fini = end) {
  begin(long_list);
  const struct kr_request request = {.verb = KR_VERB_LIST, .resource = "pods"};
  (void)ask(&request);
  (void)ask(&request);
  cr_expect_eq(asked_count, 2);
}

static void secret_server(const struct kr_request *request, struct kr_reply *reply) {
  (void)request;
  put(reply, 200, "{\"kind\":\"Secret\",\"metadata\":{\"name\":\"db\"},\"data\":{\"password\":\"aHVudGVyMg==\"}}");
}

Test(client, of_a_secret_no_value_is_given, .fini = end) {
  begin(secret_server);
  const struct kr_request request = {.verb = KR_VERB_GET, .resource = "secret", .namespace_ = "default", .name = "db"};
  for (int i = 0; i < 2; i++) { /* the second comes from memory */
    struct answered answer = ask(&request);
    cr_expect_not_null(strstr(answer.body, "\"password\":\"\""), "%s", answer.body);
    cr_expect_null(strstr(answer.body, "aHVudGVyMg=="), "%s", answer.body);
  }
  cr_expect_eq(asked_count, 1);
}

Test(client, what_is_in_flight_can_be_dropped, .fini = end) {
  begin(old_server);
  struct answered answers[3];
  submit(&answers[0], &(struct kr_request){.verb = KR_VERB_LIST, .resource = "pods"});
  submit(&answers[1], &(struct kr_request){.verb = KR_VERB_LIST, .resource = "anvils"});
  submit(&answers[2], &(struct kr_request){.verb = KR_VERB_LIST, .resource = "pods"});
}
