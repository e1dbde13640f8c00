/* run.c - runbooks are loaded, started and brought to their end. */
#define _POSIX_C_SOURCE 200809L
#include "book/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "book/arguments.h"
#include "book/embedded.h"
#include "book/run_private.h"

#define VERSION_WAIT_MS 500

static void run_free(struct kr_run *run) {
  kr_vm_free(run->vm);
  kr_place_free(&run->place);
  json_decref(run->metadata);
  json_decref(run->given);
  json_decref(run->result);
  free(run->namespace_);
  free(run->beside);
  free(run);
}

int kr_runs_new(struct kr_runs **out, const struct kr_run_options *options, struct kr_error *error) {
  struct kr_runs *runs = calloc(1, sizeof *runs);
  if (!runs) return kr_error_set(error, KR_ENOMEM, "out of memory");
  runs->options = *options;
  int code = kr_loop_new(&runs->loop, options->client, error);
  if (code) {
    free(runs);
  } else {
    *out = runs;
  }
  return code;
}

void kr_runs_free(struct kr_runs *runs) {
  if (!runs) return;
  while (runs->first) {
    struct kr_run *next = runs->first->next;
    run_free(runs->first);
    runs->first = next;
  }
  kr_loop_free(runs->loop);
  free(runs->version);
  free(runs);
}

void kr_run_fail(struct kr_run *run, const struct kr_error *error) {
  struct kr_error interrupted = KR_ERROR_INIT;
  if (error->code != KR_ECANCELLED) {
    (void)kr_section_error(run->section, error);
    return;
  }
  /* Ctrl-C is no mistake of the line at which the runbook was. */
  (void)kr_error_set(&interrupted, KR_ECANCELLED, "interrupted: not everything was looked at");
  (void)kr_section_error(run->section, &interrupted);
}

const json_t *kr_run_metadata(const struct kr_run *run) { return run->metadata; }

/* What a runbook within a runbook concluded goes to the one that waits for it. */
static void end(struct kr_run *run) {
  run->ended = true;
  struct kr_vm_spent spent = kr_vm_spent(run->vm);
  (void)kr_section_spent(run->section, spent.requests, spent.bytes, spent.wall_ms);
  if (!run->parent) return;
  run->result = kr_section_result(run->section);
  if (run->parent->vm) kr_vm_wake(run->waiting); /* else it ended first, of a limit */
}

/* Frees its Lua state, once its end has come. */
static void release(struct kr_run *run) {
  if (!run->vm) return;
  run->spent = kr_vm_spent(run->vm);
  kr_vm_free(run->vm);
  run->vm = NULL;
}

static void add_spent(struct kr_vm_spent *all, const struct kr_vm_spent *one) {
  all->requests += one->requests;
  all->bytes += one->bytes;
  all->lua_cpu_ms += one->lua_cpu_ms;
  if (one->wait_ms > all->wait_ms) all->wait_ms = one->wait_ms; /* they wait at the same time */
  if (one->wall_ms > all->wall_ms) all->wall_ms = one->wall_ms;
  all->memory_peak += one->memory_peak;
}

void kr_run_done_with(struct kr_run *nested) {
  struct kr_runs *runs = nested->runs;
  struct kr_run **link = &runs->first;
  release(nested);
  /* One that it started may still be at work, where it ended first, of a limit. */
  for (const struct kr_run *run = runs->first; run; run = run->next)
    if (run->parent == nested) return;
  while (*link && *link != nested) link = &(*link)->next;
  if (*link) *link = nested->next;
  add_spent(&runs->spent, &nested->spent);
  kr_section_drop(nested->section);
  run_free(nested);
}

void kr_run_failed(struct kr_run *run, const struct kr_error *error) {
  struct kr_error nested = *error;
  kr_run_fail(run, error);
  for (struct kr_run *outer = run->parent; outer; outer = outer->parent) {
    kr_error_prefix(&nested, "in runbook %s", run->place.name);
    kr_run_fail(outer, &nested);
  }
}

