/* kinds_version.c - see kinds_version.h. */
#define _POSIX_C_SOURCE 200809L /* strncasecmp */
#include "kube/kinds_version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct kr_version_choice {
  const struct kr_kind *kind;
  size_t index;
};

bool kr_kind_version(const struct kr_kind *kind, size_t index, char version[KR_VERSION_TEXT_MAX]) {
  const char *at = kind->versions;
  for (; index > 0; index--) {
    at += strcspn(at, ",");
    if (*at == '\0') return false;
    at++;
  }
  size_t length = strcspn(at, ",");
  if (length == 0 || length >= KR_VERSION_TEXT_MAX) return false;
  (void)snprintf(version, KR_VERSION_TEXT_MAX, "%.*s", (int)length, at);
  return true;
}

bool kr_kind_version_in_name(const struct kr_kind *kind, const char *name, size_t *index) {
  char version[KR_VERSION_TEXT_MAX];
  const char *dot = strchr(name, '.');
  if (dot == NULL || strcasecmp(dot + 1, kind->group) == 0) return false;
  size_t length = strcspn(dot + 1, ".");
  for (size_t i = 0; kr_kind_version(kind, i, version); i++) {
    if (strlen(version) != length || strncasecmp(version, dot + 1, length) != 0) continue;
    *index = i;
    return true;
  }
  return false;
}

size_t kr_versions_known(const struct kr_versions *versions, const struct kr_kind *kind) {
  for (size_t i = 0; i < versions->count; i++)
    if (versions->choices[i].kind == kind) return versions->choices[i].index;
  return 0;
}

void kr_versions_remember(struct kr_versions *versions, const struct kr_kind *kind, size_t index) {
  if (index == kr_versions_known(versions, kind)) return;
  struct kr_version_choice *grown = realloc(versions->choices, (versions->count + 1) * sizeof *grown);
  if (grown == NULL) return;
  versions->choices = grown;
  versions->choices[versions->count++] = (struct kr_version_choice){kind, index};
}

void kr_versions_free(struct kr_versions *versions) {
  free(versions->choices);
  *versions = (struct kr_versions){.count = 0};
}
