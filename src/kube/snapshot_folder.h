/* snapshot_folder.h - reads below a folder that somebody else may have made: nothing outside of it is ever read. */
#ifndef KR_KUBE_SNAPSHOT_FOLDER_H
#define KR_KUBE_SNAPSHOT_FOLDER_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

/* Whether a name can be a file's: no '/', not "." or "..", not empty or NULL. Kubernetes' own names all can. */
bool kr_snapshot_name_is_safe(const char *name);

/* Appends the bytes of the file called name ("namespaces/default/pods.json") below folder; out's limit bounds them. The
 * folder itself may be a symbolic link, nothing below it may. KR_ENOTFOUND, KR_EIO, KR_ELIMIT, KR_ENOMEM. */
int kr_snapshot_folder_read(struct kr_buffer *out, const char *folder, const char *name, struct kr_error *error);

#endif
