/* live_headers.c - see live_headers.h. */
#define _GNU_SOURCE /* explicit_bzero */
#include "kube/live_headers.h"

#include <ctype.h>
#include <jansson.h>
#include <string.h>

enum { HEADER_MAX = 64 * 1024 };

/* Newer servers take the first form that they know; older ones ignore what they do not and answer plainly. */
#define DISCOVERY(version) "application/json;g=apidiscovery.k8s.io;v=" version ";as=APIGroupDiscoveryList"
static const char accept_discovery[] = DISCOVERY("v2") "," DISCOVERY("v2beta1") ",application/json";

/* No plain list instead: that would be all objects at once. Since Kubernetes 1.15; others answer 406. */
static const char accept_table[] = "application/json;as=Table;v=v1;g=meta.k8s.io";

/* A line break in a value would begin another header. */
static bool fits_in_header(const char *value) {
  for (; *value != '\0'; value++)
    if ((iscntrl((unsigned char)*value) && *value != '\t') || *value == '\x7f') return false;
  return true;
}

static int add_line(struct curl_slist **list, const struct kr_buffer *line) {
  struct curl_slist *grown = curl_slist_append(*list, line->data);
  if (grown == NULL) return KR_ENOMEM;
  *list = grown;
  return KR_OK;
}

/* value is not shown in the error: it may be a secret. */
static int add(struct curl_slist **list, const char *name, const char *prefix, const char *value,
               struct kr_error *error) {
  struct kr_buffer line;
  if (!fits_in_header(value))
    return kr_error_set(error, KR_EAUTH, "the value for %s has a line break or the like", name);
  kr_buffer_init(&line, HEADER_MAX);
  int status = kr_buffer_printf(&line, "%s: %s%s", name, prefix, value);
  if (status == KR_OK) status = add_line(list, &line);
  if (line.data != NULL) explicit_bzero(line.data, line.length);
  kr_buffer_free(&line);
  if (status == KR_OK) return KR_OK;
  return kr_error_set(error, status, status == KR_ELIMIT ? "the value for %s is too long" : "out of memory (%s)", name);
}

/* "Impersonate-Extra-" and the key, with what may not be in a header's name percent-escaped, as client-go does. */
static int extra_name(struct kr_buffer *out, const char *key) {
  int status = kr_buffer_puts(out, "Impersonate-Extra-");
  for (; *key != '\0' && status == KR_OK; key++) {
    unsigned char byte = (unsigned char)*key;
    bool plain = (byte < 0x80 && isalnum(byte)) || strchr("!#$&'*+-.^_`|~", byte) != NULL;
    status = plain ? kr_buffer_append(out, key, 1) : kr_buffer_printf(out, "%%%02X", byte);
  }
  return status;
}

static int impersonation(struct curl_slist **list, const struct kr_kubeconfig *config, struct kr_error *error) {
  int status = KR_OK;
  if (config->as != NULL) status = add(list, "Impersonate-User", "", config->as, error);
  if (status == KR_OK && config->as_uid != NULL) status = add(list, "Impersonate-Uid", "", config->as_uid, error);
  for (size_t i = 0; i < config->as_group_count && status == KR_OK; i++)
    status = add(list, "Impersonate-Group", "", config->as_groups[i], error);
  for (size_t i = 0; i < config->as_extra_count && status == KR_OK; i++) {
    struct kr_buffer name;
    kr_buffer_init(&name, 4096);
    status = extra_name(&name, config->as_extra[i].name);
    if (status == KR_OK)
      status = add(list, name.data, "", config->as_extra[i].value, error);
    else
      status = kr_error_set(error, status, "the key of an impersonation extra is too long");
    kr_buffer_free(&name);
  }
  return status;
}

int kr_live_headers(struct curl_slist **list, const struct kr_request *request, const struct kr_kubeconfig *config,
                    const struct kr_credential *credential, struct kr_error *error) {
  const char *accept = "application/json";
  if (request->verb == KR_VERB_DISCOVER) accept = accept_discovery;
  if (request->verb == KR_VERB_LIST && request->list.table) accept = accept_table;
  if (request->verb == KR_VERB_LOGS || request->verb == KR_VERB_PROBE)
    accept = "application/json, */*"; /* errors are Status objects; what the kubelet gives is not */
  int status = add(list, "Accept", "", accept, error);
  if (status == KR_OK && request->verb == KR_VERB_REVIEW)
    status = add(list, "Content-Type", "", "application/json", error);
  if (status == KR_OK && credential != NULL && credential->token != NULL)
    status = add(list, "Authorization", "Bearer ", credential->token, error);
  return status == KR_OK ? impersonation(list, config, error) : status;
}

char *kr_live_review(const struct kr_request *request) {
  json_t *body = json_pack("{s:s, s:s, s:{s:{s:s, s:s*, s:s*, s:s*, s:s*, s:s*}}}", "apiVersion",
                           "authorization.k8s.io/v1", "kind", "SelfSubjectAccessReview", "spec", "resourceAttributes",
                           "verb", request->review.verb == NULL ? "" : request->review.verb, "group", request->group,
                           "resource", request->resource, "subresource", request->review.subresource, "namespace",
                           request->namespace_, "name", request->name);
  char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
  json_decref(body);
  return text;
}
