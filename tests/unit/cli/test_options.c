/* Flags by table. */
#include <criterion/criterion.h>
#include <string.h>

#include "cli/options.h"

struct settings {
  const char *text;
  bool on;
  int verbose;
  int64_t time, size;
  struct kr_strings list;
};

static const struct kr_option rows[] = {
    {'n', "namespace", KR_OPTION_TEXT, offsetof(struct settings, text), "NS", "a text"},
    {'A', "all", KR_OPTION_BOOL, offsetof(struct settings, on), NULL, "a switch"},
    {'v', "verbose", KR_OPTION_COUNT, offsetof(struct settings, verbose), NULL, "a count"},
    {0, "timeout", KR_OPTION_DURATION, offsetof(struct settings, time), "TIME", "a time"},
    {0, "size", KR_OPTION_BYTES, offsetof(struct settings, size), "SIZE", "a size"},
    {0, "path", KR_OPTION_LIST, offsetof(struct settings, list), "DIR", "a list"}};

static struct settings settings;
static const struct kr_option_table table = {rows, sizeof rows / sizeof rows[0], &settings};
static struct kr_error error;

static int parse(const char **words, size_t *count, bool keep) {
  memset(&settings, 0, sizeof settings);
  return kr_options_parse(&table, 1, words, count, keep, &error);
}

Test(options, values_come_after_a_space_an_equals_sign_or_at_once) {
  const char *words[] = {"run", "-n", "a", "x"}, *equals[] = {"--namespace=b"}, *joined[] = {"-nc"};
  size_t count = 4, one = 1;
  cr_assert_eq(parse(words, &count, false), 0);
  cr_assert_str_eq(settings.text, "a");
  cr_assert_eq(count, 2);
  cr_assert_str_eq(words[1], "x");
  cr_assert_eq(parse(equals, &one, false), 0);
  cr_assert_str_eq(settings.text, "b");
  one = 1;
  cr_assert_eq(parse(joined, &one, false), 0);
  cr_assert_str_eq(settings.text, "c");
}

Test(options, v_counts_and_can_be_set) {
  const char *words[] = {"-v", "-vv"}, *set[] = {"-v=6"};
  size_t count = 2, one = 1;
  cr_assert_eq(parse(words, &count, false), 0);
  cr_assert_eq(settings.verbose, 3);
  cr_assert_eq(parse(set, &one, false), 0);
  cr_assert_eq(settings.verbose, 6);
}

Test(options, a_switch_can_be_turned_off) {
  const char *words[] = {"-A", "--all=false"};
  size_t count = 2;
  cr_assert_eq(parse(words, &count, false), 0);
  cr_assert_not(settings.on);
}

Test(options, times_sizes_and_lists) {
  const char *words[] = {"--timeout", "5m", "--size=2Mi", "--path", "a", "--path=b"};
  size_t count = 6;
  cr_assert_eq(parse(words, &count, false), 0);
  cr_assert_eq(settings.time, 300000);
  cr_assert_eq(settings.size, 2 << 20);
  cr_assert_eq(settings.list.count, 2);
  cr_assert_str_eq(settings.list.items[1], "b");
  kr_options_free(&table);
}

Test(options, a_wrong_flag_names_the_nearest) {
  const char *words[] = {"--namspace=x"};
  size_t count = 1;
  cr_assert_eq(parse(words, &count, false), KR_EUSAGE);
  cr_assert_str_eq(error.message, "no flag --namspace; nearest: --namespace");
}

Test(options, an_unknown_flag_can_be_kept_in_its_place) {
  const char *words[] = {"x", "--pod", "y", "-A"};
  size_t count = 4;
  cr_assert_eq(parse(words, &count, true), 0);
  cr_assert_eq(count, 3);
  cr_assert_str_eq(words[1], "--pod");
}

Test(options, a_missing_or_wrong_value_says_what_is_taken) {
  const char *none[] = {"-n"}, *wrong[] = {"--timeout=soon"}, *size[] = {"--size=1Q"};
  size_t count = 1;
  cr_assert_eq(parse(none, &count, false), KR_EUSAGE);
  cr_assert_str_eq(error.message, "-n needs a value: NS");
  count = 1;
  cr_assert_eq(parse(wrong, &count, false), KR_EUSAGE);
  cr_assert_not_null(strstr(error.message, "--timeout takes a duration"));
  count = 1;
  cr_assert_eq(parse(size, &count, false), KR_EUSAGE);
}

Test(options, nothing_after_two_dashes_is_a_flag) {
  const char *words[] = {"--", "-A"};
  size_t count = 2;
  cr_assert_eq(parse(words, &count, false), 0);
  cr_assert_not(settings.on);
  cr_assert_eq(count, 2);
}
