/* arguments.h - the arguments that a runbook declares, and the values given for them.
 *
 * A declaration is {type, values, required, default, repeated, help} by name, in the runbook's metadata. Values are
 * JSON: text from a command line, or what a runbook hands to another one. */
#ifndef KR_BOOK_ARGUMENTS_H
#define KR_BOOK_ARGUMENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* What a declaration's type can be. */
struct kr_argument_type {
  const char *name;
  const char *takes; /* what a value of it is, in words: "a whole number" */
};
extern const struct kr_argument_type kr_argument_types[];
extern const size_t kr_argument_type_count;

/* Checks the declarations of a runbook's metadata; KR_EINVAL names the field ("args.pod.type"). */
int kr_arguments_declare(const json_t *declared, struct kr_error *error);

/* The declared name that a flag means: --since-last is since_last, --no-x (of a boolean) sets *negated. NULL when there
 * is none. */
const char *kr_arguments_name(const json_t *declared, const char *flag, bool *negated);

/* Whether --name stands alone, without a value. */
bool kr_arguments_is_flag(const json_t *declared, const char *name);

/* Puts one more value of the command line with those before it. */
int kr_arguments_give(json_t *given, const char *name, json_t *value);

/* Checks and converts what was given (an object, or NULL), and fills defaults in. A new reference. KR_EUSAGE names the
 * argument, what it takes, and for an unknown one the nearest. */
int kr_arguments_resolve(json_t **out, const json_t *declared, const json_t *given, struct kr_error *error);

/* "no argument --x; nearest: --y": for a name that nothing declares. */
int kr_arguments_unknown(const json_t *declared, const char *name, struct kr_error *error);

#endif
