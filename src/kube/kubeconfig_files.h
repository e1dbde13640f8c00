/* kubeconfig_files.h - the kubeconfig files, as kubectl merges them: the first file that names an entry wins it whole.
 */
#ifndef KR_KUBE_KUBECONFIG_FILES_H
#define KR_KUBE_KUBECONFIG_FILES_H

#include <jansson.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

enum { KR_KUBECONFIG_FILES_MAX = 64 };

struct kr_kubeconfig_file {
  char *path;
  char *folder; /* what its relative paths are relative to */
  json_t *root;
};

struct kr_kubeconfig_files {
  struct kr_kubeconfig_file items[KR_KUBECONFIG_FILES_MAX];
  size_t count;
  struct kr_buffer looked; /* where was looked, for "there is none" */
};

/* explicit_path alone when given; else KUBECONFIG's list; else ~/.kube/config. count is 0 when none of them exists
 * (explicit_path must). */
int kr_kubeconfig_files_load(struct kr_kubeconfig_files *files, const char *explicit_path, struct kr_error *error);

/* The same from text, as one file; for tests and fuzzing. */
int kr_kubeconfig_files_parse(struct kr_kubeconfig_files *files, const char *text, size_t length, const char *path,
                              struct kr_error *error);
void kr_kubeconfig_files_free(struct kr_kubeconfig_files *files);

/* An entry of a list ("clusters") and the file it is from. value is the member called singular ("cluster"). */
struct kr_kubeconfig_entry {
  const char *what; /* "cluster" */
  const char *name;
  const struct kr_kubeconfig_file *file;
  const json_t *value;
};

/* KR_ECONFIG when no file has it, with the nearest name. what: "cluster", "user" or "context". */
int kr_kubeconfig_files_find(struct kr_kubeconfig_entry *entry, const struct kr_kubeconfig_files *files,
                             const char *what, const char *name, struct kr_error *error);

/* The names of all entries, each once, in the order of the files: a new reference, NULL when memory is refused. */
json_t *kr_kubeconfig_files_names(const struct kr_kubeconfig_files *files, const char *what);

/* The first current-context that is not empty, or NULL. */
const char *kr_kubeconfig_files_current(const struct kr_kubeconfig_files *files);

#endif
