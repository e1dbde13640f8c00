/* file.h - files and folders: read whole under a limit, written whole or not at all. Paths are borrowed. */
#ifndef KR_BASE_FILE_H
#define KR_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

/* Appends the file's bytes to out, whose limit bounds what is read. KR_ENOTFOUND, KR_EIO, KR_ELIMIT, KR_ENOMEM. */
int kr_file_read(struct kr_buffer *out, const char *path, struct kr_error *error);

/* Writes a temporary file beside path, syncs it and renames it over path; mode as for open(2): for a new file, under
 * the umask. */
int kr_file_write(const char *path, const void *bytes, size_t count, unsigned mode, struct kr_error *error);

/* What the umask leaves of a mode, as open(2) and mkdir(2) would. */
unsigned kr_file_mode(unsigned mode);

bool kr_file_exists(const char *path);
bool kr_folder_exists(const char *path);

/* Makes the folder and those above it. */
int kr_folder_make(const char *path, struct kr_error *error);

/* Names in a folder in byte order, without "." and "..". Free with kr_names_free. */
int kr_folder_list(char ***names, size_t *count, const char *path, struct kr_error *error);
void kr_names_free(char **names, size_t count);

/* "folder/name", or name alone when it is absolute or folder is empty. The caller frees it; NULL when memory is
 * refused. */
char *kr_path_join(const char *folder, const char *name);

/* The folder part of path ("." when it has none). The caller frees it. */
char *kr_path_folder(const char *path);

#endif