static void finished(void *user, lua_State *lua, int result_count, const struct kr_error *error) {
  struct kr_run *run = user;
  (void)lua, (void)result_count;
  if (error) kr_run_failed(run, error);
  end(run);
}

int kr_run_start(struct kr_run *run, const json_t *given, struct kr_error *error) {
  json_t *args = NULL;
  if (!run->metadata) return 0; /* it failed to load: its section says so */
  int code = kr_arguments_resolve(&args, json_object_get(run->metadata, "args"), given, error);
  if (code) return kr_error_prefix(error, "%s", run->place.name);
  (void)kr_section_args(run->section, args);
  code = kr_context_push_start(run, args, error);
  if (!code) code = kr_vm_start(run->vm, 2, finished, run, error);
  json_decref(args);
  return code;
}

static void loaded(void *user, lua_State *lua, int result_count, const struct kr_error *failure) {
  struct kr_run *run = user;
  struct kr_error error = KR_ERROR_INIT;
  (void)lua, (void)result_count;
  if (!failure && run->rejected.code) failure = &run->rejected;
  if (failure) {
    json_decref(run->metadata);
    run->metadata = NULL;
    kr_run_failed(run, failure);
    end(run);
    return;
  }
  (void)kr_section_name(run->section, json_string_value(json_object_get(run->metadata, "name")));
  if (!run->parent) return; /* the command line's arguments come with kr_run_start */
  if (kr_run_start(run, run->given, &error)) {
    kr_run_failed(run, &error);
    end(run);
  }
}

static int read_source(struct kr_buffer *source, const struct kr_run *run, struct kr_error *error) {
  int code = kr_library_read(source, &run->place, error);
  return code == KR_ELIMIT ? kr_error_prefix(error, "%s is too large for a runbook", run->place.path) : code;
}

static const struct kr_embedded *context_source(void) {
  size_t i = 0;
  while (i + 1 < kr_embedded_count && strcmp(kr_embedded[i].name, "context.lua") != 0) i++;
  return &kr_embedded[i];
}

int kr_run_load(struct kr_run *run, struct kr_error *error) {
  const struct kr_embedded *context = context_source();
  struct kr_buffer source;
  kr_buffer_init(&source, KR_SOURCE_MAX);
  int code = kr_context_bind(run, error);
  if (!code) code = read_source(&source, run, error);
  if (!code) code = kr_vm_load(run->vm, context->text, context->length, "krunbook:context.lua", error);
  if (!code) code = kr_vm_load(run->vm, kr_buffer_text(&source), source.length, run->place.path, error);
  if (!code) {
    kr_context_push_host(run);
    code = kr_vm_start(run->vm, 2, loaded, run, error);
  }
  kr_buffer_free(&source);
  return code;
}

static int make_section(struct kr_run *run, struct kr_error *error) {
  char digest[KR_HASH_TEXT_MAX] = "";
  struct kr_buffer source;
  if (run->parent) return kr_section_nested(&run->section, run->parent->section, error);
  kr_buffer_init(&source, KR_SOURCE_MAX);
  if (!kr_library_read(&source, &run->place, NULL)) kr_hash_sha256(kr_buffer_text(&source), source.length, digest);
  kr_buffer_free(&source);
  const struct kr_run_options *options = &run->runs->options;
  int code = kr_report_section(&run->section, options->report, run->place.name, run->place.path,
                               *digest ? digest : NULL, NULL, error);
  if (!code && kr_section_scope(run->section, run->all_namespaces ? NULL : run->namespace_, options->labels))
    code = kr_error_set(error, KR_ENOMEM, "out of memory for a section of the report");
  return code;
}

static int copy_place(struct kr_run *run, const struct kr_place *place) {
  run->place.name = strdup(place->name);
  run->place.path = strdup(place->path);
  if (!place->folder && strncmp(place->path, "embedded:", 9) != 0) run->beside = kr_path_folder(place->path);
  return run->place.name && run->place.path ? 0 : KR_ENOMEM;
}

