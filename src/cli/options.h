/* options.h - flags as tables: a row is all there is to a flag, for the parser and for --help alike.
 *
 * A row says where in a settings structure its value goes. Values point into argv; lists are allocated. */
#ifndef KR_CLI_OPTIONS_H
#define KR_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct kr_strings {
  const char **items;
  size_t count;
};

enum kr_option_type {
  KR_OPTION_BOOL,     /* bool */
  KR_OPTION_COUNT,    /* int: each -v adds one, -v=6 and -v6 set it */
  KR_OPTION_INTEGER,  /* int64_t, not negative */
  KR_OPTION_BYTES,    /* int64_t: 64Mi, 1Gi, 1000 */
  KR_OPTION_DURATION, /* int64_t milliseconds: 30s, 5m; a bare number is seconds */
  KR_OPTION_TEXT,     /* const char * */
  KR_OPTION_LIST      /* struct kr_strings: given again, it adds */
};

struct kr_option {
  char letter;      /* 0: none */
  const char *name; /* without the dashes */
  enum kr_option_type type;
  size_t offset;     /* of its member in the settings */
  const char *value; /* what --help calls the value: "DIR" */
  const char *help;
};

struct kr_option_table {
  const struct kr_option *rows;
  size_t count;
  void *settings;
};

/* The row of a table that has this name or (when name is NULL) letter. */
const struct kr_option *kr_option_find(const struct kr_option_table *table, const char *name, char letter);

/* The row of the flag that an argument is ("--namespace", "--namespace=x", "-nx"), the first table's first, or NULL;
 * and whether the next argument is its value. */
const struct kr_option *kr_option_of(const struct kr_option_table *tables, size_t table_count, const char *argument,
                                     bool *takes_next);

/* Takes the flags of the tables out of arguments and leaves the rest in it, in order, *count of them: operands, and,
 * where keep_unknown, flags that no table has. "--" stays, and what follows it. KR_EUSAGE names a wrong flag's nearest.
 */
int kr_options_parse(const struct kr_option_table *tables, size_t table_count, const char **arguments, size_t *count,
                     bool keep_unknown, struct kr_error *error);

/* Frees the lists of a table's settings. */
void kr_options_free(const struct kr_option_table *table);

/* The table as --help shows it. */
int kr_options_help(struct kr_buffer *out, const struct kr_option_table *table, size_t width);

/* "64Mi", "1G", "4096" in bytes; -1 when it is none of these. */
int64_t kr_bytes_parse(const char *text);

#endif
