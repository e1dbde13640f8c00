/* kube.probe: of a pod, a Service and an owner; three answers, nothing sent that nobody named. */
#include "fake.h"

#include "kube/probe.h"

static char asked[64][256]; /* "a 80 tcp", "b 8080 http HEAD /x shop" */
static size_t asked_count;

static void note(const struct kr_request *request) {
  (void)snprintf(asked[asked_count++ % 64], sizeof asked[0], "%s %d %s%s%s%s%s%s", request->name, request->probe.port,
                 kr_probe_scheme_word(request->probe.scheme), request->probe.head ? " HEAD" : "",
                 request->probe.path == NULL ? "" : " ", request->probe.path == NULL ? "" : request->probe.path,
                 request->probe.host == NULL ? "" : " ", request->probe.host == NULL ? "" : request->probe.host);
}

#define POD(name, ready, extra)                                                  \
  "{\"metadata\":{\"name\":\"" name                                              \
  "\",\"namespace\":\"default\"},\"spec\":{\"nodeName\":\"n\",\"containers\":[{" \
  "\"name\":\"web\",\"ports\":[" extra                                           \
  "]}]},\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\","  \
  "\"status\":\"" ready "\",\"lastTransitionTime\":\"2026-01-01T00:00:00Z\"}]}}"

/* Pods a (not ready), b and c (ready); gone is not there, quiet has no node; port 81 refuses. */
static int cluster(const struct kr_request *request, char *body, size_t size) {
  if (request->verb == KR_VERB_LIST && strcmp(request->list.label_selector, "app=secret") == 0) {
    (void)snprintf(body, size, "{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"code\":403,\"message\":\"no\"}");
    return 403;
  }
  if (request->verb == KR_VERB_LIST) {
    bool none = strcmp(request->list.label_selector, "app=web") != 0;
    (void)snprintf(
        body, size, "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[%s]}",
        none ? ""
             : POD("a", "False", "") "," POD("b", "True", "{\"name\":\"http\",\"containerPort\":8080}") "," POD(
                   "c", "True", "{\"name\":\"http\",\"containerPort\":9090}"));
    return 200;
  }
  cr_assert_eq(request->verb, KR_VERB_PROBE);
  note(request);
  if (strcmp(request->name, "gone") == 0) {
    (void)snprintf(body, size,
                   "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"code\":404,\"message\":\"pods \\\"gone\\\" not "
                   "found\",\"details\":{\"name\":\"gone\",\"kind\":\"pods\"}}");
    return 404;
  }
  if (strcmp(request->name, "quiet") == 0) {
    (void)snprintf(
        body, size,
        "{\"kind\":\"Status\",\"reason\":\"BadRequest\",\"code\":400,\"message\":\"pod quiet does not have a "
        "host assigned\"}");
    return 400;
  }
  if (request->probe.port == 81)
    (void)snprintf(body, size, "{\"result\":\"refused\",\"latency_ms\":1,\"message\":\"connection refused\"}");
  else if (request->probe.scheme == KR_PROBE_TCP)
    (void)snprintf(body, size, "{\"result\":\"open\",\"latency_ms\":2}");
  else
    (void)snprintf(body, size,
                   "{\"result\":\"answered\",\"latency_ms\":3,\"status\":200,\"headers\":{\"server\":\"nginx\","
                   "\"x-key\":\"hunter2\"},\"body\":\"the key is hunter2, \\u0000 \\u00e4\",\"truncated\":false}");
  return 200;
}

static struct bench *bench;

static void setup(void) {
  bench = bench_new(cluster, NULL);
  asked_count = 0;
}

static void teardown(void) { bench_free(bench); }

TestSuite(probe, .init = setup, .fini = teardown);

#define A_POD                                                                                                       \
  "local pod = { kind = 'Pod', metadata = { name = 'p', namespace = 'default' }, spec = { containers = { { name = " \
  "'c', ports = { { name = 'http', containerPort = 8080 } } } } } } "
