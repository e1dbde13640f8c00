/* client_private.h - what the files of the client share: its calls, and the lists they stand in.
 *
 * A call is one question; everybody who asks the same meanwhile waits at the same call. It is resolving (discovery must
 * tell its kind first), asked (the transport has it), or ready. */
#ifndef KR_KUBE_CLIENT_PRIVATE_H
#define KR_KUBE_CLIENT_PRIVATE_H

#include "kube/answer.h"
#include "kube/cache.h"
#include "kube/client.h"
#include "kube/discovery.h"
#include "kube/kinds_version.h"
#include "kube/request.h"

struct kr_client_waiter {
  struct kr_client_waiter *next;
  kr_answer_fn answer;
  void *user;
};

struct kr_client_call {
  struct kr_client_call *next; /* in the client's list of the same state */
  struct kr_client *client;
  struct kr_request *request;
  const struct kr_kind *kind; /* NULL while resolving, and for what has none */
  char *key;
  size_t version;     /* which of the kind's */
  bool version_fixed; /* the name asked for says which */
  struct kr_answer answer;
  struct kr_client_waiter *waiters;
};

struct kr_client_calls { /* in order */
  struct kr_client_call *first, **end;
};

struct kr_client {
  struct kr_transport *transport;
  struct kr_kinds *kinds;
  struct kr_cache *cache;
  struct kr_client_calls resolving, asked, ready;
  struct kr_versions versions;    /* that this server answered */
  struct kr_discovery *discovery; /* NULL: not yet asked */
  bool discovered;
  struct kr_discovery_result discovery_result;
  char *discovery_message;
};

/* A call in no list yet, with its own copy of the request. On failure *out is NULL. */
int kr_client_call_new(struct kr_client_call **out, struct kr_client *client, const struct kr_request *request,
                       struct kr_error *error);
/* Of a call in no list; its waiters hear nothing any more. NULL is allowed. */
void kr_client_call_free(struct kr_client_call *call);

/* Whether the request names a kind, which discovery may have to tell. */
bool kr_client_call_has_kind(const struct kr_request *request);
/* The kind is known now, or (NULL) never will be. KR_OK or KR_ENOMEM. */
int kr_client_call_set_kind(struct kr_client_call *call, const struct kr_kind *kind);
/* Puts the waiter, which goes with the call, behind those who wait already. */
void kr_client_call_add_waiter(struct kr_client_call *call, struct kr_client_waiter *waiter);

/* A list owns its calls, but for those that are removed from it. */
void kr_client_calls_init(struct kr_client_calls *calls);
void kr_client_calls_free(struct kr_client_calls *calls);
void kr_client_calls_add(struct kr_client_calls *calls, struct kr_client_call *call);
void kr_client_calls_remove(struct kr_client_calls *calls, struct kr_client_call *call);
/* NULL: nobody asks this. */
struct kr_client_call *kr_client_calls_find(const struct kr_client_calls *calls, const char *key);
/* The user waits no more. The calls themselves go on: their answers are remembered. */
void kr_client_calls_forget(const struct kr_client_calls *calls, const void *user);

#endif
