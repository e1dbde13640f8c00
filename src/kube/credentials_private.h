/* credentials_private.h - the clocks of struct kr_credentials, so that tests need not wait a minute. */
#ifndef KR_KUBE_CREDENTIALS_PRIVATE_H
#define KR_KUBE_CREDENTIALS_PRIVATE_H

#include <stdint.h>

#include "kube/credentials.h"

/* As kr_clock_monotonic and kr_clock_now. */
void kr_credentials_set_clocks(struct kr_credentials *credentials, int64_t (*monotonic)(void), int64_t (*now)(void));

#endif
