/* live_probe_private.h - what the files of a probe share: its state, and the ways in which it ends. */
#ifndef KR_KUBE_LIVE_PROBE_PRIVATE_H
#define KR_KUBE_LIVE_PROBE_PRIVATE_H

#include "kube/live_probe.h"
#include "kube/port_forward.h"
#include "kube/probe_bridge.h"
#include "kube/probe_http.h"
#include "kube/websocket_handshake.h"

enum kr_live_probe_stage {
  KR_PROBE_CONNECTING, /* libcurl does */
  KR_PROBE_ASKING,     /* the API server for a WebSocket */
  KR_PROBE_OPENING,    /* waits for the port-forward to begin */
  KR_PROBE_LISTENING,  /* TCP: whether anybody objects */
  KR_PROBE_TALKING     /* HTTP: libcurl's second handle does, over the bridge */
};

enum { KR_PROBE_READ_MAX = 16 * 1024 };

struct kr_live_probe {
  enum kr_live_probe_stage stage;
  curl_socket_t socket;
  bool mute; /* nothing can be sent any more */
  bool over; /* nothing comes any more: the API server's connection has ended */
  struct kr_buffer ask;
  size_t asked; /* bytes of it */
  struct kr_handshake handshake;
  struct kr_port_forward *forward;
  int64_t silent_until; /* while listening */
  struct kr_probe_bridge bridge;
  struct kr_probe_http http;
  struct kr_probe_outcome outcome;
};

/* Reads once, KR_PROBE_READ_MAX bytes at most; 0: nothing is there yet. That the connection has ended is noted in over.
 */
size_t kr_live_probe_receive(struct kr_live_op *op, char *bytes, size_t most);
/* Sends once, and returns how much went. That the connection takes no more is noted in mute; it may still have
 * something to say. */
size_t kr_live_probe_transmit(struct kr_live_op *op, const char *bytes, size_t count);

/* Composes the request for a WebSocket, with op's headers. KR_EINVAL, KR_ELIMIT, KR_ENOMEM. */
int kr_live_probe_compose(const struct kr_live *live, struct kr_live_op *op, const struct kr_credential *credential,
                          struct kr_error *error);

/* What follows returns whether the probe has ended; how is in op->end, and in the reply where that is told. */

/* While asking: goes on with the upgrade, and opens the forward once it is there. */
bool kr_live_probe_ask(const struct kr_live *live, struct kr_live_op *op);
/* While opening or listening: what the forward says of the port, and what its silence says. */
bool kr_live_probe_judge(const struct kr_live *live, struct kr_live_op *op);
/* The application has answered, or code says what there was instead. */
bool kr_live_probe_answered(const struct kr_live *live, struct kr_live_op *op, CURLcode code);
bool kr_live_probe_late(struct kr_live_op *op); /* time is up */

/* Always true. */
bool kr_live_probe_broke(struct kr_live_op *op, CURLcode code); /* before the upgrade: another attempt may do */
bool kr_live_probe_failed(const struct kr_live *live, struct kr_live_op *op, const struct kr_error *error);
bool kr_live_probe_unknown(struct kr_live_op *op, enum kr_reason reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool kr_live_probe_no_memory(struct kr_live_op *op);

#endif
