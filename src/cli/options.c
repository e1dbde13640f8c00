/* options.c - flags read by table. */
#define _POSIX_C_SOURCE 200809L
#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#define NAMES_MAX 128

const struct kr_option *kr_option_find(const struct kr_option_table *table, const char *name, char letter) {
  for (size_t i = 0; i < table->count; i++) {
    const struct kr_option *row = &table->rows[i];
    if (name ? strcmp(row->name, name) == 0 : letter && row->letter == letter) return row;
  }
  return NULL;
}

/* A flag as it stands in the arguments, taken apart. */
struct flag {
  const struct kr_option *row;
  void *settings;
  const char *shown; /* as it was written */
  const char *value; /* behind '=' (or the letter); NULL: none */
};

static bool takes_value(const struct kr_option *row) {
  return row->type != KR_OPTION_BOOL && row->type != KR_OPTION_COUNT;
}

static const struct kr_option *find_in(const struct kr_option_table *tables, size_t count, const char *name,
                                       char letter, void **settings) {
  for (size_t i = 0; i < count; i++) {
    const struct kr_option *row = kr_option_find(&tables[i], name, letter);
    if (row) *settings = tables[i].settings;
    if (row) return row;
  }
  return NULL;
}

const struct kr_option *kr_option_of(const struct kr_option_table *tables, size_t table_count, const char *argument,
                                     bool *takes_next) {
  char name[64] = "";
  void *ignored;
  *takes_next = false;
  if (argument[0] != '-' || argument[1] == '\0') return NULL;
  bool is_long = argument[1] == '-';
  size_t length = is_long ? strcspn(argument + 2, "=") : 0;
  if (length >= sizeof name) return NULL;
  memcpy(name, argument + 2, length);
  const struct kr_option *row = is_long ? find_in(tables, table_count, name, 0, &ignored)
                                        : find_in(tables, table_count, NULL, argument[1], &ignored);
  *takes_next = row && takes_value(row) && argument[2 + length] == '\0';
  return row;
}

int64_t kr_bytes_parse(const char *text) {
  static const char units[] = "KMGT";
  char *end = NULL;
  errno = 0;
  long long number = strtoll(text, &end, 10);
  if (errno || end == text || number < 0) return -1;
  const char *unit = *end ? strchr(units, *end == 'k' ? 'K' : *end) : NULL;
  if (!*end) return number;
  if (!unit) return -1;
  bool binary = end[1] == 'i';
  if (end[1 + binary] != '\0') return -1;
  for (long i = 0; i <= unit - units; i++) {
    if (number > INT64_MAX / 1024) return -1;
    number *= binary ? 1024 : 1000;
  }
  return number;
}

static int wrong_value(const struct flag *flag, const char *expected, struct kr_error *error) {
  return kr_error_set(error, KR_EUSAGE, "%s takes %s, not \"%.200s\"", flag->shown, expected, flag->value);
}

static int64_t whole_number(const char *text) {
  char *end = NULL;
  errno = 0;
  long long number = strtoll(text, &end, 10);
  return errno || end == text || *end || number < 0 ? -1 : number;
}

static int store_list(struct kr_strings *list, const char *value, struct kr_error *error) {
  const char **more = realloc(list->items, (list->count + 1) * sizeof *more);
  if (!more) return kr_error_set(error, KR_ENOMEM, "out of memory while reading flags");
  list->items = more;
  list->items[list->count++] = value;
  return 0;
}

static int store_number(const struct flag *flag, void *member, struct kr_error *error) {
  int64_t number;
  if (flag->row->type == KR_OPTION_DURATION) {
    number = kr_duration_parse(flag->value);
    if (number == KR_TIME_NONE || number < 0) return wrong_value(flag, "a duration like 30s or 5m", error);
  } else if (flag->row->type == KR_OPTION_BYTES) {
    number = kr_bytes_parse(flag->value);
    if (number < 0) return wrong_value(flag, "a size like 64Mi", error);
  } else {
    number = whole_number(flag->value);
    if (number < 0) return wrong_value(flag, "a whole number", error);
  }
  *(int64_t *)member = number;
  return 0;
}

static int store_flag(const struct flag *flag, void *member, struct kr_error *error) {
  if (flag->row->type == KR_OPTION_COUNT) {
    int64_t level = flag->value ? whole_number(flag->value) : *(int *)member + 1;
    if (level < 0 || level > 99) return wrong_value(flag, "a level from 0 to 9", error);
    *(int *)member = (int)level;
    return 0;
  }
  bool off = flag->value && strcmp(flag->value, "false") == 0;
  if (flag->value && !off && strcmp(flag->value, "true") != 0) return wrong_value(flag, "true or false", error);
  *(bool *)member = !off;
  return 0;
}

