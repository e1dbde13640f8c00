/* test_cancel.c - a signal becomes a flag and a readable descriptor; the second ends the process. */
#define _POSIX_C_SOURCE 200809L /* kill, poll, sigaction */
#include "base/cancel.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Who was started in the background may have begun with it ignored. */
static void listen_to_ctrl_c(void) { cr_assert_neq(signal(SIGINT, SIG_DFL), SIG_ERR); }

TestSuite(cancel, .init = listen_to_ctrl_c);

static int readable(void) {
  struct pollfd end = {.fd = kr_cancel_fd(), .events = POLLIN};
  return poll(&end, 1, 0);
}

Test(cancel, the_first_signal_is_seen_by_flag_and_by_poll) {
  cr_assert_eq(kr_cancel_install(NULL), KR_OK);
  cr_expect(!kr_cancelled());
  cr_expect_eq(readable(), 0);
  cr_assert_eq(raise(SIGINT), 0);
  cr_expect(kr_cancelled());
  cr_expect_eq(readable(), 1);
}

Test(cancel, the_second_signal_ends_the_process_with_130) {
  pid_t child = fork();
  cr_assert_geq(child, 0);
  if (child == 0) {
    if (kr_cancel_install(NULL) != KR_OK) _exit(1);
    (void)raise(SIGTERM);
    (void)raise(SIGTERM);
    _exit(2);
  }
  int status = 0;
  cr_assert_eq(waitpid(child, &status, 0), child);
  cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 130);
}

Test(cancel, a_signal_that_was_ignored_stays_ignored) {
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  cr_assert_eq(sigaction(SIGHUP, &ignore, NULL), 0);
  cr_assert_eq(kr_cancel_install(NULL), KR_OK);
  cr_assert_eq(raise(SIGHUP), 0);
  cr_expect(!kr_cancelled());
}

Test(cancel, setting_it_by_hand_does_not_count_as_a_signal) {
  cr_assert_eq(kr_cancel_install(NULL), KR_OK);
  kr_cancel_set();
  kr_cancel_set();
  cr_expect(kr_cancelled());
}

Test(cancel, a_prompt_goes_on_after_ctrl_c_and_not_after_another_signal) {
  struct pollfd end = {.events = POLLIN};
  cr_assert_eq(kr_cancel_install(NULL), KR_OK);
  end.fd = kr_cancel_fd();
  cr_assert_eq(raise(SIGINT), 0);
  cr_assert(kr_cancelled());
  cr_assert(kr_cancel_clear());
  cr_assert_not(kr_cancelled());
  cr_assert_eq(poll(&end, 1, 0), 0, "what was written into the pipe is read");
  cr_assert_eq(raise(SIGINT), 0, "the next one is a first one again");
  cr_assert(kr_cancel_clear());
  cr_assert_eq(raise(SIGTERM), 0);
  cr_assert_not(kr_cancel_clear());
  cr_assert(kr_cancelled());
}
