/* kinds_table.h - the kinds that are known without asking the server. */
#ifndef KR_KUBE_KINDS_TABLE_H
#define KR_KUBE_KINDS_TABLE_H

#include "kube/kinds.h"

/* In the order of preference where a name fits several. */
extern const struct kr_kind kr_kinds_table[];
extern const size_t kr_kinds_table_count;

#endif
