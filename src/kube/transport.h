/* transport.h - the one way to ask a cluster: the live API, a recorder around it, or a snapshot. Nothing above can tell
 * which.
 *
 * There is no method string and no URL: a request is one of the reads below, so nothing above can change a cluster.
 * Requests run concurrently. submit() copies what it needs, returns at once, and never calls back; wait() drives the
 * transport and delivers replies. One thread. */
#ifndef KR_KUBE_TRANSPORT_H
#define KR_KUBE_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

enum kr_verb {
  KR_VERB_GET,      /* one object */
  KR_VERB_LIST,     /* one page of a list */
  KR_VERB_LOGS,     /* a container's log */
  KR_VERB_REVIEW,   /* may I? a SelfSubjectAccessReview: the only POST there is, and it stores nothing */
  KR_VERB_VERSION,  /* GET /version */
  KR_VERB_DISCOVER, /* group "": GET /api or, with name "apis", /apis, aggregated where the server can;
                       with version set: that group version's resources */
  KR_VERB_PROBE     /* a port of a pod, through a port-forward; see kube/probe.h for what the body says */
};

enum kr_probe_scheme {
  KR_PROBE_TCP, /* connects, and sends nothing */
  KR_PROBE_HTTP,
  KR_PROBE_HTTPS /* the certificate is reported, not verified */
};

/* All strings are borrowed and may be NULL where they do not apply. */
struct kr_request {
  enum kr_verb verb;
  const char *group;      /* "" for core */
  const char *version;    /* "v1" */
  const char *resource;   /* plural: "pods" */
  const char *namespace_; /* NULL: cluster-scoped, or all namespaces */
  const char *name;
  struct {
    const char *label_selector;
    const char *field_selector;
    const char *continue_token;
    int64_t limit; /* 0: none */
    bool cached;   /* what the server remembers will do, be it a little old */
    bool table;    /* what kubectl's columns say of each object, not the objects: a meta.k8s.io/v1 Table without them.
                      Only where kr_cluster_info says so */
  } list;
  struct {
    const char *container;
    bool previous;
    bool timestamps;
    int64_t tail_lines;    /* -1: all */
    int64_t since_seconds; /* 0: all */
    int64_t limit_bytes;   /* 0: the transport's own bound */
  } logs;
  struct {
    const char *verb; /* "get"; group, resource, namespace_, name say of what */
    const char *subresource;
  } review;
  struct {
    int port; /* of the pod, 1 to 65535 */
    enum kr_probe_scheme scheme;
    bool head;          /* HEAD, not GET */
    const char *path;   /* "/healthz?x=1"; NULL: "/" */
    const char *host;   /* of the Host header, and TLS' server name; NULL: localhost */
    int64_t timeout_ms; /* from the start of the port-forward; 0: the transport's own */
  } probe;
};

enum kr_outcome {
  KR_FOUND,  /* body holds the answer */
  KR_ABSENT, /* the API said that it is not there; message says how */
  KR_UNKNOWN /* it could not be found out; reason and message say why. Never to be read as absent */
};

enum kr_reason {
  KR_REASON_NONE,
  KR_REASON_FORBIDDEN,
  KR_REASON_UNAUTHORIZED,
  KR_REASON_TIMEOUT,
  KR_REASON_UNREACHABLE,
  KR_REASON_TLS,
  KR_REASON_API_MISSING,  /* the server has no such group, version or resource */
  KR_REASON_NOT_RECORDED, /* a snapshot does not cover it */
  KR_REASON_TOO_LARGE,
  KR_REASON_RATE_LIMITED,
  KR_REASON_SERVER_ERROR,
  KR_REASON_BAD_REQUEST,
  KR_REASON_BAD_ANSWER, /* truncated, not JSON, not what was asked */
  KR_REASON_EXPIRED,    /* 410: continue_token holds a fresh one, where the server gave it */
  KR_REASON_CANCELLED,
  KR_REASON_LIMIT /* a bound of this run: requests, bytes, time */
};

/* Stable lower-case words with hyphens: reports carry them. */
const char *kr_reason_word(enum kr_reason reason);

struct kr_reply {
  enum kr_outcome outcome;
  enum kr_reason reason;
  int status;            /* HTTP's, as recorded for a snapshot; 0: none */
  char *message;         /* the server's or the library's words, one line; NULL: none */
  char *continue_token;  /* with KR_REASON_EXPIRED */
  struct kr_buffer body; /* JSON, or a log's text */
};

void kr_reply_free(struct kr_reply *reply);

/* Fills outcome, reason, message and continue_token from status and body as the API means them (Status objects,
 * kubelet's texts that pose as logs, empty 403s, plain-text errors). For every face of the transport. 0 or KR_ENOMEM.
 */
int kr_reply_classify(struct kr_reply *reply, const struct kr_request *request);

/* Called once for each submitted request, from wait() only. The reply is the callee's to keep parts of: what it takes
 * it sets to NULL (or re-inits the body); the rest is freed by the transport afterwards. */
typedef void (*kr_reply_fn)(void *user, struct kr_reply *reply);

struct kr_cluster_info {
  const char *context;  /* NULL for a snapshot */
  const char *server;   /* as written in the kubeconfig, or the snapshot's record of it; may be NULL */
  const char *snapshot; /* the folder; NULL when live */
  bool tables;          /* lists may be asked for as tables; a server may still refuse */
};

struct kr_spent {
  int64_t requests;
  int64_t bytes; /* of bodies, decoded */
  int64_t retries;
};

struct kr_transport;

struct kr_transport_vtable {
  int (*submit)(struct kr_transport *transport, const struct kr_request *request, kr_reply_fn reply, void *user,
                struct kr_error *error);
  /* Drives until at least one reply was delivered, nothing is in flight, or milliseconds passed; returns how many were
   * delivered, or negative. On Ctrl-C (base/cancel.h) everything in flight is delivered as KR_REASON_CANCELLED at once.
   */
  int (*wait)(struct kr_transport *transport, int64_t milliseconds, struct kr_error *error);
  int64_t (*now)(
      struct kr_transport *transport); /* milliseconds since 1970; when the snapshot was taken, for a snapshot */
  struct kr_cluster_info (*info)(struct kr_transport *transport);
  struct kr_spent (*spent)(struct kr_transport *transport);
  void (*free)(struct kr_transport *transport);
};

/* The first member of every face's own struct. */
struct kr_transport {
  const struct kr_transport_vtable *vtable;
};

int kr_transport_submit(struct kr_transport *transport, const struct kr_request *request, kr_reply_fn reply, void *user,
                        struct kr_error *error);
int kr_transport_wait(struct kr_transport *transport, int64_t milliseconds, struct kr_error *error);
int64_t kr_transport_now(struct kr_transport *transport);
struct kr_cluster_info kr_transport_info(struct kr_transport *transport);
struct kr_spent kr_transport_spent(struct kr_transport *transport);
void kr_transport_free(struct kr_transport *transport); /* NULL is fine; what is in flight is dropped without a call */

#endif
