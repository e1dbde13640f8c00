/* render_unknown.c - see render_unknown.h. */
#include "book/render_unknown.h"

#include <string.h>

#include "base/error.h"

#define WHAT_MAX ((size_t)64 << 10)

static bool same_text(const json_t *one, const json_t *other, const char *member) {
  return strcmp(kr_document_text(one, member), kr_document_text(other, member)) == 0;
}

static bool is_forbidden(const json_t *unknown) {
  return strcmp(kr_document_text(unknown, "reason"), "forbidden") == 0;
}

/* What RBAC refuses differs in its words only: the permissions say it. */
static bool alike(const json_t *one, const json_t *other) {
  return same_text(one, other, "reason") && (is_forbidden(one) || same_text(one, other, "message"));
}

/* Whether one before it has been told together with the number'th. */
static bool is_told(const json_t *unknowns, size_t number) {
  for (size_t i = 0; i < number; i++) {
    if (alike(json_array_get(unknowns, i), json_array_get(unknowns, number))) return true;
  }
  return false;
}

/* "pods in shop, events in shop and 9 more (-v names them)", of all that are like the first'th; how many they are. */
static size_t name_all(struct kr_page *page, struct kr_buffer *out, const json_t *unknowns, size_t first) {
  size_t count = 0;
  for (size_t i = first; i < json_array_size(unknowns); i++) {
    const json_t *unknown = json_array_get(unknowns, i);
    if (!alike(json_array_get(unknowns, first), unknown)) continue;
    count++;
    if (count > KR_NAMED_MAX && !page->options->verbose) continue;
    (void)!kr_buffer_printf(out, "%s%s", count > 1 ? ", " : "", kr_document_text(unknown, "what"));
  }
  if (count > KR_NAMED_MAX && !page->options->verbose)
    (void)!kr_buffer_printf(out, " and %zu more (-v names them)", count - KR_NAMED_MAX);
  return count;
}

/* Each permission once. */
static void say_permissions(struct kr_page *page, const json_t *unknowns, size_t first) {
  bool any = false;
  for (size_t i = first; i < json_array_size(unknowns); i++) {
    const json_t *unknown = json_array_get(unknowns, i);
    bool said = !is_forbidden(unknown) || !*kr_document_text(unknown, "permission");
    for (size_t j = first; j < i && !said; j++) {
      const json_t *before = json_array_get(unknowns, j);
      said = is_forbidden(before) && same_text(before, unknown, "permission");
    }
    if (said) continue;
    kr_page_label(page, any ? "" : "allow");
    kr_page_sayf(page, 11, true, " %s", kr_document_text(unknown, "permission"));
    kr_page_put(page, "\n");
    any = true;
  }
}

/* One: what it was, and why. Several: why, which is one for all, and what they were. */
static void say_reason(struct kr_page *page, const json_t *unknown, const char *what, size_t count) {
  const char *reason = kr_document_text(unknown, "reason"), *message = kr_document_text(unknown, "message");
  if (count > 1 && *message && !is_forbidden(unknown)) {
    kr_page_sayf(page, 9, true, "%s: %s", reason, message);
    kr_page_put(page, "\n");
    kr_page_label(page, "not read");
    kr_page_sayf(page, 11, true, " %s", what);
    kr_page_put(page, "\n");
    return;
  }
  kr_page_sayf(page, 9, true, "%s: %s", what, reason);
  kr_page_put(page, "\n");
  if (!*message || count > 1) return;
  kr_page_put(page, "  ");
  kr_page_say(page, message, 2, true);
  kr_page_put(page, "\n");
}

static void say_alike(struct kr_page *page, const json_t *unknowns, size_t first) {
  const json_t *unknown = json_array_get(unknowns, first);
  struct kr_buffer what;
  kr_buffer_init(&what, WHAT_MAX);
  size_t count = name_all(page, &what, unknowns, first);
  kr_page_put(page, "\n");
  kr_page_style(page, KR_YELLOW);
  kr_page_put(page, "UNKNOWN");
  kr_page_style(page, NULL);
  kr_page_put(page, "  ");
  say_reason(page, unknown, kr_buffer_text(&what), count);
  if (is_forbidden(unknown)) say_permissions(page, unknowns, first);
  kr_buffer_free(&what);
}

void kr_page_unknowns(struct kr_page *page, const json_t *unknowns) {
  for (size_t i = 0; i < json_array_size(unknowns); i++) {
    if (!is_told(unknowns, i)) say_alike(page, unknowns, i);
  }
}
