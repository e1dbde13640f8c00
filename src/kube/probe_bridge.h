/* probe_bridge.h - what joins libcurl, which speaks HTTP and TLS over a Unix socket, to a port-forward: the socket's
 * other end. Nothing here waits.
 *
 * The socket has an abstract name, which any user of this machine can see and connect to. So the name is random, only
 * this process itself is let in, and only once. */
#ifndef KR_KUBE_PROBE_BRIDGE_H
#define KR_KUBE_PROBE_BRIDGE_H

#include <stdbool.h>

#include "kube/port_forward.h"

/* The first bytes that came from the port, as they came: what it speaks, where it is no HTTP. */
#define KR_PROBE_BRIDGE_SEEN_MAX 256

struct kr_probe_bridge {
  char name[40];  /* for CURLOPT_ABSTRACT_UNIX_SOCKET */
  int listener;   /* -1: closed, for peer is there */
  int peer;       /* -1: not connected yet */
  bool from_done; /* the peer sends no more */
  bool to_done;   /* nothing is sent to the peer any more */
  int strangers;  /* who tried to connect and were not let in */
  size_t seen_length;
  char seen[KR_PROBE_BRIDGE_SEEN_MAX];
};

/* KR_EIO. To be closed in any case. */
int kr_probe_bridge_open(struct kr_probe_bridge *bridge, struct kr_error *error);
void kr_probe_bridge_close(struct kr_probe_bridge *bridge);

/* Moves what can be moved, both ways: what the port sent to the peer, and from the peer one message for the port where
 * none is pending. over: no more will come from the port, so that the peer sees the end after what there is. moved:
 * whether anything was. 0, or what ended it. */
int kr_probe_bridge_move(bool *moved, struct kr_probe_bridge *bridge, struct kr_port_forward *forward, bool over,
                         struct kr_error *error);

/* What to wait for: the descriptor, and whether to read and to write. */
int kr_probe_bridge_waits(const struct kr_probe_bridge *bridge, struct kr_port_forward *forward, bool *to_read,
                          bool *to_write);

#endif
