/* answer.h - copies of answers, and the words that name what was asked. */
#ifndef KR_KUBE_ANSWER_H
#define KR_KUBE_ANSWER_H

#include "kube/client.h"

/* A copy that owns its own words, and shares the body: see kr_buffer_share. On KR_ENOMEM out is empty. */
int kr_answer_share(struct kr_answer *out, struct kr_answer *answer);

/* Sets what and permission. kind may be NULL: then the request's own words are used. 0 or KR_ENOMEM. */
int kr_answer_describe(struct kr_answer *answer, const struct kr_request *request, const struct kr_kind *kind);

/* Makes the reply one that says unknown. 0 or KR_ENOMEM, and then it is so without a message. */
int kr_reply_unknown(struct kr_reply *reply, enum kr_reason reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
