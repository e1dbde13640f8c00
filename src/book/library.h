/* library.h - where runbooks, modules and the shipped snapshots are found.
 *
 * A name with '/' is a path. Else the first folder that has it wins: those of --runbook-path, $KRUNBOOK_PATH,
 * $XDG_CONFIG_HOME/krunbook, beside the program (../share/krunbook, share/krunbook), the build-time data folder, and
 * last the copies embedded in the program. A folder holds runbooks/NAME.lua (or NAME.lua directly) and
 * stdlib/MODULE.lua (or MODULE.lua directly). The current folder is never searched unasked. */
#ifndef KR_BOOK_LIBRARY_H
#define KR_BOOK_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/mask.h"

#define KR_SOURCE_MAX ((size_t)256 << 10) /* bytes of one runbook or module: the compiler takes its square in time */

struct kr_library;

/* Where a runbook is. Owned by who asked: kr_place_free. */
struct kr_place {
  char *name;    /* without ".lua" */
  char *path;    /* of the file, or "embedded:runbooks/NAME.lua" */
  char *folder;  /* the search folder that has it; NULL for a path */
  char *shadows; /* the path of the next one of that name, further down; NULL: none */
};

/* paths (of --runbook-path) come first. program is argv[0]'s resolved path, or NULL to ask the system. */
int kr_library_new(struct kr_library **out, const char *const *paths, size_t path_count, const char *program,
                   struct kr_error *error);
void kr_library_free(struct kr_library *library);

/* KR_ENOTFOUND says where it was looked for, the nearest name, and how to run ./NAME when that is there. */
int kr_library_find(struct kr_place *out, const struct kr_library *library, const char *name, struct kr_error *error);
void kr_place_free(struct kr_place *place);

/* Appends the source of what find gave. */
int kr_library_read(struct kr_buffer *out, const struct kr_place *place, struct kr_error *error);

/* Every runbook by name, each once. Free with kr_places_free. */
int kr_library_all(struct kr_place **out, size_t *count, const struct kr_library *library, struct kr_error *error);
void kr_places_free(struct kr_place *places, size_t count);

/* Appends the source of a module ("krunbook.pods") and sets *path (malloc'ed). beside: the folder of the runbook that
 * asks, searched first for modules of its own; may be NULL. "runbooks.NAME" is a runbook as a module: own, the path of
 * the one that asks (may be NULL), is then passed over, so that it gets the one that it shadows. */
int kr_library_module(struct kr_buffer *out, char **path, const struct kr_library *library, const char *name,
                      const char *beside, const char *own, struct kr_error *error);

/* The names of all modules ("krunbook.pods"): those of every folder's stdlib/ and those in the program, sorted, each
 * once. Free with kr_names_free (base/file.h). */
int kr_library_modules(char ***names, size_t *count, const struct kr_library *library, struct kr_error *error);

/* Adds the masks.conf of each folder. */
int kr_library_masks(const struct kr_library *library, struct kr_mask *mask, struct kr_error *error);

/* The folder of the shipped snapshot that --demo takes (malloc'ed); KR_ENOTFOUND says where it was looked for. */
int kr_library_demo(char **folder, const struct kr_library *library, struct kr_error *error);

#endif
