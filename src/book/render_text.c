/* render_text.c - the report as text. */
#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "book/render_changes.h"
#include "book/render_overview.h"
#include "book/render_page.h"
#include "book/render_unknown.h"

/* "Ingress shop/web -> Service shop/web -> Pod shop/web-1 (broken)", in one line: it is read as a path. */
static void say_chain(struct kr_page *page, const json_t *chain) {
  for (size_t i = 0; i < json_array_size(chain); i++) {
    const json_t *link = json_array_get(chain, i);
    bool broken = json_is_true(json_object_get(link, "broken"));
    struct kr_buffer name;
    kr_buffer_init(&name, 4096);
    kr_document_name(&name, link);
    if (i > 0) kr_page_put(page, " -> ");
    if (broken) kr_page_style(page, KR_RED);
    kr_page_say(page, kr_buffer_text(&name), 0, false);
    if (broken) kr_page_put(page, " (broken)");
    if (broken) kr_page_style(page, NULL);
    kr_buffer_free(&name);
  }
}

static void say_evidence(struct kr_page *page, const json_t *evidence) {
  for (size_t i = 0; i < json_array_size(evidence); i++) {
    const json_t *line = json_array_get(evidence, i);
    const char *kind = kr_document_text(line, "kind"), *at = kr_document_text(line, "at");
    kr_page_label(page, i == 0 ? "shown by" : "");
    kr_page_put(page, " ");
    kr_page_style(page, KR_CYAN);
    if (strcmp(kind, "text") != 0) kr_page_sayf(page, 0, false, "%s%s%s: ", kind, *at ? " " : "", at);
    kr_page_style(page, NULL);
    kr_page_say(page, kr_document_text(line, "text"), 13, false); /* never wrapped: it is searched for, and pasted */
    kr_page_put(page, "\n");
  }
}

static void say_next(struct kr_page *page, const json_t *steps) {
  for (size_t i = 0; i < json_array_size(steps); i++) {
    kr_page_label(page, i == 0 ? "next" : "");
    kr_page_put(page, " ");
    const char *step = json_string_value(json_array_get(steps, i));
    kr_page_say(page, step ? step : "", 11, false);
    kr_page_put(page, "\n");
  }
}

static void say_who(struct kr_page *page, const json_t *finding) {
  const json_t *owner = json_object_get(json_object_get(finding, "object"), "owner");
  const json_t *objects = json_object_get(finding, "objects");
  const json_t *chain = json_object_get(finding, "chain");
  json_int_t count = json_integer_value(json_object_get(finding, "count"));
  struct kr_buffer name;
  kr_buffer_init(&name, 4096);
  if (json_is_object(owner) && !kr_document_same(owner, json_object_get(finding, "object"))) {
    kr_document_name(&name, owner);
    kr_page_label(page, "owner");
    kr_page_sayf(page, 11, true, " %s", kr_buffer_text(&name));
    kr_page_put(page, "\n");
  }
  if (count > 1) {
    kr_page_label(page, "hits");
    kr_page_sayf(page, 11, true, " %lld: ", (long long)count);
    kr_page_objects(page, objects, 11);
    kr_page_put(page, "\n");
  }
  if (json_array_size(chain) > 0) {
    kr_page_label(page, "reached");
    kr_page_put(page, " ");
    say_chain(page, chain);
    kr_page_put(page, "\n");
  }
  kr_buffer_free(&name);
}

