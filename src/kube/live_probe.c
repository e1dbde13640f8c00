/* live_probe.c - see live_probe.h.
 *
 *     connecting -> asking -> opening -> listening  (TCP: whether anybody objects)
 *                                     -> talking    (HTTP: libcurl's second handle, over the bridge)
 *
 * Up to asking it is a request like others: tried again where the connection is to blame, its answer read as the API's
 * others are. From opening on nothing is tried again. */
#define _GNU_SOURCE /* explicit_bzero */
#include "kube/live_probe.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "kube/live_probe_private.h"

/* --- the beginning --- */

int kr_live_probe_begin(struct kr_live *live, struct kr_live_op *op, const struct kr_credential *credential,
                        struct kr_error *error) {
  unsigned char nonce[KR_HANDSHAKE_NONCE];
  struct kr_live_probe *probe = calloc(1, sizeof *probe);
  if (probe == NULL) return kr_error_set(error, KR_ENOMEM, "out of memory");
  op->probe = probe;
  probe->bridge.listener = probe->bridge.peer = -1;
  probe->socket = CURL_SOCKET_BAD;
  kr_probe_outcome_init(&probe->outcome);
  if (RAND_bytes(nonce, sizeof nonce) != 1) return kr_error_set(error, KR_ENOMEM, "there are no random bytes");
  kr_handshake_begin(&probe->handshake, KR_PORT_FORWARD_SUBPROTOCOL, nonce);
  int status = kr_probe_check_request(op->request, error);
  if (status == KR_OK) status = kr_live_probe_compose(live, op, credential, error);
  if (status != KR_OK) return status;
  if (curl_easy_setopt(op->easy, CURLOPT_CONNECT_ONLY, 1L) != CURLE_OK ||
      curl_easy_setopt(op->easy, CURLOPT_HTTPPROXYTUNNEL, 1L) != CURLE_OK ||
      curl_easy_setopt(op->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) != CURLE_OK)
    return kr_error_set(error, KR_ECONFIG, "this libcurl cannot connect only");
  return KR_OK;
}

/* --- forwarding --- */

/* Moves bytes between the connection, the forward and the bridge until nothing moves any more. */
static int move(struct kr_live_op *op, struct kr_error *error) {
  struct kr_live_probe *probe = op->probe;
  bool moved = true;
  for (int status = KR_OK; moved;) {
    char bytes[KR_PROBE_READ_MAX];
    const char *pending;
    moved = false;
    size_t count = kr_port_forward_pending(probe->forward, &pending);
    size_t sent = kr_live_probe_transmit(op, pending, count);
    kr_port_forward_sent(probe->forward, sent);
    size_t room = kr_port_forward_room(probe->forward);
    count = kr_live_probe_receive(op, bytes, room);
    if (count > 0) status = kr_port_forward_feed(probe->forward, bytes, count, error);
    if (status == KR_OK && probe->stage == KR_PROBE_TALKING) {
      bool over = probe->over || kr_port_forward_closed(probe->forward, NULL, NULL) ||
                  kr_port_forward_error(probe->forward) != NULL;
      status = kr_probe_bridge_move(&moved, &probe->bridge, probe->forward, over, error);
    }
    if (status != KR_OK) return status;
    moved = moved || sent > 0 || count > 0;
  }
  return KR_OK;
}

static bool talk(struct kr_live *live, struct kr_live_op *op) {
  struct kr_live_probe *probe = op->probe;
  struct kr_error error = KR_ERROR_INIT;
  probe->stage = KR_PROBE_TALKING;
  int status = kr_probe_bridge_open(&probe->bridge, &error);
  if (status == KR_OK)
    status = kr_probe_http_init(&probe->http, op->request, probe->bridge.name, &probe->outcome, &error);
  if (status == KR_OK && (curl_easy_setopt(probe->http.easy, CURLOPT_PRIVATE, op) != CURLE_OK ||
                          curl_multi_add_handle(live->multi, probe->http.easy) != CURLM_OK))
    status = kr_error_set(&error, KR_ENOMEM, "out of memory");
  return status == KR_OK ? false : kr_live_probe_failed(live, op, &error);
}

/* The silence that means open is longer where the way is slow: what delayed the beginning delays a refusal too. */
static void listen_on(struct kr_live_op *op) {
  struct kr_live_probe *probe = op->probe;
  int64_t now = kr_clock_monotonic(), waited = now - op->began;
  probe->stage = KR_PROBE_LISTENING;
  probe->outcome.latency_ms = waited;
  probe->silent_until = now + KR_PROBE_SILENCE_MS + waited;
  if (probe->silent_until > op->deadline) probe->silent_until = op->deadline;
  if (probe->silent_until < now + KR_PROBE_SILENCE_MS) probe->silent_until = now + KR_PROBE_SILENCE_MS;
}

