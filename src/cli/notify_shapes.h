/* notify_shapes.h - what is posted of a report. */
#ifndef KR_CLI_NOTIFY_SHAPES_H
#define KR_CLI_NOTIFY_SHAPES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct kr_notify_shape {
  const char *name;
  json_t *(*make)(const json_t *document); /* a new reference; NULL when memory is refused */
  bool only_news;                          /* nothing is posted of a report whose status is ok */
};

extern const struct kr_notify_shape kr_notify_shapes[];
extern const size_t kr_notify_shape_count;

#endif
