/* What a script may use, and how it ends when it takes more. */
#include "fake.h"

#include <pthread.h>
#include <signal.h>

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

/* The same with all the time that valgrind takes: for what is to succeed, or to end of something else. */
static struct kr_vm_limits patient(void) {
  struct kr_vm_limits limits = small();
  limits.burst_cpu_ms = limits.cpu_base_ms = limits.cpu_ms = 600000;
  return limits;
}

static struct bench *bench;

static void use(struct kr_vm_limits limits) {
  kr_vm_free(bench->vm);
  bench->error.code = KR_OK;
  bench->vm = bench_vm(bench, &limits);
}

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

Test(limits, memory_that_a_pcall_gave_back_ends_it_all_the_same) {
  cr_assert_fails(bench, "pcall(function() local t = {}\nwhile true do t[#t + 1] = {} end end)\nreturn 'healthy'",
                  KR_ELIMIT, "test.lua:2: limit reached: the script needs more than 4 MiB of memory");
}

Test(limits, so_does_memory_for_a_buffer) {
  cr_assert_fails(bench, "pcall(string.rep, 'x', 1 << 23) return 'healthy'", KR_ELIMIT, "more than 4 MiB of memory");
}

Test(limits, and_memory_that_was_asked_for_last) {
  cr_assert_fails(bench, "return pcall(string.rep, 'x', 1 << 23)", KR_ELIMIT, "more than 4 MiB of memory");
}

