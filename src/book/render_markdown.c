/* render_markdown.c - the report as Markdown (CommonMark with GitHub's tables), for an issue, a wiki or a chat.
 *
 * The cluster's words stand either in running text, where every character that Markdown or HTML could obey is escaped,
 * or within a fence that is longer than any in them. */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "book/document.h"
#include "book/render.h"
#include "book/render_out.h"

#define TEXT_MAX ((size_t)64 << 10)

/* A mention would call people: the space that has no width keeps "@" apart from a name. */
static const char *escape(char byte) {
  static const struct {
    char byte;
    const char *text;
  } table[] = {{'\\', "\\\\"}, {'`', "\\`"},   {'*', "\\*"}, {'_', "\\_"}, {'[', "\\["},      {']', "\\]"},
               {'#', "\\#"},   {'|', "\\|"},   {'~', "\\~"}, {'!', "\\!"}, {'@', "@&#8203;"}, {'<', "&lt;"},
               {'>', "&gt;"},  {'&', "&amp;"}, {'\n', " "},  {'\t', " "},  {'$', "\\$"}};
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    if (table[i].byte == byte) return table[i].text;
  }
  return NULL;
}

static void say(struct kr_out *out, const char *text) { kr_out_say(out, text, escape); }

static const char *as_it_is(char byte) {
  (void)byte;
  return NULL;
}

/* The longest run of backticks. */
static size_t longest_fence(const char *text) {
  size_t longest = 0;
  while (*text) {
    size_t run = strspn(text, "`");
    if (run > longest) longest = run;
    text += run;
    text += strcspn(text, "`");
  }
  return longest;
}

static void fenced(struct kr_out *out, const char *language, const char *text) {
  size_t length = longest_fence(text) + 1;
  if (length < 3) length = 3;
  for (size_t i = 0; i < length; i++) kr_out_put(out, "`");
  kr_out_putf(out, "%s\n", language);
  kr_out_say(out, text, as_it_is);
  kr_out_put(out, "\n");
  for (size_t i = 0; i < length; i++) kr_out_put(out, "`");
  kr_out_put(out, "\n");
}

static void write_chain(struct kr_out *out, const json_t *chain) {
  const json_t *link;
  size_t i;
  if (json_array_size(chain) == 0) return;
  kr_out_put(out, "\nReached by: ");
  json_array_foreach(chain, i, link) {
    bool broken = json_is_true(json_object_get(link, "broken"));
    if (i > 0) kr_out_put(out, " → ");
    if (broken) kr_out_put(out, "**");
    kr_out_say_name(out, link, escape);
    if (broken) kr_out_put(out, "** (broken)");
  }
  kr_out_put(out, "\n");
}

/* The evidence as one block, a line each: "event 2026-01-31T07:12:09Z: …". */
static void write_evidence(struct kr_out *out, const json_t *evidence) {
  struct kr_buffer text;
  const json_t *line;
  size_t i;
  if (json_array_size(evidence) == 0) return;
  kr_buffer_init(&text, KR_RENDER_MAX);
  json_array_foreach(evidence, i, line) {
    const char *kind = kr_document_text(line, "kind"), *at = kr_document_text(line, "at");
    bool plain = strcmp(kind, "text") == 0;
    if (!out->code)
      out->code =
          kr_buffer_printf(&text, "%s%s%s%s%s%s", i > 0 ? "\n" : "", plain ? "" : kind, !plain && *at ? " " : "",
                           plain ? "" : at, plain ? "" : ": ", kr_document_text(line, "text"));
  }
  kr_out_put(out, "\nShown by:\n\n");
  fenced(out, "text", kr_buffer_text(&text));
  kr_buffer_free(&text);
}

static void write_next(struct kr_out *out, const json_t *steps) {
  struct kr_buffer text;
  const json_t *step;
  size_t i;
  if (json_array_size(steps) == 0) return;
  kr_buffer_init(&text, KR_RENDER_MAX);
  json_array_foreach(steps, i, step) {
    const char *words = json_string_value(step);
    if (!out->code && words) out->code = kr_buffer_printf(&text, "%s%s", i > 0 ? "\n" : "", words);
  }
  kr_out_put(out, "\nNext:\n\n");
  fenced(out, "sh", kr_buffer_text(&text));
  kr_buffer_free(&text);
}

