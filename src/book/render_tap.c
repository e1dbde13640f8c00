/* render_tap.c - the report in the Test Anything Protocol, version 13: a line for each verdict, with its details as the
 * YAML block that the protocol allows. */
#include <string.h>

#include "book/document.h"
#include "book/render.h"
#include "book/render_out.h"
#include "book/verdicts.h"

/* In a description "#" begins a directive. */
static const char *escape(char byte) {
  return byte == '#' ? "\\#" : byte == '\\' ? "\\\\" : byte == '\n' || byte == '\t' ? " " : NULL;
}

/* Within double quotes YAML reads these as JSON does. */
static const char *escape_quoted(char byte) {
  return byte == '"' ? "\\\"" : byte == '\\' ? "\\\\" : byte == '\n' ? "\\n" : byte == '\t' ? "\\t" : NULL;
}

struct tap {
  struct kr_out out;
  const char *runbook;
  size_t number;
};

static void member(struct kr_out *out, const char *indent, const char *name, const char *text) {
  if (!*text) return;
  kr_out_putf(out, "%s%s: \"", indent, name);
  kr_out_say(out, text, escape_quoted);
  kr_out_put(out, "\"\n");
}

/* Within a block, whose every line is indented. */
static const char *indented(char byte) { return byte == '\n' ? "\n      " : NULL; }

/* As a block of text and not as a list: what Perl's harness reads as YAML takes a list's "word: more" for a mapping. */
static void texts(struct kr_out *out, const char *name, const json_t *list, const char *text_member) {
  if (json_array_size(list) == 0) return;
  kr_out_putf(out, "  %s: |\n", name);
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *item = json_array_get(list, i);
    const char *text = text_member ? kr_document_text(item, text_member) : json_string_value(item);
    kr_out_put(out, "    - ");
    kr_out_say(out, text ? text : "", indented);
    kr_out_put(out, "\n");
  }
}

static void details(struct kr_out *out, const struct kr_verdict *verdict) {
  kr_out_put(out, "  ---\n");
  member(out, "  ", "message", verdict->message);
  member(out, "  ", "severity", verdict->finding ? kr_document_severity(verdict->finding) : "unknown");
  member(out, "  ", "reason", verdict->type);
  if (verdict->finding) {
    member(out, "  ", "since", kr_document_text(verdict->finding, "since"));
    texts(out, "evidence", json_object_get(verdict->finding, "evidence"), "text");
    texts(out, "next_steps", json_object_get(verdict->finding, "next_steps"), NULL);
  }
  kr_out_put(out, "  ...\n");
}

static int write_verdict(void *user, const struct kr_verdict *verdict) {
  struct tap *tap = user;
  struct kr_out *out = &tap->out;
  bool good = verdict->kind == KR_PASSED || verdict->kind == KR_SKIPPED;
  kr_out_putf(out, "%s %zu - ", good ? "ok" : "not ok", ++tap->number);
  kr_out_say(out, tap->runbook, escape);
  kr_out_put(out, *tap->runbook ? ": " : "");
  kr_out_say(out, kr_buffer_text(verdict->title), escape);
  if (verdict->kind == KR_SKIPPED) kr_out_put(out, " # SKIP too young to be judged");
  kr_out_put(out, "\n");
  if (!good || verdict->finding) details(out, verdict);
  return out->code;
}

int kr_render_tap(struct kr_buffer *to, const json_t *document, const struct kr_render_options *options) {
  const json_t *sections = json_object_get(document, "sections");
  struct tap tap = {.out = {.to = to}, .runbook = ""};
  size_t total = kr_verdicts_count(document).all;
  int code = 0;
  (void)options;
  for (size_t i = 0; i < json_array_size(sections); i++) total += kr_verdicts_count(json_array_get(sections, i)).all;
  kr_out_putf(&tap.out, "TAP version 13\n1..%zu%s\n", total, total == 0 ? " # SKIP nothing was run" : "");
  for (size_t i = 0; !code && i < json_array_size(sections); i++) {
    const json_t *section = json_array_get(sections, i);
    tap.runbook = kr_document_text(json_object_get(section, "runbook"), "name");
    code = kr_verdicts_each(section, write_verdict, &tap);
  }
  tap.runbook = "";
  return code ? code : kr_verdicts_each(document, write_verdict, &tap);
}
