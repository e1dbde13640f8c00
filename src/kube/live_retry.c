/* live_retry.c - see live_retry.h. */
#include "kube/live_retry.h"

/* Doubles from base with each try up to most, then takes off up to a quarter, so that requests which failed together do
 * not come back together. */
static int64_t back_off(int64_t base, int tries, int64_t most, unsigned random) {
  int64_t delay = base;
  for (int i = 0; i < tries && delay < most; i++) delay *= 2;
  if (delay > most) delay = most;
  return delay - delay * (int64_t)(random % 256) / 1024;
}

int64_t kr_retry_delay(struct kr_retry *retry, const struct kr_attempt *attempt) {
  bool gateway = attempt->status == 502 || attempt->status == 503 || attempt->status == 504;
  bool told = !attempt->broken && (attempt->status == 429 || (attempt->status >= 400 && attempt->retry_after_ms > 0));
  int64_t delay;
  if (told) {
    if (retry->told >= KR_RETRY_TOLD_MAX) return -1;
    delay = attempt->retry_after_ms > 0 ? attempt->retry_after_ms : back_off(500, retry->told, 8000, attempt->random);
  } else if (attempt->broken || gateway) {
    if (retry->broken >= KR_RETRY_BROKEN_MAX) return -1;
    delay = back_off(100, retry->broken, 1000, attempt->random);
  } else {
    return -1;
  }
  if (delay >= attempt->left_ms) return -1;
  *(told ? &retry->told : &retry->broken) += 1;
  return delay;
}
