/* managed_fields.h - takes metadata.managedFields out of what the API gave: they are a third of it and more, and
 * nothing that a diagnosis reads. So what is remembered holds more, and what becomes Lua values is read in less time.
 */
#ifndef KR_KUBE_MANAGED_FIELDS_H
#define KR_KUBE_MANAGED_FIELDS_H

#include <stdbool.h>

#include "base/buffer.h"

/* body is an object's JSON, or with is_list that of a list: then it is done to each of its items. null stands in their
 * place; what is no such JSON stays as it is, and so does what is shared. */
void kr_managed_fields_drop(struct kr_buffer *body, bool is_list);

#endif
