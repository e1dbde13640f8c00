/* client.c - see client.h. Calls come and go in client_call.c. */
#define _POSIX_C_SOURCE 200809L
#include "kube/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "kube/client_private.h"
#include "kube/managed_fields.h"
#include "kube/secret.h"

int kr_client_new(struct kr_client **out, struct kr_transport *transport, struct kr_error *error) {
  struct kr_client *client = calloc(1, sizeof *client);
  *out = client;
  if (client == NULL) {
    kr_transport_free(transport);
    return kr_error_set(error, KR_ENOMEM, "out of memory");
  }
  client->transport = transport;
  kr_client_calls_init(&client->resolving);
  kr_client_calls_init(&client->asked);
  kr_client_calls_init(&client->ready);
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
  kr_client_calls_free(&client->resolving);
  kr_client_calls_free(&client->asked);
  kr_client_calls_free(&client->ready);
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

static void make_ready(struct kr_client_calls *from, struct kr_client_call *call) {
  kr_client_calls_remove(from, call);
  kr_client_calls_add(&call->client->ready, call);
}

static int ask(struct kr_client_call *call, struct kr_error *error);

/* Of a Secret nobody above sees a value, whichever face of the transport it came through. */
static void strip_secret(struct kr_client_call *call) {
  struct kr_reply *reply = &call->answer.reply;
  const struct kr_kind *kind = call->kind;
  bool reads = call->request->verb == KR_VERB_GET || call->request->verb == KR_VERB_LIST;
  if (!reads || kind == NULL || reply->outcome != KR_FOUND) return;
  if (strcmp(kind->kind, "Secret") != 0 || *kind->group != '\0') return;
  bool live = kr_transport_info(call->client->transport).snapshot == NULL;
  if (kr_secret_strip_reply(reply, live) != KR_OK)
    (void)kr_reply_unknown(reply, KR_REASON_LIMIT, "out of memory while taking the values out of a Secret");
}

/* What nobody reads is not to be remembered, either. */
static void drop_managed_fields(struct kr_client_call *call) {
  enum kr_verb verb = call->request->verb;
  struct kr_reply *reply = &call->answer.reply;
  if (reply->outcome != KR_FOUND || call->request->list.table || (verb != KR_VERB_GET && verb != KR_VERB_LIST)) return;
  kr_managed_fields_drop(&reply->body, verb == KR_VERB_LIST);
}

static void take_reply(void *user, struct kr_reply *reply) {
  struct kr_client_call *call = user;
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
  call->answer.bytes = call->answer.reply.body.length;
  strip_secret(call);
  drop_managed_fields(call);
  make_ready(&client->asked, call);
}

/* Hands the call to the transport, with group and version filled in. The caller keeps it in the list asked. */
static int ask(struct kr_client_call *call, struct kr_error *error) {
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

/* --- kinds that only discovery knows --- */

static void refuse_kind(struct kr_client_call *call) {
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
static void resolve(struct kr_client_call *call) {
  struct kr_client *client = call->client;
  struct kr_error error = KR_ERROR_INIT;
  const struct kr_kind *kind = kr_kinds_find(client->kinds, call->request->resource);
  int status = kr_client_call_set_kind(call, kind);
  if (status == KR_OK && kind != NULL) {
    status = ask(call, &error);
    if (status == KR_OK) {
      kr_client_calls_remove(&client->resolving, call);
      kr_client_calls_add(&client->asked, call);
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
  for (struct kr_client_call *call = client->resolving.first, *next; call != NULL; call = next) {
    next = call->next;
    resolve(call);
  }
}

/* --- submit --- */

static struct kr_client_call *same_call(const struct kr_client *client, const char *key) {
  struct kr_client_call *same = kr_client_calls_find(&client->resolving, key);
  if (same == NULL) same = kr_client_calls_find(&client->asked, key);
  return same == NULL ? kr_client_calls_find(&client->ready, key) : same;
}

/* Sends a new call on its way: answered from memory, after discovery, or asked. */
static int start(struct kr_client_call *call, struct kr_error *error) {
  struct kr_client *client = call->client;
  struct kr_answer *known = kr_cache_find(client->cache, call->key);
  if (known != NULL) {
    kr_answer_free(&call->answer);
    if (kr_answer_share(&call->answer, known) != KR_OK) return kr_error_set(error, KR_ENOMEM, "out of memory");
    call->answer.remembered = true;
    kr_client_calls_add(&client->ready, call);
    return KR_OK;
  }
  if (!kr_client_call_has_kind(call->request) || call->kind != NULL) {
    int status = ask(call, error);
    if (status == KR_OK) kr_client_calls_add(&client->asked, call);
    return status;
  }
  if (client->discovery == NULL) {
    int status = kr_discovery_start(&client->discovery, client->transport, client->kinds, discovered, client, error);
    if (status != KR_OK) return status;
  }
  kr_client_calls_add(&client->resolving, call);
  if (client->discovered) resolve(call);
  return KR_OK;
}

int kr_client_submit(struct kr_client *client, const struct kr_request *request, kr_answer_fn answer, void *user,
                     struct kr_error *error) {
  struct kr_client_call *call = NULL;
  struct kr_client_waiter *waiter = calloc(1, sizeof *waiter);
  if (waiter == NULL) return kr_error_set(error, KR_ENOMEM, "out of memory");
  *waiter = (struct kr_client_waiter){.answer = answer, .user = user};
  int status = kr_client_call_new(&call, client, request, error);
  if (status != KR_OK || call == NULL) {
    free(waiter);
    return status;
  }
  struct kr_client_call *same = same_call(client, call->key);
  if (same != NULL) {
    kr_client_call_free(call);
    call = same;
  } else {
    status = start(call, error);
    if (status != KR_OK) {
      free(waiter);
      kr_client_call_free(call);
      return status;
    }
  }
  kr_client_call_add_waiter(call, waiter);
  return KR_OK;
}

void kr_client_forget(struct kr_client *client, const void *user) {
  kr_client_calls_forget(&client->resolving, user);
  kr_client_calls_forget(&client->asked, user);
  kr_client_calls_forget(&client->ready, user);
}

/* --- wait --- */

/* Everybody but the last gets one that shares the body. Returns how many were told. */
static int deliver(struct kr_client_call *call) {
  int count = 0;
  kr_client_calls_remove(&call->client->ready, call);
  /* A table is read once, and would crowd out what is asked for again. */
  if (call->request->verb != KR_VERB_LIST || !call->request->list.table)
    kr_cache_put(call->client->cache, call->key, &call->answer);
  for (struct kr_client_waiter *waiter = call->waiters; waiter != NULL; waiter = waiter->next, count++) {
    struct kr_answer copy = {.kind = call->kind};
    if (count > 0) call->answer.remembered = true; /* for the others nobody was asked */
    if (waiter->next == NULL) {
      waiter->answer(waiter->user, &call->answer);
      continue;
    }
    if (kr_answer_share(&copy, &call->answer) != KR_OK)
      (void)kr_reply_unknown(&copy.reply, KR_REASON_LIMIT, "out of memory");
    copy.remembered = call->answer.remembered;
    waiter->answer(waiter->user, &copy);
    kr_answer_free(&copy);
  }
  kr_client_call_free(call);
  return count;
}

/* Only what is ready by now: what callbacks make ready is for the next turn. */
static int deliver_ready(struct kr_client *client) {
  int count = 0;
  size_t ready = 0;
  for (const struct kr_client_call *call = client->ready.first; call != NULL; call = call->next) ready++;
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
