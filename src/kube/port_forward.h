/* port_forward.h - Kubernetes' port-forward over a WebSocket (v4.channel.k8s.io), for one port: bytes in, events out.
 * No sockets.
 *
 * The first byte of each message is its channel: 0 carries the port's bytes, 1 the errors of who forwards them. The
 * first message on each is the port's number, two bytes, little-endian. There is no half-close. Whatever breaks these
 * rules is refused with KR_EINVAL. Memory is bounded: whoever feeds asks for the room first. */
#ifndef KR_KUBE_PORT_FORWARD_H
#define KR_KUBE_PORT_FORWARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define KR_PORT_FORWARD_SUBPROTOCOL "v4.channel.k8s.io"
#define KR_PORT_FORWARD_DATA_MAX    ((size_t)32 << 10) /* of what arrived and was not yet taken */
#define KR_PORT_FORWARD_TEXT_MAX    ((size_t)4 << 10)  /* of the error's text; the rest is dropped */
#define KR_PORT_FORWARD_ERRORS_MAX  ((size_t)64 << 10) /* on the error channel; whoever sends more floods it */
#define KR_PORT_FORWARD_SEND_MAX    ((size_t)8 << 10)  /* in one message of ours */

struct kr_port_forward;

int kr_port_forward_new(struct kr_port_forward **out, int port, struct kr_error *error);
void kr_port_forward_free(struct kr_port_forward *forward); /* NULL is fine */

/* How many bytes may be fed now; 0 until data was taken, and for ever once the peer closed. */
size_t kr_port_forward_room(const struct kr_port_forward *forward);
/* Reads bytes of the connection, no more than there is room for. KR_EINVAL (and ever after), KR_ENOMEM, KR_ELIMIT. */
int kr_port_forward_feed(struct kr_port_forward *forward, const char *bytes, size_t count, struct kr_error *error);

/* Whether both channels have named the port: data may be sent. */
bool kr_port_forward_ready(const struct kr_port_forward *forward);

/* What the port sent and was not yet taken. */
size_t kr_port_forward_data(const struct kr_port_forward *forward, const char **bytes);
void kr_port_forward_taken(struct kr_port_forward *forward, size_t count);

/* What went wrong behind the API server, in the words of the kubelet or its container runtime; NULL: nothing so far. */
const char *kr_port_forward_error(const struct kr_port_forward *forward);

/* Whether the peer closed the forward; code 1000: as agreed. As kr_websocket_closed. */
bool kr_port_forward_closed(const struct kr_port_forward *forward, int *code, const char **reason);

/* Sends KR_PORT_FORWARD_SEND_MAX bytes at most to the port; only while nothing is pending. */
int kr_port_forward_send(struct kr_port_forward *forward, const char *bytes, size_t count, struct kr_error *error);
void kr_port_forward_close(struct kr_port_forward *forward); /* says goodbye, as kr_websocket_close */

/* What is to go over the connection; as kr_websocket_pending. */
size_t kr_port_forward_pending(struct kr_port_forward *forward, const char **bytes);
void kr_port_forward_sent(struct kr_port_forward *forward, size_t count);

#endif
