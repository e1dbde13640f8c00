/* complete.h - krunbook __complete WORD...: what the last word of a command line can become. The shells' scripts
 * (krunbook completion) ask it, and kubectl, by the name kubectl_complete-krunbook.
 *
 * It never fails and never says why there is nothing: it runs while somebody types. A cluster is asked for a second at
 * most, or for as long as $KRUNBOOK_COMPLETION_TIMEOUT says; a second later all is given up. */
#ifndef KR_CLI_COMPLETE_H
#define KR_CLI_COMPLETE_H

#include "cli/command.h"
#include "cli/offers.h"

/* The name under which kubectl asks its plugin what can stand. */
#define KR_COMPLETE_FOR_KUBECTL "kubectl_complete-krunbook"

/* words are those behind the program's name, the last one is to be completed and may be empty. Prints, and returns the
 * exit status: 0. */
int kr_complete(int count, char **words);

int64_t kr_complete_patience_ms(void);

/* --- where words come from; invocation has its globals, masks and library --- */

/* The names of a kubeconfig's "context"s, "cluster"s or "user"s. */
void kr_offer_kubeconfig(struct kr_offers *offers, const struct kr_invocation *invocation, const char *what);
/* The names of objects of a kind, by any of its names, in the namespace that the flags name. */
void kr_offer_objects(struct kr_offers *offers, const struct kr_invocation *invocation, const char *kind);
/* KIND/NAME; where no kind is there yet, kinds, and the names of pods where a name alone is one. */
void kr_offer_targets(struct kr_offers *offers, struct kr_invocation *invocation, bool pods);
/* Runbooks, with what they are for; paths, where a path is begun. */
void kr_offer_runbooks(struct kr_offers *offers, const struct kr_invocation *invocation);
void kr_offer_modules(struct kr_offers *offers, const struct kr_invocation *invocation);
/* What the value of a declared argument of a runbook can be. */
void kr_offer_argument(struct kr_offers *offers, struct kr_invocation *invocation, const char *name,
                       const json_t *declaration);

#endif
