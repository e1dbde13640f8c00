/* live_retry.h - whether and when a failed attempt is made again. */
#ifndef KR_KUBE_LIVE_RETRY_H
#define KR_KUBE_LIVE_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#define KR_RETRY_BROKEN_MAX 3  /* of broken connections, 502, 503, 504 */
#define KR_RETRY_TOLD_MAX   10 /* of 429, and whatever comes with Retry-After */

/* What a request went through; begins as zeros. */
struct kr_retry {
  int broken;
  int told;
  bool signed_in_again;
};

struct kr_attempt {
  bool broken;            /* no whole answer came */
  int status;             /* HTTP's; 0: none */
  int64_t retry_after_ms; /* 0: the server does not say */
  int64_t left_ms;        /* until the request's deadline */
  unsigned random;        /* for the jitter */
};

/* Milliseconds to wait before the next attempt, which is counted; -1: that was the last. */
int64_t kr_retry_delay(struct kr_retry *retry, const struct kr_attempt *attempt);

#endif
