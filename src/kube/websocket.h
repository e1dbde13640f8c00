/* websocket.h - the frames of a WebSocket after its handshake, on wslay: bytes in, parts of messages out. No sockets.
 *
 * Ours is the client's side, without extensions, with binary messages of one frame each: so does a port-forward. A
 * server that sends anything else (text, fragments, compressed or masked frames, longer messages than there can be,
 * pings without end) is refused with KR_EINVAL and words. Nothing is kept of a message but what is handed on. */
#ifndef KR_KUBE_WEBSOCKET_H
#define KR_KUBE_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* The API server writes what it reads, 32 KiB at most. A length far beyond is a mistake or an attack. */
#define KR_WEBSOCKET_MESSAGE_MAX ((uint64_t)1 << 20)
/* One connection lives for seconds: whoever pings more often only wants to be answered. */
#define KR_WEBSOCKET_PINGS_MAX 64
#define KR_WEBSOCKET_SEND_MAX  ((size_t)16 << 10) /* one message of ours */

struct kr_websocket;

/* A part of a binary message: begins with its first one; left is how much of the message is still to come, so that 0
 * ends it. Called from kr_websocket_feed; a negative KR_E... ends the connection. */
typedef int (*kr_websocket_fn)(void *user, bool begins, const char *bytes, size_t count, uint64_t left,
                               struct kr_error *error);

/* KR_ENOMEM. */
int kr_websocket_new(struct kr_websocket **out, kr_websocket_fn part, void *user, struct kr_error *error);
void kr_websocket_free(struct kr_websocket *socket); /* NULL is fine */

/* Reads what came, all of it. After an error, or once the peer closed, nothing is read any more. */
int kr_websocket_feed(struct kr_websocket *socket, const char *bytes, size_t count, struct kr_error *error);

/* Whether the peer closed; code is its status (1000: as agreed; 1005: none), reason its words. Either may be NULL. */
bool kr_websocket_closed(const struct kr_websocket *socket, int *code, const char **reason);

/* Sends one message of KR_WEBSOCKET_SEND_MAX bytes at most, made of two parts. Only while nothing is pending: KR_ELIMIT
 * else. */
int kr_websocket_send(struct kr_websocket *socket, const void *head, size_t head_count, const void *bytes, size_t count,
                      struct kr_error *error);

/* Says that we close. Nothing can be sent afterwards. */
void kr_websocket_close(struct kr_websocket *socket);

/* The bytes that are to go to the peer; 0: none. They stay where they are until all were reported as sent, as TLS
 * needs it for what it has to try again. */
size_t kr_websocket_pending(struct kr_websocket *socket, const char **bytes);
void kr_websocket_sent(struct kr_websocket *socket, size_t count);

#endif
