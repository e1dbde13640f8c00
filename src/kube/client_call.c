/* client_call.c - see client_private.h. */
#include <stdlib.h>
#include <string.h>

#include "kube/client_private.h"
#include "kube/probe.h"

enum { KEY_MAX = 16 << 10 };

/* --- a call --- */

void kr_client_call_free(struct kr_client_call *call) {
  if (call == NULL) return;
  for (struct kr_client_waiter *waiter = call->waiters, *next; waiter != NULL; waiter = next) {
    next = waiter->next;
    free(waiter);
  }
  kr_answer_free(&call->answer);
  free(call->request);
  free(call->key);
  free(call);
}

bool kr_client_call_has_kind(const struct kr_request *request) {
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

int kr_client_call_set_kind(struct kr_client_call *call, const struct kr_kind *kind) {
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

/* The same question in two spellings has one key. */
static int make_key(struct kr_client_call *call) {
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

int kr_client_call_new(struct kr_client_call **out, struct kr_client *client, const struct kr_request *request,
                       struct kr_error *error) {
  struct kr_client_call *call = calloc(1, sizeof *call);
  *out = call;
  if (call == NULL) return kr_error_set(error, KR_ENOMEM, "out of memory");
  call->client = client;
  kr_buffer_init(&call->answer.reply.body, 0);
  call->request = kr_request_copy(request);
  int status = call->request == NULL ? KR_ENOMEM : KR_OK;
  if (status == KR_OK && kr_client_call_has_kind(request)) {
    if (call->request->resource == NULL) call->request->resource = "";
    status = kr_client_call_set_kind(call, kr_kinds_find(client->kinds, call->request->resource));
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
  kr_client_call_free(call);
  *out = NULL;
  return kr_error_set(error, status, status == KR_ELIMIT ? "the request is too long" : "out of memory");
}

void kr_client_call_add_waiter(struct kr_client_call *call, struct kr_client_waiter *waiter) {
  struct kr_client_waiter **end = &call->waiters;
  while (*end != NULL) end = &(*end)->next;
  *end = waiter;
}

/* --- a list of calls --- */

void kr_client_calls_init(struct kr_client_calls *calls) {
  calls->first = NULL;
  calls->end = &calls->first;
}

void kr_client_calls_add(struct kr_client_calls *calls, struct kr_client_call *call) {
  call->next = NULL;
  *calls->end = call;
  calls->end = &call->next;
}

void kr_client_calls_remove(struct kr_client_calls *calls, struct kr_client_call *call) {
  struct kr_client_call **link = &calls->first;
  while (*link != NULL && *link != call) link = &(*link)->next;
  if (*link == NULL) return;
  *link = call->next;
  if (calls->end == &call->next) calls->end = link;
}

void kr_client_calls_free(struct kr_client_calls *calls) {
  for (struct kr_client_call *call = calls->first, *next; call != NULL; call = next) {
    next = call->next;
    kr_client_call_free(call);
  }
  kr_client_calls_init(calls);
}

struct kr_client_call *kr_client_calls_find(const struct kr_client_calls *calls, const char *key) {
  for (struct kr_client_call *call = calls->first; call != NULL; call = call->next)
    if (strcmp(call->key, key) == 0) return call;
  return NULL;
}

void kr_client_calls_forget(const struct kr_client_calls *calls, const void *user) {
  for (struct kr_client_call *call = calls->first; call != NULL; call = call->next) {
    struct kr_client_waiter **link = &call->waiters;
    while (*link != NULL) {
      struct kr_client_waiter *waiter = *link;
      if (waiter->user != user) {
        link = &waiter->next;
        continue;
      }
      *link = waiter->next;
      free(waiter);
    }
  }
}