static void say_finding(struct kr_page *page, const json_t *finding) {
  const json_t *object = json_object_get(finding, "object");
  const char *severity = kr_document_severity(finding), *container = kr_document_text(object, "container");
  const char *within = kr_document_text(finding, "cause_code"), *since = kr_document_text(finding, "since");
  char age[KR_AGE_TEXT_MAX];
  struct kr_buffer name;
  kr_buffer_init(&name, 4096);
  kr_document_name(&name, object);
  kr_page_put(page, "\n");
  kr_page_style(page, strcmp(severity, "critical") == 0  ? KR_RED
                      : strcmp(severity, "warning") == 0 ? KR_YELLOW
                                                         : KR_BOLD);
  kr_page_sayf(page, 0, false, "%s %s", strcmp(severity, "critical") == 0 ? "CRITICAL" : severity,
               kr_document_text(finding, "code"));
  kr_page_style(page, NULL);
  if (*within) kr_page_sayf(page, 0, false, " (%s)", within);
  kr_page_style(page, KR_BOLD);
  kr_page_sayf(page, 0, false, "  %s", kr_buffer_text(&name));
  kr_page_style(page, NULL);
  if (*container) kr_page_sayf(page, 0, false, ", container %s", container);
  kr_page_put(page, "\n  ");
  kr_page_say(page, kr_document_text(finding, "cause"), 2, true);
  kr_page_put(page, "\n");
  if (*since) {
    kr_page_label(page, "since");
    kr_page_sayf(page, 0, false, " %s", since);
    kr_page_put(page, kr_age_text(kr_time_parse(since), page->now, age));
    kr_page_put(page, "\n");
  }
  kr_page_change(page, finding);
  say_who(page, finding);
  say_evidence(page, json_object_get(finding, "evidence"));
  say_next(page, json_object_get(finding, "next_steps"));
  kr_buffer_free(&name);
}

static void say_error(struct kr_page *page, const json_t *error) {
  kr_page_put(page, "\n");
  kr_page_style(page, KR_RED);
  kr_page_sayf(page, 0, false, "ERROR %s", kr_document_text(error, "kind"));
  kr_page_style(page, NULL);
  kr_page_put(page, "  ");
  kr_page_say(page, kr_document_text(error, "message"), 2, false);
  kr_page_put(page, "\n");
}

/* What is too young to be judged: neither well nor ill. */
static void say_starting(struct kr_page *page, const json_t *starting) {
  size_t count = json_array_size(starting);
  if (count == 0) return;
  kr_page_sayf(page, 0, false, "\n%zu on %s way, too young to be judged: ", count, count == 1 ? "its" : "their");
  kr_page_objects(page, starting, 2);
  kr_page_put(page, "\n");
}

static void say_healthy(struct kr_page *page, const json_t *section) {
  const json_t *healthy = json_object_get(section, "healthy");
  json_int_t count = json_integer_value(json_object_get(section, "healthy_count"));
  if (count == 0) return;
  kr_page_put(page, "\n");
  kr_page_style(page, KR_GREEN);
  kr_page_sayf(page, 0, false, "%lld healthy", (long long)count);
  kr_page_style(page, NULL);
  if (json_array_size(healthy) <= KR_NAMED_MAX || page->options->verbose) {
    kr_page_put(page, ": ");
    kr_page_objects(page, healthy, 2);
  }
  kr_page_put(page, "\n");
}

static void say_steps(struct kr_page *page, const json_t *steps) {
  if (json_array_size(steps) == 0) return;
  kr_page_put(page, "\nHow it got there\n");
  for (size_t i = 0; i < json_array_size(steps); i++) {
    const json_t *step = json_array_get(steps, i);
    int indent = 2 + 2 * (int)json_integer_value(json_object_get(step, "depth"));
    const char *showed = kr_document_text(step, "showed");
    kr_page_sayf(page, 0, false, "%*s", indent, "");
    kr_page_sayf(page, (size_t)indent + 2, true, "%s%s%s", kr_document_text(step, "asked"), *showed ? " -> " : "",
                 showed);
    kr_page_put(page, "\n");
  }
}

/* " -n shop -l app=web", " -A": where was looked, as the flags say it. */
static void say_scope(struct kr_page *page, const json_t *scope) {
  const char *namespace_ = kr_document_text(scope, "namespace"), *labels = kr_document_text(scope, "labels");
  if (!scope) return;
  if (*namespace_)
    kr_page_sayf(page, 0, false, " -n %s", namespace_);
  else
    kr_page_put(page, " -A");
  if (*labels) kr_page_sayf(page, 0, false, " -l %s", labels);
}

