/* client.c - see client.h.
 *
 * A call is one question; everybody who asks the same meanwhile waits at the same call. It is resolving (discovery must
 * tell its kind first), asked (the transport has it), or ready. */
#define _POSIX_C_SOURCE 200809L
#include "kube/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "kube/answer.h"
#include "kube/cache.h"
#include "kube/discovery.h"
#include "kube/kinds_version.h"
#include "kube/probe.h"
#include "kube/request.h"
#include "kube/secret.h"

enum { KEY_MAX = 16 << 10 };

struct waiter {
  struct waiter *next;
  kr_answer_fn answer;
  void *user;
};

struct call {
  struct call *next; /* in the client's list of the same state */
  struct kr_client *client;
  struct kr_request *request;
  const struct kr_kind *kind; /* NULL while resolving, and for what has none */
  char *key;
  size_t version;     /* which of the kind's */
  bool version_fixed; /* the name asked for says which */
  struct kr_answer answer;
  struct waiter *waiters;
};

struct calls { /* in order */
  struct call *first, **end;
};

struct kr_client {
  struct kr_transport *transport;
  struct kr_kinds *kinds;
  struct kr_cache *cache;
  struct calls resolving, asked, ready;
  struct kr_versions versions;    /* that this server answered */
  struct kr_discovery *discovery; /* NULL: not yet asked */
  bool discovered;
  struct kr_discovery_result discovery_result;
  char *discovery_message;
};

static void calls_init(struct calls *calls) {
  calls->first = NULL;
  calls->end = &calls->first;
}

static void calls_add(struct calls *calls, struct call *call) {
  call->next = NULL;
  *calls->end = call;
  calls->end = &call->next;
}

static void calls_remove(struct calls *calls, struct call *call) {
  struct call **link = &calls->first;
  while (*link != NULL && *link != call) link = &(*link)->next;
  if (*link == NULL) return;
  *link = call->next;
  if (calls->end == &call->next) calls->end = link;
}

static void call_free(struct call *call) {
  if (call == NULL) return;
  for (struct waiter *waiter = call->waiters, *next; waiter != NULL; waiter = next) {
    next = waiter->next;
    free(waiter);
  }
  kr_answer_free(&call->answer);
  free(call->request);
  free(call->key);
  free(call);
}

static void calls_free(struct calls *calls) {
  for (struct call *call = calls->first, *next; call != NULL; call = next) {
    next = call->next;
    call_free(call);
  }
  calls_init(calls);
}

int kr_client_new(struct kr_client **out, struct kr_transport *transport, struct kr_error *error) {
  struct kr_client *client = calloc(1, sizeof *client);
  *out = client;
  if (client == NULL) {
    kr_transport_free(transport);
    return kr_error_set(error, KR_ENOMEM, "out of memory");
  }
  client->transport = transport;
  calls_init(&client->resolving);
  calls_init(&client->asked);
  calls_init(&client->ready);
  client->cache = kr_cache_new();
  int status = client->cache == NULL ? kr_error_set(error, KR_ENOMEM, "out of memory") : KR_OK;
  if (status == KR_OK) status = kr_kinds_new(&client->kinds, error);
  if (status == KR_OK) return KR_OK;
  kr_client_free(client);
  *out = NULL;
  return status;
}

void kr_client_free(struct kr_client *client) {
  if (client == NULL) return;
  kr_transport_free(client->transport); /* first: what is in flight refers to the calls */
  calls_free(&client->resolving);
  calls_free(&client->asked);
  calls_free(&client->ready);
  kr_discovery_free(client->discovery);
  kr_cache_free(client->cache);
  kr_kinds_free(client->kinds);
  kr_versions_free(&client->versions);
  free(client->discovery_message);
  free(client);
}

struct kr_transport *kr_client_transport(struct kr_client *client) {
  return client->transport;
}
struct kr_kinds *kr_client_kinds(struct kr_client *client) {
  return client->kinds;
}

void kr_client_ask_anew(struct kr_client *client) { kr_cache_clear(client->cache); }

/* --- asking --- */

static void make_ready(struct calls *from, struct call *call) {
  calls_remove(from, call);
  calls_add(&call->client->ready, call);
}

static int ask(struct call *call, struct kr_error *error);