static void write_finding(struct kr_out *out, const json_t *finding) {
  const json_t *object = json_object_get(finding, "object");
  const char *severity = kr_document_severity(finding), *since = kr_document_text(finding, "since");
  const char *container = kr_document_text(object, "container");
  json_int_t count = json_integer_value(json_object_get(finding, "count"));
  kr_out_putf(out, "\n### %s ", strcmp(severity, "critical") == 0 ? "CRITICAL" : severity);
  say(out, kr_document_text(finding, "code"));
  kr_out_put(out, " — ");
  kr_out_say_name(out, object, escape);
  if (*container) kr_out_put(out, ", container ");
  say(out, container);
  kr_out_put(out, "\n\n");
  say(out, kr_document_text(finding, "cause"));
  kr_out_put(out, "\n");
  if (*since) kr_out_put(out, "\nSince ");
  say(out, since);
  if (*since) kr_out_put(out, ".\n");
  if (count > 1) kr_out_putf(out, "\nHits %lld objects, among them ", (long long)count);
  for (size_t i = 0; count > 1 && i < json_array_size(json_object_get(finding, "objects")) && i < 8; i++) {
    if (i > 0) kr_out_put(out, ", ");
    kr_out_say_name(out, json_array_get(json_object_get(finding, "objects"), i), escape);
  }
  if (count > 1) kr_out_put(out, ".\n");
  write_chain(out, json_object_get(finding, "chain"));
  write_evidence(out, json_object_get(finding, "evidence"));
  write_next(out, json_object_get(finding, "next_steps"));
}

static void write_row(struct kr_out *out, const char *severity, const char *code, const json_t *object) {
  kr_out_putf(out, "| %s | ", severity);
  say(out, code);
  kr_out_put(out, " | ");
  kr_out_say_name(out, object, escape);
  kr_out_put(out, " |\n");
}

/* What is found, at a glance; the details follow. */
static void write_table(struct kr_out *out, const json_t *findings) {
  const json_t *finding;
  size_t i;
  if (json_array_size(findings) < 2) return;
  kr_out_put(out, "\n| severity | code | object |\n|---|---|---|\n");
  json_array_foreach(findings, i, finding) {
    write_row(out, kr_document_severity(finding), kr_document_text(finding, "code"),
              json_object_get(finding, "object"));
  }
}

static void write_list(struct kr_out *out, const char *title, const json_t *list, const char *first,
                       const char *second) {
  const json_t *item;
  size_t i;
  if (json_array_size(list) == 0) return;
  kr_out_putf(out, "\n### %s\n\n", title);
  json_array_foreach(list, i, item) {
    const char *permission = kr_document_text(item, "permission");
    kr_out_put(out, "- ");
    say(out, kr_document_text(item, first));
    kr_out_put(out, ": ");
    say(out, kr_document_text(item, second));
    if (*permission) kr_out_put(out, " (allow: ");
    say(out, permission);
    kr_out_put(out, *permission ? ")\n" : "\n");
  }
}

static void write_section(struct kr_out *out, const json_t *section) {
  const struct kr_tally tally = kr_tally_section(section);
  const char *cluster = kr_document_cluster(section);
  struct kr_buffer command;
  const json_t *finding;
  size_t i;
  kr_buffer_init(&command, TEXT_MAX);
  if (!out->code) out->code = kr_document_command(&command, section);
  kr_out_put(out, "\n## ");
  say(out, kr_buffer_text(&command));
  kr_buffer_free(&command);
  if (*cluster) kr_out_put(out, " on ");
  say(out, cluster);
  kr_out_putf(out, "\n\n%s: ", kr_document_status(section));
  if (!out->code) out->code = kr_tally_say(out->to, &tally);
  kr_out_put(out, "\n");
  write_table(out, json_object_get(section, "findings"));
  json_array_foreach(json_object_get(section, "findings"), i, finding) write_finding(out, finding);
  write_list(out, "Undetermined", json_object_get(section, "unknown"), "what", "reason");
  write_list(out, "Errors", json_object_get(section, "errors"), "kind", "message");
}

int kr_render_markdown(struct kr_buffer *to, const json_t *document, const struct kr_render_options *options) {
  const struct kr_tally tally = kr_tally_document(document);
  struct kr_out out = {.to = to};
  const json_t *section;
  size_t i;
  (void)options;
  kr_out_putf(&out, "# krunbook: %s\n\n", kr_document_status(document));
  if (!out.code) out.code = kr_tally_say(to, &tally);
  kr_out_put(&out, ". Taken at ");
  say(&out, kr_document_text(document, "taken_at"));
  kr_out_put(&out, ".\n");
  json_array_foreach(json_object_get(document, "sections"), i, section) write_section(&out, section);
  write_list(&out, "Errors", json_object_get(document, "errors"), "kind", "message");
  return out.code;
}
