/* editline.c - see editline.h. */
#include "cli/editline.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static void *open_library(void) {
  static const char *const names[] = {"libedit.so.2" /* Debian's */, "libedit.so.0"};
  void *library = NULL;
  for (size_t i = 0; library == NULL && i < sizeof names / sizeof names[0]; i++)
    library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  return library;
}

/* Of C there is no way from an object's address to a function's: POSIX has them of one size, and copied. */
static bool find(void *library, const char *name, void *function) {
  void *symbol = dlsym(library, name);
  memcpy(function, &symbol, sizeof symbol);
  return symbol != NULL;
}

int kr_editline_load(struct kr_editline *out, struct kr_error *error) {
  void *library = open_library();
  if (library && find(library, "el_init", &out->el_init) && find(library, "el_end", &out->el_end) &&
      find(library, "el_reset", &out->el_reset) && find(library, "el_gets", &out->el_gets) &&
      find(library, "el_set", &out->el_set) && find(library, "el_wset", &out->el_wset) &&
      find(library, "el_get", &out->el_get) && find(library, "el_line", &out->el_line) &&
      find(library, "el_insertstr", &out->el_insertstr) && find(library, "history_init", &out->history_init) &&
      find(library, "history_end", &out->history_end) && find(library, "history", &out->history))
    return KR_OK;
  const char *why = dlerror();
  return kr_error_set(error, KR_ENOTFOUND,
                      "the prompt needs libedit: %s (install libedit2, or give the lines on standard input)",
                      why ? why : "it cannot be loaded");
}
