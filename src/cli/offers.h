/* offers.h - what can stand where a command line is completed: one word after the other, each with what it is for.
 *
 * A shell puts them into a command line as they are: one that holds anything that a shell would take for more than a
 * word is left out, wherever it comes from. */
#ifndef KR_CLI_OFFERS_H
#define KR_CLI_OFFERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* What the shell does besides; the numbers are those of Cobra's completion, which kubectl reads. */
enum kr_offers_directive {
  KR_OFFERS_FILES = 0,    /* files may stand here too */
  KR_OFFERS_NO_SPACE = 2, /* no space behind the word: it goes on */
  KR_OFFERS_NOTHING_ELSE = 4,
  KR_OFFERS_FOLDERS = 16 /* folders may stand here too */
};

struct kr_offers {
  struct kr_buffer out;
  const char *word; /* what is there already of the word; borrowed */
  size_t lead;      /* bytes of it that stand before what is offered: "--namespace=", "pod/" */
  size_t count;     /* how many there are */
  bool flags;       /* flags are offered, too */
  bool all_go_on;   /* each ends with what more follows: "service/" */
  int directive;    /* how it ends: of the above, without KR_OFFERS_NO_SPACE */
};

void kr_offers_init(struct kr_offers *offers, const char *word);
void kr_offers_free(struct kr_offers *offers);

/* What is there already behind the lead. */
const char *kr_offers_typed(const struct kr_offers *offers);

/* Offers a word where it goes on from what is typed, and a shell takes it as it is. about may be NULL. Memory that is
 * refused leaves it out. */
void kr_offer(struct kr_offers *offers, const char *word, const char *about);

/* Ends the list: a line "WORD<tab>ABOUT" each, and ":DIRECTIVE". */
const char *kr_offers_text(struct kr_offers *offers);

#endif
