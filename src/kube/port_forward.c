/* port_forward.c - see port_forward.h. */
#include "kube/port_forward.h"

#include <stdlib.h>
#include <string.h>

#include "kube/websocket.h"

enum { DATA, ERRORS, CHANNELS, NAME = 2 };

struct kr_port_forward {
  struct kr_websocket *socket;
  int port;
  int channel;          /* of the message that is being read */
  bool named[CHANNELS]; /* whether the channel has said its port */
  unsigned char name[NAME];
  size_t name_length; /* of the message that says it */
  /* what the port sent: from begin to end */
  size_t begin, end;
  char data[KR_PORT_FORWARD_DATA_MAX];
  /* what went wrong */
  bool failed; /* the error's text is whole */
  size_t errors, text_length;
  char text[KR_PORT_FORWARD_TEXT_MAX + 1];
};

static int read_name(struct kr_port_forward *forward, const char *bytes, size_t count, uint64_t left,
                     struct kr_error *error) {
  if (forward->name_length + count + left != NAME)
    return kr_error_set(error, KR_EINVAL, "channel %d of the port-forward does not begin with a port's number",
                        forward->channel);
  memcpy(forward->name + forward->name_length, bytes, count);
  forward->name_length += count;
  if (left > 0) return KR_OK;
  int port = forward->name[0] | forward->name[1] << 8;
  if (port != forward->port)
    return kr_error_set(error, KR_EINVAL, "the server forwards port %d, where %d was asked for", port, forward->port);
  forward->named[forward->channel] = true;
  return KR_OK;
}

static int read_data(struct kr_port_forward *forward, const char *bytes, size_t count, struct kr_error *error) {
  if (count > sizeof forward->data - forward->end) /* whoever feeds has not asked for the room */
    return kr_error_set(error, KR_ELIMIT, "more than %zu bytes wait to be read", sizeof forward->data);
  memcpy(forward->data + forward->end, bytes, count);
  forward->end += count;
  return KR_OK;
}

static int read_error(struct kr_port_forward *forward, const char *bytes, size_t count, uint64_t left,
                      struct kr_error *error) {
  size_t room = KR_PORT_FORWARD_TEXT_MAX - forward->text_length;
  forward->errors += count;
  if (forward->errors > KR_PORT_FORWARD_ERRORS_MAX)
    return kr_error_set(error, KR_EINVAL, "the server floods the port-forward's error channel");
  if (count > room) count = room;
  memcpy(forward->text + forward->text_length, bytes, count);
  forward->text_length += count;
  if (left == 0 && forward->text_length > 0) forward->failed = true;
  return KR_OK;
}

static int part(void *user, bool begins, const char *bytes, size_t count, uint64_t left, struct kr_error *error) {
  struct kr_port_forward *forward = user;
  if (begins) {
    if (count == 0) return kr_error_set(error, KR_EINVAL, "the server sent a message without a channel");
    forward->channel = (unsigned char)*bytes++;
    forward->name_length = 0;
    count--;
    if (forward->channel >= CHANNELS)
      return kr_error_set(error, KR_EINVAL, "the server sent a message on channel %d, which there is not",
                          forward->channel);
  }
  if (!forward->named[forward->channel]) return read_name(forward, bytes, count, left, error);
  if (forward->channel == DATA) return read_data(forward, bytes, count, error);
  return read_error(forward, bytes, count, left, error);
}

int kr_port_forward_new(struct kr_port_forward **out, int port, struct kr_error *error) {
  struct kr_port_forward *forward = calloc(1, sizeof *forward);
  *out = NULL;
  if (forward == NULL) return kr_error_set(error, KR_ENOMEM, "out of memory");
  forward->port = port;
  int status = kr_websocket_new(&forward->socket, part, forward, error);
  if (status == KR_OK)
    *out = forward;
  else
    free(forward);
  return status;
}

void kr_port_forward_free(struct kr_port_forward *forward) {
  if (forward == NULL) return;
  kr_websocket_free(forward->socket);
  free(forward);
}

/* No message is longer than the bytes that carry it, so there is room for its data where there is room for them. */
size_t kr_port_forward_room(const struct kr_port_forward *forward) {
  return kr_websocket_closed(forward->socket, NULL, NULL) ? 0 : sizeof forward->data - forward->end;
}

int kr_port_forward_feed(struct kr_port_forward *forward, const char *bytes, size_t count, struct kr_error *error) {
  return kr_websocket_feed(forward->socket, bytes, count, error);
}

bool kr_port_forward_ready(const struct kr_port_forward *forward) {
  return forward->named[DATA] && forward->named[ERRORS];
}

size_t kr_port_forward_data(const struct kr_port_forward *forward, const char **bytes) {
  if (bytes != NULL) *bytes = forward->data + forward->begin;
  return forward->end - forward->begin;
}

void kr_port_forward_taken(struct kr_port_forward *forward, size_t count) {
  forward->begin += count;
  memmove(forward->data, forward->data + forward->begin, forward->end - forward->begin);
  forward->end -= forward->begin;
  forward->begin = 0;
}

const char *kr_port_forward_error(const struct kr_port_forward *forward) {
  bool whole = forward->failed || (forward->text_length > 0 && kr_websocket_closed(forward->socket, NULL, NULL));
  return whole ? forward->text : NULL;
}

bool kr_port_forward_closed(const struct kr_port_forward *forward, int *code, const char **reason) {
  return kr_websocket_closed(forward->socket, code, reason);
}

int kr_port_forward_send(struct kr_port_forward *forward, const char *bytes, size_t count, struct kr_error *error) {
  static const char channel = DATA;
  if (count > KR_PORT_FORWARD_SEND_MAX)
    return kr_error_set(error, KR_ELIMIT, "a message is longer than %zu bytes", KR_PORT_FORWARD_SEND_MAX);
  return kr_websocket_send(forward->socket, &channel, sizeof channel, bytes, count, error);
}

void kr_port_forward_close(struct kr_port_forward *forward) { kr_websocket_close(forward->socket); }

size_t kr_port_forward_pending(struct kr_port_forward *forward, const char **bytes) {
  return kr_websocket_pending(forward->socket, bytes);
}

void kr_port_forward_sent(struct kr_port_forward *forward, size_t count) { kr_websocket_sent(forward->socket, count); }
