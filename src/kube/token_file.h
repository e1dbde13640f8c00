/* token_file.h - a token that somebody else writes anew in its file: a service account's, an agent's. */
#ifndef KR_KUBE_TOKEN_FILE_H
#define KR_KUBE_TOKEN_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { KR_TOKEN_FILE_FRESH_MS = 60 * 1000 };

struct kr_token_file {
  const char *path; /* borrowed */
  char *token;      /* without white space around it; NULL before it was read */
  int64_t read_at;
};

/* Reads the file when that is due by now (kr_clock_monotonic's). A file that cannot be read is an error (KR_EAUTH) only
 * where there is no token from before: it may be in the middle of being replaced. */
int kr_token_file_refresh(struct kr_token_file *file, int64_t now, struct kr_error *error);

/* Reads it now; true when it holds another token than before. */
bool kr_token_file_changed(struct kr_token_file *file, int64_t now);

void kr_token_file_free(struct kr_token_file *file);

#endif
