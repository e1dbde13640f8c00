/* test_results.h - what tests gave, as text, JSON, TAP or JUnit's XML. */
#ifndef KR_CLI_TEST_RESULTS_H
#define KR_CLI_TEST_RESULTS_H

#include <jansson.h>

#include "base/buffer.h"

/* results is a list of {"name", "result": "pass", "fail" or "error", "seconds", "lines": [what differs]}. note may be
 * NULL: one more thing to know of all of them. Nothing in what is written can harm a terminal or break its format. 0,
 * KR_ENOMEM, KR_ELIMIT. */
typedef int (*kr_test_render_fn)(struct kr_buffer *out, const json_t *results, const char *note);

int kr_test_render_text(struct kr_buffer *out, const json_t *results, const char *note);
int kr_test_render_json(struct kr_buffer *out, const json_t *results, const char *note);
int kr_test_render_tap(struct kr_buffer *out, const json_t *results, const char *note);
int kr_test_render_junit(struct kr_buffer *out, const json_t *results, const char *note);

/* How many of them gave this. */
size_t kr_test_count(const json_t *results, const char *result);

#endif
