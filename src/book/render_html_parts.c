/* render_html_parts.c - what stands within a section of the HTML page: cards of findings, and lists. */
#include <string.h>

#include "book/document.h"
#include "book/render_html.h"
#include "book/render_xml.h"

#define NAMED_MAX 500 /* objects of one list */
#define DEPTH_MAX 32  /* of the decision trace */

static void say(struct kr_out *out, const char *text) { kr_out_say(out, text, kr_xml_text); }

void kr_html_time(struct kr_out *out, const char *time) {
  kr_out_put(out, "<time datetime=\"");
  kr_out_say(out, time, kr_xml_attribute);
  kr_out_put(out, "\">");
  say(out, time);
  kr_out_put(out, "</time>");
}

static void write_chain(struct kr_out *out, const json_t *chain) {
  const json_t *link;
  size_t i;
  if (json_array_size(chain) == 0) return;
  kr_out_put(out, "<ol class=\"chain\" aria-label=\"reached by\">\n");
  json_array_foreach(chain, i, link) {
    const char *space = kr_document_text(link, "namespace");
    kr_out_put(out, json_is_true(json_object_get(link, "broken")) ? "<li class=\"broken\"><small>" : "<li><small>");
    say(out, kr_document_text(link, "kind"));
    kr_out_put(out, "</small>");
    say(out, space);
    kr_out_put(out, *space ? "/" : "");
    say(out, kr_document_text(link, "name"));
    kr_out_put(out, "</li>\n");
  }
  kr_out_put(out, "</ol>\n");
}

static void write_evidence(struct kr_out *out, const json_t *evidence) {
  const json_t *line;
  size_t i, count = json_array_size(evidence);
  if (count == 0) return;
  kr_out_putf(out, "<details><summary>Shown by %zu line%s of evidence</summary>\n<ol class=\"lines\">\n", count,
              count == 1 ? "" : "s");
  json_array_foreach(evidence, i, line) {
    const char *at = kr_document_text(line, "at");
    kr_out_put(out, "<li><span class=\"from\">");
    say(out, kr_document_text(line, "kind"));
    kr_out_put(out, *at ? " " : "");
    if (*at) kr_html_time(out, at);
    kr_out_put(out, "</span><pre>");
    say(out, kr_document_text(line, "text"));
    kr_out_put(out, "</pre></li>\n");
  }
  kr_out_put(out, "</ol></details>\n");
}

static void write_next(struct kr_out *out, const json_t *steps) {
  const json_t *step;
  size_t i;
  if (json_array_size(steps) == 0) return;
  kr_out_put(out, "<ul class=\"next\">\n");
  json_array_foreach(steps, i, step) {
    kr_out_put(out, "<li><pre>");
    say(out, json_string_value(step) ? json_string_value(step) : "");
    kr_out_put(out, "</pre></li>\n");
  }
  kr_out_put(out, "</ul>\n");
}

static void write_objects(struct kr_out *out, const char *title, long long count, const json_t *list) {
  const json_t *object;
  size_t i;
  if (count < 1) return;
  kr_out_putf(out, "<details><summary>%lld %s</summary>\n<ul class=\"plain small\">\n", count, title);
  json_array_foreach(list, i, object) {
    if (i == NAMED_MAX) break;
    kr_out_put(out, "<li>");
    kr_out_say_name(out, object, kr_xml_text);
    kr_out_put(out, "</li>\n");
  }
  if ((size_t)count > i) kr_out_putf(out, "<li>and %lld more</li>\n", count - (long long)i);
  kr_out_put(out, "</ul></details>\n");
}

static void write_facts(struct kr_out *out, const json_t *finding, int64_t now) {
  const json_t *object = json_object_get(finding, "object"), *owner = json_object_get(object, "owner");
  const char *since = kr_document_text(finding, "since"), *container = kr_document_text(object, "container");
  json_int_t count = json_integer_value(json_object_get(finding, "count"));
  char age[KR_AGE_TEXT_MAX];
  kr_out_put(out, "<p class=\"facts\">");
  if (*container) kr_out_put(out, "<span>container ");
  say(out, container);
  if (*container) kr_out_put(out, "</span> ");
  if (json_is_object(owner) && !kr_document_same(owner, object)) {
    kr_out_put(out, "<span>of ");
    kr_out_say_name(out, owner, kr_xml_text);
    kr_out_put(out, "</span> ");
  }
  if (*since) kr_out_put(out, "<span>since ");
  if (*since) kr_html_time(out, since);
  kr_out_put(out, kr_age_text(kr_time_parse(since), now, age));
  if (*since) kr_out_put(out, "</span> ");
  if (count > 1) kr_out_putf(out, "<span>hits %lld objects</span>", (long long)count);
  kr_out_put(out, "</p>\n");
}

void kr_html_finding(struct kr_out *out, const json_t *finding, size_t section, size_t number, int64_t now) {
  const char *severity = kr_document_severity(finding), *within = kr_document_text(finding, "cause_code");
  json_int_t count = json_integer_value(json_object_get(finding, "count"));
  long long ways = (long long)json_array_size(json_object_get(finding, "ways"));
  kr_out_putf(out,
              "<article class=\"card %s\" data-severity=\"%s\" id=\"f-%zu-%zu\">\n<header><span class=\"badge\">%s"
              "</span> <a class=\"code mono\" href=\"#f-%zu-%zu\">",
              severity, severity, section, number, severity, section, number);
  say(out, kr_document_text(finding, "code"));
  kr_out_put(out, "</a> ");
  if (*within) kr_out_put(out, "<span class=\"mono dim\">");
  say(out, within);
  if (*within) kr_out_put(out, "</span> ");
  kr_out_put(out, "<h3>");
  kr_out_say_name(out, json_object_get(finding, "object"), kr_xml_text);
  kr_out_put(out, "</h3></header>\n");
  write_facts(out, finding, now);
  kr_out_put(out, "<p>");
  say(out, kr_document_text(finding, "cause"));
  kr_out_put(out, "</p>\n");
  write_chain(out, json_object_get(finding, "chain"));
  if (ways > 1) write_objects(out, "ways lead here, from", ways, json_object_get(finding, "ways"));
  write_evidence(out, json_object_get(finding, "evidence"));
  if (count > 1) write_objects(out, "objects are hit", count, json_object_get(finding, "objects"));
  write_next(out, json_object_get(finding, "next_steps"));
  kr_out_put(out, "</article>\n");
}

