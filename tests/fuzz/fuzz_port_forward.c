/* fuzz_port_forward.c - whatever an API server sends in place of frames: nothing is read out of bounds, nothing grows
 * beyond its bound, a forward that was refused stays refused, and one that is ready has named the right port. The first
 * byte says in pieces of which size the rest comes, and whether data is taken; of what remains of it comes what is sent
 * meanwhile. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kube/port_forward.h"
#include "kube/websocket.h"

enum { PORT = 80, PENDING_MAX = 32 << 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(int holds) {
  if (!holds) abort();
}

static void check(struct kr_port_forward *forward) {
  const char *bytes, *reason, *words = kr_port_forward_error(forward);
  int code;
  need(kr_port_forward_data(forward, &bytes) + kr_port_forward_room(forward) <= KR_PORT_FORWARD_DATA_MAX);
  need(kr_port_forward_pending(forward, &bytes) <= PENDING_MAX);
  need(words == NULL || strlen(words) <= KR_PORT_FORWARD_TEXT_MAX);
  if (kr_port_forward_closed(forward, &code, &reason)) {
    need(kr_port_forward_room(forward) == 0);
    need(code >= 1000 && code <= 4999 && strlen(reason) <= 123);
  }
}

/* As the live transport does: sends what is pending, a part at a time, and something of its own where nothing is. */
static void answer(struct kr_port_forward *forward, uint8_t way) {
  struct kr_error error = KR_ERROR_INIT;
  const char *bytes;
  size_t count = kr_port_forward_pending(forward, &bytes);
  if (count > 0)
    kr_port_forward_sent(forward, (way & 1) != 0 ? count : (count + 1) / 2);
  else if ((way & 2) != 0)
    (void)kr_port_forward_send(forward, "GET / HTTP/1.1\r\n", 16, &error);
  if ((way & 4) != 0) kr_port_forward_taken(forward, (kr_port_forward_data(forward, NULL) + 1) / 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_port_forward *forward;
  if (size < 1 || kr_port_forward_new(&forward, PORT, &error) != KR_OK) return 0;
  const size_t step = (data[0] & 0x80) != 0 ? 4096 : (data[0] & 0x1F) + 1U;
  const uint8_t way = (uint8_t)(data[0] >> 5);
  int status = KR_OK;
  for (size_t at = 1; at < size;) {
    size_t room = kr_port_forward_room(forward), count = size - at < step ? size - at : step;
    if (status == KR_OK && room == 0) break; /* nobody takes what there is, or the peer has closed */
    if (status == KR_OK && count > room) count = room;
    int now = kr_port_forward_feed(forward, (const char *)data + at, count, &error);
    need(now == KR_OK || now == KR_EINVAL);
    need(status == KR_OK || now == status);
    need(now == KR_OK || error.message[0] != '\0');
    status = now;
    at += count;
    check(forward);
    answer(forward, way);
  }
  kr_port_forward_close(forward);
  check(forward);
  kr_port_forward_free(forward);
  return 0;
}
