/* render_text.c - the report as text. */
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "book/render.h"

#define NAMED_MAX   8 /* healthy objects and replicas named one by one, beyond it only with -v */
#define RED         "31;1"
#define YELLOW      "33;1"
#define GREEN       "32"
#define CYAN        "36"
#define BOLD        "1"
#define DIM         "2"
#define STYLE_RESET "\x1b[0m"

/* What is being written; the first failure stays, so that calls can follow one another. */
struct page {
  struct kr_buffer *out;
  const struct kr_render_options *options;
  int64_t now;
  int code;
};

static const char *text_of(const json_t *object, const char *member) {
  const char *text = json_string_value(json_object_get(object, member));
  return text ? text : "";
}

/* Our own words, never the cluster's. */
static void put(struct page *page, const char *text) {
  if (!page->code) page->code = kr_buffer_puts(page->out, text);
}

static void style(struct page *page, const char *codes) {
  if (!page->options->colour || page->code) return;
  page->code = codes ? kr_buffer_printf(page->out, "\x1b[%sm", codes) : kr_buffer_puts(page->out, STYLE_RESET);
}

/* The one way by which anything else comes in: harmless, each line indented, wrapped where wrap says so. */
static void say(struct page *page, const char *text, size_t indent, bool wrap) {
  struct kr_buffer clean;
  if (page->code) return;
  kr_buffer_init(&clean, strlen(text) * 12 + 1);
  page->code = kr_text_harmless(&clean, text, strlen(text));
  if (!page->code && wrap) {
    page->code = kr_text_wrap(page->out, kr_buffer_text(&clean), page->options->width, indent);
  } else if (!page->code) {
    const char *line = kr_buffer_text(&clean);
    while (!page->code && *line) {
      size_t length = strcspn(line, "\n");
      page->code = kr_buffer_append(page->out, line, length);
      line += length + (line[length] == '\n');
      if (*line && !page->code) page->code = kr_buffer_printf(page->out, "\n%*s", (int)indent, "");
    }
  }
  kr_buffer_free(&clean);
}

static void __attribute__((format(printf, 4, 5)))
sayf(struct page *page, size_t indent, bool wrap, const char *format, ...) {
  struct kr_buffer text;
  va_list arguments;
  if (page->code) return;
  kr_buffer_init(&text, (size_t)1 << 20);
  va_start(arguments, format);
  page->code = kr_buffer_vprintf(&text, format, arguments);
  va_end(arguments);
  say(page, kr_buffer_text(&text), indent, wrap);
  kr_buffer_free(&text);
}

/* "Pod default/error"; out's limit cuts what is absurdly long. */
static void name_object(struct kr_buffer *out, const json_t *object) {
  const char *space = text_of(object, "namespace");
  (void)!kr_buffer_printf(out, "%s %s%s%s", text_of(object, "kind"), space, *space ? "/" : "", text_of(object, "name"));
}

/* Names of a list, some of them unless all are wanted. */
static void say_objects(struct page *page, const json_t *list, size_t indent) {
  size_t count = json_array_size(list);
  size_t shown = page->options->verbose || count <= NAMED_MAX ? count : NAMED_MAX;
  struct kr_buffer names;
  kr_buffer_init(&names, (size_t)1 << 20);
  for (size_t i = 0; i < shown; i++) {
    if (i > 0) (void)!kr_buffer_puts(&names, ", ");
    name_object(&names, json_array_get(list, i));
  }
  if (shown < count) (void)!kr_buffer_printf(&names, " and %zu more (-v names them)", count - shown);
  say(page, kr_buffer_text(&names), indent, true);
  kr_buffer_free(&names);
}

