/* fuzz_port_forward.c - whatever an API server sends in place of frames: nothing is read out of bounds, nothing grows
 * beyond its bound, a forward that was refused stays refused, and one that is ready has named the right port.
 *
 * The first byte says in pieces of which size the rest comes; the second what is sent meanwhile, whether data is taken,
 * and whether the second half comes many times, so that short inputs reach long bounds. */
#define _GNU_SOURCE /* memmem */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kube/port_forward.h"
#include "kube/websocket.h"

enum { PORT = 80, PENDING_MAX = 32 << 10, TIMES = 128 };

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

struct feeding {
  struct kr_port_forward *forward;
  size_t step;
  uint8_t way;
  int status;
  int refusals;
};

/* false: nobody takes what there is, the peer has closed, or has been refused often enough. */
static bool feed(struct feeding *feeding, const char *bytes, size_t size) {
  struct kr_error error = KR_ERROR_INIT;
  for (size_t at = 0, count; at < size; at += count) {
    size_t room = kr_port_forward_room(feeding->forward);
    if ((feeding->status == KR_OK && room == 0) || feeding->refusals > 3) return false;
    count = size - at < feeding->step ? size - at : feeding->step;
    if (feeding->status == KR_OK && count > room) count = room;
    int now = kr_port_forward_feed(feeding->forward, bytes + at, count, &error);
    need(now == KR_OK || (now == KR_EINVAL && error.message[0] != '\0'));
    need(feeding->status == KR_OK || now == feeding->status);
    feeding->status = now;
    feeding->refusals += now != KR_OK;
    check(feeding->forward);
    answer(feeding->forward, feeding->way);
  }
  return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct kr_error error = KR_ERROR_INIT;
  if (size < 2) return 0;
  const char *bytes = (const char *)data + 2;
  const size_t first = (size - 2) / 2, second = size - 2 - first;
  const int times = (data[1] & 8) != 0 ? TIMES : 1;
  struct feeding feeding = {
      .step = (data[0] & 0x80) != 0 || times > 1 ? 4096 : (data[0] & 0x1F) + 1U, .way = data[1], .status = KR_OK};
  if (kr_port_forward_new(&feeding.forward, PORT, &error) != KR_OK) return 0;
  bool goes_on = feed(&feeding, bytes, first);
  for (int i = 0; i < times && goes_on; i++) goes_on = feed(&feeding, bytes + first, second);
  if (times == 1 && kr_port_forward_ready(feeding.forward))
    need(memmem(bytes, size - 2, "\0P\0", 3) != NULL && memmem(bytes, size - 2, "\1P\0", 3) != NULL); /* port 80 */
  kr_port_forward_close(feeding.forward);
  check(feeding.forward);
  kr_port_forward_free(feeding.forward);
  return 0;
}
