/* needs.c - one row for each resource, with the verbs that are needed of it; rows of the same group and verbs make one
 * rule. */
#include "book/needs.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kube/kinds_table.h"

enum { ROWS_MAX = 256, RESOURCE_MAX = 128, GROUP_MAX = 254, NEED_MAX = 512 };

enum verb { GET = 1, LIST = 2, CREATE = 4 };

static const struct {
  const char *name;
  enum verb verb;
} verbs[] = {{"get", GET}, {"list", LIST}, {"create", CREATE}};
#define VERB_COUNT (sizeof verbs / sizeof verbs[0])

struct row {
  char resource[RESOURCE_MAX]; /* "pods", "pods/log" */
  char group[GROUP_MAX];       /* "" for core */
  unsigned verbs;
  bool namespaced; /* needed in the namespace that is asked about, and there alone */
};

struct kr_needs {
  struct row rows[ROWS_MAX];
  size_t count;
};

int kr_needs_new(struct kr_needs **out, struct kr_error *error) {
  *out = calloc(1, sizeof **out);
  return *out != NULL ? 0 : kr_error_set(error, KR_ENOMEM, "out of memory");
}

void kr_needs_free(struct kr_needs *needs) { free(needs); }

/* What the table does not know is a custom resource; most of these are namespaced. */
static bool is_namespaced(const struct row *row) {
  size_t length = strcspn(row->resource, "/");
  for (size_t i = 0; i < kr_kinds_table_count; i++) {
    const struct kr_kind *kind = &kr_kinds_table[i];
    if (strlen(kind->resource) == length && strncmp(kind->resource, row->resource, length) == 0 &&
        strcmp(kind->group, row->group) == 0)
      return kind->namespaced;
  }
  return true;
}

/* Copies the next part of text, up to one of ends; false when it is empty, too long or holds what no name has. What is
 * copied needs no quoting in YAML's double quotes. */
static bool take(char *part, size_t size, const char **text, const char *ends, const char *also) {
  size_t length = strcspn(*text, ends);
  if (length == 0 || length >= size) return false;
  for (size_t i = 0; i < length; i++) {
    char at = (*text)[i];
    bool plain = (at >= 'a' && at <= 'z') || (at >= '0' && at <= '9') || at == '-';
    if (!plain && (at == '\0' || strchr(also, at) == NULL)) return false;
  }
  memcpy(part, *text, length);
  part[length] = '\0';
  *text += length;
  return true;
}

static bool take_verbs(unsigned *mask, const char **text) {
  char name[16];
  for (;;) {
    size_t i = 0;
    if (!take(name, sizeof name, text, ", ", "")) return false;
    while (i < VERB_COUNT && strcmp(verbs[i].name, name) != 0) i++;
    if (i == VERB_COUNT) return false;
    *mask |= verbs[i].verb;
    if (**text != ',') return **text == ' ';
    (*text)++;
  }
}

static bool parse(struct row *row, const char *text) {
  static const char everywhere[] = " in all namespaces";
  memset(row, 0, sizeof *row);
  if (!take_verbs(&row->verbs, &text)) return false;
  text++;
  if (!take(row->resource, sizeof row->resource, &text, ". ", "/")) return false;
  if (*text == '.') {
    text++;
    if (!take(row->group, sizeof row->group, &text, " ", ".")) return false;
  }
  if (*text != '\0' && strcmp(text, everywhere) != 0) return false;
  if ((row->verbs & CREATE) != 0 && (strcmp(row->resource, "pods/portforward") != 0 || row->group[0] != '\0'))
    return false;
  row->namespaced = *text == '\0' && is_namespaced(row);
  return true;
}

static int add(struct kr_needs *needs, const struct row *row, struct kr_error *error) {
  for (size_t i = 0; i < needs->count; i++) {
    struct row *have = &needs->rows[i];
    if (strcmp(have->resource, row->resource) != 0 || strcmp(have->group, row->group) != 0 ||
        have->namespaced != row->namespaced)
      continue;
    have->verbs |= row->verbs;
    return 0;
  }
  if (needs->count == ROWS_MAX) return kr_error_set(error, KR_ELIMIT, "more than %d resources are needed", ROWS_MAX);
  needs->rows[needs->count++] = *row;
  return 0;
}

