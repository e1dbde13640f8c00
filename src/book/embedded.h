/* embedded.h - the runbooks, the Lua library, context.lua the parts of the HTML page and the shells' completions as
 * they were when the program was built (cmake/embed.cmake). */
#ifndef KR_BOOK_EMBEDDED_H
#define KR_BOOK_EMBEDDED_H

#include <stddef.h>

struct kr_embedded {
  const char *name; /* "runbooks/pod-status.lua", "stdlib/krunbook/pods.lua", "context.lua" */
  const char *text;
  size_t length;
};

extern const struct kr_embedded kr_embedded[];
extern const size_t kr_embedded_count;

#endif
