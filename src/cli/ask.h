/* ask.h - the primitives from the shell: a function of the Lua module krunbook.shell is called in a VM with what the
 * command line asks, on the cluster that its flags name; what it answers is printed as text or as one document, JSON or
 * YAML.
 *
 * The document is {"schema": "krunbook.NAME/v1", "exit_code", "taken_at", "cluster", LIST: [an answer for each target,
 * in their order]}. Secrets in it are masked, and as text it is harmless for a terminal. */
#ifndef KR_CLI_ASK_H
#define KR_CLI_ASK_H

#include <jansson.h>

#include "cli/command.h"

struct kr_asking {
  const char *name;           /* of the command, the function and the schema */
  const char *list;           /* the document's member that holds the answers */
  const char *const *members; /* of an answer, NULL-terminated: what is printed, in this order */
  const char *raw;            /* the member whose text is printed whole; NULL: none */
  const char *note;           /* what else is to be known of what was found out; NULL: nothing */
  int64_t log_bytes;          /* of one log; 0: the usual bound */
  int64_t wall_ms;            /* for all of it; 0: no bound */
  /* The exit status that one answer is worth: of all, KR_EXIT_CRITICAL counts most, then KR_EXIT_UNKNOWN. */
  int (*judge)(const json_t *answer);
  int (*write)(struct kr_buffer *out, const json_t *answers); /* appends them as text for people */
};

/* Adds the command's operands to the question as "targets", asks, prints, and returns the exit status. Takes the
 * question over; NULL means that memory was refused for it. */
int kr_ask(struct kr_invocation *invocation, const struct kr_asking *asking, json_t *question);

/* The document of what was answered; a new reference, NULL when memory is refused. Then its printing. */
json_t *kr_ask_document(const struct kr_asking *asking, const json_t *answers, struct kr_transport *transport,
                        const struct kr_mask *mask);
int kr_ask_print(const struct kr_asking *asking, const json_t *document, const struct kr_invocation *invocation,
                 struct kr_error *error);

/* What both judges of absent and unknown answers, and texts of them, share. */
bool kr_answer_is_known(const json_t *answer);
int kr_answer_write_unknown(struct kr_buffer *out, const json_t *answer);

/* A text member of an answer, or "". */
const char *kr_answer_text(const json_t *answer, const char *member);

#endif