static bool step_forward(struct kr_live *live, struct kr_live_op *op) {
  struct kr_live_probe *probe = op->probe;
  struct kr_error error = KR_ERROR_INIT;
  if (move(op, &error) != KR_OK) return kr_live_probe_failed(live, op, &error);
  if (probe->stage == KR_PROBE_TALKING) return false;
  if (kr_live_probe_judge(live, op)) return true;
  if (probe->stage == KR_PROBE_LISTENING || !kr_port_forward_ready(probe->forward)) return false;
  if (op->request->probe.scheme != KR_PROBE_TCP) return talk(live, op);
  listen_on(op);
  return false;
}

bool kr_live_probe_step(struct kr_live *live, struct kr_live_op *op) {
  struct kr_live_probe *probe = op->probe;
  if (probe->stage == KR_PROBE_CONNECTING) return false;
  if (probe->stage == KR_PROBE_ASKING && kr_live_probe_ask(live, op)) return true;
  if (probe->stage >= KR_PROBE_OPENING && step_forward(live, op)) return true;
  return kr_clock_monotonic() >= op->deadline && kr_live_probe_late(op);
}

bool kr_live_probe_done(struct kr_live *live, struct kr_live_op *op, CURL *easy, CURLcode code) {
  struct kr_live_probe *probe = op->probe;
  if (easy != op->easy) {
    (void)curl_multi_remove_handle(live->multi, easy);
    return kr_live_probe_answered(live, op, code);
  }
  if (code != CURLE_OK) return kr_live_probe_broke(op, code);
  if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &probe->socket) != CURLE_OK || probe->socket == CURL_SOCKET_BAD)
    return kr_live_probe_broke(op, CURLE_COULDNT_CONNECT);
  probe->stage = KR_PROBE_ASKING;
  return false;
}

/* --- what the loop needs besides --- */

static unsigned wait_for(struct curl_waitfd *place, curl_socket_t fd, bool reads, bool writes) {
  int events = (reads ? CURL_WAIT_POLLIN : 0) | (writes ? CURL_WAIT_POLLOUT : 0);
  if (events == 0) return 0;
  *place = (struct curl_waitfd){.fd = fd, .events = (short)events};
  return 1;
}

unsigned kr_live_probe_waits(struct kr_live_op *op, struct curl_waitfd fds[KR_PROBE_FDS], int64_t *pause) {
  struct kr_live_probe *probe = op->probe;
  if (probe->stage == KR_PROBE_CONNECTING) return 0;
  bool reads = true, writes = probe->asked < probe->ask.length;
  if (probe->stage > KR_PROBE_ASKING) {
    reads = kr_port_forward_room(probe->forward) > 0;
    writes = kr_port_forward_pending(probe->forward, NULL) > 0;
  }
  unsigned count = wait_for(fds, probe->socket, reads && !probe->over, writes && !probe->mute);
  if (probe->stage == KR_PROBE_TALKING) {
    int fd = kr_probe_bridge_waits(&probe->bridge, probe->forward, &reads, &writes);
    count += wait_for(fds + count, fd, reads, writes);
  }
  bool listens = probe->stage == KR_PROBE_LISTENING && probe->silent_until < op->deadline;
  int64_t left = (listens ? probe->silent_until : op->deadline) - kr_clock_monotonic();
  if (left < *pause) *pause = left < 0 ? 0 : left;
  return count;
}

void kr_live_probe_end(struct kr_live *live, struct kr_live_op *op) {
  struct kr_live_probe *probe = op->probe;
  if (probe == NULL) return;
  if (probe->forward != NULL && !probe->over) {
    const char *bytes;
    kr_port_forward_close(probe->forward);
    size_t count = kr_port_forward_pending(probe->forward, &bytes);
    (void)kr_live_probe_transmit(op, bytes, count);
  }
  op->probe = NULL;
  if (probe->http.easy != NULL) (void)curl_multi_remove_handle(live->multi, probe->http.easy);
  kr_probe_http_free(&probe->http);
  kr_probe_bridge_close(&probe->bridge);
  kr_probe_outcome_free(&probe->outcome);
  kr_port_forward_free(probe->forward);
  kr_handshake_free(&probe->handshake);
  if (probe->ask.data != NULL) explicit_bzero(probe->ask.data, probe->ask.length); /* it holds how we signed in */
  kr_buffer_free(&probe->ask);
  free(probe);
}
