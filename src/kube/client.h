/* client.h - what the layers above ask: kinds by any name, versions that fit the server, and answers that say what was
 * asked and which permission it needs. Owns the transport. Remembers, for the length of a run, what was already read
 * (bounded; a repeated get, list page, log or probe is answered from memory, and two at the same time share one
 * request). */
#ifndef KR_KUBE_CLIENT_H
#define KR_KUBE_CLIENT_H

#include "kube/kinds.h"
#include "kube/transport.h"

/* request.resource holds any name of the kind, group and version are ignored: the client fills them in. For
 * KR_VERB_LOGS, KR_VERB_PROBE and KR_VERB_VERSION resource is ignored. */
struct kr_answer {
  struct kr_reply reply;
  const struct kr_kind *kind; /* NULL for version, and when no_such_kind */
  bool no_such_kind; /* discovery worked and has none of that name: the caller's mistake; reply.message names the
                        nearest */
  size_t bytes;      /* of the body as it came: managedFields are gone from it by now (managed_fields.h) */
  bool remembered;   /* read before in this run: nobody was asked now */
  char *what;       /* "Pod default/error", "events in default", "log of container web of Pod default/error (previous)",
                       "port 80 of Pod default/running" */
  char *permission; /* "get pods/log in default", "get,create pods/portforward in default": what RBAC would have to
                       allow */
};

typedef void (*kr_answer_fn)(void *user, struct kr_answer *answer); /* as kr_reply_fn */

struct kr_client;

/* Takes the transport over, also when it fails. */
int kr_client_new(struct kr_client **out, struct kr_transport *transport, struct kr_error *error);
void kr_client_free(struct kr_client *client);

int kr_client_submit(struct kr_client *client, const struct kr_request *request, kr_answer_fn answer, void *user,
                     struct kr_error *error);
/* Whoever waits as user is told nothing any more, and may be freed. Not from within a kr_answer_fn. */
void kr_client_forget(struct kr_client *client, const void *user);

/* Forgets what was read so far: for a prompt, each of whose lines is a run of its own. */
void kr_client_ask_anew(struct kr_client *client);
int kr_client_wait(struct kr_client *client, int64_t milliseconds, struct kr_error *error); /* as the transport's */
struct kr_transport *kr_client_transport(struct kr_client *client);
struct kr_kinds *kr_client_kinds(struct kr_client *client);

void kr_answer_free(struct kr_answer *answer);

#endif
