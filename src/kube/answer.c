/* answer.c - see answer.h. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include "kube/answer.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 4096 };

void kr_answer_free(struct kr_answer *answer) {
  kr_reply_free(&answer->reply);
  free(answer->what);
  free(answer->permission);
  answer->what = NULL;
  answer->permission = NULL;
}

static int copy_text(char **out, const char *text) {
  *out = text == NULL ? NULL : strdup(text);
  return text != NULL && *out == NULL ? KR_ENOMEM : KR_OK;
}

int kr_answer_share(struct kr_answer *out, struct kr_answer *answer) {
  *out = *answer;
  out->what = out->permission = out->reply.message = out->reply.continue_token = NULL;
  kr_buffer_init(&out->reply.body, answer->reply.body.limit);
  if (copy_text(&out->what, answer->what) == KR_OK && copy_text(&out->permission, answer->permission) == KR_OK &&
      copy_text(&out->reply.message, answer->reply.message) == KR_OK &&
      copy_text(&out->reply.continue_token, answer->reply.continue_token) == KR_OK &&
      kr_buffer_share(&out->reply.body, &answer->reply.body) == KR_OK)
    return KR_OK;
  kr_answer_free(out);
  return KR_ENOMEM;
}

int kr_reply_unknown(struct kr_reply *reply, enum kr_reason reason, const char *format, ...) {
  struct kr_buffer text;
  kr_buffer_init(&text, WORDS_MAX);
  kr_reply_free(reply);
  reply->outcome = KR_UNKNOWN;
  reply->reason = reason;
  va_list arguments;
  va_start(arguments, format);
  int status = kr_buffer_vprintf(&text, format, arguments);
  va_end(arguments);
  reply->message = kr_buffer_take(&text);
  return status;
}

/* " in default", " in all namespaces", or nothing for what has no namespace. */
static int place(struct kr_buffer *out, const struct kr_request *request, const struct kr_kind *kind) {
  bool namespaced = kind == NULL ? request->namespace_ != NULL : kind->namespaced;
  if (!namespaced) return KR_OK;
  if (request->namespace_ == NULL) return kr_buffer_puts(out, " in all namespaces");
  return kr_buffer_printf(out, " in %s", request->namespace_);
}

/* "pods", "deployments.apps": as RBAC has them. */
static int resource(struct kr_buffer *out, const struct kr_request *request, const struct kr_kind *kind,
                    const char *subresource) {
  const char *name = kind != NULL ? kind->resource : request->resource == NULL ? "" : request->resource;
  const char *group = kind != NULL ? kind->group : "";
  return kr_buffer_printf(out, "%s%s%s%s%s", name, group[0] == '\0' ? "" : ".", group, subresource == NULL ? "" : "/",
                          subresource == NULL ? "" : subresource);
}

/* "Pod default/error" */
static int object(struct kr_buffer *out, const struct kr_request *request, const struct kr_kind *kind) {
  const char *word = kind != NULL ? kind->kind : request->resource == NULL ? "" : request->resource;
  const char *space = request->namespace_;
  return kr_buffer_printf(out, "%s %s%s%s", word, space == NULL ? "" : space, space == NULL ? "" : "/",
                          request->name == NULL ? "" : request->name);
}

static int pod(struct kr_buffer *out, const struct kr_request *request) {
  const char *space = request->namespace_;
  return kr_buffer_printf(out, "Pod %s%s%s", space == NULL ? "" : space, space == NULL ? "" : "/",
                          request->name == NULL ? "" : request->name);
}

static int log_words(struct kr_buffer *out, const struct kr_request *request) {
  const char *container = request->logs.container;
  int status = kr_buffer_printf(out, "log of %s%s%s", container == NULL ? "" : "container ",
                                container == NULL ? "" : container, container == NULL ? "" : " of ");
  if (status == KR_OK) status = pod(out, request);
  if (status == KR_OK && request->logs.previous) status = kr_buffer_puts(out, " (previous)");
  return status;
}

static int what(struct kr_buffer *out, const struct kr_request *request, const struct kr_kind *kind) {
  int status;
  switch (request->verb) {
    case KR_VERB_GET:
      return object(out, request, kind);
    case KR_VERB_LIST:
      status = kr_buffer_puts(out, kind != NULL ? kind->resource : request->resource == NULL ? "" : request->resource);
      return status == KR_OK ? place(out, request, kind) : status;
    case KR_VERB_LOGS:
      return log_words(out, request);
    case KR_VERB_PROBE:
      status = kr_buffer_printf(out, "port %d of ", request->probe.port);
      return status == KR_OK ? pod(out, request) : status;
    case KR_VERB_REVIEW:
      status = kr_buffer_printf(out, "whether one may %s ", request->review.verb == NULL ? "" : request->review.verb);
      if (status == KR_OK) status = resource(out, request, kind, request->review.subresource);
      return status == KR_OK ? place(out, request, kind) : status;
    case KR_VERB_VERSION:
      return kr_buffer_puts(out, "the server's version");
    case KR_VERB_DISCOVER:
      return kr_buffer_puts(out, "the kinds that the server has");
  }
  return KR_EINVAL;
}

static int permission(struct kr_buffer *out, const struct kr_request *request, const struct kr_kind *kind) {
  int status;
  switch (request->verb) {
    case KR_VERB_GET:
    case KR_VERB_LIST:
      status = kr_buffer_puts(out, request->verb == KR_VERB_GET ? "get " : "list ");
      if (status == KR_OK) status = resource(out, request, kind, NULL);
      return status == KR_OK ? place(out, request, kind) : status;
    case KR_VERB_LOGS:
      status = kr_buffer_puts(out, "get pods/log");
      return status == KR_OK ? place(out, request, NULL) : status;
    case KR_VERB_PROBE: /* create since Kubernetes 1.35 */
      status = kr_buffer_puts(out, "get,create pods/portforward");
      return status == KR_OK ? place(out, request, NULL) : status;
    case KR_VERB_REVIEW:
      return kr_buffer_puts(out, "create selfsubjectaccessreviews.authorization.k8s.io");
    case KR_VERB_VERSION:
      return kr_buffer_puts(out, "get /version");
    case KR_VERB_DISCOVER:
      return kr_buffer_puts(out, "get /api and /apis");
  }
  return KR_EINVAL;
}

/* One of the two above as a text of its own; words that are too long are cut. */
static int compose(char **out, int (*words)(struct kr_buffer *, const struct kr_request *, const struct kr_kind *),
                   const struct kr_request *request, const struct kr_kind *kind) {
  struct kr_buffer text;
  kr_buffer_init(&text, WORDS_MAX);
  int status = words(&text, request, kind);
  if (status == KR_ELIMIT) status = KR_OK;
  *out = kr_buffer_take(&text);
  if (*out == NULL && status == KR_OK) status = copy_text(out, "");
  return status;
}

int kr_answer_describe(struct kr_answer *answer, const struct kr_request *request, const struct kr_kind *kind) {
  int status = compose(&answer->what, what, request, kind);
  return status == KR_OK ? compose(&answer->permission, permission, request, kind) : status;
}
