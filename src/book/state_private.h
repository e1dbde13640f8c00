/* state_private.h - private to state.c and state_compare.c. */
#ifndef KR_BOOK_STATE_PRIVATE_H
#define KR_BOOK_STATE_PRIVATE_H

#include "book/state.h"

struct kr_state {
  json_t *document; /* checked: everything in it is of the type that it should be */
};

#endif
