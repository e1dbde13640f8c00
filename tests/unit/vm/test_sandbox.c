/* The names a script has, and what it dies of. */
#include "fake.h"

static int nothing(const struct kr_request *request, char *body, size_t size) {
  (void)request, (void)body, (void)size;
  return 500;
}

static struct bench *bench;

static void setup(void) { bench = bench_new(nothing, NULL); }

static void teardown(void) { bench_free(bench); }

TestSuite(sandbox, .init = setup, .fini = teardown);

Test(sandbox, what_could_do_harm_is_not_there) {
  static const char *const names[] = {"load", "loadstring", "dofile",         "loadfile", "io",
                                      "os",   "debug",      "collectgarbage", "package",  "coroutine"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char script[64];
    (void)snprintf(script, sizeof script, "return %s", names[i]);
    cr_assert_fails(bench, script, KR_ESCRIPT, "is left out, for a script can only ask and report");
    bench->error.code = KR_OK;
    teardown();
    setup();
  }
  cr_assert_result(bench, "return tostring(string.dump) .. tostring(string.pack)", "nilnil");
}

Test(sandbox, a_misspelt_name_names_the_nearest) {
  cr_assert_fails(bench, "\nreturn strnig.rep", KR_ESCRIPT,
                  "test.lua:2: undefined variable 'strnig': is 'string' meant");
}

Test(sandbox, a_global_cannot_be_assigned) { cr_assert_fails(bench, "pods = {}", KR_ESCRIPT, "write 'local pods"); }

Test(sandbox, bytecode_is_refused) {
  static const char bytecode[] = "\x1bLua";
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_vm_load(bench->vm, bytecode, sizeof bytecode, "x", &error), KR_ESCRIPT);
}

Test(sandbox, nothing_finalises) {
  cr_assert_fails(bench, "setmetatable({}, { __gc = function() end })", KR_ESCRIPT, "has no __gc");
}

Test(sandbox, strings_have_a_metatable_that_nobody_gets) {
  cr_assert_result(bench, "return tostring(getmetatable('')) .. ('x'):rep(3)", "falsexxx");
}

Test(sandbox, a_syntax_error_says_file_and_line) {
  cr_assert_fails(bench, "if true then\nreturn 1\n", KR_ESCRIPT, "test.lua:3:");
}

Test(sandbox, an_error_without_a_message_says_where) {
  cr_assert_fails(bench, "\nerror(nil)", KR_ESCRIPT,
                  "test.lua:2: the script raised an error without a message (a nil)");
}

Test(sandbox, an_error_that_is_a_table_calls_no_metamethod) {
  cr_assert_fails(bench, "error(setmetatable({}, { __tostring = function() while true do end end }))", KR_ESCRIPT,
                  "(a table)");
}

Test(sandbox, a_failure_has_a_traceback) {
  cr_assert_fails(bench, "local function inner() error('boom') end\nlocal function outer() inner() end\nouter()",
                  KR_ESCRIPT, "stack traceback:");
  cr_assert(strstr(bench->error.message, "test.lua:2: in ") != NULL, "%s", bench->error.message);
}

Test(sandbox, pcall_and_xpcall_mean_what_luas_own_mean) {
  cr_assert_result(bench,
                   "local function all(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end"
                   " return table.concat(t, ' ') end"
                   " return all(pcall(all)) .. ';' .. all(pcall(select, 2, 1, nil, 3)) .. ';' .. all(pcall(error))"
                   " .. ';' .. all(pcall(error, 'x', 0)) .. ';' .. all(pcall(pcall, error, 'y'))"
                   " .. ';' .. all(xpcall(error, function(m) return m .. '!', 2 end, 'z'))"
                   " .. ';' .. all(xpcall(select, print, '#', nil, nil)) .. ';' .. all(pcall(pcall))",
                   "true ;true nil 3;false nil;false x;true false y;false z!;true 2;"
                   "false bad argument #1 to '?' (value expected)");
  cr_assert_fails(bench, "xpcall(print, 1)", KR_ESCRIPT, "function expected");
}

Test(sandbox, print_is_the_hosts) {
  cr_assert(bench_run(bench, "print('a', 1, nil, true)"));
  cr_assert_str_eq(bench->printed, "a\t1\tnil\ttrue\n");
}

Test(sandbox, a_module_that_is_not_there_is_an_error) {
  cr_assert_fails(bench, "require 'krunbook.nope'", KR_ESCRIPT, "module 'krunbook.nope'");
}

Test(sandbox, a_module_is_loaded_once) {
  cr_assert_result(bench, "return tostring(require 'krunbook.kube' == require 'krunbook.kube')", "true");
}

Test(sandbox, a_close_handler_that_loops_does_no_harm) {
  cr_assert_fails(bench,
                  "local g <close> = setmetatable({}, { __close = function() while true do end end }) error('x')",
                  KR_ESCRIPT, "x");
}
