/* snapshot_table.h - objects of a snapshot as the rows of a table: the cells that the API server prints for kubectl's
 * columns (pkg/printers/internalversion of Kubernetes 1.36), and behind them what it has no column for, the status of
 * the condition that sums the object up. Read from their text: a healthy object is never decoded. */
#ifndef KR_KUBE_SNAPSHOT_TABLE_H
#define KR_KUBE_SNAPSHOT_TABLE_H

#include <stdint.h>

#include "base/buffer.h"

struct kr_snapshot_table;

/* How objects of the resource ("pods", "deployments.apps") are printed; NULL when nobody here knows. */
const struct kr_snapshot_table *kr_snapshot_table_of(const char *resource);

/* Appends the member "columnDefinitions" as JSON. 0 or KR_ENOMEM. */
int kr_snapshot_table_columns(struct kr_buffer *out, const struct kr_snapshot_table *table);

/* Appends an object's row, {"cells":[...]}. The object is the JSON text from object to end, with names spelt as is
 * usual (base/json_check.h); ages are as of now, in milliseconds. 0 or KR_ENOMEM. */
int kr_snapshot_table_row(struct kr_buffer *out, const struct kr_snapshot_table *table, const char *object,
                          const char *end, int64_t now);

#endif
