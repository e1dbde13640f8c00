/* render_nagios.c - the report as a Nagios plugin prints it: one line, "|", and what is to be drawn. The status is the
 * line's second word and the exit status: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN are krunbook's own. */
#include <string.h>

#include "base/text.h"
#include "book/document.h"
#include "book/render.h"
#include "book/render_out.h"

#define NAMED_MAX 10   /* findings named one by one */
#define TEXT_MAX  3000 /* bytes before "|": Nagios reads 4096 of a line */

/* What ends the text, and what Nagios takes out because it hands the line to a shell. */
static const char *escape(char byte) {
  if (byte == '"' || byte == '\'') return "";
  return byte == '\n' || byte == '\t' ? " " : strchr("|`$<>&~\\", byte) ? "_" : NULL;
}

static const char *word_of(const char *status) {
  return strcmp(status, "ok") == 0         ? "OK"
         : strcmp(status, "warning") == 0  ? "WARNING"
         : strcmp(status, "critical") == 0 ? "CRITICAL"
                                           : "UNKNOWN";
}

struct names {
  struct kr_out out;
  size_t count, named;
};

static void name(struct names *names, const char *text) {
  names->count++;
  if (names->named == NAMED_MAX || names->out.to->length > TEXT_MAX) return;
  kr_out_put(&names->out, names->named > 0 ? "; " : " - ");
  kr_out_say(&names->out, text, escape);
  names->named++;
}

static void name_findings(struct names *names, const json_t *section, const char *severity) {
  const json_t *finding;
  size_t i;
  json_array_foreach(json_object_get(section, "findings"), i, finding) {
    struct kr_buffer text;
    if (strcmp(kr_document_severity(finding), severity) != 0) continue;
    kr_buffer_init(&text, 2048);
    (void)!kr_buffer_printf(&text, "%s ", kr_document_text(finding, "code"));
    kr_document_name(&text, json_object_get(finding, "object"));
    name(names, kr_buffer_text(&text));
    kr_buffer_free(&text);
  }
}

static void name_errors(struct names *names, const json_t *holder) {
  const json_t *item;
  size_t i;
  json_array_foreach(json_object_get(holder, "errors"), i, item) name(names, kr_document_text(item, "message"));
  json_array_foreach(json_object_get(holder, "unknown"), i, item) {
    struct kr_buffer text;
    kr_buffer_init(&text, 2048);
    (void)!kr_buffer_printf(&text, "%s: %s", kr_document_text(item, "what"), kr_document_text(item, "reason"));
    name(names, kr_buffer_text(&text));
    kr_buffer_free(&text);
  }
}

/* The worst first: critical findings, what is not known, warnings. */
static void name_all(struct names *names, const json_t *document) {
  const json_t *section, *sections = json_object_get(document, "sections");
  size_t i;
  json_array_foreach(sections, i, section) name_findings(names, section, "critical");
  name_errors(names, document);
  json_array_foreach(sections, i, section) name_errors(names, section);
  json_array_foreach(sections, i, section) name_findings(names, section, "warning");
  if (names->count > names->named) kr_out_putf(&names->out, "; and %zu more", names->count - names->named);
}

/* Cuts the line between characters when hostile names made it long. */
static void cut(struct kr_buffer *line) {
  if (line->length <= TEXT_MAX + 200) return;
  line->length = kr_text_cut(line->data, line->length, TEXT_MAX);
  line->data[line->length] = '\0';
}

static void draw(struct kr_out *out, const json_t *document, const struct kr_tally *tally) {
  json_int_t requests = 0, ms = 0;
  const json_t *section;
  size_t i;
  json_array_foreach(json_object_get(document, "sections"), i, section) {
    const json_t *spent = json_object_get(section, "spent");
    json_int_t wall = json_integer_value(json_object_get(spent, "wall_ms"));
    requests += json_integer_value(json_object_get(spent, "requests"));
    if (wall > ms) ms = wall; /* sections run side by side */
  }
  kr_out_putf(out, " | critical=%zu;;0;0 warning=%zu;0;;0 info=%zu;;;0 undetermined=%zu;;;0 errors=%zu;;;0",
              tally->critical, tally->warning, tally->info, tally->unknown, tally->errors);
  kr_out_putf(out, " healthy=%lld;;;0 starting=%zu;;;0 requests=%lld;;;0 time=%lld.%03llds;;;0\n",
              (long long)tally->healthy, tally->starting, (long long)requests, (long long)(ms / 1000),
              (long long)(ms % 1000));
}

int kr_render_nagios(struct kr_buffer *to, const json_t *document, const struct kr_render_options *options) {
  const struct kr_tally tally = kr_tally_document(document);
  struct kr_buffer line;
  kr_buffer_init(&line, (size_t)64 << 10);
  struct names names = {.out = {.to = &line}};
  (void)options;
  kr_out_putf(&names.out, "KRUNBOOK %s: ", word_of(kr_document_status(document)));
  if (!names.out.code) names.out.code = kr_tally_say(&line, &tally);
  name_all(&names, document);
  cut(&line);
  struct kr_out out = {.to = to, .code = names.out.code};
  kr_out_put(&out, kr_buffer_text(&line));
  draw(&out, document, &tally);
  kr_buffer_free(&line);
  return out.code;
}
