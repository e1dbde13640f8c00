/* kinds_version.h - which of a kind's versions to ask for, and which this server turned out to have. */
#ifndef KR_KUBE_KINDS_VERSION_H
#define KR_KUBE_KINDS_VERSION_H

#include "kube/kinds.h"

#define KR_VERSION_TEXT_MAX 64

/* Writes the version of that index, best first; false when there are not so many. */
bool kr_kind_version(const struct kr_kind *kind, size_t index, char version[KR_VERSION_TEXT_MAX]);

/* "cronjobs.v1beta1.batch" asks for one version only: sets which. */
bool kr_kind_version_in_name(const struct kr_kind *kind, const char *name, size_t *index);

/* What was learned of the server. Begins as zeros. */
struct kr_versions {
  struct kr_version_choice *choices;
  size_t count;
};

/* The version that answered, or the first. */
size_t kr_versions_known(const struct kr_versions *versions, const struct kr_kind *kind);

/* Where memory is refused nothing is remembered, and the next request tries again. */
void kr_versions_remember(struct kr_versions *versions, const struct kr_kind *kind, size_t index);

void kr_versions_free(struct kr_versions *versions);

#endif
