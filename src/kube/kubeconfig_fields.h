/* kubeconfig_fields.h - the fields of a kubeconfig's entry, with errors that name file, entry and field and quote no
 * secret. */
#ifndef KR_KUBE_KUBECONFIG_FIELDS_H
#define KR_KUBE_KUBECONFIG_FIELDS_H

#include <stdbool.h>

#include "base/buffer.h"
#include "kube/kubeconfig.h"
#include "kube/kubeconfig_files.h"

/* Each sets *out (malloc'ed) when the field is there and not empty, and leaves it alone when not. */
int kr_field_text(char **out, const struct kr_kubeconfig_entry *entry, const char *field, struct kr_error *error);
int kr_field_path(char **out, const struct kr_kubeconfig_entry *entry, const char *field, struct kr_error *error);
int kr_field_flag(bool *out, const struct kr_kubeconfig_entry *entry, const char *field, struct kr_error *error);
int kr_field_list(char ***out, size_t *count, const struct kr_kubeconfig_entry *entry, const char *field,
                  struct kr_error *error);

/* The PEM text that field names as a file, or field-data holds; both is an error. *path (may be NULL) is set for a
 * file. */
int kr_field_pem(struct kr_buffer *out, char **path, const struct kr_kubeconfig_entry *entry, const char *field,
                 struct kr_error *error);

/* KR_ECONFIG with "FILE: user "x": format". */
int kr_field_error(const struct kr_kubeconfig_entry *entry, struct kr_error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Standard base64, white space allowed. KR_EINVAL, KR_ENOMEM, KR_ELIMIT. */
int kr_base64_decode(struct kr_buffer *out, const char *text);

#endif