/* "Ingress shop/web -> Service shop/web -> Pod shop/web-1 (broken)", in one line: it is read as a path. */
static void say_chain(struct page *page, const json_t *chain) {
  for (size_t i = 0; i < json_array_size(chain); i++) {
    const json_t *link = json_array_get(chain, i);
    bool broken = json_is_true(json_object_get(link, "broken"));
    struct kr_buffer name;
    kr_buffer_init(&name, 4096);
    name_object(&name, link);
    if (i > 0) put(page, " -> ");
    if (broken) style(page, RED);
    say(page, kr_buffer_text(&name), 0, false);
    if (broken) put(page, " (broken)");
    if (broken) style(page, NULL);
    kr_buffer_free(&name);
  }
}

/* "48 minutes ago". */
static void say_age(struct page *page, int64_t then) {
  static const struct {
    int64_t ms;
    const char *word;
  } units[] = {{86400000, "day"}, {3600000, "hour"}, {60000, "minute"}, {1000, "second"}};
  int64_t age = page->now - then;
  if (age < 0) return;
  for (size_t i = 0; i < 4; i++) {
    int64_t count = age / units[i].ms;
    if (count < 1 || (count < 2 && i < 3)) continue; /* 90 minutes says more than 1 hour */
    sayf(page, 0, false, " (%lld %s%s ago)", (long long)count, units[i].word, count == 1 ? "" : "s");
    return;
  }
}

static void label(struct page *page, const char *word) {
  style(page, DIM);
  sayf(page, 0, false, "  %-8s", word);
  style(page, NULL);
}

static void say_evidence(struct page *page, const json_t *evidence) {
  for (size_t i = 0; i < json_array_size(evidence); i++) {
    const json_t *line = json_array_get(evidence, i);
    const char *kind = text_of(line, "kind"), *at = text_of(line, "at");
    label(page, i == 0 ? "shown by" : "");
    put(page, " ");
    style(page, CYAN);
    if (strcmp(kind, "text") != 0) sayf(page, 0, false, "%s%s%s: ", kind, *at ? " " : "", at);
    style(page, NULL);
    say(page, text_of(line, "text"), 13, false); /* never wrapped: it is searched for, and pasted */
    put(page, "\n");
  }
}

static void say_next(struct page *page, const json_t *steps) {
  for (size_t i = 0; i < json_array_size(steps); i++) {
    label(page, i == 0 ? "next" : "");
    put(page, " ");
    say(page, json_string_value(json_array_get(steps, i)), 11, false);
    put(page, "\n");
  }
}

static void say_who(struct page *page, const json_t *finding) {
  const json_t *owner = json_object_get(json_object_get(finding, "object"), "owner");
  const json_t *objects = json_object_get(finding, "objects");
  const json_t *chain = json_object_get(finding, "chain");
  json_int_t count = json_integer_value(json_object_get(finding, "count"));
  struct kr_buffer name;
  kr_buffer_init(&name, 4096);
  if (json_is_object(owner)) {
    name_object(&name, owner);
    label(page, "owner");
    sayf(page, 11, true, " %s", kr_buffer_text(&name));
    put(page, "\n");
  }
  if (count > 1) {
    label(page, "hits");
    sayf(page, 11, true, " %lld: ", (long long)count);
    say_objects(page, objects, 11);
    put(page, "\n");
  }
  if (json_array_size(chain) > 0) {
    label(page, "reached");
    put(page, " ");
    say_chain(page, chain);
    put(page, "\n");
  }
  kr_buffer_free(&name);
}

