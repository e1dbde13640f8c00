/* websocket.c - see websocket.h. */
#include "kube/websocket.h"

#include <limits.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

/* Two control frames as well: a pong and a close find room beside a whole message. */
enum { FRAME_HEAD_MAX = 14, CONTROL_MAX = 125, SPARE = 2 * (FRAME_HEAD_MAX + CONTROL_MAX) };

struct kr_websocket {
  struct wslay_event_context *wslay;
  kr_websocket_fn part;
  void *user;
  /* what is being read */
  const char *bytes;
  size_t count;
  uint8_t opcode;
  bool begins;
  uint64_t left; /* of this message */
  int pings;
  struct kr_error failure; /* code KR_OK: none */
  /* how the peer closed */
  bool closed;
  int code;
  char reason[CONTROL_MAX];
  /* what is to be sent: from begin to end */
  size_t begin, end;
  char out[KR_WEBSOCKET_SEND_MAX + FRAME_HEAD_MAX + SPARE];
};

/* --- wslay's callbacks --- */

static ssize_t give(wslay_event_context_ptr wslay, uint8_t *bytes, size_t most, int flags, void *user) {
  struct kr_websocket *socket = user;
  (void)flags;
  size_t count = socket->count < most ? socket->count : most;
  if (count == 0) {
    wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  memcpy(bytes, socket->bytes, count);
  socket->bytes += count;
  socket->count -= count;
  return (ssize_t)count;
}

static ssize_t take(wslay_event_context_ptr wslay, const uint8_t *bytes, size_t count, int flags, void *user) {
  struct kr_websocket *socket = user;
  (void)flags;
  size_t room = sizeof socket->out - socket->end;
  if (count > room) count = room;
  if (count == 0) {
    wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  memcpy(socket->out + socket->end, bytes, count);
  socket->end += count;
  return (ssize_t)count;
}

/* RFC 6455, 10.3: a mask that can be foretold lets an application behind a proxy write requests of its own. */
static int make_mask(wslay_event_context_ptr wslay, uint8_t *mask, size_t count, void *user) {
  (void)user;
  if (count <= INT_MAX && RAND_bytes(mask, (int)count) == 1) return 0;
  wslay_event_set_error(wslay, WSLAY_ERR_CALLBACK_FAILURE);
  return -1;
}

static void refuse(wslay_event_context_ptr wslay, struct kr_websocket *socket, const char *words) {
  if (socket->failure.code == KR_OK) (void)kr_error_set(&socket->failure, KR_EINVAL, "%s", words);
  wslay_event_shutdown_read(wslay);
}

static void frame_begins(wslay_event_context_ptr wslay, const struct wslay_event_on_frame_recv_start_arg *frame,
                         void *user) {
  struct kr_websocket *socket = user;
  socket->opcode = frame->opcode;
  socket->begins = true;
  socket->left = frame->payload_length;
  if (frame->opcode == WSLAY_PING && ++socket->pings > KR_WEBSOCKET_PINGS_MAX)
    refuse(wslay, socket, "the server floods the connection with pings");
  else if (frame->opcode == WSLAY_TEXT_FRAME)
    refuse(wslay, socket, "the server sent a text message, where all are binary");
  else if (frame->opcode == WSLAY_CONTINUATION_FRAME || !frame->fin)
    refuse(wslay, socket, "the server sent a message in fragments, where each is whole");
}

static void frame_goes_on(wslay_event_context_ptr wslay, const struct wslay_event_on_frame_recv_chunk_arg *chunk,
                          void *user) {
  struct kr_websocket *socket = user;
  if (socket->opcode != WSLAY_BINARY_FRAME || socket->failure.code != KR_OK) return;
  bool begins = socket->begins;
  socket->begins = false;
  socket->left -= chunk->data_length;
  if (socket->part(socket->user, begins, (const char *)chunk->data, chunk->data_length, socket->left,
                   &socket->failure) != KR_OK)
    wslay_event_shutdown_read(wslay);
}

static void message_ended(wslay_event_context_ptr wslay, const struct wslay_event_on_msg_recv_arg *message,
                          void *user) {
  struct kr_websocket *socket = user;
  (void)wslay;
  if (message->opcode != WSLAY_CONNECTION_CLOSE || socket->failure.code != KR_OK) return;
  socket->closed = true;
  socket->code = message->msg_length < 2 ? WSLAY_CODE_NO_STATUS_RCVD : message->status_code;
  size_t length = message->msg_length < 2 ? 0 : message->msg_length - 2;
  if (length >= sizeof socket->reason) length = sizeof socket->reason - 1;
  if (length > 0) memcpy(socket->reason, message->msg + 2, length);
  socket->reason[length] = '\0';
}

/* --- the module --- */

int kr_websocket_new(struct kr_websocket **out, kr_websocket_fn part, void *user, struct kr_error *error) {
  static const struct wslay_event_callbacks callbacks = {.recv_callback = give,
                                                         .send_callback = take,
                                                         .genmask_callback = make_mask,
                                                         .on_frame_recv_start_callback = frame_begins,
                                                         .on_frame_recv_chunk_callback = frame_goes_on,
                                                         .on_msg_recv_callback = message_ended};
  struct kr_websocket *socket = calloc(1, sizeof *socket);
  *out = NULL;
  if (socket == NULL || wslay_event_context_client_init(&socket->wslay, &callbacks, socket) != 0) {
    free(socket);
    return kr_error_set(error, KR_ENOMEM, "out of memory");
  }
  wslay_event_config_set_no_buffering(socket->wslay, 1);
  wslay_event_config_set_max_recv_msg_length(socket->wslay, KR_WEBSOCKET_MESSAGE_MAX);
  socket->part = part;
  socket->user = user;
  *out = socket;
  return KR_OK;
}

void kr_websocket_free(struct kr_websocket *socket) {
  if (socket == NULL) return;
  wslay_event_context_free(socket->wslay);
  free(socket);
}

/* wslay has stopped reading by itself, and says why only in the close that it would send. */
static void name_violation(struct kr_websocket *socket) {
  bool long_ = false;
  if (wslay_event_send(socket->wslay) == 0)
    long_ = wslay_event_get_status_code_sent(socket->wslay) == WSLAY_CODE_MESSAGE_TOO_BIG;
  refuse(socket->wslay, socket,
         long_ ? "the server sent a message that is longer than any can be"
               : "the server sent what is no WebSocket frame, or is masked, compressed or otherwise not as agreed");
}

int kr_websocket_feed(struct kr_websocket *socket, const char *bytes, size_t count, struct kr_error *error) {
  socket->bytes = bytes;
  socket->count = count;
  int result = wslay_event_recv(socket->wslay);
  socket->bytes = NULL;
  socket->count = 0;
  if (socket->failure.code == KR_OK && result == WSLAY_ERR_NOMEM)
    (void)kr_error_set(&socket->failure, KR_ENOMEM, "out of memory");
  else if (socket->failure.code == KR_OK && !socket->closed &&
           (result != 0 || !wslay_event_get_read_enabled(socket->wslay)))
    name_violation(socket);
  if (socket->failure.code == KR_OK) return KR_OK;
  return kr_error_set(error, socket->failure.code, "%s", socket->failure.message);
}

bool kr_websocket_closed(const struct kr_websocket *socket, int *code, const char **reason) {
  if (code != NULL) *code = socket->code;
  if (reason != NULL) *reason = socket->reason;
  return socket->closed;
}

int kr_websocket_send(struct kr_websocket *socket, const void *head, size_t head_count, const void *bytes, size_t count,
                      struct kr_error *error) {
  uint8_t message[KR_WEBSOCKET_SEND_MAX];
  if (count > sizeof message || head_count > sizeof message - count)
    return kr_error_set(error, KR_ELIMIT, "a message is longer than %zu bytes", sizeof message);
  if (kr_websocket_pending(socket, NULL) > 0) return kr_error_set(error, KR_ELIMIT, "a message is still pending");
  memcpy(message, head, head_count);
  memcpy(message + head_count, bytes, count);
  const struct wslay_event_msg arg = {.opcode = WSLAY_BINARY_FRAME, .msg = message, .msg_length = head_count + count};
  int result = wslay_event_queue_msg(socket->wslay, &arg);
  if (result == WSLAY_ERR_NOMEM) return kr_error_set(error, KR_ENOMEM, "out of memory");
  if (result != 0) return kr_error_set(error, KR_EINVAL, "the connection is closed");
  return KR_OK;
}

void kr_websocket_close(struct kr_websocket *socket) {
  (void)wslay_event_queue_close(socket->wslay, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0);
}

size_t kr_websocket_pending(struct kr_websocket *socket, const char **bytes) {
  if (wslay_event_want_write(socket->wslay)) (void)wslay_event_send(socket->wslay);
  if (bytes != NULL) *bytes = socket->out + socket->begin;
  return socket->end - socket->begin;
}

void kr_websocket_sent(struct kr_websocket *socket, size_t count) {
  socket->begin += count;
  if (socket->begin < socket->end) return;
  socket->begin = socket->end = 0;
}