int kr_needs_add(struct kr_needs *needs, const json_t *list, struct kr_error *error) {
  int code = 0;
  for (size_t i = 0; !code && i < json_array_size(list); i++) {
    const char *text = json_string_value(json_array_get(list, i));
    struct row row;
    if (text == NULL || strlen(text) > NEED_MAX || !parse(&row, text))
      code = kr_error_set(error, KR_EINVAL,
                          "the need \"%.80s\" is none: it takes get or list, a resource and its group, as in "
                          "\"get,list deployments.apps\" or \"list pods in all namespaces\"; or "
                          "\"get,create pods/portforward\"",
                          text != NULL ? text : "");
    else
      code = add(needs, &row, error);
  }
  return code;
}

static bool same_rule(const struct row *a, const struct row *b) {
  return a->verbs == b->verbs && a->namespaced == b->namespaced && strcmp(a->group, b->group) == 0;
}

static int put_rule(struct kr_buffer *out, const struct kr_needs *needs, size_t first) {
  const struct row *of = &needs->rows[first];
  const char *between = "";
  int code = kr_buffer_printf(out, "  - apiGroups: [\"%s\"]\n    resources: [", of->group);
  for (size_t i = first; !code && i < needs->count; i++) {
    const struct row *row = &needs->rows[i];
    if (!same_rule(row, of)) continue;
    code = kr_buffer_printf(out, "%s\"%s\"", between, row->resource);
    between = ", ";
  }
  if (!code) code = kr_buffer_puts(out, "]\n    verbs: [");
  between = "";
  for (size_t i = 0; !code && i < VERB_COUNT; i++) {
    if ((of->verbs & (unsigned)verbs[i].verb) == 0) continue;
    code = kr_buffer_printf(out, "%s\"%s\"", between, verbs[i].name);
    between = ", ";
  }
  return code ? code : kr_buffer_puts(out, "]\n");
}

/* A rule stands where the first of its rows does. */
static bool is_first(const struct kr_needs *needs, size_t number) {
  for (size_t i = 0; i < number; i++)
    if (same_rule(&needs->rows[i], &needs->rows[number])) return false;
  return true;
}

/* A role of the rows that are needed in one namespace, or of the others. */
static int put_role(struct kr_buffer *out, const struct kr_needs *needs, bool namespaced, const char *name,
                    const char *suffix, const char *namespace_) {
  bool any = false;
  int code = kr_buffer_printf(out, "apiVersion: rbac.authorization.k8s.io/v1\nkind: %s\nmetadata:\n  name: %s%s\n",
                              namespaced ? "Role" : "ClusterRole", name, suffix);
  if (!code && namespace_ != NULL) code = kr_buffer_printf(out, "  namespace: %s\n", namespace_);
  for (size_t i = 0; i < needs->count; i++) any = any || needs->rows[i].namespaced == namespaced;
  if (!code) code = kr_buffer_puts(out, any ? "rules:\n" : "rules: []\n");
  for (size_t i = 0; !code && i < needs->count; i++)
    if (needs->rows[i].namespaced == namespaced && is_first(needs, i)) code = put_rule(out, needs, i);
  return code;
}

int kr_needs_cluster_role(struct kr_buffer *out, const struct kr_needs *needs, const char *name) {
  struct kr_needs *everywhere;
  int code = kr_needs_new(&everywhere, NULL);
  for (size_t i = 0; !code && i < needs->count; i++) {
    struct row row = needs->rows[i];
    row.namespaced = false;
    code = add(everywhere, &row, NULL);
  }
  if (!code) code = put_role(out, everywhere, false, name, "", NULL);
  kr_needs_free(everywhere);
  return code;
}

int kr_needs_role(struct kr_buffer *out, const struct kr_needs *needs, const char *name, const char *namespace_) {
  bool cluster_wide = false;
  for (size_t i = 0; i < needs->count; i++) cluster_wide = cluster_wide || !needs->rows[i].namespaced;
  int code = put_role(out, needs, true, name, "", namespace_);
  if (code || !cluster_wide) return code;
  code = kr_buffer_puts(out, "---\n# What lies in no namespace, or is needed of all of them.\n");
  return code ? code : put_role(out, needs, false, name, "-cluster", NULL);
}
