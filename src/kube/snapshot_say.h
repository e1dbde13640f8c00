/* snapshot_say.h - puts an answer into a reply as the API would have worded it. All return 0 or KR_ENOMEM. */
#ifndef KR_KUBE_SNAPSHOT_SAY_H
#define KR_KUBE_SNAPSHOT_SAY_H

#include <jansson.h>

#include "kube/transport.h"

int kr_snapshot_say_json(struct kr_reply *reply, const json_t *value); /* 200 and the value, compact */

/* A Status object; name: what it is about, NULL for nothing named. */
int kr_snapshot_say_status(struct kr_reply *reply, int code, const char *reason, const char *message, const char *name);

/* An entry of "refused", given again. */
int kr_snapshot_say_refusal(struct kr_reply *reply, const json_t *refusal);

/* Unknown: the folder does not tell. Not for kr_reply_classify, which knows only what a server says. */
int kr_snapshot_say_not_recorded(struct kr_reply *reply, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Unknown: a file cannot be read, which is not "nothing there". */
int kr_snapshot_say_failure(struct kr_reply *reply, const struct kr_error *error);

#endif
