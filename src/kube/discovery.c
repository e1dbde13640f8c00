/* discovery.c - see discovery.h.
 *
 * /api and /apis are asked at once. A server from 1.26 on answers each with all resources; an older one with the names
 * of its groups and versions, and every group version is then asked for its own list, all at once. Those lists are
 * added in the order of the groups, preferred version first, whichever comes first. */
#define _GNU_SOURCE /* memmem, strdup */
#include "kube/discovery.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 1000 };

/* One group version of an older server. */
struct part {
  struct kr_discovery *discovery;
  struct part *next;
  char *group, *version;
  struct kr_buffer body; /* empty: not answered, or refused */
};

struct kr_discovery {
  struct kr_transport *transport;
  struct kr_kinds *kinds;
  kr_discovery_fn done;
  void *user;
  struct part *first, *last;
  size_t parts;
  int pending; /* requests */
  bool failed;
  enum kr_reason reason;
  char *message;
};

void kr_discovery_free(struct kr_discovery *discovery) {
  if (discovery == NULL) return;
  for (struct part *part = discovery->first, *next; part != NULL; part = next) {
    next = part->next;
    free(part->group);
    free(part->version);
    kr_buffer_free(&part->body);
    free(part);
  }
  free(discovery->message);
  free(discovery);
}

/* The first failure is the one told. */
static void fail(struct kr_discovery *discovery, enum kr_reason reason, const char *message) {
  if (discovery->failed) return;
  discovery->failed = true;
  discovery->reason = reason;
  discovery->message = message == NULL ? NULL : strdup(message);
}

static void finish(struct kr_discovery *discovery) {
  struct kr_error error = KR_ERROR_INIT;
  for (struct part *part = discovery->first; part != NULL; part = part->next) {
    if (part->body.length == 0) continue;
    if (kr_kinds_add_resources(discovery->kinds, part->body.data, part->body.length, &error) != KR_OK)
      fail(discovery, KR_REASON_BAD_ANSWER, error.message);
    kr_buffer_free(&part->body);
  }
  const struct kr_discovery_result result = {.complete = !discovery->failed,
                                             .reason = discovery->reason,
                                             .message = discovery->message == NULL ? "" : discovery->message};
  discovery->done(discovery->user, &result);
}

static void take_part(void *user, struct kr_reply *reply) {
  struct part *part = user;
  struct kr_discovery *discovery = part->discovery;
  if (reply->outcome == KR_FOUND) {
    part->body = reply->body;
    kr_buffer_init(&reply->body, part->body.limit);
  } else {
    fail(discovery, reply->reason, reply->message);
  }
  if (--discovery->pending == 0) finish(discovery);
}

static void ask_part(struct kr_discovery *discovery, const char *group, const char *version) {
  struct kr_error error = KR_ERROR_INIT;
  struct part *part = discovery->parts >= PARTS_MAX ? NULL : calloc(1, sizeof *part);
  if (part == NULL) {
    fail(discovery, KR_REASON_LIMIT, "the server has more API groups than can be held");
    return;
  }
  discovery->parts++;
  part->discovery = discovery;
  kr_buffer_init(&part->body, 0);
  if (discovery->last != NULL) discovery->last->next = part;
  if (discovery->first == NULL) discovery->first = part;
  discovery->last = part;
  part->group = strdup(group);
  part->version = strdup(version);
  if (part->group == NULL || part->version == NULL) {
    fail(discovery, KR_REASON_LIMIT, "out of memory");
    return;
  }
  const struct kr_request request = {.verb = KR_VERB_DISCOVER, .group = part->group, .version = part->version};
  if (kr_transport_submit(discovery->transport, &request, take_part, part, &error) == KR_OK)
    discovery->pending++;
  else
    fail(discovery, KR_REASON_LIMIT, error.message);
}

static const char *text_at(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text == NULL ? "" : text;
}

static void ask_groups(struct kr_discovery *discovery, const json_t *groups) {
  size_t i, j;
  const json_t *group, *version;
  json_array_foreach(groups, i, group) {
    const char *name = text_at(group, "name");
    const char *preferred = text_at(json_object_get(group, "preferredVersion"), "version");
    if (name[0] == '\0') continue;
    if (preferred[0] != '\0') ask_part(discovery, name, preferred);
    json_array_foreach(json_object_get(group, "versions"), j, version) {
      const char *word = text_at(version, "version");
      if (word[0] != '\0' && strcmp(word, preferred) != 0) ask_part(discovery, name, word);
    }
  }
}

/* The answer's own kind says which of the forms it has: old servers do not mind what was accepted. */
static void read_root(struct kr_discovery *discovery, const struct kr_buffer *body) {
  static const char stale[] = "\"freshness\":\"Stale\"";
  struct kr_error error = KR_ERROR_INIT;
  json_t *root = json_loadb(kr_buffer_text(body), body->length, 0, NULL);
  const char *kind = text_at(root, "kind");
  if (strcmp(kind, "APIGroupDiscoveryList") == 0) {
    if (kr_kinds_add_aggregated(discovery->kinds, body->data, body->length, &error) != KR_OK)
      fail(discovery, KR_REASON_BAD_ANSWER, error.message);
    if (memmem(body->data, body->length, stale, sizeof stale - 1) != NULL)
      fail(discovery, KR_REASON_SERVER_ERROR, "an aggregated API of this cluster does not answer");
  } else if (strcmp(kind, "APIVersions") == 0) {
    size_t i;
    const json_t *version;
    json_array_foreach(json_object_get(root, "versions"), i, version) {
      if (json_is_string(version)) ask_part(discovery, "", json_string_value(version));
    }
  } else if (strcmp(kind, "APIGroupList") == 0) {
    ask_groups(discovery, json_object_get(root, "groups"));
  } else {
    fail(discovery, KR_REASON_BAD_ANSWER, "the server's answer lists no API groups");
  }
  json_decref(root);
}

static void take_root(void *user, struct kr_reply *reply) {
  struct kr_discovery *discovery = user;
  if (reply->outcome == KR_FOUND)
    read_root(discovery, &reply->body);
  else
    fail(discovery, reply->reason, reply->message);
  if (--discovery->pending == 0) finish(discovery);
}

int kr_discovery_start(struct kr_discovery **out, struct kr_transport *transport, struct kr_kinds *kinds,
                       kr_discovery_fn done, void *user, struct kr_error *error) {
  static const char *const roots[] = {"api", "apis"};
  struct kr_discovery *discovery = calloc(1, sizeof *discovery);
  if (discovery == NULL) return kr_error_set(error, KR_ENOMEM, "out of memory");
  *discovery = (struct kr_discovery){.transport = transport, .kinds = kinds, .done = done, .user = user};
  int status = KR_OK;
  for (size_t i = 0; i < 2; i++) {
    const struct kr_request request = {.verb = KR_VERB_DISCOVER, .group = "", .name = roots[i]};
    status = kr_transport_submit(transport, &request, take_root, discovery, error);
    if (status == KR_OK) discovery->pending++;
    if (status != KR_OK && i > 0) { /* the first is under way and refers to this */
      fail(discovery, KR_REASON_LIMIT, error == NULL ? NULL : error->message);
      status = KR_OK;
    }
    if (status != KR_OK) break;
  }
  if (status != KR_OK) {
    kr_discovery_free(discovery);
    discovery = NULL;
  }
  *out = discovery;
  return status;
}
