/* redirect.h - see criterion.h: what a test says is nobody's concern here. */
#ifndef KR_TESTS_ONE_PROCESS_REDIRECT_H
#define KR_TESTS_ONE_PROCESS_REDIRECT_H

static inline void cr_redirect_stderr(void) {
  if (!freopen("/dev/null", "w", stderr)) exit(1);
}

#endif
