/* managed_fields.c - see managed_fields.h. What stays is moved towards the beginning, a stretch at a time. */
#include "kube/managed_fields.h"

#include <string.h>

#include "base/json_text.h"

/* The text so far ends at to; what comes next of it stands at from, never before to. */
struct move {
  char *to;
  const char *from;
};

static void keep_until(struct move *move, const char *at) {
  size_t length = (size_t)(at - move->from);
  memmove(move->to, move->from, length);
  move->to += length;
  move->from = at;
}

/* Of the object that begins at. */
static void drop_of(struct move *move, const char *at, const char *end) {
  static const char null[] = {'n', 'u', 'l', 'l'};
  const char *metadata = kr_json_member(at, end, "metadata");
  const char *fields = metadata == NULL ? NULL : kr_json_member(metadata, end, "managedFields");
  const char *after = fields == NULL ? NULL : kr_json_skip(fields, end);
  if (after == NULL || (size_t)(after - fields) < sizeof null) return;
  keep_until(move, fields);
  memcpy(move->to, null, sizeof null);
  move->to += sizeof null;
  move->from = after;
}

void kr_managed_fields_drop(struct kr_buffer *body, bool is_list) {
  if (body->length == 0 || body->sharers != NULL) return;
  struct move move = {.to = body->data, .from = body->data};
  const char *end = body->data + body->length;
  if (!is_list) {
    drop_of(&move, body->data, end);
  } else {
    const char *at = kr_json_member(body->data, end, "items"), *item;
    while (at != NULL && (item = kr_json_element(at, end)) != NULL) {
      at = kr_json_skip(item, end);
      if (at != NULL) drop_of(&move, item, at);
    }
  }
  keep_until(&move, end);
  kr_buffer_cut(body, (size_t)(move.to - body->data));
}
