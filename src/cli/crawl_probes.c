/* crawl_probes.c - see crawl.h. Which ports those are is Lua's to know: krunbook.recording. */
#include <jansson.h>

#include "cli/crawl.h"
#include "cli/script.h"

static void told(void *user, const char *asked, const char *showed) {
  (void)asked, (void)showed;
  ((struct kr_crawl_result *)user)->answers++;
}

static int note_refusals(struct kr_crawl_result *result, const json_t *refusals) {
  const json_t *refusal;
  size_t i;
  int status = KR_OK;
  json_array_foreach(refusals, i, refusal) {
    const char *reason = json_string_value(json_object_get(refusal, "reason"));
    if (status == KR_OK)
      status = kr_crawl_refused(result, json_string_value(json_object_get(refusal, "what")),
                                reason == NULL ? "?" : reason, json_string_value(json_object_get(refusal, "message")));
  }
  return status;
}

static json_t *question_of(const char *const *namespaces, size_t count) {
  json_t *names = json_array();
  for (size_t i = 0; names != NULL && i < count; i++) {
    if (json_array_append_new(names, json_string(namespaces[i])) == 0) continue;
    json_decref(names);
    names = NULL;
  }
  return names == NULL ? NULL : json_pack("{s:o}", "namespaces", names);
}

int kr_crawl_probes(struct kr_crawl_result *result, struct kr_client *client, const char *const *namespaces,
                    size_t count, const struct kr_invocation *invocation, struct kr_error *error) {
  struct kr_script script = {.module = "krunbook.recording",
                             .function = "probes",
                             .invocation = invocation,
                             .client = client,
                             .namespace_ = "default",
                             .limits = kr_script_limits(invocation),
                             .told = told,
                             .user = result};
  json_t *question = question_of(namespaces, count), *answer = NULL;
  script.limits.memory *= 8; /* all Services, and a page of pods */
  int status = question == NULL ? kr_error_set(error, KR_ENOMEM, "no memory for a snapshot")
                                : kr_script_call(&answer, &script, question, error);
  if (status == KR_OK && note_refusals(result, json_object_get(answer, "refusals")) != KR_OK)
    status = kr_error_set(error, KR_ENOMEM, "no memory for a snapshot");
  json_decref(question);
  json_decref(answer);
  return status;
}
