/* What is offered to a shell. */
#include <criterion/criterion.h>
#include <string.h>

#include "cli/offers.h"

static void expect(struct kr_offers *offers, const char *text) {
  const char *got = kr_offers_text(offers);
  cr_assert_str_eq(got, text, "%s", got);
  kr_offers_free(offers);
}

Test(offers, a_word_is_offered_where_it_goes_on_from_what_is_typed) {
  struct kr_offers offers;
  kr_offers_init(&offers, "--pod=we");
  offers.lead = strlen("--pod=");
  kr_offer(&offers, "web-0", "a\tb\nc");
  kr_offer(&offers, "db-0", NULL);
  expect(&offers, "--pod=web-0\ta b c\n:4\n");
}

Test(offers, no_space_follows_where_each_word_goes_on) {
  struct kr_offers offers;
  kr_offers_init(&offers, "");
  kr_offer(&offers, "pod/", NULL);
  kr_offer(&offers, "service/", NULL);
  expect(&offers, "pod/\nservice/\n:6\n");
  kr_offers_init(&offers, "");
  kr_offer(&offers, "pod/", NULL);
  kr_offer(&offers, "web", NULL);
  expect(&offers, "pod/\nweb\n:4\n");
}

Test(offers, what_is_no_plain_word_is_left_out) {
  static const char *const words[] = {"",   "-x", "--x", "a b",     "$(x)", "`x`",     "~x",
                                      "=x", "x*", "x;",  "\033[2J", "x\ny", "\xc3\xa9"};
  struct kr_offers offers;
  kr_offers_init(&offers, "");
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) kr_offer(&offers, words[i], "about");
  kr_offer(&offers, "x", "\033[2J");
  cr_assert_eq(offers.count, 1);
  cr_assert_null(strchr(kr_offers_text(&offers), '\033'));
  kr_offers_free(&offers);
}

Test(offers, there_is_an_end_to_them) {
  struct kr_offers offers;
  kr_offers_init(&offers, "");
  for (int i = 0; i < 100000; i++) kr_offer(&offers, "word", "about");
  const char *text = kr_offers_text(&offers);
  cr_assert(offers.count <= 2000 && strcmp(text + strlen(text) - 4, "\n:4\n") == 0);
  kr_offers_free(&offers);
}
