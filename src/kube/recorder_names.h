/* recorder_names.h - which objects a snapshot being written holds already: a few bytes for each, however long its name.
 */
#ifndef KR_KUBE_RECORDER_NAMES_H
#define KR_KUBE_RECORDER_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: empty. */
struct kr_recorder_names {
  uint64_t *hashes; /* 0: free */
  size_t count, capacity;
};

void kr_recorder_names_free(struct kr_recorder_names *names);

/* Adds the object called name of a list. *known: it was there. 0 or KR_ENOMEM. */
int kr_recorder_names_add(bool *known, struct kr_recorder_names *names, const char *list, const char *name);

#endif