static void say_finding(struct page *page, const json_t *finding) {
  const json_t *object = json_object_get(finding, "object");
  const char *severity = text_of(finding, "severity"), *container = text_of(object, "container");
  const char *within = text_of(finding, "cause_code"), *since = text_of(finding, "since");
  struct kr_buffer name;
  kr_buffer_init(&name, 4096);
  name_object(&name, object);
  put(page, "\n");
  style(page, strcmp(severity, "critical") == 0 ? RED : strcmp(severity, "warning") == 0 ? YELLOW : BOLD);
  sayf(page, 0, false, "%s %s", strcmp(severity, "critical") == 0 ? "CRITICAL" : severity, text_of(finding, "code"));
  style(page, NULL);
  if (*within) sayf(page, 0, false, " (%s)", within);
  style(page, BOLD);
  sayf(page, 0, false, "  %s", kr_buffer_text(&name));
  style(page, NULL);
  if (*container) sayf(page, 0, false, ", container %s", container);
  put(page, "\n  ");
  say(page, text_of(finding, "cause"), 2, true);
  put(page, "\n");
  if (*since) {
    label(page, "since");
    sayf(page, 0, false, " %s", since);
    if (kr_time_parse(since) != KR_TIME_NONE) say_age(page, kr_time_parse(since));
    put(page, "\n");
  }
  say_who(page, finding);
  say_evidence(page, json_object_get(finding, "evidence"));
  say_next(page, json_object_get(finding, "next_steps"));
  kr_buffer_free(&name);
}

static void say_unknown(struct page *page, const json_t *unknown) {
  const char *permission = text_of(unknown, "permission"), *message = text_of(unknown, "message");
  put(page, "\n");
  style(page, YELLOW);
  put(page, "UNKNOWN");
  style(page, NULL);
  sayf(page, 2, true, "  %s: %s", text_of(unknown, "what"), text_of(unknown, "reason"));
  put(page, "\n");
  if (*message) {
    put(page, "  ");
    say(page, message, 2, true);
    put(page, "\n");
  }
  if (*permission && strcmp(text_of(unknown, "reason"), "forbidden") == 0) {
    label(page, "allow");
    sayf(page, 11, true, " %s", permission);
    put(page, "\n");
  }
}

static void say_error(struct page *page, const json_t *error) {
  put(page, "\n");
  style(page, RED);
  sayf(page, 0, false, "ERROR %s", text_of(error, "kind"));
  style(page, NULL);
  put(page, "  ");
  say(page, text_of(error, "message"), 2, false);
  put(page, "\n");
}

static void say_healthy(struct page *page, const json_t *section) {
  const json_t *healthy = json_object_get(section, "healthy");
  json_int_t count = json_integer_value(json_object_get(section, "healthy_count"));
  if (count == 0) return;
  put(page, "\n");
  style(page, GREEN);
  sayf(page, 0, false, "%lld healthy", (long long)count);
  style(page, NULL);
  if (json_array_size(healthy) <= NAMED_MAX || page->options->verbose) {
    put(page, ": ");
    say_objects(page, healthy, 2);
  }
  put(page, "\n");
}

static void say_steps(struct page *page, const json_t *steps) {
  if (json_array_size(steps) == 0) return;
  put(page, "\nHow it got there\n");
  for (size_t i = 0; i < json_array_size(steps); i++) {
    const json_t *step = json_array_get(steps, i);
    int indent = 2 + 2 * (int)json_integer_value(json_object_get(step, "depth"));
    const char *showed = text_of(step, "showed");
    sayf(page, 0, false, "%*s", indent, "");
    sayf(page, (size_t)indent + 2, true, "%s%s%s", text_of(step, "asked"), *showed ? " -> " : "", showed);
    put(page, "\n");
  }
}

/* "pod-status on prod (https://…, v1.36.2)". */
static void say_head(struct page *page, const json_t *section) {
  const json_t *cluster = json_object_get(section, "cluster");
  const char *context = text_of(cluster, "context"), *server = text_of(cluster, "server");
  const char *snapshot = text_of(cluster, "snapshot");
  const char *arg;
  json_t *value;
  style(page, BOLD);
  say(page, text_of(json_object_get(section, "runbook"), "name"), 0, false);
  style(page, NULL);
  json_object_foreach(json_object_get(section, "args"), arg, value) {
    if (json_is_string(value)) sayf(page, 0, false, " --%s %s", arg, json_string_value(value));
  }
  if (*snapshot) {
    sayf(page, 0, false, " on the snapshot %s", snapshot);
  } else if (*server || *context) {
    sayf(page, 0, false, " on %s%s%s%s", *context ? context : server, *context && *server ? " (" : "",
         *context ? server : "", *context && *server ? ")" : "");
  }
  put(page, "\n");
}

