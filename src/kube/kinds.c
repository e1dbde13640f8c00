/* kinds.c - finding a kind by any of its names; see kinds.h. kinds_discovery.c adds what the server has besides. */
#define _POSIX_C_SOURCE 200809L /* strdup, strncasecmp */
#include "kube/kinds.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "kube/kinds_private.h"
#include "kube/kinds_table.h"

enum { NAME_MAX_LENGTH = 253 };

int kr_kinds_new(struct kr_kinds **out, struct kr_error *error) {
  *out = calloc(1, sizeof **out);
  return *out == NULL ? kr_error_set(error, KR_ENOMEM, "out of memory") : KR_OK;
}

void kr_kinds_free(struct kr_kinds *kinds) {
  if (kinds == NULL) return;
  for (size_t i = 0; i < kinds->count; i++) kr_found_kind_free(kinds->found[i]);
  free(kinds->found);
  free(kinds);
}

size_t kr_kinds_count(const struct kr_kinds *kinds) { return kr_kinds_table_count + kinds->count; }

const struct kr_kind *kr_kinds_at(const struct kr_kinds *kinds, size_t index) {
  return index < kr_kinds_table_count ? &kr_kinds_table[index] : &kinds->found[index - kr_kinds_table_count]->kind;
}

static bool same(const char *text, size_t length, const char *word) {
  return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

/* Whether the comma-separated list has the word. */
static bool in_list(const char *text, size_t length, const char *list) {
  while (*list != '\0') {
    size_t size = strcspn(list, ",");
    if (size == length && strncasecmp(text, list, length) == 0) return true;
    list += size + (list[size] == ',');
  }
  return false;
}

static bool has_name(const struct kr_kind *kind, const char *name, size_t length) {
  return same(name, length, kind->kind) || same(name, length, kind->resource) || same(name, length, kind->singular) ||
         in_list(name, length, kind->short_names);
}

/* rest is what follows the first dot: "group", "version.group", or "version" and "version." for core. */
static bool fits(const struct kr_kind *kind, const char *rest) {
  if (strcasecmp(rest, kind->group) == 0) return true;
  size_t length = strcspn(rest, ".");
  return in_list(rest, length, kind->versions) && strcasecmp(rest + length + (rest[length] == '.'), kind->group) == 0;
}

const struct kr_kind *kr_kinds_find(const struct kr_kinds *kinds, const char *name) {
  size_t length = strcspn(name, ".");
  const char *rest = name[length] == '.' ? name + length + 1 : NULL;
  if (length == 0) return NULL;
  for (size_t i = 0; i < kr_kinds_count(kinds); i++) {
    const struct kr_kind *kind = kr_kinds_at(kinds, i);
    if (has_name(kind, name, length) && (rest == NULL || fits(kind, rest))) return kind;
  }
  return NULL;
}

const char *kr_kinds_nearest(const struct kr_kinds *kinds, const char *name) {
  char wanted[NAME_MAX_LENGTH + 1];
  size_t length = strcspn(name, ".");
  if (length == 0 || length > NAME_MAX_LENGTH) return NULL;
  for (size_t i = 0; i < length; i++) wanted[i] = (char)tolower((unsigned char)name[i]);
  wanted[length] = '\0';
  size_t count = kr_kinds_count(kinds);
  const char **names = calloc(count, 2 * sizeof *names);
  if (names == NULL) return NULL; /* only a hint is lost */
  for (size_t i = 0; i < count; i++) {
    names[2 * i] = kr_kinds_at(kinds, i)->resource;
    names[2 * i + 1] = kr_kinds_at(kinds, i)->singular;
  }
  const char *nearest = kr_text_nearest(wanted, names, 2 * count);
  free(names);
  return nearest;
}