/* Of a Secret nobody above sees a value, whichever face of the transport it came through. */
static void strip_secret(struct call *call) {
  struct kr_reply *reply = &call->answer.reply;
  const struct kr_kind *kind = call->kind;
  bool reads = call->request->verb == KR_VERB_GET || call->request->verb == KR_VERB_LIST;
  if (!reads || kind == NULL || reply->outcome != KR_FOUND) return;
  if (strcmp(kind->kind, "Secret") != 0 || *kind->group != '\0') return;
  bool live = kr_transport_info(call->client->transport).snapshot == NULL;
  if (kr_secret_strip_reply(reply, live) != KR_OK)
    (void)kr_reply_unknown(reply, KR_REASON_LIMIT, "out of memory while taking the values out of a Secret");
}

static void take_reply(void *user, struct kr_reply *reply) {
  struct call *call = user;
  struct kr_client *client = call->client;
  char next[KR_VERSION_TEXT_MAX];
  struct kr_error error = KR_ERROR_INIT;
  bool versioned = call->kind != NULL && call->request->verb != KR_VERB_REVIEW;
  if (versioned && reply->reason == KR_REASON_API_MISSING && !call->version_fixed &&
      kr_kind_version(call->kind, call->version + 1, next)) {
    call->version++;
    if (ask(call, &error) == KR_OK) return;
  }
  if (versioned && reply->outcome != KR_UNKNOWN && !call->version_fixed)
    kr_versions_remember(&client->versions, call->kind, call->version);
  call->answer.reply = *reply;
  reply->message = reply->continue_token = NULL;
  kr_buffer_init(&reply->body, reply->body.limit);
  strip_secret(call);
  make_ready(&client->asked, call);
}

/* Hands the call to the transport, with group and version filled in. The caller keeps it in the list asked. */
static int ask(struct call *call, struct kr_error *error) {
  char version[KR_VERSION_TEXT_MAX];
  struct kr_request request = *call->request;
  if (call->kind != NULL) {
    request.resource = call->kind->resource;
    request.group = call->kind->group;
    request.version = kr_kind_version(call->kind, call->version, version) ? version : "v1";
    if (!call->kind->namespaced) request.namespace_ = NULL;
  }
  return kr_transport_submit(call->client->transport, &request, take_reply, call, error);
}

/* The kind is known now, or never will be. */
static int set_kind(struct call *call, const struct kr_kind *kind) {
  call->kind = kind;
  call->answer.kind = kind;
  if (kind != NULL) {
    call->version_fixed = kr_kind_version_in_name(kind, call->request->resource, &call->version);
    if (!call->version_fixed) call->version = kr_versions_known(&call->client->versions, kind);
    if (!kind->namespaced) call->request->namespace_ = NULL;
  }
  free(call->answer.what);
  free(call->answer.permission);
  call->answer.what = call->answer.permission = NULL;
  return kr_answer_describe(&call->answer, call->request, kind);
}

/* --- kinds that only discovery knows --- */

static void refuse_kind(struct call *call) {
  const struct kr_client *client = call->client;
  const char *name = call->request->resource, *nearest = kr_kinds_nearest(client->kinds, name);
  const char *hint = nearest == NULL ? "" : "; did you mean ";
  if (nearest == NULL) nearest = "";
  if (client->discovery_result.complete) {
    call->answer.no_such_kind = true;
    (void)kr_reply_unknown(&call->answer.reply, KR_REASON_BAD_REQUEST, "the server has no kind \"%s\"%s%s", name, hint,
                           nearest);
    return;
  }
  (void)kr_reply_unknown(&call->answer.reply, client->discovery_result.reason,
                         "\"%s\" is none of the usual kinds, and the server's own could not be read%s%s%s%s", name,
                         client->discovery_message == NULL ? "" : ": ",
                         client->discovery_message == NULL ? "" : client->discovery_message, hint, nearest);
}

