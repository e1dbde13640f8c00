/* snapshot_folder.h - reads below a folder that somebody else may have made: nothing outside of it is ever read. */
#ifndef KR_KUBE_SNAPSHOT_FOLDER_H
#define KR_KUBE_SNAPSHOT_FOLDER_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/error.h"

/* Whether a name can be a file's: no '/', not "." or "..", not empty or NULL. Kubernetes' own names all can. */
bool kr_snapshot_name_is_safe(const char *name);

/* Opens the plain file called name ("namespaces/default/pods.json") below folder to be read, and says what it is. The
 * folder itself may be a symbolic link, nothing below it may. KR_ENOTFOUND, KR_EIO. */
int kr_snapshot_folder_open(int *file, struct stat *about, const char *folder, const char *name,
                            struct kr_error *error);

/* Appends the bytes of such a file; out's limit bounds them. KR_ELIMIT and KR_ENOMEM too. */
int kr_snapshot_folder_read(struct kr_buffer *out, const char *folder, const char *name, struct kr_error *error);

#endif
