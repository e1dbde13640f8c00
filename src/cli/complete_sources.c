/* complete_sources.c - where the words of a completion come from; see complete.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "book/run.h"
#include "cli/complete.h"
#include "cli/describe.h"
#include "cli/script.h"
#include "kube/kinds_table.h"
#include "kube/kubeconfig_files.h"

enum { PATIENCE_MS = 1000, PATIENCE_MAX_MS = 60000 }; /* somebody is typing */

int64_t kr_complete_patience_ms(void) {
  const char *given = getenv("KRUNBOOK_COMPLETION_TIMEOUT");
  int64_t milliseconds = given ? kr_duration_parse(given) : KR_TIME_NONE;
  return milliseconds > 0 && milliseconds <= PATIENCE_MAX_MS ? milliseconds : PATIENCE_MS;
}

void kr_offer_kubeconfig(struct kr_offers *offers, const struct kr_invocation *invocation, const char *what) {
  struct kr_kubeconfig_files *files = calloc(1, sizeof *files);
  struct kr_error error = KR_ERROR_INIT;
  char list[32];
  (void)snprintf(list, sizeof list, "%ss", what);
  int code = files ? kr_kubeconfig_files_load(files, invocation->globals.kubeconfig, &error) : KR_ENOMEM;
  for (size_t i = 0; !code && i < files->count; i++) {
    const json_t *entry;
    size_t j;
    json_array_foreach(json_object_get(files->items[i].root, list), j, entry) {
      const char *name = json_string_value(json_object_get(entry, "name"));
      const json_t *fields = json_object_get(entry, what);
      const char *about = strcmp(what, "context") == 0 ? json_string_value(json_object_get(fields, "cluster")) : NULL;
      if (name != NULL) kr_offer(offers, name, about);
    }
  }
  if (files) kr_kubeconfig_files_free(files);
  free(files);
}

/* What the module krunbook.shell says of the names of a kind; NULL: nothing is known. */
static json_t *ask(const struct kr_invocation *invocation, const char *kind, const char *typed) {
  struct kr_transport *transport = NULL;
  struct kr_client *client = NULL;
  struct kr_error error = KR_ERROR_INIT;
  char *namespace_ = NULL;
  json_t *question = json_pack("{s:s, s:s}", "kind", kind, "typed", typed), *answer = NULL;
  int code = question ? kr_cli_connect(&transport, &namespace_, invocation, &error) : KR_ENOMEM;
  if (!code) code = kr_client_new(&client, transport, &error); /* takes the transport, also when it fails */
  if (!code) {
    struct kr_script script = {.module = "krunbook.shell",
                               .function = "names",
                               .invocation = invocation,
                               .client = client,
                               .namespace_ = namespace_,
                               .limits = kr_script_limits(invocation)};
    script.limits.wall_ms = kr_complete_patience_ms();
    (void)kr_script_call(&answer, &script, question, &error);
  }
  kr_client_free(client);
  free(namespace_);
  json_decref(question);
  return answer;
}

void kr_offer_objects(struct kr_offers *offers, const struct kr_invocation *invocation, const char *kind) {
  json_t *answer = ask(invocation, kind, kr_offers_typed(offers)), *name;
  size_t i;
  json_array_foreach(json_object_get(answer, "names"), i, name) {
    if (json_is_string(name)) kr_offer(offers, json_string_value(name), NULL);
  }
  json_decref(answer);
}

void kr_offer_targets(struct kr_offers *offers, struct kr_invocation *invocation, bool pods) {
  char kind[128];
  const char *typed = kr_offers_typed(offers), *slash = strchr(typed, '/');
  if (slash != NULL) {
    size_t length = (size_t)(slash - typed);
    if (length == 0 || length >= sizeof kind || strchr(slash + 1, '/') != NULL) return;
    memcpy(kind, typed, length);
    kind[length] = '\0';
    offers->lead += length + 1;
    kr_offer_objects(offers, invocation, kind);
    return;
  }
  if (pods) kr_offer_objects(offers, invocation, "pods");
  for (size_t i = 0; i < kr_kinds_table_count && (!pods || *typed != '\0'); i++) {
    (void)snprintf(kind, sizeof kind, "%s/", kr_kinds_table[i].singular);
    kr_offer(offers, kind, kr_kinds_table[i].kind);
  }
}

void kr_offer_runbooks(struct kr_offers *offers, const struct kr_invocation *invocation) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_descriptions descriptions = {0};
  struct kr_place *places = NULL;
  size_t count = 0;
  if (strchr(kr_offers_typed(offers), '/') != NULL) {
    offers->directive = KR_OFFERS_FILES;
    return;
  }
  int code = kr_library_all(&places, &count, invocation->library, &error);
  if (!code) code = kr_descriptions_load(&descriptions, invocation, places, count, &error);
  for (size_t i = 0; !code && i < count; i++) {
    const json_t *metadata = kr_run_metadata(descriptions.run[i]);
    kr_offer(offers, places[i].name, json_string_value(json_object_get(metadata, "summary")));
  }
  kr_descriptions_free(&descriptions);
  kr_places_free(places, count);
}

void kr_offer_modules(struct kr_offers *offers, const struct kr_invocation *invocation) {
  struct kr_error error = KR_ERROR_INIT;
  char **names = NULL;
  size_t count = 0;
  if (kr_library_modules(&names, &count, invocation->library, &error)) return;
  for (size_t i = 0; i < count; i++) kr_offer(offers, names[i], NULL);
  kr_names_free(names, count);
}

static bool is_kind(const char *name) {
  for (size_t i = 0; i < kr_kinds_table_count; i++) {
    if (strcmp(kr_kinds_table[i].singular, name) == 0) return true;
  }
  return false;
}

/* --owner: KIND/NAME, or several after each other with commas; what stands before the last one stays. */
static void offer_owners(struct kr_offers *offers, struct kr_invocation *invocation) {
  const char *typed = kr_offers_typed(offers), *comma = strrchr(typed, ',');
  if (comma != NULL) offers->lead += (size_t)(comma - typed) + 1;
  kr_offer_targets(offers, invocation, false);
}

void kr_offer_argument(struct kr_offers *offers, struct kr_invocation *invocation, const char *name,
                       const json_t *declaration) {
  const char *type = json_string_value(json_object_get(declaration, "type"));
  const json_t *values = json_object_get(declaration, "values"), *value;
  size_t i;
  if (type == NULL) return;
  json_array_foreach(values, i, value) kr_offer(offers, json_string_value(value), NULL);
  if (strcmp(type, "boolean") == 0) {
    kr_offer(offers, "true", NULL);
    kr_offer(offers, "false", NULL);
  } else if (strcmp(type, "object") == 0) {
    kr_offer_targets(offers, invocation, false);
  } else if (strcmp(type, "string") == 0 && strcmp(name, "owner") == 0) {
    offer_owners(offers, invocation);
  } else if (strcmp(type, "string") == 0 && is_kind(name)) { /* --pod, --service: the name of one */
    kr_offer_objects(offers, invocation, name);
  }
}
