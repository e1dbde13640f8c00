/* websocket_handshake.h - how a WebSocket begins (RFC 6455, section 4): what the client asks, what the server answers.
 *
 * Bytes in, a verdict out; no sockets. An answer other than 101 is kept with its body, for it says why not. All errors
 * are KR_EINVAL (this is no answer to our request; the words say what is wrong with it) or KR_ENOMEM. */
#ifndef KR_KUBE_WEBSOCKET_HANDSHAKE_H
#define KR_KUBE_WEBSOCKET_HANDSHAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

#define KR_HANDSHAKE_NONCE    16
#define KR_HANDSHAKE_LINE_MAX ((size_t)8 << 10)  /* one header */
#define KR_HANDSHAKE_HEAD_MAX ((size_t)32 << 10) /* all of them */
#define KR_HANDSHAKE_BODY_MAX ((size_t)64 << 10) /* what is longer is cut: a Status object is short */

enum kr_handshake_state {
  KR_HANDSHAKE_STATUS_LINE,
  KR_HANDSHAKE_HEADERS,
  KR_HANDSHAKE_BODY, /* of a known length */
  KR_HANDSHAKE_CHUNK_SIZE,
  KR_HANDSHAKE_CHUNK,
  KR_HANDSHAKE_CHUNK_END,
  KR_HANDSHAKE_TRAILERS,
  KR_HANDSHAKE_TO_THE_END, /* a body that ends with the connection */
  KR_HANDSHAKE_UPGRADED,   /* what follows are frames */
  KR_HANDSHAKE_ANSWERED    /* status and body are whole: there is no WebSocket */
};

struct kr_handshake {
  enum kr_handshake_state state;
  int status;             /* HTTP's; 0: none yet */
  int64_t retry_after_ms; /* 0: the server does not say */
  struct kr_buffer body;  /* with KR_HANDSHAKE_ANSWERED */
  /* private */
  const char *subprotocol;
  char key[25], accept[29]; /* base64 of 16 and of 20 bytes */
  struct kr_buffer line;
  size_t head; /* bytes of it so far */
  bool upgrade, connection, accepted, spoken, extended, chunked;
  int64_t length; /* of the body; -1: not said */
  uint64_t left;  /* of the body, or of a chunk */
};

/* subprotocol is borrowed; nonce is random. Ended with kr_handshake_free. */
void kr_handshake_begin(struct kr_handshake *handshake, const char *subprotocol,
                        const unsigned char nonce[KR_HANDSHAKE_NONCE]);
void kr_handshake_free(struct kr_handshake *handshake);

/* Appends the header lines of the upgrade, each with its end. 0, KR_ENOMEM, KR_ELIMIT. */
int kr_handshake_headers(struct kr_buffer *out, const struct kr_handshake *handshake);

/* Reads what came. used: how much of it belongs to the handshake; the rest are frames. To be called until state is
 * KR_HANDSHAKE_UPGRADED or KR_HANDSHAKE_ANSWERED. */
int kr_handshake_feed(size_t *used, struct kr_handshake *handshake, const char *bytes, size_t count,
                      struct kr_error *error);

/* The connection ended: some bodies do so, all else broke off. */
int kr_handshake_end(struct kr_handshake *handshake, struct kr_error *error);

#endif
