#define _GNU_SOURCE /* memmem */
/* fuzz_websocket_handshake.c - whatever is answered to the request for a WebSocket: an upgrade needs the right key, a
 * status is one, bodies are bounded, and the same bytes mean the same in one piece and in many.
 *
 * The first byte says how large the pieces are, and whether the second half comes many times, so that short inputs
 * reach long bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kube/websocket_handshake.h"

enum { TIMES = 128 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(int holds) {
  if (!holds) abort();
}

struct reading {
  struct kr_handshake handshake;
  size_t step, read;
  int status;
};

static void read_part(struct reading *reading, const char *bytes, size_t count) {
  struct kr_handshake *handshake = &reading->handshake;
  struct kr_error error = KR_ERROR_INIT;
  for (size_t at = 0; at < count && reading->status == KR_OK && handshake->state < KR_HANDSHAKE_UPGRADED;) {
    size_t used, piece = count - at < reading->step ? count - at : reading->step;
    reading->status = kr_handshake_feed(&used, handshake, bytes + at, piece, &error);
    need(reading->status == KR_OK || (reading->status == KR_EINVAL && error.message[0] != '\0'));
    need(used <= piece && (used == piece || reading->status != KR_OK || handshake->state >= KR_HANDSHAKE_UPGRADED));
    at += used;
    reading->read += used;
  }
}

static void read_all(struct reading *reading, const char *bytes, size_t count, int times) {
  static const unsigned char nonce[] = "the sample nonce";
  struct kr_error error = KR_ERROR_INIT;
  kr_handshake_begin(&reading->handshake, "v4.channel.k8s.io", nonce);
  read_part(reading, bytes, count / 2);
  while (times-- > 0) read_part(reading, bytes + count / 2, count - count / 2);
  if (reading->status == KR_OK) reading->status = kr_handshake_end(&reading->handshake, &error);
}

static void check(const struct kr_handshake *handshake) {
  need(handshake->state >= KR_HANDSHAKE_UPGRADED);
  need((handshake->state == KR_HANDSHAKE_UPGRADED) == (handshake->status == 101));
  need(handshake->status >= 100 && handshake->status <= 999);
  need(handshake->retry_after_ms >= 0 && handshake->retry_after_ms <= 86400000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 1) return 0;
  const char *bytes = (const char *)data + 1;
  const int times = (data[0] & 0x80) != 0 ? TIMES : 1;
  struct reading whole = {.step = size, .read = 0}, pieces = {.step = times > 1 ? 100 : data[0] % 32 + 1U, .read = 0};
  read_all(&whole, bytes, size - 1, times);
  read_all(&pieces, bytes, size - 1, times);
  need(whole.status == pieces.status);
  /* What is refused, or beyond the bound, is not read to the same byte. */
  if (whole.status == KR_OK && whole.handshake.body.length < KR_HANDSHAKE_BODY_MAX) need(whole.read == pieces.read);
  need(whole.status != KR_OK || whole.handshake.state == pieces.handshake.state);
  need(whole.handshake.status == pieces.handshake.status);
  need(whole.handshake.body.length == pieces.handshake.body.length);
  need(whole.handshake.body.length <= KR_HANDSHAKE_BODY_MAX);
  if (whole.status == KR_OK) check(&whole.handshake);
  if (whole.handshake.state == KR_HANDSHAKE_UPGRADED && times == 1)
    need(memmem(bytes, size - 1, whole.handshake.accept, strlen(whole.handshake.accept)) != NULL);
  kr_handshake_free(&whole.handshake);
  kr_handshake_free(&pieces.handshake);
  return 0;
}
