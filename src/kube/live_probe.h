/* live_probe.h - a probe within the live transport: connects as every other request does, asks the API server for a
 * WebSocket, forwards the port over it, and asks the port.
 *
 * The connection is libcurl's (CURLOPT_CONNECT_ONLY), so that proxies, TLS and client certificates are what they are
 * for other requests. It stays in the multi handle to the end: removal closes it. */
#ifndef KR_KUBE_LIVE_PROBE_H
#define KR_KUBE_LIVE_PROBE_H

#include "kube/live_private.h"

/* Time for all of a probe, where the request names none. */
#define KR_PROBE_TIMEOUT_MS 5000

/* A refused connection is told after the port-forward has begun, by whoever tries it on the node; silence means that it
 * was taken. Of the runtimes seen, containerd says so within milliseconds; others start a program first (nsenter and
 * socat), on nodes that may be busy. That a connection is closed as soon as it was taken is not seen within this time:
 * runtimes wait a second before they tell. */
#define KR_PROBE_SILENCE_MS 500

/* When an attempt begins: sets op's easy handle to connect only, and composes what is asked then from op's headers. */
int kr_live_probe_begin(struct kr_live *live, struct kr_live_op *op, const struct kr_credential *credential,
                        struct kr_error *error);

/* libcurl is done with easy, one of op's two handles: it has connected, or the application has answered. Whether the
 * probe has ended: op->end says how. */
bool kr_live_probe_done(struct kr_live *live, struct kr_live_op *op, CURL *easy, CURLcode code);

/* Does what can be done without waiting. Whether the probe has ended, likewise. */
bool kr_live_probe_step(struct kr_live *live, struct kr_live_op *op);

/* What to wait for: fills places for up to KR_PROBE_FDS descriptors, and lowers *pause to when time is up for
 * something. Returns how many there are. */
enum { KR_PROBE_FDS = 2 };
unsigned kr_live_probe_waits(struct kr_live_op *op, struct curl_waitfd fds[KR_PROBE_FDS], int64_t *pause);

/* Says goodbye, and frees what is of the present attempt but op's easy handle. */
void kr_live_probe_end(struct kr_live *live, struct kr_live_op *op);

#endif
