/* A program is run to its end, whatever it does. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "cli/child.h"

struct ran {
  struct kr_buffer out, err;
  int code, status;
  struct kr_error error;
};

static struct ran run(const char *program, const char *script, size_t limit, int64_t timeout_ms) {
  const char *arguments[] = {"-c", script, NULL};
  struct kr_child child = {.program = program, .arguments = arguments, .timeout_ms = timeout_ms};
  struct ran ran = {.error = KR_ERROR_INIT};
  kr_buffer_init(&ran.out, limit);
  kr_buffer_init(&ran.err, limit);
  cr_assert_eq(kr_cancel_install(NULL), KR_OK);
  ran.code = kr_child_run(&ran.out, &ran.err, &ran.status, &child, &ran.error);
  return ran;
}

static void drop(struct ran *ran) {
  kr_buffer_free(&ran->out);
  kr_buffer_free(&ran->err);
}

Test(child, what_it_writes_and_how_it_ends_is_known) {
  struct ran ran = run("sh", "cat; echo out; echo err >&2; exit 7", 1 << 20, 10000);
  cr_assert_eq(ran.code, KR_OK, "%s", ran.error.message);
  cr_assert_eq(ran.status, 7);
  cr_assert_str_eq(kr_buffer_text(&ran.out), "out\n", "its standard input is empty");
  cr_assert_str_eq(kr_buffer_text(&ran.err), "err\n");
  drop(&ran);
  ran = run("sh", "kill -9 $$", 1 << 20, 10000);
  cr_assert_eq(ran.code, KR_OK);
  cr_assert_eq(ran.status, 128 + 9);
  drop(&ran);
}

Test(child, much_on_both_streams_does_not_block_it) {
  struct ran ran = run("sh", "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero", 1 << 20, 10000);
  cr_assert_eq(ran.code, KR_OK, "%s", ran.error.message);
  cr_assert_eq(ran.out.length, 300000);
  cr_assert_eq(ran.err.length, 300000);
  drop(&ran);
}

Test(child, one_that_writes_too_much_is_killed) {
  struct ran ran = run("sh", "exec cat /dev/zero", 100000, 10000);
  cr_assert_eq(ran.code, KR_ELIMIT);
  cr_assert_not_null(strstr(ran.error.message, "more than 100000 bytes"));
  drop(&ran);
}

Test(child, one_that_takes_too_long_is_killed) {
  struct ran ran = run("sh", "exec sleep 30", 1000, 50);
  cr_assert_eq(ran.code, KR_ELIMIT);
  cr_assert_eq(ran.status, 128 + 9);
  drop(&ran);
}

Test(child, ctrl_c_ends_it) {
  kr_cancel_set();
  struct ran ran = run("sh", "exec sleep 30", 1000, 10000);
  cr_assert_eq(ran.code, KR_ECANCELLED);
  drop(&ran);
}

Test(child, a_program_that_is_not_there_is_told) {
  struct ran ran = run("no-such-program", "", 1000, 10000);
  bool spawned =
      getenv("KRUNBOOK_INSTRUMENTED") && ran.status == 127; /* valgrind's posix_spawn tells of no failed exec */
  cr_assert(spawned || ran.code == KR_ENOTFOUND);
  cr_assert(spawned || strstr(ran.error.message, "no-such-program"));
  drop(&ran);
}
