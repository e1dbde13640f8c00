/* snapshot_page.h - an object, and a page of a list, out of a snapshot's files, as the API words them. Objects pass as
 * text: no more than one is held beside the page. */
#ifndef KR_KUBE_SNAPSHOT_PAGE_H
#define KR_KUBE_SNAPSHOT_PAGE_H

#include "kube/selector.h"
#include "kube/snapshot_store.h"
#include "kube/transport.h"

/* The token of the page that tells of namespaces of which nothing was recorded. */
#define KR_SNAPSHOT_ELSEWHERE "elsewhere"

/* The object at a position of a list, with its kind and apiVersion. 0 or KR_ENOMEM. */
int kr_snapshot_say_item(struct kr_reply *reply, struct kr_snapshot_store *store, const char *resource,
                         const struct kr_snapshot_list *list, size_t position);

/* What the selectors take of the request's list, a page of it. whole: nothing of it is unknown; else
 * KR_SNAPSHOT_ELSEWHERE follows its last page. asked: just this was asked for, so that what is there was among the
 * answers. 0 or KR_ENOMEM. */
int kr_snapshot_say_page(struct kr_reply *reply, struct kr_snapshot_store *store, const char *resource,
                         const struct kr_request *request, const struct kr_selector *labels,
                         const struct kr_selector *fields, bool whole, bool asked);

#endif
