/* render_changes.c - see render_changes.h. */
#include "book/render_changes.h"

#include <string.h>

static bool is_known(const json_t *item) { return strcmp(kr_document_text(item, "change"), "known") == 0; }

json_t *kr_page_told(const struct kr_page *page, const json_t *list) {
  json_t *told = json_array(), *item;
  size_t i;
  json_array_foreach(list, i, item) {
    if (page->options->only_changes && is_known(item)) continue;
    if (json_array_append(told, item)) {
      json_decref(told);
      return NULL;
    }
  }
  return told;
}

void kr_page_change(struct kr_page *page, const json_t *finding) {
  const char *change = kr_document_text(finding, "change"), *worse = kr_document_text(finding, "worse");
  if (!*change) return;
  kr_page_label(page, "change");
  kr_page_sayf(page, 11, true, " %s%s%s", change, *worse ? ": " : "", worse);
  if (strcmp(change, "new") != 0)
    kr_page_sayf(page, 0, false, " (first told of at %s)", kr_document_text(finding, "first_seen"));
  kr_page_put(page, "\n");
}

static void say_name(struct kr_page *page, const json_t *finding) {
  struct kr_buffer name;
  kr_buffer_init(&name, 4096);
  kr_document_name(&name, json_object_get(finding, "object"));
  kr_page_sayf(page, 0, false, " %s  %s", kr_document_text(finding, "code"), kr_buffer_text(&name));
  kr_buffer_free(&name);
}

void kr_page_gone(struct kr_page *page, const json_t *section) {
  const json_t *finding;
  size_t i;
  json_array_foreach(json_object_get(section, "resolved"), i, finding) {
    kr_page_put(page, "\n");
    kr_page_style(page, KR_GREEN);
    kr_page_put(page, "RESOLVED");
    kr_page_style(page, NULL);
    say_name(page, finding);
    kr_page_sayf(page, 0, false, " (first told of at %s)\n", kr_document_text(finding, "first_seen"));
  }
}

static size_t count_known(const json_t *list) {
  const json_t *item;
  size_t i, count = 0;
  json_array_foreach(list, i, item) count += is_known(item);
  return count;
}

void kr_page_left_out(struct kr_page *page, const json_t *section) {
  size_t known = count_known(json_object_get(section, "findings")) + count_known(json_object_get(section, "unknown")) +
                 count_known(json_object_get(section, "errors"));
  if (!page->options->only_changes || known == 0) return;
  kr_page_sayf(page, 0, false, "\n%zu known since before, and not shown\n", known);
}

void kr_page_ignored(struct kr_page *page, const json_t *section) {
  const json_t *finding;
  size_t i;
  if (page->options->only_changes) return;
  json_array_foreach(json_object_get(section, "ignored"), i, finding) {
    const json_t *ignored = json_object_get(finding, "ignored");
    const char *until = kr_document_text(ignored, "until");
    kr_page_put(page, i == 0 ? "\n" : "");
    kr_page_style(page, KR_DIM);
    kr_page_put(page, "ignored");
    kr_page_style(page, NULL);
    say_name(page, finding);
    kr_page_sayf(page, 2, true, ": %s%s%s%s", kr_document_text(ignored, "reason"), *until ? " (until " : "", until,
                 *until ? ")" : "");
    kr_page_put(page, "\n");
  }
}

bool kr_page_has_news(const struct kr_page *page, const json_t *section) {
  static const char *const lists[] = {"findings", "unknown", "errors"};
  size_t news = json_array_size(json_object_get(section, "resolved"));
  if (!page->options->only_changes) return true;
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
    const json_t *list = json_object_get(section, lists[i]);
    news += json_array_size(list) - count_known(list);
  }
  return news > 0;
}
