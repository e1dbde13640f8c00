/* embedded.h - the runbooks, the Lua library, context.lua, the parts of the HTML page and the shells' completions as
 * they were when the program was built (cmake/embed.cmake). */
#ifndef KR_BOOK_EMBEDDED_H
#define KR_BOOK_EMBEDDED_H

#include <stddef.h>

struct kr_embedded {
  const char *name; /* "runbooks/pod-status.lua", "stdlib/krunbook/pods.lua", "context.lua" */
  const char *text;
  size_t length;
  const char *compiled; /* bytecode of context.lua, a runbook or what is of the library; else NULL */
  size_t compiled_length;
};

extern const struct kr_embedded kr_embedded[];
extern const size_t kr_embedded_count;

/* The bytecode of a text that was compiled when the program was built; NULL when it is no such text, be it by a letter,
 * or when the Lua that runs is not the one that compiled. */
const char *kr_embedded_compiled(size_t *compiled_length, const char *text, size_t length);

#endif