#define A_SERVICE                                                                                                      \
  "local service = { kind = 'Service', metadata = { name = 's', namespace = 'default' }, spec = { selector = { app = " \
  "'web' }, ports = { { port = 80, name = 'main', targetPort = 'http' }, { port = 81, targetPort = 0 } } } } "

Test(probe, without_a_path_it_only_connects) {
  cr_assert_result(bench,
                   A_POD "local p = kube.probe(pod, { port = 80 }) return p.result .. p.pod .. p.port .. p.latency_ms",
                   "openp802");
  cr_assert_str_eq(asked[0], "p 80 tcp");
  cr_assert_str_eq(bench->traced, "port 80 of Pod default/p: open in 2 ms");
}

Test(probe, with_a_path_it_asks_the_application) {
  cr_assert_result(
      bench,
      A_POD
      "local p = kube.probe(pod, { port = 'http', path = '/x', host = 'shop', method = 'HEAD', expect = 204 })"
      " return p.result .. p.status .. tostring(p.expected) .. p.headers.server .. p.port",
      "answered200falsenginx8080");
  cr_assert_str_eq(asked[0], "p 8080 http HEAD /x shop");
  cr_assert_str_eq(bench->traced, "port 8080 of Pod default/p: answered 200 in 3 ms");
  cr_assert_result(bench, A_POD "return tostring(kube.probe(pod, { port = 80, path = '/', expect = 200 }).expected)",
                   "true");
  cr_assert_result(bench, A_POD "return tostring(kube.probe(pod, { port = 80, path = '/' }).expected)", "nil");
}

Test(probe, secrets_in_what_is_answered_are_masked) {
  cr_assert_result(
      bench,
      A_POD "local p = kube.probe(pod, { port = 80, path = '/' }) return #p.body .. p.body .. p.headers['x-key']",
      "20the key is ***, ");
  cr_assert_result(bench, A_POD "return kube.probe(pod, { port = 80, path = '/' }).headers['x-key']", "***");
}

Test(probe, what_is_not_there_is_nil_and_says_why) {
  cr_assert_result(
      bench,
      "local p, u, why = kube.probe({ kind = 'Pod', metadata = { name = 'gone' }, spec = {} }, { port = 80 })"
      " return tostring(p) .. tostring(u) .. why",
      "nilnilpods \"gone\" not found");
  cr_assert_eq(bench->unknowns, 0);
}

Test(probe, a_pod_without_a_node_is_unknown_with_the_apis_words) {
  cr_assert_result(bench,
                   "local p, u = kube.probe({ kind = 'Pod', metadata = { name = 'quiet' }, spec = {} }, { port = 80 })"
                   " return tostring(p) .. u.reason .. ' ' .. u.message .. ' ' .. u.permission",
                   "nilbad-request pod quiet does not have a host assigned get,create pods/portforward in default");
  cr_assert_eq(bench->unknowns, 1);
}

Test(probe, a_service_leads_to_a_ready_pod_and_its_own_port) {
  cr_assert_result(bench, A_SERVICE "local p = kube.probe(service, { port = 'main' }) return p.pod .. p.port", "b8080");
  cr_assert_result(bench, A_SERVICE "local p = kube.probe(service, { port = 81 }) return p.result .. p.message",
                   "refusedconnection refused");
  cr_assert_eq(asked_count, 2);
}

Test(probe, each_asks_every_ready_pod_at_once) {
  cr_assert_result(bench,
                   A_SERVICE
                   "local all, u = kube.probe(service, { port = 80, path = '/', each = true })"
                   " local t = {} for _, p in ipairs(all) do t[#t + 1] = p.pod .. p.port end"
                   " return table.concat(t, ',') .. tostring(u)",
                   "b8080,c9090nil");
  cr_assert_eq(bench->fake->most, 2, "both were in flight at once, not %zu", bench->fake->most);
  cr_assert_result(bench, A_POD "return #kube.probe(pod, { port = 80, each = true })", "1");
}

