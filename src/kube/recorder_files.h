/* recorder_files.h - the files of a snapshot being written, below a temporary folder: lists grow page by page, so that
 * memory does not. */
#ifndef KR_KUBE_RECORDER_FILES_H
#define KR_KUBE_RECORDER_FILES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "kube/recorder_names.h"

struct kr_recorder_files {
  char *folder;                   /* where the snapshot shall be */
  char *temporary;                /* beside it, until it is whole */
  json_t *lists;                  /* path -> true: lists begun */
  struct kr_recorder_names names; /* what they hold */
  char *open_path;                /* the list written to last, kept open */
  FILE *open;
  char *buffer; /* what it collects before it writes: pages are many, and their objects small */
  bool is_new;  /* nothing was written to it yet */
};

/* folder must not exist, or be empty. */
int kr_recorder_files_open(struct kr_recorder_files *files, const char *folder, struct kr_error *error);

/* Of an item of a list what the list says of it. */
struct kr_recorder_item {
  const char *resource;   /* "deployments.apps" */
  const char *namespace_; /* NULL: cluster-scoped */
  const char *name;       /* NULL: it has none, which is an error */
  const char *list_kind;  /* "DeploymentList" */
  const char *version;    /* "apps/v1" */
};

/* Adds an item, unless one of its name is there already, to its list; text as kr_recorder_text lays it out. */
int kr_recorder_files_item(struct kr_recorder_files *files, const struct kr_recorder_item *item, const char *text,
                           size_t length, struct kr_error *error);

/* A file below the folder, written whole; the folders above it are made. */
int kr_recorder_files_write(struct kr_recorder_files *files, const char *path, const char *text, size_t length,
                            struct kr_error *error);

/* Whether there is such a file already, of so many bytes at least. */
bool kr_recorder_files_holds(const struct kr_recorder_files *files, const char *path, size_t length);

/* Ends all lists and gives the folder its name. */
int kr_recorder_files_finish(struct kr_recorder_files *files, struct kr_error *error);

/* Frees; what was not finished is removed. */
void kr_recorder_files_close(struct kr_recorder_files *files);

#endif
