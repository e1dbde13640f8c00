/* probe.h - what a port of a pod did when it was asked, through a port-forward.
 *
 * A probe that came as far as the pod's network is KR_FOUND, whatever it met there; the reply's body is one JSON
 * object:
 *
 *   result       "answered"  HTTP, with any status, though its body may not have ended in time
 *                "open"      TCP: nothing refused, closed or reset the connection so far; that it was taken and
 *                            closed at once comes later than anybody waits
 *                "refused"   nobody listens on the port
 *                "reset"     the connection was reset
 *                "closed"    closed without an answer
 *                "timeout"   connected, and no answer in time
 *                "not-http"  it spoke, but no HTTP (or no TLS, with https)
 *   latency_ms   from the start of the request to its answer
 *   status       HTTP's, an integer; with "answered"
 *   headers      {"content-type": "text/plain"}: names in lower case, a repeated one joined with ", "
 *   body         the first bytes of what was answered, as valid UTF-8
 *   truncated    whether there was more than that
 *   certificate  {"subject", "issuer", "dnsNames", "notBefore", "notAfter"} of a TLS server, as in a snapshot's Secrets
 *   message      the words of the kubelet's container runtime, or of the library, where there are any
 *
 * A pod that is not there is KR_ABSENT. All else is KR_UNKNOWN: refused by RBAC, not scheduled to a node, a kubelet
 * that cannot be reached, an API server that speaks no WebSocket, a runtime that fails for a reason of its own.
 *
 * A port-forward enters the pod's own network: it bypasses Services, kube-proxy and NetworkPolicies. */
#ifndef KR_KUBE_PROBE_H
#define KR_KUBE_PROBE_H

#include <jansson.h>
#include <stdbool.h>

#include "kube/transport.h"

enum kr_probe_result {
  KR_PROBE_ANSWERED,
  KR_PROBE_OPEN,
  KR_PROBE_REFUSED,
  KR_PROBE_RESET,
  KR_PROBE_CLOSED,
  KR_PROBE_TIMED_OUT,
  KR_PROBE_NOT_HTTP
};

/* The words above, and "tcp", "http", "https". false: no such word (NULL is none). */
const char *kr_probe_result_word(enum kr_probe_result result);
bool kr_probe_result_find(enum kr_probe_result *out, const char *word);
const char *kr_probe_scheme_word(enum kr_probe_scheme scheme);
bool kr_probe_scheme_find(enum kr_probe_scheme *out, const char *word);

/* Whether an object is a snapshot's record of a probe: what was asked (pod, port, scheme, method, path, host), and what
 * came of it as described above, nothing of a wrong type. KR_EINVAL names the member that is wrong. */
int kr_probe_check_record(const json_t *record, struct kr_error *error);

/* Whether a request's probe can be sent: a port that there can be, a path and a host that cannot end their line.
 * KR_EINVAL. */
int kr_probe_check_request(const struct kr_request *request, struct kr_error *error);

/* Makes the same question the same request: path and host are said where HTTP is spoken, and nowhere else. */
void kr_probe_normalize(struct kr_request *request);

#endif