Test(limits, memory_that_a_collection_finds_is_given) {
  use(patient());
  cr_assert_result(bench, "for i = 1, 10 do local s = ('x'):rep(1000000) .. i end return 'fine'", "fine");
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

Test(limits, a_length_is_asked_for_once) {
  cr_assert_result(bench,
                   "local calls = 0 local liar = setmetatable({}, { __len = function() calls = calls + 1"
                   " return calls == 1 and 1 or 1 << 60 end })"
                   " table.insert(liar, 1, 'x') calls = 0 table.remove(liar, 1) calls = 0 table.unpack(liar)"
                   " calls = 0 table.concat(setmetatable({ 'x' }, getmetatable(liar))) return calls",
                   "1");
}

Test(limits, a_sort_of_what_is_not_there_ends) {
  cr_assert_fails(bench,
                  "table.sort(setmetatable({}, { __len = function() return (1 << 31) - 2 end, __index = rawlen }))",
                  KR_ELIMIT, "test.lua:1: limit reached");
}

Test(limits, a_message_handler_that_loops_ends) {
  cr_assert_fails(bench,
                  "table.sort({ 2, 1 }, function() xpcall(function() while true do end end,"
                  " function() while true do end end) end)",
                  KR_ELIMIT, "limit reached");
}

Test(limits, callbacks_that_are_slow_c_end) {
  cr_assert_fails(bench,
                  "local s = ('a'):rep(20000) .. 'b' ('x'):rep(1000000):gsub('.', function(x) return x end)"
                  " local all = {} for i = 1, 1000 do all[i] = s .. i end"
                  " while true do pcall(table.sort, all, string.find) end",
                  KR_ELIMIT, "limit reached");
}

#define COLLIDING_KEYS                                                    \
  "local m, t = (1 << 17) - 1, {} for k = 1, 1 << 16 do t[k * m] = 1 end" \
  "\nt[m * ((1 << 16) + 1)] = 1"

/* 4 MiB hold this many, and it takes seconds. */
Test(limits, a_single_operation_that_takes_seconds_is_left) {
  struct kr_vm_limits limits = small();
  limits.memory = (size_t)16 << 20;
  use(limits);
  cr_assert_fails(bench, "local pods = kube.list('pods') kube.list('nodes')() kube.list('secrets')\n" COLLIDING_KEYS,
                  KR_ELIMIT, "limit reached: more than 300 ms of CPU in a single operation");
  cr_assert_not_null(strstr(bench->error.message, "test.lua:2: "), "%s", bench->error.message);
  bench->error.code = KR_OK;
  cr_assert_eq(kr_vm_load(bench->vm, "", 0, "again.lua", &bench->error), KR_ESCRIPT);
  use(limits);
  cr_assert_result(bench, "return kube.get('pod', 'a') == nil and 'fine'", "fine");
}

Test(limits, also_right_after_a_primitive_that_raised) {
  struct kr_vm_limits limits = small();
  limits.memory = (size_t)16 << 20;
  use(limits);
  cr_assert_fails(bench,
                  "local m, t = (1 << 17) - 1, {} for k = 1, 1 << 16 do t[k * m] = 1 end"
                  " pcall(function() local guard <close> = setmetatable({}, { __close = function() t[m * ((1 << 16) + "
                  "1)] = 1 end })"
                  " kube.get({}) end)",
                  KR_ELIMIT, "in a single operation");
}

/* As libcurl's thread that resolves names, which gets the process's signals too. */
static void *other_thread(void *ended) {
  while (!*(volatile bool *)ended) (void)pthread_kill(pthread_self(), SIGPROF);
  return NULL;
}

Test(limits, the_timer_may_fire_on_another_thread) {
  struct kr_vm_limits limits = small();
  volatile bool ended = false;
  pthread_t thread;
  limits.memory = (size_t)16 << 20;
  use(limits);
  cr_assert_eq(pthread_create(&thread, NULL, other_thread, (void *)&ended), 0);
  cr_assert_fails(bench, COLLIDING_KEYS, KR_ELIMIT, "in a single operation");
  ended = true;
  cr_assert_eq(pthread_join(thread, NULL), 0);
  use(patient());
  cr_assert_result(bench, "return 'fine'", "fine");
}

Test(limits, a_pathological_pattern_is_refused) {
  use(patient()); /* its steps are what must end it */
  cr_assert_fails(bench, "return (('a'):rep(30000)):find(('.-'):rep(20) .. 'b')", KR_ESCRIPT, "too complex");
}

Test(limits, deep_recursion_is_an_error) {
  cr_assert_not(bench_run(bench, "local function f() return 1 + f() end return f()"));
  cr_assert(strstr(bench->error.message, "test.lua:1") != NULL, "%s", bench->error.message);
}

Test(limits, what_is_known_already_does_not_begin_anew) {
  use(patient());
  cr_assert_fails(bench, "while true do kube.get('pod', 'a') for _ = 1, 100000 do end end", KR_ELIMIT,
                  "instructions without asking the cluster anything");
}

Test(limits, an_answer_does) {
  use(patient());
  cr_assert_result(bench, "for i = 1, 100 do kube.get('pod', 'p' .. i) for _ = 1, 100000 do end end return 'fine'",
                   "fine");
}

Test(limits, there_is_more_time_for_more_answers) {
  struct kr_vm_limits limits = small();
  limits.cpu_base_ms = 50;
  limits.cpu_ms_per_mib = 0;
  use(limits);
  cr_assert_fails(bench, "for i = 1, 1e6 do kube.get('pod', 'p' .. i) for _ = 1, 100000 do end end", KR_ELIMIT,
                  "more than 50 ms of CPU for");
  limits.cpu_ms_per_mib = 1 << 30;
  limits.burst_cpu_ms = limits.cpu_ms = 600000;
  use(limits);
  cr_assert_result(bench, "for i = 1, 200 do kube.get('pod', 'q' .. i) for _ = 1, 100000 do end end return 'fine'",
                   "fine");
}

Test(limits, tasks_within_tasks_are_bounded) {
  cr_assert_fails(bench, "local function f() kube.parallel({ f, f }) end f()", KR_ESCRIPT, "more than 8 deep");
}

Test(limits, tasks_are_so_many_in_all) {
  cr_assert_result(bench,
                   "local most, now = 0, 0 local function f() now = now + 1 most = math.max(most, now)"
                   " kube.get('pod', 'p' .. now) now = now - 1 return 1 end"
                   " local items = {} for i = 1, 100 do items[i] = i end"
                   " kube.parallel(items, function() return #kube.parallel({ f, f, f }) end)"
                   " return most <= 64 and 'fine' or most",
                   "fine");
}

/* Both hold 6 MB of 16 MiB, and need as much again for a while. How many of the two reach their end? */
static int two_that_hold_memory(bool charged) {
  struct kr_vm_limits limits = patient();
  struct bench inner = *bench;
  const char *script = "local s = ('x'):rep(6000000) kube.get('pod', 'a') return #s";
  limits.memory = (size_t)16 << 20;
  use(limits);
  inner.vm = bench_vm(&inner, &limits);
  if (charged) kr_vm_charge(inner.vm, bench->vm);
  cr_assert_eq(kr_vm_load(bench->vm, script, strlen(script), "outer.lua", NULL), KR_OK);
  cr_assert_eq(kr_vm_start(bench->vm, 0, bench_done, bench, NULL), KR_OK);
  cr_assert_eq(kr_vm_load(inner.vm, script, strlen(script), "inner.lua", NULL), KR_OK);
  cr_assert_eq(kr_vm_start(inner.vm, 0, bench_done, &inner, NULL), KR_OK);
  cr_assert_eq(kr_loop_run(bench->loop, NULL), KR_OK);
  kr_vm_free(inner.vm);
  return (strcmp(bench->result, "6000000") == 0) + (strcmp(inner.result, "6000000") == 0);
}

Test(limits, a_script_and_those_that_it_starts_have_one_budget) {
  cr_assert_eq(two_that_hold_memory(true), 1);
  bench->result[0] = '\0';
  teardown();
  setup();
  cr_assert_eq(two_that_hold_memory(false), 2);
}

Test(limits, requests_that_nobody_waits_for_are_bounded) {
  use(patient());
  cr_assert_fails(bench, "for i = 1, 600 do kube.list('pods', { labels = 'a=' .. i }) end", KR_ELIMIT,
                  "more than 500 requests under way");
}

Test(limits, those_that_are_answered_are_no_longer_under_way) {
  use(patient());
  cr_assert_result(bench, "for i = 1, 2000 do kube.list('pods', { labels = 'a=' .. i })() end return 'fine'", "fine");
}

Test(limits, a_request_is_so_long_at_most) {
  cr_assert_fails(bench, "kube.list('pods', { labels = ('a=b,'):rep(5000) .. 'c=d' })", KR_ESCRIPT,
                  "the request is too long");
}

Test(limits, requests_are_bounded) {
  struct kr_vm_limits limits = small();
  limits.requests = 10;
  use(limits);
  cr_assert_fails(bench, "for i = 1, 20 do pcall(kube.get, 'pod', 'p' .. i) end", KR_ELIMIT, "more than 10 requests");
  cr_assert_eq(bench->fake->asked, 10);
}

/* The sanitizers' and valgrind's runs tell whether the calls are freed. */
Test(limits, an_answer_to_a_vm_that_is_gone_harms_nobody) {
  struct kr_vm_limits limits = small();
  limits.requests = 2;
  use(limits);
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

static void renew(void) {
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_vm_renew(bench->vm, &error), KR_OK, "%s", error.message);
  bench->error.code = KR_OK;
}

Test(limits, a_vm_that_is_renewed_goes_on_with_its_variables_and_all_its_limits) {
  static const char *const endings[] = {"while true do end", "local t = {} while true do t[#t + 1] = {} end",
                                        "table.sort({ 2, 1 }, function() while true do end end)", "error('no')"};
  use(patient());
  cr_assert_result(bench, "string.kept = 41 return 'set'", "set");
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    cr_assert_not(bench_run(bench, endings[i]), "%s", endings[i]);
    renew();
    cr_assert_result(bench, "return tostring(string.kept + 1)", "42");
  }
  for (int i = 0; i < 5; i++) { /* together more than one may */
    renew();
    cr_assert_result(bench, "for i = 1, 1000000 do end return 'done'", "done");
  }
  cr_assert_fails(bench, "for i = 1, 10000000 do end", KR_ELIMIT, "limit reached");
}