Test(probe, an_owner_has_the_ports_of_its_pods) {
  cr_assert_result(
      bench,
      "local d = { kind = 'Deployment', metadata = { name = 'd', namespace = 'default' }, spec = { selector = {"
      " matchLabels = { app = 'web' } } } } local p = kube.probe(d, { port = 'http' }) return p.pod .. p.port",
      "b8080");
}

Test(probe, where_nothing_can_be_asked_it_says_why) {
  cr_assert_result(bench, A_SERVICE "local p, u, why = kube.probe(service, { port = 99 }) return tostring(u) .. why",
                   "nilService s has no port 99; it has 80 (main), 81");
  cr_assert_result(bench,
                   A_SERVICE
                   "service.spec.selector = { app = 'none' } local p, u, why = kube.probe(service, { port = 80 })"
                   " return tostring(u) .. why",
                   "nilthe selector matches no pod");
  cr_assert_result(bench,
                   A_SERVICE
                   "service.spec.selector = nil local p, u, why = kube.probe(service, { port = 80 })"
                   " return tostring(u) .. why",
                   "nilService s has no selector: nothing says which pods are behind it");
  cr_assert_eq(asked_count, 0);
}

Test(probe, pods_that_may_not_be_listed_make_it_unknown) {
  cr_assert_result(bench,
                   A_SERVICE
                   "service.spec.selector = { app = 'secret' }"
                   " local p, u, why = kube.probe(service, { port = 80 })"
                   " return tostring(p) .. u.permission .. tostring(why)",
                   "nillist pods in defaultnil");
  cr_assert_eq(bench->unknowns, 1);
}

Test(probe, misuse_is_told_at_the_runbooks_line) {
  static const struct {
    const char *call, *says;
  } cases[] = {{"pod", "say which port"},
               {"pod, {}", "say which port"},
               {"'p', { port = 80 }", "table expected"},
               {"{}, { port = 80 }", "no metadata.name"},
               {"pod, { prot = 80 }", "is 'port' meant"},
               {"pod, { port = 0 }", "0 is no port"},
               {"pod, { port = 70000 }", "70000 is no port"},
               {"pod, { port = 80.5 }", "is no port"},
               {"pod, { port = 80, scheme = 'ftp' }", "tcp, http or https"},
               {"pod, { port = 80, scheme = 'https' }", "say which path"},
               {"pod, { port = 80, path = 'x' }", "is no path"},
               {"pod, { port = 80, path = '/a\\r\\nX: y' }", "is no path"},
               {"pod, { port = 80, path = '/', host = 'a b' }", "is no host"},
               {"pod, { port = 80, path = '/', method = 'POST' }", "GET or HEAD"},
               {"pod, { port = 80, expect = 200 }", "tcp only connects"},
               {"pod, { port = 80, timeout = 0 }", "a number of seconds"},
               {"pod, { port = 80, timeout = '5' }", "a number of seconds"},
               {"pod, { port = 80, each = 1 }", "boolean"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char script[1024];
    (void)snprintf(script, sizeof script, A_POD "\n\nkube.probe(%s)", cases[i].call);
    teardown();
    setup();
    cr_assert_fails(bench, script, KR_ESCRIPT, cases[i].says);
    cr_expect_not_null(strstr(bench->error.message, "test.lua:3:"), "%s", bench->error.message);
  }
  cr_assert_eq(asked_count, 0);
}

Test(probe, what_a_metatable_says_is_no_option) {
  cr_assert_result(bench,
                   A_POD
                   "local opts = setmetatable({ port = 80 }, { __index = function(_, name)"
                   " return name == 'path' and '/x' or nil end })"
                   " return kube.probe(pod, opts).result",
                   "open");
}

Test(probe, a_limit_on_requests_holds) {
  struct kr_vm_limits limits = KR_VM_LIMITS_DEFAULT;
  limits.requests = 3;
  teardown();
  bench = bench_new(cluster, &limits);
  cr_assert_fails(bench, A_POD "for port = 1, 10 do pcall(kube.probe, pod, { port = port }) end", KR_ELIMIT,
                  "more than 3 requests");
}
