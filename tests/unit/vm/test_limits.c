/* What a script may use, and how it ends when it takes more. */
#include "fake.h"

static int nothing(const struct kr_request *request, char *body, size_t size) {
  (void)snprintf(
      body, size,
      "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"NotFound\",\"code\":404,\"details\":{\"name\":\"%s\"}}",
      request->name == NULL ? "" : request->name);
  return 404;
}

static struct kr_vm_limits small(void) {
  struct kr_vm_limits limits = KR_VM_LIMITS_DEFAULT;
  limits.burst_instructions = 3000000;
  limits.burst_cpu_ms = 300;
  limits.memory = (size_t)4 << 20;
  return limits;
}

static struct bench *bench;

static void setup(void) {
  struct kr_vm_limits limits = small();
  bench = bench_new(nothing, &limits);
}

static void teardown(void) { bench_free(bench); }

TestSuite(limits, .init = setup, .fini = teardown);

Test(limits, an_endless_loop_ends) {
  cr_assert_fails(bench, "\nwhile true do end", KR_ELIMIT, "test.lua:2: limit reached");
}

Test(limits, no_pcall_catches_the_end) {
  cr_assert_fails(bench, "while true do pcall(function() while true do end end) end", KR_ELIMIT, "limit reached");
}

Test(limits, nor_does_a_pcall_inside_a_comparison) {
  cr_assert_fails(bench,
                  "table.sort({ 2, 1 }, function() while true do pcall(function() while true do end end) end end)",
                  KR_ELIMIT, "limit reached");
}

Test(limits, slow_c_functions_are_seen) {
  cr_assert_fails(bench, "local s = ('x'):rep(100000) while true do s:upper():reverse() end", KR_ELIMIT,
                  "limit reached");
}

Test(limits, memory_is_bounded) {
  cr_assert_fails(bench, "local t = {} while true do t[#t + 1] = {} end", KR_ELIMIT, "more than 4 MiB of memory");
  cr_assert_leq(kr_vm_spent(bench->vm).memory_peak, (size_t)6 << 20);
}

Test(limits, a_string_too_large_is_refused_at_once) {
  cr_assert_fails(bench, "return ('x'):rep(1 << 40)", KR_ESCRIPT, "too large");
}

Test(limits, an_empty_string_repeated_is_empty) { cr_assert_result(bench, "return (''):rep(1 << 60)", ""); }

Test(limits, ranges_that_no_table_has_are_refused) {
  cr_assert_fails(bench, "table.move({}, 1, 1 << 40, 2)", KR_ESCRIPT, "table.move over more than");
}

Test(limits, nor_is_a_range_longer_than_a_number_can_say) {
  cr_assert_fails(bench, "table.move({}, math.mininteger, math.maxinteger, 2)", KR_ESCRIPT,
                  "table.move over more than");
}

Test(limits, a_length_that_lies_is_refused) {
  cr_assert_fails(bench, "table.insert(setmetatable({}, { __len = function() return 1 << 60 end }), 1, 'x')",
                  KR_ESCRIPT, "table.insert over more than");
}

Test(limits, a_pathological_pattern_is_refused) {
  struct kr_vm_limits limits = small();
  limits.burst_cpu_ms = 60000; /* its steps are what must end it, on a slow machine too */
  kr_vm_free(bench->vm);
  bench->vm = bench_vm(bench, &limits);
  cr_assert_fails(bench, "return (('a'):rep(30000)):find(('.-'):rep(20) .. 'b')", KR_ESCRIPT, "too complex");
}

Test(limits, deep_recursion_is_an_error) {
  cr_assert_not(bench_run(bench, "local function f() return 1 + f() end return f()"));
  cr_assert(strstr(bench->error.message, "test.lua:1") != NULL, "%s", bench->error.message);
}

Test(limits, requests_are_bounded) {
  struct kr_vm_limits limits = small();
  limits.requests = 10;
  kr_vm_free(bench->vm);
  bench->vm = bench_vm(bench, &limits);
  cr_assert_fails(bench, "for i = 1, 20 do pcall(kube.get, 'pod', 'p' .. i) end", KR_ELIMIT, "more than 10 requests");
  cr_assert_eq(bench->fake->asked, 10);
}

/* The sanitizers' and valgrind's runs tell whether the calls are freed. */
Test(limits, an_answer_to_a_vm_that_is_gone_harms_nobody) {
  struct kr_vm_limits limits = small();
  limits.requests = 2;
  kr_vm_free(bench->vm);
  bench->vm = bench_vm(bench, &limits);
  cr_assert_fails(bench,
                  "kube.parallel { function() kube.get('pod', 'a') end, function() kube.get('pod', 'b') end,"
                  " function() kube.get('pod', 'c') end }",
                  KR_ELIMIT, "more than 2 requests");
  kr_vm_free(bench->vm);
  bench->vm = NULL;
  cr_assert_eq(bench->fake->count, 2, "both are still under way");
  cr_assert_eq(kr_client_wait(bench->client, -1, NULL), 0, "nobody is there to be told");
}

Test(limits, another_vm_of_the_loop_is_unharmed) {
  struct kr_vm *bad = bench->vm;
  struct bench other = *bench;
  struct kr_vm_limits limits = small();
  const char *script = "while true do end", *fine = "kube.get('pod', 'x') return 'fine'";
  other.vm = bench_vm(&other, &limits);
  cr_assert_eq(kr_vm_load(bad, script, strlen(script), "bad.lua", NULL), KR_OK);
  cr_assert_eq(kr_vm_start(bad, 0, bench_done, bench, NULL), KR_OK);
  cr_assert_eq(kr_vm_load(other.vm, fine, strlen(fine), "fine.lua", NULL), KR_OK);
  cr_assert_eq(kr_vm_start(other.vm, 0, bench_done, &other, NULL), KR_OK);
  cr_assert_eq(kr_loop_run(bench->loop, NULL), KR_OK);
  cr_assert_eq(bench->error.code, KR_ELIMIT);
  cr_assert_eq(other.error.code, KR_OK);
  cr_assert_str_eq(other.result, "fine");
  kr_vm_free(other.vm);
}
