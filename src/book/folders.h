/* folders.h - private to the library: the folders that are searched, in order, each once. */
#ifndef KR_BOOK_FOLDERS_H
#define KR_BOOK_FOLDERS_H

#include <stddef.h>

#include "base/error.h"

#define KR_FOLDERS_MAX 64

struct kr_library {
  char *folders[KR_FOLDERS_MAX];
  size_t count;
};

int kr_folders_find(struct kr_library *library, const char *const *paths, size_t path_count, const char *program,
                    struct kr_error *error);

#endif
