/* offers.c - see offers.h. */
#define _POSIX_C_SOURCE 200809L /* strnlen */
#include "cli/offers.h"

#include <string.h>

#include "base/text.h"

enum { OFFERS_MAX = 2000, TEXT_MAX = 1 << 20, ABOUT_MAX = 1024, WORD_MAX = 512 };

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

void kr_offers_init(struct kr_offers *offers, const char *word) {
  *offers = (struct kr_offers){.word = word, .all_go_on = true, .directive = KR_OFFERS_NOTHING_ELSE};
  kr_buffer_init(&offers->out, TEXT_MAX);
}

void kr_offers_free(struct kr_offers *offers) { kr_buffer_free(&offers->out); }

const char *kr_offers_typed(const struct kr_offers *offers) { return offers->word + offers->lead; }

/* A name or a path; or a flag, where flags are offered. */
static bool is_plain(const char *word, bool flags) {
  size_t length = strlen(word);
  bool is_flag = flags && strncmp(word, "--", 2) == 0;
  return length > 0 && length < WORD_MAX && strspn(word, LETTERS "-._/:=,@%+") == length &&
         (is_flag || strchr(LETTERS "._/", word[0]) != NULL);
}

/* One line, of which a shell shows the first words. */
static int put_about(struct kr_buffer *out, const char *about) {
  struct kr_buffer clean;
  kr_buffer_init(&clean, (size_t)ABOUT_MAX * 8);
  size_t length = strnlen(about, ABOUT_MAX);
  int code = kr_text_harmless(&clean, about, length);
  for (size_t i = 0; !code && i < clean.length; i++) {
    if (clean.data[i] == '\n' || clean.data[i] == '\t') clean.data[i] = ' ';
  }
  if (!code) code = kr_buffer_printf(out, "\t%s", kr_buffer_text(&clean));
  kr_buffer_free(&clean);
  return code;
}

void kr_offer(struct kr_offers *offers, const char *word, const char *about) {
  const char *typed = kr_offers_typed(offers);
  size_t before = offers->out.length;
  if (offers->count >= OFFERS_MAX || strncmp(word, typed, strlen(typed)) != 0 || !is_plain(word, offers->flags)) return;
  int code = kr_buffer_append(&offers->out, offers->word, offers->lead);
  if (!code) code = kr_buffer_puts(&offers->out, word);
  if (!code && about != NULL && *about != '\0') code = put_about(&offers->out, about);
  if (!code) code = kr_buffer_puts(&offers->out, "\n");
  if (code) {
    offers->out.length = before;
    return;
  }
  char last = word[strlen(word) - 1];
  offers->all_go_on = offers->all_go_on && (last == '/' || last == '=');
  offers->count++;
}

const char *kr_offers_text(struct kr_offers *offers) {
  int directive = offers->directive;
  if (offers->count > 0 && offers->all_go_on) directive |= KR_OFFERS_NO_SPACE;
  return kr_buffer_printf(&offers->out, ":%d\n", directive) ? "" : kr_buffer_text(&offers->out);
}