static int store(const struct flag *flag, struct kr_error *error) {
  void *member = (char *)flag->settings + flag->row->offset;
  switch (flag->row->type) {
    case KR_OPTION_BOOL:
    case KR_OPTION_COUNT:
      return store_flag(flag, member, error);
    case KR_OPTION_TEXT:
      *(const char **)member = flag->value;
      return 0;
    case KR_OPTION_LIST:
      return store_list(member, flag->value, error);
    default:
      return store_number(flag, member, error);
  }
}

static int unknown_flag(const struct kr_option_table *tables, size_t table_count, const char *argument, size_t length,
                        struct kr_error *error) {
  const char *names[NAMES_MAX];
  char name[64] = "";
  size_t count = 0;
  if (length < sizeof name) memcpy(name, argument, length);
  for (size_t i = 0; i < table_count; i++) {
    for (size_t j = 0; j < tables[i].count && count < NAMES_MAX; j++) names[count++] = tables[i].rows[j].name;
  }
  const char *nearest = argument[1] == '-' && *name ? kr_text_nearest(name + 2, names, count) : NULL;
  if (nearest) return kr_error_set(error, KR_EUSAGE, "no flag %.*s; nearest: --%s", (int)length, argument, nearest);
  return kr_error_set(error, KR_EUSAGE, "no flag %.*s; --help shows what there is", (int)length, argument);
}

/* Takes argument apart when a table has its flag. */
static bool find_flag(struct flag *flag, const struct kr_option_table *tables, size_t table_count, const char *argument,
                      char shown[64]) {
  const char *equals = strchr(argument, '=');
  size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
  bool is_long = argument[1] == '-';
  if (length > 63) return false;
  memcpy(shown, argument, length);
  shown[length] = '\0';
  *flag = (struct flag){.shown = shown, .value = equals ? equals + 1 : NULL};
  flag->row = is_long ? find_in(tables, table_count, shown + 2, 0, &flag->settings)
                      : find_in(tables, table_count, NULL, argument[1], &flag->settings);
  if (is_long || !flag->row || length == 2) return flag->row != NULL;
  /* -nkube-system, -v6, -vvv */
  const char *rest = argument + 2;
  if (flag->row->type == KR_OPTION_COUNT && strspn(rest, "v") == strlen(rest) && flag->row->letter == 'v') {
    *(int *)((char *)flag->settings + flag->row->offset) += (int)strlen(rest);
    flag->value = NULL;
  } else if (flag->row->type == KR_OPTION_BOOL) {
    return false;
  } else {
    flag->value = rest;
    shown[2] = '\0';
  }
  return true;
}

int kr_options_parse(const struct kr_option_table *tables, size_t table_count, const char **arguments, size_t *count,
                     bool keep_unknown, struct kr_error *error) {
  size_t kept = 0, total = *count;
  for (size_t i = 0; i < total; i++) {
    const char *argument = arguments[i];
    struct flag flag;
    char shown[64];
    if (strcmp(argument, "--") == 0) {
      while (i < total) arguments[kept++] = arguments[i++];
      break;
    }
    if (argument[0] != '-' || argument[1] == '\0') {
      arguments[kept++] = argument;
    } else if (!find_flag(&flag, tables, table_count, argument, shown)) {
      if (!keep_unknown) return unknown_flag(tables, table_count, argument, strcspn(argument, "="), error);
      arguments[kept++] = argument;
    } else {
      if (takes_value(flag.row) && !flag.value) {
        if (i + 1 >= total) return kr_error_set(error, KR_EUSAGE, "%s needs a value: %s", shown, flag.row->value);
        flag.value = arguments[++i];
      }
      int code = store(&flag, error);
      if (code) return code;
    }
  }
  *count = kept;
  return 0;
}

void kr_options_free(const struct kr_option_table *table) {
  for (size_t i = 0; i < table->count; i++) {
    if (table->rows[i].type != KR_OPTION_LIST) continue;
    struct kr_strings *list = (struct kr_strings *)(void *)((char *)table->settings + table->rows[i].offset);
    free(list->items);
    list->items = NULL;
    list->count = 0;
  }
}

int kr_options_help(struct kr_buffer *out, const struct kr_option_table *table, size_t width) {
  int code = 0;
  for (size_t i = 0; !code && i < table->count; i++) {
    const struct kr_option *row = &table->rows[i];
    char letter[5] = "    ";
    if (row->letter) letter[0] = '-', letter[1] = row->letter, letter[2] = ',';
    char name[48];
    int length = snprintf(name, sizeof name, "--%s %s", row->name, row->value ? row->value : "");
    code = kr_buffer_printf(out, "  %s%-24s%s", letter, name, length > 24 ? "\n                              " : "");
    if (!code) code = kr_text_wrap(out, row->help, width, 30);
    if (!code) code = kr_buffer_puts(out, "\n");
  }
  return code;
}