void kr_html_unknowns(struct kr_out *out, const json_t *unknowns) {
  const json_t *unknown;
  size_t i;
  json_array_foreach(unknowns, i, unknown) {
    const char *message = kr_document_text(unknown, "message"), *permission = kr_document_text(unknown, "permission");
    kr_out_put(out,
               "<article class=\"card unknown\" data-severity=\"unknown\"><header><span class=\"badge\">"
               "undetermined</span> <span class=\"code mono\">");
    say(out, kr_document_text(unknown, "reason"));
    kr_out_put(out, "</span> <h3>");
    say(out, kr_document_text(unknown, "what"));
    kr_out_put(out, "</h3></header>\n<p>");
    say(out, message);
    kr_out_put(out, "</p>\n");
    if (*permission) kr_out_put(out, "<p class=\"dim small\">Needs: <code>");
    say(out, permission);
    if (*permission) kr_out_put(out, "</code></p>\n");
    kr_out_put(out, "</article>\n");
  }
}

void kr_html_errors(struct kr_out *out, const json_t *errors) {
  const json_t *error;
  size_t i;
  json_array_foreach(errors, i, error) {
    kr_out_put(out,
               "<article class=\"card unknown\" data-severity=\"unknown\"><header><span class=\"badge\">error"
               "</span> <span class=\"code mono\">");
    say(out, kr_document_text(error, "kind"));
    kr_out_put(out, "</span></header>\n<pre>");
    say(out, kr_document_text(error, "message"));
    kr_out_put(out, "</pre></article>\n");
  }
}

/* From the item that is open at depth to the place where one at wanted can begin: -1 is outside of all lists. */
static void move_to(struct kr_out *out, json_int_t *depth, json_int_t wanted) {
  if (*depth >= wanted && *depth >= 0) kr_out_put(out, "</li>\n");
  for (; *depth > wanted; --*depth) kr_out_put(out, *depth > 0 ? "</ul></li>\n" : "</ul>\n");
  for (; *depth < wanted; ++*depth)
    kr_out_put(out, *depth + 1 < wanted ? "<ul class=\"steps\"><li>\n" : "<ul class=\"steps\">\n");
}

/* The trace as lists within lists, as deep as each step says. */
static void write_steps(struct kr_out *out, const json_t *steps) {
  const json_t *step;
  size_t i;
  json_int_t depth = -1;
  if (json_array_size(steps) == 0) return;
  kr_out_put(out, "<details><summary>How it got there</summary>\n");
  json_array_foreach(steps, i, step) {
    json_int_t wanted = json_integer_value(json_object_get(step, "depth"));
    const char *showed = kr_document_text(step, "showed");
    move_to(out, &depth, wanted < 0 ? 0 : wanted > DEPTH_MAX ? DEPTH_MAX : wanted);
    kr_out_put(out, "<li>");
    say(out, kr_document_text(step, "asked"));
    kr_out_put(out, *showed ? " <span class=\"dim\">&#8594;</span> " : "");
    say(out, showed);
  }
  move_to(out, &depth, -1);
  kr_out_put(out, "</details>\n");
}

static void write_did_without(struct kr_out *out, const json_t *list) {
  const json_t *unknown;
  size_t i;
  if (json_array_size(list) == 0) return;
  kr_out_putf(out,
              "<details><summary>%zu that could not be read, and the verdict stands without</summary>\n"
              "<ul class=\"plain small\">\n",
              json_array_size(list));
  json_array_foreach(list, i, unknown) {
    kr_out_put(out, "<li>");
    say(out, kr_document_text(unknown, "what"));
    kr_out_put(out, ": ");
    say(out, kr_document_text(unknown, "reason"));
    kr_out_put(out, "</li>\n");
  }
  kr_out_put(out, "</ul></details>\n");
}

void kr_html_rest(struct kr_out *out, const json_t *section) {
  const json_t *spent = json_object_get(section, "spent"), *starting = json_object_get(section, "starting");
  const struct kr_tally tally = kr_tally_section(section);
  if (tally.critical + tally.warning + tally.info + tally.unknown + tally.errors == 0 && tally.healthy == 0 &&
      tally.starting == 0)
    kr_out_put(out, "<p>There was nothing to look at: no object was reported healthy, and none with a finding.</p>\n");
  write_objects(out, "too young to be judged", (long long)tally.starting, starting);
  write_objects(out, "healthy", tally.healthy, json_object_get(section, "healthy"));
  write_did_without(out, json_object_get(section, "did_without"));
  write_steps(out, json_object_get(section, "steps"));
  if (spent)
    kr_out_putf(out, "<p class=\"dim small\">%lld requests, %lld bytes, %lld ms.</p>\n",
                (long long)json_integer_value(json_object_get(spent, "requests")),
                (long long)json_integer_value(json_object_get(spent, "bytes")),
                (long long)json_integer_value(json_object_get(spent, "wall_ms")));
}
