/* render_html.c - the report as one page that needs nothing else: no network, and no script to be read.
 *
 * Its policy lets only the style and the script run that are in it, by their digests: what a cluster's words might
 * bring in would not run. page.css and page.js are embedded as they stand in this folder. */
#include <string.h>

#include "base/hash.h"
#include "book/document.h"
#include "book/embedded.h"
#include "book/render.h"
#include "book/render_html.h"
#include "book/render_xml.h"

static const struct kr_embedded *part(const char *name) {
  size_t i = 0;
  while (i < kr_embedded_count && strcmp(kr_embedded[i].name, name) != 0) i++;
  return i < kr_embedded_count ? &kr_embedded[i] : NULL;
}

static void write_head(struct kr_out *out, const json_t *document, const struct kr_tally *tally) {
  const struct kr_embedded *style = part("page.css"), *script = part("page.js");
  char style_digest[KR_HASH_BASE64_MAX], script_digest[KR_HASH_BASE64_MAX];
  const char *status = kr_document_status(document);
  kr_hash_sha256_base64(style->text, style->length, style_digest);
  kr_hash_sha256_base64(script->text, script->length, script_digest);
  kr_out_put(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
  kr_out_putf(out,
              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-%s'; "
              "script-src 'sha256-%s'; base-uri 'none'; form-action 'none'\">\n",
              style_digest, script_digest);
  kr_out_put(out,
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
  kr_out_put(out, status);
  kr_out_put(out, ": ");
  if (!out->code) out->code = kr_tally_say(out->to, tally);
  kr_out_put(out, " - krunbook</title>\n<style>");
  kr_out_put(out, style->text);
  kr_out_put(out, "</style>\n</head>\n");
}

static void write_count(struct kr_out *out, long long count, const char *tone, const char *word) {
  if (count > 0) kr_out_putf(out, "<li class=\"%s\"><b>%lld</b> %s</li>\n", tone, count, word);
}

static void write_box(struct kr_out *out, const char *value, size_t count) {
  if (count == 0) return;
  kr_out_putf(out, "<label><input type=\"checkbox\" value=\"%s\" checked> %s</label>\n", value,
              strcmp(value, "unknown") == 0 ? "undetermined" : value);
}

static void write_summary(struct kr_out *out, const json_t *document, const struct kr_tally *tally) {
  const char *status = kr_document_status(document);
  kr_out_putf(out, "<body>\n<h1><span class=\"badge %s\">%s</span> krunbook report</h1>\n<p class=\"dim\">Taken at ",
              status, status);
  kr_html_time(out, kr_document_text(document, "taken_at"));
  kr_out_putf(out, ", exit status %lld.</p>\n<ul class=\"counts\">\n",
              (long long)json_integer_value(json_object_get(document, "exit_code")));
  write_count(out, (long long)tally->critical, "critical", "critical");
  write_count(out, (long long)tally->warning, "warning", tally->warning == 1 ? "warning" : "warnings");
  write_count(out, (long long)tally->info, "info", "info");
  write_count(out, (long long)tally->unknown, "unknown", "undetermined");
  write_count(out, (long long)tally->errors, "unknown", tally->errors == 1 ? "error" : "errors");
  write_count(out, (long long)tally->starting, "info", "starting");
  write_count(out, tally->healthy, "ok", "healthy");
  kr_out_put(out,
             "</ul>\n<div class=\"tools\" id=\"tools\" hidden>\n"
             "<input type=\"search\" id=\"search\" placeholder=\"Search: web -canary\" aria-label=\"Search\">\n");
  write_box(out, "critical", tally->critical);
  write_box(out, "warning", tally->warning);
  write_box(out, "info", tally->info);
  write_box(out, "unknown", tally->unknown + tally->errors);
  kr_out_put(out,
             "<button type=\"button\" id=\"unfold\">unfold all</button>\n"
             "<span class=\"dim small\" id=\"shown\" role=\"status\"></span>\n</div>\n<main>\n");
}

static void write_section(struct kr_out *out, const json_t *section, size_t number, int64_t now) {
  const struct kr_tally tally = kr_tally_section(section);
  const char *status = kr_document_status(section), *cluster = kr_document_cluster(section);
  const char *version = kr_document_text(json_object_get(section, "cluster"), "version");
  struct kr_buffer command;
  const json_t *finding;
  size_t i;
  kr_buffer_init(&command, (size_t)64 << 10);
  if (!out->code) out->code = kr_document_command(&command, section);
  kr_out_putf(out, "<section>\n<h2><span class=\"badge %s\">%s</span> ", status, status);
  kr_out_say(out, kr_buffer_text(&command), kr_xml_text);
  kr_out_put(out, "</h2>\n<p class=\"dim small\">");
  kr_buffer_free(&command);
  if (*cluster) kr_out_put(out, "on ");
  kr_out_say(out, cluster, kr_xml_text);
  kr_out_put(out, *version ? ", Kubernetes " : "");
  kr_out_say(out, version, kr_xml_text);
  kr_out_put(out, *cluster ? ": " : "");
  if (!out->code) out->code = kr_tally_say(out->to, &tally);
  kr_out_put(out, "</p>\n");
  json_array_foreach(json_object_get(section, "findings"), i, finding)
      kr_html_finding(out, finding, number + 1, i + 1, now);
  kr_html_unknowns(out, json_object_get(section, "unknown"));
  kr_html_errors(out, json_object_get(section, "errors"));
  kr_html_rest(out, section);
  kr_out_put(out, "</section>\n");
}

int kr_render_html(struct kr_buffer *to, const json_t *document, const struct kr_render_options *options) {
  const struct kr_tally tally = kr_tally_document(document);
  int64_t now = kr_time_parse(kr_document_text(document, "taken_at"));
  struct kr_out out = {.to = to};
  const json_t *section;
  size_t i;
  (void)options;
  if (!part("page.css") || !part("page.js")) return KR_EINVAL;
  write_head(&out, document, &tally);
  write_summary(&out, document, &tally);
  kr_html_errors(&out, json_object_get(document, "errors"));
  json_array_foreach(json_object_get(document, "sections"), i, section) write_section(&out, section, i, now);
  kr_out_putf(&out, "</main>\n<footer>krunbook %s. It only reads; secrets are masked.</footer>\n<script>", KR_VERSION);
  kr_out_put(&out, part("page.js")->text);
  kr_out_put(&out, "</script>\n</body>\n</html>\n");
  return out.code;
}
