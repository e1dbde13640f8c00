/* live_private.h - what the files of the live transport share. */
#ifndef KR_KUBE_LIVE_PRIVATE_H
#define KR_KUBE_LIVE_PRIVATE_H

#include <curl/curl.h>

#include "kube/credentials.h"
#include "kube/live.h"
#include "kube/live_retry.h"
#include "kube/url.h"

struct kr_live {
  struct kr_transport transport; /* first: callers hold a pointer to it */
  struct kr_kubeconfig *config;
  struct kr_credentials *credentials;
  struct kr_live_options options;
  struct kr_server server;
  CURLM *multi;
  struct kr_live_op *queue, **queue_end; /* not under way: new, or waiting for their next attempt */
  struct kr_live_op *running;            /* in_flight of them have a transfer */
  struct kr_live_op *done, **done_end;   /* to be delivered */
  int in_flight;
  struct curl_waitfd *fds; /* room for what all probes in flight wait for, and for Ctrl-C */
  unsigned random;
  struct kr_spent spent;
};

/* How an attempt ended. */
struct kr_live_end {
  bool told;              /* the reply says it all: nothing is to be tried again */
  CURLcode code;          /* else: CURLE_OK, and the API answered with status and the reply's body; or what broke */
  int status;             /* HTTP's; 0: none */
  int64_t retry_after_ms; /* 0: the server does not say */
  bool connected;
};

/* One request, from submit to delivery. */
struct kr_live_op {
  struct kr_live_op *next;
  struct kr_request *request;
  kr_reply_fn deliver;
  void *user;
  struct kr_reply reply;
  struct kr_retry retry;
  int64_t deadline; /* of all attempts together; INT64_MAX: none */
  int64_t due;      /* when the next attempt may start */
  int64_t began;    /* when this attempt did */
  bool started;     /* the deadline runs */
  /* of the present attempt */
  CURL *easy;
  struct curl_slist *headers, *connect_to;
  char *post;
  bool refused_memory;
  char detail[CURL_ERROR_SIZE];
  struct kr_live_probe *probe; /* with KR_VERB_PROBE only */
  struct kr_live_end end;      /* once it has ended */
};

/* Makes op's easy handle and all that it sends. KR_EAUTH, KR_EINVAL (no such name can be), KR_ENOMEM, ... */
int kr_live_attempt_begin(struct kr_live *live, struct kr_live_op *op, struct kr_error *error);
/* Takes it out of the multi handle and frees all of the attempt. */
void kr_live_attempt_end(struct kr_live *live, struct kr_live_op *op);

extern const char kr_live_user_agent[];

#endif
