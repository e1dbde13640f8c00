/* yaml.h - one YAML (or JSON, which is YAML) document as jansson values, under stated bounds.
 *
 * Quoted scalars are strings. A plain scalar is null, a boolean or a number only where JSON would write it back exactly
 * as it stands (null, ~ and nothing; true, false; 42, 1.5): everything else stays a string, so that who wants text
 * (a token 0012, a version 1.10) gets what was written. Duplicate keys, merge keys, tags of applications and a second
 * document are errors.
 *
 * Errors are KR_EINVAL, KR_ELIMIT, KR_ENOMEM, begin with "name:line:column: " and never quote a value. */
#ifndef KR_KUBE_YAML_H
#define KR_KUBE_YAML_H

#include <jansson.h>
#include <stddef.h>

#include "base/error.h"

#define KR_YAML_TEXT_MAX     ((size_t)1 << 20) /* bytes of the document as written */
#define KR_YAML_EXPANDED_MAX ((size_t)4 << 20) /* bytes of all scalars with aliases followed */
#define KR_YAML_NODES_MAX    100000            /* with aliases followed */
#define KR_YAML_ANCHORS_MAX  256
#define KR_YAML_DEPTH_MAX    64

/* The caller owns *out (json_decref); JSON null for an empty document. name is the file, for errors. */
int kr_yaml_parse(json_t **out, const char *text, size_t length, const char *name, struct kr_error *error);

/* The same, and each mapping says in the member KR_YAML_LINE in which line it begins, for errors about what it means.
 */
#define KR_YAML_LINE "//line"
int kr_yaml_parse_lines(json_t **out, const char *text, size_t length, const char *name, struct kr_error *error);

#endif