static void say_section(struct page *page, const json_t *section) {
  static const char *const lists[] = {"findings", "unknown", "errors"};
  static void (*const sayers[])(struct page *, const json_t *) = {say_finding, say_unknown, say_error};
  size_t total = 0;
  say_head(page, section);
  for (size_t list = 0; list < 3; list++) {
    const json_t *items = json_object_get(section, lists[list]);
    for (size_t i = 0; i < json_array_size(items); i++) sayers[list](page, json_array_get(items, i));
    total += json_array_size(items);
  }
  if (total == 0 && json_integer_value(json_object_get(section, "healthy_count")) == 0)
    put(page, "\nThere was nothing to look at: no object was reported healthy, and none with a finding.\n");
  say_healthy(page, section);
  if (page->options->explain) say_steps(page, json_object_get(section, "steps"));
  put(page, "\n");
}

static void count_findings(const json_t *section, size_t counts[3]) {
  const json_t *findings = json_object_get(section, "findings");
  for (size_t i = 0; i < json_array_size(findings); i++) {
    const char *severity = text_of(json_array_get(findings, i), "severity");
    counts[strcmp(severity, "critical") == 0 ? 0 : strcmp(severity, "warning") == 0 ? 1 : 2]++;
  }
}

static void say_count(struct page *page, size_t count, const char *word, bool *first) {
  if (count == 0) return;
  sayf(page, 0, false, "%s%zu %s", *first ? "" : ", ", count, word);
  *first = false;
}

/* The last line: how many of each, and what the exit status says. */
static void say_summary(struct page *page, const json_t *document) {
  const json_t *sections = json_object_get(document, "sections");
  size_t counts[3] = {0}, unknown = 0, healthy = 0, errors = json_array_size(json_object_get(document, "errors"));
  const char *status = text_of(document, "status");
  bool first = true;
  for (size_t i = 0; i < json_array_size(sections); i++) {
    const json_t *section = json_array_get(sections, i);
    count_findings(section, counts);
    unknown += json_array_size(json_object_get(section, "unknown"));
    errors += json_array_size(json_object_get(section, "errors"));
    healthy += (size_t)json_integer_value(json_object_get(section, "healthy_count"));
  }
  style(page, strcmp(status, "critical") == 0 ? RED : strcmp(status, "ok") == 0 ? GREEN : YELLOW);
  put(page, status);
  style(page, NULL);
  put(page, ": ");
  say_count(page, counts[0], "critical", &first);
  say_count(page, counts[1], counts[1] == 1 ? "warning" : "warnings", &first);
  say_count(page, counts[2], "info", &first);
  say_count(page, unknown, "undetermined", &first);
  say_count(page, errors, errors == 1 ? "error" : "errors", &first);
  say_count(page, healthy, "healthy", &first);
  if (first) put(page, "nothing found");
  sayf(page, 0, false, " (exit status %lld)", (long long)json_integer_value(json_object_get(document, "exit_code")));
  put(page, "\n");
}

int kr_render_text(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options) {
  struct page page = {.out = out, .options = options, .now = kr_time_parse(text_of(document, "taken_at"))};
  const json_t *sections = json_object_get(document, "sections"), *errors = json_object_get(document, "errors");
  for (size_t i = 0; i < json_array_size(sections); i++) say_section(&page, json_array_get(sections, i));
  for (size_t i = 0; i < json_array_size(errors); i++) say_error(&page, json_array_get(errors, i));
  if (json_array_size(errors) > 0) put(&page, "\n");
  say_summary(&page, document);
  return page.code;
}
