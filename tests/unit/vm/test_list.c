/* test_list.c - long lists, and lists that are not what they should be. */
#include "fake.h"

#include <time.h>

enum { PAGES = 4, ITEMS = 700, BURST_MS = 300 };

/* A page of items of half a KiB each; the token counts pages. */
static int answer_pods(const struct kr_request *request, char *body, size_t size) {
  const char *token = request->list.continue_token;
  int page = token == NULL ? 1 : token[0] - '0' + 1;
  size_t length = (size_t)snprintf(body, size, "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{");
  if (page < PAGES) length += (size_t)snprintf(body + length, size - length, "\"continue\":\"%d\"", page);
  length += (size_t)snprintf(body + length, size - length, "},\"items\":[");
  for (int i = 0; i < ITEMS; i++)
    length += (size_t)snprintf(body + length, size - length, "%s{\"metadata\":{\"name\":\"p%d\"},\"spec\":[%0500d]}",
                               i == 0 ? "" : ",", i, 0);
  (void)snprintf(body + length, size - length, "]}");
  return 200;
}

/* As a snapshot does that reads a large file. */
static void work_hard(void) {
  clock_t until = clock() + 2 * BURST_MS * (CLOCKS_PER_SEC / 1000);
  while (clock() < until) {
  }
}

/* Of the owners that one may have, and may not have. */
static const char *owned =
    "\"items\":["
    "{\"metadata\":{\"name\":\"a\",\"ownerReferences\":[{\"uid\":\"1\",\"controller\":true}]}},"
    "{\"metadata\":{\"name\":\"b\",\"ownerReferences\":[{\"controller\":true,\"uid\":\"2\"}]}},"
    "{\"metadata\":{\"name\":\"c\",\"ownerReferences\":[{\"uid\":\"2\",\"controller\":false},{\"uid\":\"2\"}]}},"
    "{\"metadata\":{\"name\":\"d\",\"ownerReferences\":[{\"uid\":\"2\"},{\"uid\":\"1\",\"controller\":true}]}},"
    "{\"metadata\":{\"name\":\"e\"}},"
    "{\"metadata\":{\"name\":\"f\",\"ownerReferences\":[{\"uid\":\"\\u0031\",\"controller\":true}]}},"
    "{\"metadata\":{\"name\":\"g\",\"ownerReferences\":[{\"uid\":3,\"controller\":true},7,\"x\"]}},"
    "{\"metadata\":{\"name\":\"h\",\"ownerReferences\":[{\"uid\":\"3\",\"controller\":true}]}}]";

static int answer(const struct kr_request *request, char *body, size_t size) {
  const char *items =
      "\"items\":[{\"metadata\":{\"managedFields\":[{\"manager\":\"kubectl\"}],\"name\":\"a\"}},"
      "{\"metadata\":{\"name\":\"b\",\"managedFields\":[]}}]";
  if (strcmp(request->resource, "pods") == 0) return answer_pods(request, body, size);
  if (strcmp(request->resource, "events") == 0) work_hard();
  if (strcmp(request->resource, "configmaps") == 0) items = "\"items\":[{\"metadata\":{}},{\"metadata\":nul},{}]";
  if (strcmp(request->resource, "services") == 0) items = "\"items\":[],\"items\":[{\"metadata\":{}}]";
  if (strcmp(request->resource, "endpoints") == 0) items = "\"items\":null";
  if (strcmp(request->resource, "nodes") == 0) items = "\"items\":[{},null,{}]";
  if (strcmp(request->resource, "replicasets") == 0) items = owned;
  const char *kind = strcmp(request->resource, "replicasets") == 0  ? "ReplicaSet"
                     : strcmp(request->resource, "nodes") == 0      ? "Node"
                     : strcmp(request->resource, "configmaps") == 0 ? "ConfigMap"
                     : strcmp(request->resource, "services") == 0   ? "Service"
                     : strcmp(request->resource, "endpoints") == 0  ? "Endpoints"
                                                                    : "Event";
  (void)snprintf(body, size, "{\"kind\":\"%sList\",\"apiVersion\":\"v1\",\"metadata\":{},%s}", kind, items);
  return 200;
}