/* Moves a call on from resolving, after discovery. */
static void resolve(struct call *call) {
  struct kr_client *client = call->client;
  struct kr_error error = KR_ERROR_INIT;
  const struct kr_kind *kind = kr_kinds_find(client->kinds, call->request->resource);
  int status = set_kind(call, kind);
  if (status == KR_OK && kind != NULL) {
    status = ask(call, &error);
    if (status == KR_OK) {
      calls_remove(&client->resolving, call);
      calls_add(&client->asked, call);
      return;
    }
  }
  if (status != KR_OK)
    (void)kr_reply_unknown(&call->answer.reply, KR_REASON_LIMIT, "%s",
                           error.code == KR_OK ? "out of memory" : error.message);
  else
    refuse_kind(call);
  make_ready(&client->resolving, call);
}

static void discovered(void *user, const struct kr_discovery_result *result) {
  struct kr_client *client = user;
  client->discovered = true;
  client->discovery_result = *result;
  client->discovery_message = result->message[0] == '\0' ? NULL : strdup(result->message);
  client->discovery_result.message = NULL; /* it goes with the discovery */
  for (struct call *call = client->resolving.first, *next; call != NULL; call = next) {
    next = call->next;
    resolve(call);
  }
}

/* --- submit --- */

static bool has_kind(const struct kr_request *request) {
  switch (request->verb) {
    case KR_VERB_GET:
    case KR_VERB_LIST:
      return true;
    case KR_VERB_REVIEW: /* "*" is RBAC's own word for all */
      return strcmp(request->resource == NULL ? "" : request->resource, "*") != 0;
    case KR_VERB_LOGS:
    case KR_VERB_PROBE:
    case KR_VERB_VERSION:
    case KR_VERB_DISCOVER:
      break;
  }
  return false;
}

/* The same question in two spellings has one key. */
static int make_key(struct call *call) {
  char version[KR_VERSION_TEXT_MAX] = "";
  struct kr_request canonical = *call->request;
  if (call->kind != NULL) {
    canonical.resource = call->kind->resource;
    canonical.group = call->kind->group;
    if (call->version_fixed) (void)kr_kind_version(call->kind, call->version, version);
    canonical.version = version;
  }
  struct kr_buffer key;
  kr_buffer_init(&key, KEY_MAX);
  int status = kr_request_key(&key, &canonical);
  call->key = kr_buffer_take(&key);
  if (status == KR_OK) return KR_OK;
  free(call->key);
  call->key = NULL;
  return status;
}

static int call_new(struct call **out, struct kr_client *client, const struct kr_request *request,
                    struct kr_error *error) {
  struct call *call = calloc(1, sizeof *call);
  *out = call;
  if (call == NULL) return kr_error_set(error, KR_ENOMEM, "out of memory");
  call->client = client;
  kr_buffer_init(&call->answer.reply.body, 0);
  call->request = kr_request_copy(request);
  int status = call->request == NULL ? KR_ENOMEM : KR_OK;
  if (status == KR_OK && has_kind(request)) {
    if (call->request->resource == NULL) call->request->resource = "";
    status = set_kind(call, kr_kinds_find(client->kinds, call->request->resource));
  } else if (status == KR_OK) {
    if (request->verb == KR_VERB_LOGS || request->verb == KR_VERB_PROBE) {
      call->request->group = "";
      call->request->version = "v1";
      call->request->resource = "pods";
    }
    if (request->verb == KR_VERB_PROBE) kr_probe_normalize(call->request);
    status = kr_answer_describe(&call->answer, call->request, NULL);
  }
  if (status == KR_OK) status = make_key(call);
  if (status == KR_OK) return KR_OK;
  call_free(call);
  *out = NULL;
  return kr_error_set(error, status, status == KR_ELIMIT ? "the request is too long" : "out of memory");
}

static struct call *same_call(const struct kr_client *client, const char *key) {
  const struct calls *lists[] = {&client->resolving, &client->asked, &client->ready};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    for (struct call *call = lists[i]->first; call != NULL; call = call->next)
      if (strcmp(call->key, key) == 0) return call;
  return NULL;
}

