/* crawl.h - reads all that a snapshot should hold of a cluster, through a client whose transport records it. */
#ifndef KR_CLI_CRAWL_H
#define KR_CLI_CRAWL_H

#include <stddef.h>

#include "cli/command.h"
#include "kube/client.h"

struct kr_crawl_refusal {
  char *text; /* "secrets in default: forbidden" */
};

struct kr_crawl_result {
  struct kr_crawl_refusal *refusals; /* what could not be read */
  size_t refusal_count;
  size_t answers;
};

/* namespaces: count of them; none means all. */
int kr_crawl(struct kr_crawl_result *result, struct kr_client *client, const char *const *namespaces, size_t count,
             struct kr_error *error);
/* Adds to a crawl: connects to the ports that runbooks would ask, of pods that Services lead to. */
int kr_crawl_probes(struct kr_crawl_result *result, struct kr_client *client, const char *const *namespaces,
                    size_t count, const struct kr_invocation *invocation, struct kr_error *error);

/* Adds one. 0 or KR_ENOMEM. */
int kr_crawl_refused(struct kr_crawl_result *result, const char *what, const char *reason, const char *message);

void kr_crawl_result_free(struct kr_crawl_result *result);

#endif