static struct bench *bench;

static void setup(void) {
  struct kr_vm_limits limits = KR_VM_LIMITS_DEFAULT;
  limits.memory = (size_t)2 << 20;
  limits.burst_cpu_ms = BURST_MS;
  bench = bench_new(answer, &limits);
}

static void teardown(void) { bench_free(bench); }

TestSuite(list, .init = setup, .fini = teardown);

Test(list, objects_that_are_not_kept_take_no_memory) {
  cr_assert_result(bench, "local n = 0 for p in kube.list('pods') do n = n + #p.metadata.name end return n", "10760");
}

Test(list, a_list_that_is_left_early_gives_its_page_back) {
  cr_assert_result(bench, "for i = 1, 40 do kube.list('pods', { labels = 'a=' .. i })() end return 'done'", "done");
}

Test(list, pages_that_are_held_have_the_scripts_memory_and_no_more) {
  cr_assert_result(bench,
                   "local held, full = {}, 0 for i = 1, 20 do held[i] = kube.list('pods', { labels = 'a=' .. i })"
                   " if not held[i]() and held[i].unknown.reason == 'limit' then full = full + 1 end end"
                   " return full > 10 and full < 20 and 'fine' or full",
                   "fine");
  cr_assert_gt(bench->unknowns, 10);
}

Test(list, an_object_that_cannot_be_decoded_ends_the_list_as_unknown_whatever_the_script_catches) {
  cr_assert_result(bench,
                   "local l = kube.list('configmaps') local first = l() local ok, second = pcall(l) local third = l()"
                   " return first.kind .. tostring(ok) .. tostring(second) .. tostring(third) .. l.unknown.reason",
                   "ConfigMaptruenilnilbad-answer");
  cr_assert_eq(bench->unknowns, 1);
}

Test(list, what_is_no_object_ends_it_too) {
  cr_assert_result(bench, "local l = kube.list('nodes') return l().kind .. tostring(l()) .. l.unknown.reason",
                   "Nodenilbad-answer");
}

Test(list, a_page_with_two_lists_of_items_is_none) {
  cr_assert_result(bench, "local l = kube.list('services') return tostring(l()) .. l.unknown.reason", "nilbad-answer");
}

Test(list, null_is_an_empty_list) {
  cr_assert_result(bench, "local l = kube.list('endpoints') return tostring(l()) .. tostring(l.unknown)", "nilnil");
}

Test(list, managed_fields_are_left_out) {
  cr_assert_result(bench,
                   "local t = {} for e in kube.list('events') do t[#t + 1] = e.metadata.name .. "
                   "#(e.metadata.managedFields or {}) end return table.concat(t)",
                   "a0b0");
}

static void check_controlled_by(const char *uids, const char *wanted) {
  char script[300];
  (void)snprintf(script, sizeof script,
                 "local t, l = {}, kube.list('replicasets.apps', { controlled_by = %s }) "
                 "for o in l do t[#t + 1] = o.metadata.name end return table.concat(t) .. tostring(l.unknown)",
                 uids);
  cr_assert_result(bench, script, wanted);
}

Test(list, what_another_controller_made_is_passed_over_and_nothing_else) {
  check_controlled_by("{ '1' }", "acdefgnil");
  check_controlled_by("{ '2', '3' }", "bcefghnil");
  check_controlled_by("{}", "cefgnil");
  check_controlled_by("nil", "abcdefghnil");
}

Test(list, controlled_by_is_an_array_of_texts) {
  cr_assert_result(bench, "return tostring(pcall(kube.list, 'replicasets.apps', { controlled_by = { 1 } }))", "false");
  cr_assert_result(bench, "return tostring(pcall(kube.list, 'replicasets.apps', { controlled_by = 'u' }))", "false");
}

Test(list, what_the_host_takes_to_answer_is_no_time_of_the_scripts) {
  cr_assert_result(bench, "return kube.list('events')().kind", "Event");
}
