/* secret.h - a Secret as everybody above the transport sees it: name, type and keys, and what its values tell in
 * public, under the member "krunbook" ("What is not in it" of docs/snapshots.md). Never a value. */
#ifndef KR_KUBE_SECRET_H
#define KR_KUBE_SECRET_H

#include <jansson.h>
#include <stdbool.h>

#include "kube/transport.h"

/* Takes the values out of a Secret, in place. live: they are as the cluster holds them, so that an empty one is empty;
 * else it may come of a snapshot, where what they told is noted already. 0 or KR_ENOMEM. */
int kr_secret_strip(json_t *secret, bool live);

/* The same for the body of an answer, one Secret or a list of them. What is neither becomes an unknown, so that nothing
 * that could not be read is passed on. 0 or KR_ENOMEM. */
int kr_secret_strip_reply(struct kr_reply *reply, bool live);

#endif
