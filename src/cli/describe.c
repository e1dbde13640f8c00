/* describe.c - runbooks are loaded in a VM, as for a run, but never started. */
#include "cli/describe.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "book/offline.h"
#include "book/render.h"
#include "book/run.h"
#include "book/runbook.h"
#include "cli/script.h"

int kr_descriptions_load(struct kr_descriptions *out, const struct kr_invocation *invocation,
                         const struct kr_place *places, size_t count, struct kr_error *error) {
  struct kr_transport *transport = NULL;
  memset(out, 0, sizeof *out);
  int code = kr_offline_new(&transport, error);
  if (!code) code = kr_client_new(&out->client, transport, error);
  if (!code) code = kr_report_new(&out->report, invocation->mask, kr_clock_now(), error);
  struct kr_run_options options = {.client = out->client,
                                   .library = invocation->library,
                                   .report = out->report,
                                   .limits = KR_VM_LIMITS_DEFAULT,
                                   .namespace_ = "default"};
  if (!code) code = kr_runs_new(&out->runs, &options, error);
  if (!code && !(out->run = calloc(count + 1, sizeof *out->run)))
    code = kr_error_set(error, KR_ENOMEM, "out of memory while reading runbooks");
  for (size_t i = 0; !code && i < count; i++) code = kr_runs_add(&out->run[i], out->runs, &places[i], error);
  if (!code) code = kr_runs_load(out->runs, error);
  if (code) kr_descriptions_free(out);
  return code;
}

void kr_descriptions_free(struct kr_descriptions *descriptions) {
  kr_runs_free(descriptions->runs);
  kr_report_free(descriptions->report);
  kr_client_free(descriptions->client);
  free(descriptions->run);
  memset(descriptions, 0, sizeof *descriptions);
}

const char *kr_descriptions_failure(const struct kr_descriptions *descriptions, size_t number) {
  const json_t *sections = json_object_get(kr_report_document(descriptions->report), "sections");
  const json_t *errors = json_object_get(json_array_get(sections, number), "errors");
  const char *message = json_string_value(json_object_get(json_array_get(errors, 0), "message"));
  return message ? message : "it failed to load";
}

json_t *kr_description_json(const struct kr_descriptions *descriptions, const struct kr_place *place, size_t number) {
  json_t *one = json_object(), *metadata = (json_t *)kr_run_metadata(descriptions->run[number]);
  int failed = json_object_set_new(one, "name", json_string(place->name));
  failed |= json_object_set_new(one, "path", json_string(place->path));
  failed |= json_object_set_new(one, "shadows", place->shadows ? json_string(place->shadows) : json_null());
  failed |= metadata ? json_object_set(one, "metadata", metadata)
                     : json_object_set_new(one, "error", json_string(kr_descriptions_failure(descriptions, number)));
  if (!failed) return one;
  json_decref(one);
  return NULL;
}

static int show_data(const struct kr_invocation *invocation, const struct kr_descriptions *descriptions,
                     const struct kr_place *place, struct kr_error *error) {
  struct kr_buffer text;
  kr_buffer_init(&text, KR_RENDER_MAX);
  json_t *one = kr_description_json(descriptions, place, 0);
  int code = one ? kr_cli_data(&text, invocation, one) : KR_ENOMEM;
  if (code) kr_error_set(error, code, "%s cannot be described: memory was refused", place->path);
  if (!code) code = kr_cli_print(kr_buffer_text(&text), text.length, error);
  json_decref(one);
  kr_buffer_free(&text);
  return code;
}

/* The metadata as people read it: codes with what they mean, where the library knows. A new reference; NULL when memory
 * is refused. */
static json_t *explain_codes(const struct kr_invocation *invocation, const json_t *metadata) {
  json_t *explained = json_copy((json_t *)metadata), *codes = json_object_get(metadata, "findings"), *answer = NULL;
  json_t *question = json_pack("{s:O*}", "codes", codes);
  if (json_array_size(codes) > 0 && question &&
      !kr_script_think(&answer, invocation, "krunbook.codes", "describe", NULL, 1, question, NULL)) {
    json_t *lines = json_object_get(answer, "lines");
    if (json_array_size(lines) == json_array_size(codes)) (void)json_object_set(explained, "findings", lines);
  }
  json_decref(answer);
  json_decref(question);
  return explained;
}

static int show(const struct kr_invocation *invocation, const struct kr_descriptions *descriptions,
                const struct kr_place *place, struct kr_error *error) {
  const json_t *metadata = kr_run_metadata(descriptions->run[0]);
  size_t width = kr_terminal_is(STDOUT_FILENO) ? kr_terminal_width(STDOUT_FILENO) : 100;
  struct kr_buffer text, clean;
  kr_buffer_init(&text, (size_t)4 << 20);
  kr_buffer_init(&clean, (size_t)16 << 20);
  int code = 0;
  if (!metadata) {
    code = kr_error_set(error, KR_ESCRIPT, "%s", kr_descriptions_failure(descriptions, 0));
  } else {
    json_t *explained = explain_codes(invocation, metadata);
    code = explained ? kr_metadata_help(&text, explained, width) : KR_ENOMEM;
    json_decref(explained);
    if (!code) code = kr_buffer_printf(&text, "\nFrom %s\n", place->path);
    if (!code && place->shadows) code = kr_buffer_printf(&text, "It shadows %s\n", place->shadows);
    if (!code) code = kr_text_harmless(&clean, kr_buffer_text(&text), text.length);
    if (code) kr_error_set(error, code, "%s: its description is too long", place->path);
    if (!code) code = kr_cli_print(kr_buffer_text(&clean), clean.length, error);
  }
  kr_buffer_free(&text);
  kr_buffer_free(&clean);
  return code;
}

int kr_describe_runbook(struct kr_invocation *invocation) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_descriptions descriptions;
  struct kr_place place = {0};
  int code = kr_library_find(&place, invocation->library, invocation->operands[0], &error);
  if (!code) {
    code = kr_descriptions_load(&descriptions, invocation, &place, 1, &error);
    if (!code) {
      bool data = invocation->data && kr_run_metadata(descriptions.run[0]);
      code =
          data ? show_data(invocation, &descriptions, &place, &error) : show(invocation, &descriptions, &place, &error);
      kr_descriptions_free(&descriptions);
    }
  }
  kr_place_free(&place);
  return code ? kr_cli_fail(invocation, &error) : 0;
}