/* Its parent's namespace or namespaces, unless it is given one. */
static int set_namespace(struct kr_run *run, const char *namespace_) {
  const struct kr_run_options *options = &run->runs->options;
  const char *inherited = run->parent ? run->parent->namespace_ : options->namespace_;
  run->all_namespaces = !namespace_ && (run->parent ? run->parent->all_namespaces : options->all_namespaces);
  run->namespace_ = strdup(namespace_ ? namespace_ : inherited);
  return run->namespace_ ? 0 : KR_ENOMEM;
}

int kr_run_new(struct kr_run **out, struct kr_runs *runs, struct kr_run *parent, const struct kr_place *place,
               const char *namespace_, struct kr_error *error) {
  struct kr_run *run = calloc(1, sizeof *run);
  if (!run) return kr_error_set(error, KR_ENOMEM, "out of memory for a runbook");
  run->runs = runs;
  run->parent = parent;
  run->depth = parent ? parent->depth + 1 : 0;
  int code = copy_place(run, place) || set_namespace(run, namespace_)
                 ? kr_error_set(error, KR_ENOMEM, "out of memory for a runbook")
                 : 0;
  if (!code) code = make_section(run, error);
  if (!code) {
    struct kr_vm_host host = kr_context_host(run);
    code = kr_vm_new(&run->vm, runs->loop, &runs->options.limits, &host, error);
    if (!code && parent) kr_vm_charge(run->vm, parent->vm);
  }
  if (code) {
    run_free(run);
    return code;
  }
  run->next = runs->first;
  runs->first = run;
  *out = run;
  return 0;
}

int kr_runs_add(struct kr_run **out, struct kr_runs *runs, const struct kr_place *place, struct kr_error *error) {
  struct kr_error failure = KR_ERROR_INIT;
  int code = kr_run_new(out, runs, NULL, place, NULL, error);
  if (!code && kr_run_load(*out, &failure)) {
    kr_run_fail(*out, &failure);
    (*out)->ended = true;
  }
  return code;
}

/* The server's version, asked beside everything else; nothing hangs on it. */
static void version_answered(void *user, struct kr_answer *answer) {
  struct kr_runs *runs = user;
  runs->version_pending = false;
  if (answer->reply.outcome != KR_FOUND) return;
  json_t *document = json_loadb(kr_buffer_text(&answer->reply.body), answer->reply.body.length, 0, NULL);
  const char *version = json_string_value(json_object_get(document, "gitVersion"));
  if (version) runs->version = strdup(version);
  json_decref(document);
}

static void ask_version(struct kr_runs *runs) {
  struct kr_request request = {.verb = KR_VERB_VERSION};
  if (runs->version_pending || runs->version) return;
  runs->version_pending = kr_client_submit(runs->options.client, &request, version_answered, runs, NULL) == 0;
}

/* It has had the whole run to come; a server that is slow with it is not waited for. */
static void await_version(struct kr_runs *runs) {
  int64_t until = kr_clock_monotonic() + VERSION_WAIT_MS;
  while (runs->version_pending && !kr_cancelled() && kr_clock_monotonic() < until) {
    if (kr_client_wait(runs->options.client, VERSION_WAIT_MS, NULL) < 0) return;
  }
}

int kr_runs_load(struct kr_runs *runs, struct kr_error *error) { return kr_loop_run(runs->loop, error); }

int kr_runs_finish(struct kr_runs *runs, struct kr_error *error) {
  ask_version(runs);
  int code = kr_loop_run(runs->loop, error);
  await_version(runs);
  struct kr_cluster_info info = kr_transport_info(kr_client_transport(runs->options.client));
  for (struct kr_run *run = runs->first; run; run = run->next) { /* those within others come first */
    if (!run->parent) (void)kr_section_cluster(run->section, info, runs->version);
    release(run); /* the report needs memory too */
  }
  if (kr_cancelled()) kr_report_interrupted(runs->options.report);
  return code;
}

struct kr_vm_spent kr_runs_spent(const struct kr_runs *runs) {
  struct kr_vm_spent all = runs->spent;
  for (const struct kr_run *run = runs->first; run; run = run->next) {
    struct kr_vm_spent one = run->vm ? kr_vm_spent(run->vm) : run->spent;
    add_spent(&all, &one);
  }
  return all;
}
