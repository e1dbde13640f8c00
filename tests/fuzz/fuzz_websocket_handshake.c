#define _GNU_SOURCE /* memmem */
/* fuzz_websocket_handshake.c - whatever is answered to the request for a WebSocket: an upgrade needs the right key, a
 * status is one, bodies are bounded, and the same bytes mean the same in one piece and in many. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kube/websocket_handshake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(int holds) {
  if (!holds) abort();
}

static int read_all(struct kr_handshake *handshake, const char *bytes, size_t count, size_t step, size_t *read) {
  struct kr_error error = KR_ERROR_INIT;
  int status = KR_OK;
  *read = 0;
  while (*read < count && status == KR_OK && handshake->state < KR_HANDSHAKE_UPGRADED) {
    size_t used, piece = count - *read < step ? count - *read : step;
    status = kr_handshake_feed(&used, handshake, bytes + *read, piece, &error);
    need(used <= piece && (used == piece || status != KR_OK || handshake->state >= KR_HANDSHAKE_UPGRADED));
    *read += used;
  }
  if (status == KR_OK && *read == count) status = kr_handshake_end(handshake, &error);
  need(status == KR_OK || (status == KR_EINVAL && error.message[0] != '\0'));
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const unsigned char nonce[] = "the sample nonce";
  struct kr_handshake whole, pieces;
  size_t whole_read, pieces_read;
  if (size < 1) return 0;
  const char *bytes = (const char *)data + 1;
  kr_handshake_begin(&whole, "v4.channel.k8s.io", nonce);
  kr_handshake_begin(&pieces, "v4.channel.k8s.io", nonce);
  int status = read_all(&whole, bytes, size - 1, size, &whole_read);
  need(read_all(&pieces, bytes, size - 1, data[0] % 16 + 1U, &pieces_read) == status);
  need(whole_read == pieces_read && whole.state == pieces.state && whole.status == pieces.status);
  need(whole.body.length == pieces.body.length && whole.body.length <= KR_HANDSHAKE_BODY_MAX);
  if (status == KR_OK) {
    need(whole.state >= KR_HANDSHAKE_UPGRADED);
    need((whole.state == KR_HANDSHAKE_UPGRADED) == (whole.status == 101));
    need(whole.status >= 100 && whole.status <= 999);
    need(whole.retry_after_ms >= 0 && whole.retry_after_ms <= 86400000);
  }
  if (whole.state == KR_HANDSHAKE_UPGRADED) need(memmem(bytes, size - 1, whole.accept, strlen(whole.accept)) != NULL);
  kr_handshake_free(&whole);
  kr_handshake_free(&pieces);
  return 0;
}