/* Sends a new call on its way: answered from memory, after discovery, or asked. */
static int start(struct call *call, struct kr_error *error) {
  struct kr_client *client = call->client;
  const struct kr_answer *known = kr_cache_find(client->cache, call->key);
  if (known != NULL) {
    kr_answer_free(&call->answer);
    if (kr_answer_copy(&call->answer, known) != KR_OK) return kr_error_set(error, KR_ENOMEM, "out of memory");
    call->answer.remembered = true;
    calls_add(&client->ready, call);
    return KR_OK;
  }
  if (!has_kind(call->request) || call->kind != NULL) {
    int status = ask(call, error);
    if (status == KR_OK) calls_add(&client->asked, call);
    return status;
  }
  if (client->discovery == NULL) {
    int status = kr_discovery_start(&client->discovery, client->transport, client->kinds, discovered, client, error);
    if (status != KR_OK) return status;
  }
  calls_add(&client->resolving, call);
  if (client->discovered) resolve(call);
  return KR_OK;
}

int kr_client_submit(struct kr_client *client, const struct kr_request *request, kr_answer_fn answer, void *user,
                     struct kr_error *error) {
  struct call *call = NULL;
  struct waiter *waiter = calloc(1, sizeof *waiter);
  if (waiter == NULL) return kr_error_set(error, KR_ENOMEM, "out of memory");
  *waiter = (struct waiter){.answer = answer, .user = user};
  int status = call_new(&call, client, request, error);
  if (status != KR_OK || call == NULL) {
    free(waiter);
    return status;
  }
  struct call *same = same_call(client, call->key);
  if (same != NULL) {
    call_free(call);
    call = same;
  } else {
    status = start(call, error);
    if (status != KR_OK) {
      free(waiter);
      call_free(call);
      return status;
    }
  }
  struct waiter **end = &call->waiters;
  while (*end != NULL) end = &(*end)->next;
  *end = waiter;
  return KR_OK;
}

/* The call itself goes on: its answer is remembered. */
static void forget_in(const struct calls *calls, const void *user) {
  for (struct call *call = calls->first; call != NULL; call = call->next) {
    struct waiter **link = &call->waiters;
    while (*link != NULL) {
      struct waiter *waiter = *link;
      if (waiter->user != user) {
        link = &waiter->next;
        continue;
      }
      *link = waiter->next;
      free(waiter);
    }
  }
}

void kr_client_forget(struct kr_client *client, const void *user) {
  forget_in(&client->resolving, user);
  forget_in(&client->asked, user);
  forget_in(&client->ready, user);
}

/* --- wait --- */

/* Everybody but the last gets a copy. Returns how many were told. */
static int deliver(struct call *call) {
  int count = 0;
  calls_remove(&call->client->ready, call);
  /* A table is read once, and would crowd out what is asked for again. */
  if (call->request->verb != KR_VERB_LIST || !call->request->list.table)
    kr_cache_put(call->client->cache, call->key, &call->answer);
  for (struct waiter *waiter = call->waiters; waiter != NULL; waiter = waiter->next, count++) {
    struct kr_answer copy = {.kind = call->kind};
    if (count > 0) call->answer.remembered = true; /* for the others nobody was asked */
    if (waiter->next == NULL) {
      waiter->answer(waiter->user, &call->answer);
      continue;
    }
    if (kr_answer_copy(&copy, &call->answer) != KR_OK)
      (void)kr_reply_unknown(&copy.reply, KR_REASON_LIMIT, "out of memory");
    copy.remembered = call->answer.remembered;
    waiter->answer(waiter->user, &copy);
    kr_answer_free(&copy);
  }
  call_free(call);
  return count;
}

/* Only what is ready by now: what callbacks make ready is for the next turn. */
static int deliver_ready(struct kr_client *client) {
  int count = 0;
  size_t ready = 0;
  for (const struct call *call = client->ready.first; call != NULL; call = call->next) ready++;
  for (; ready > 0; ready--) count += deliver(client->ready.first);
  return count;
}

int kr_client_wait(struct kr_client *client, int64_t milliseconds, struct kr_error *error) {
  int64_t until = kr_clock_monotonic() + milliseconds;
  for (int64_t left = milliseconds;;) {
    int count = deliver_ready(client);
    if (count > 0) return count;
    int status = kr_transport_wait(client->transport, left, error);
    if (status < 0) return status;
    count = deliver_ready(client);
    if (count > 0 || status == 0) return count;
    if (milliseconds >= 0) { /* a reply that led to another request only */
      left = until - kr_clock_monotonic();
      if (left <= 0) return 0;
    }
  }
}