/* "pod-status --pod web -n shop on prod (https://…)". */
static void say_head(struct kr_page *page, const json_t *section) {
  const json_t *cluster = json_object_get(section, "cluster");
  const char *context = kr_document_text(cluster, "context"), *server = kr_document_text(cluster, "server");
  const char *snapshot = kr_document_text(cluster, "snapshot");
  const char *arg;
  json_t *value;
  kr_page_style(page, KR_BOLD);
  kr_page_say(page, kr_document_text(json_object_get(section, "runbook"), "name"), 0, false);
  kr_page_style(page, NULL);
  json_object_foreach(json_object_get(section, "args"), arg, value) {
    if (json_is_string(value)) kr_page_sayf(page, 0, false, " --%s %s", arg, json_string_value(value));
  }
  say_scope(page, json_object_get(section, "scope"));
  if (*snapshot) {
    kr_page_sayf(page, 0, false, " on the snapshot %s", snapshot);
  } else if (*server || *context) {
    kr_page_sayf(page, 0, false, " on %s%s%s%s", *context ? context : server, *context && *server ? " (" : "",
                 *context ? server : "", *context && *server ? ")" : "");
  }
  kr_page_put(page, "\n");
}

/* What is to be told of a section, beneath its head. */
static void say_trouble(struct kr_page *page, const json_t *section) {
  json_t *findings = kr_page_told(page, json_object_get(section, "findings"));
  json_t *unknowns = kr_page_told(page, json_object_get(section, "unknown"));
  json_t *errors = kr_page_told(page, json_object_get(section, "errors"));
  if (!findings || !unknowns || !errors) page->code = KR_ENOMEM;
  for (size_t i = 0; i < json_array_size(findings); i++) say_finding(page, json_array_get(findings, i));
  kr_page_unknowns(page, unknowns);
  for (size_t i = 0; i < json_array_size(errors); i++) say_error(page, json_array_get(errors, i));
  kr_page_gone(page, section);
  kr_page_left_out(page, section);
  kr_page_ignored(page, section);
  json_decref(findings);
  json_decref(unknowns);
  json_decref(errors);
}

static void say_section(struct kr_page *page, const json_t *section) {
  const json_t *starting = json_object_get(section, "starting");
  struct kr_tally tally = kr_tally_section(section);
  size_t total = tally.critical + tally.warning + tally.info + tally.errors + tally.unknown + tally.starting +
                 json_array_size(json_object_get(section, "ignored"));
  if (!kr_page_has_news(page, section)) return;
  say_head(page, section);
  say_trouble(page, section);
  if (total == 0 && tally.healthy == 0)
    kr_page_put(page, "\nThere was nothing to look at: no object was reported healthy, and none with a finding.\n");
  if (!page->options->only_changes) {
    say_starting(page, starting);
    say_healthy(page, section);
  }
  if (page->options->explain) say_steps(page, json_object_get(section, "steps"));
  kr_page_put(page, "\n");
}

/* The last line: how many of each, and what the exit status says. */
static void say_summary(struct kr_page *page, const json_t *document) {
  const struct kr_tally tally = kr_tally_document(document);
  const char *status = kr_document_status(document);
  kr_page_style(page, strcmp(status, "critical") == 0 ? KR_RED : strcmp(status, "ok") == 0 ? KR_GREEN : KR_YELLOW);
  kr_page_put(page, status);
  kr_page_style(page, NULL);
  kr_page_put(page, ": ");
  if (!page->code) page->code = kr_tally_say(page->out, &tally);
  kr_page_sayf(page, 0, false, " (exit status %lld)",
               (long long)json_integer_value(json_object_get(document, "exit_code")));
  kr_page_put(page, "\n");
}

int kr_render_text(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options) {
  struct kr_page page = {.out = out, .options = options, .now = kr_time_parse(kr_document_text(document, "taken_at"))};
  const json_t *sections = json_object_get(document, "sections"), *errors = json_object_get(document, "errors");
  for (size_t i = 0; i < json_array_size(sections); i++) say_section(&page, json_array_get(sections, i));
  for (size_t i = 0; i < json_array_size(errors); i++) say_error(&page, json_array_get(errors, i));
  if (json_array_size(errors) > 0) kr_page_put(&page, "\n");
  kr_page_overview(&page, sections);
  say_summary(&page, document);
  return page.code;
}
