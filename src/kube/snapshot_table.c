/* snapshot_table.c - see snapshot_table.h. */
#include "kube/snapshot_table.h"

#include <string.h>

#include "base/error.h"
#include "kube/snapshot_row.h"
#include "kube/snapshot_table_pod.h"

/* Writes the cells that follow the name. */
typedef void (*print_fn)(struct kr_snapshot_row *row, const struct kr_snapshot_object *object);

struct kr_snapshot_table {
  const char *resource;
  print_fn print;
  const char *const *columns; /* that follow "Name"; NULL behind the last */
};

static void write_age(struct kr_snapshot_row *row, const struct kr_snapshot_object *object) {
  const char *created = kr_json_get(object->metadata, object->end, "creationTimestamp");
  kr_snapshot_row_age(row, kr_snapshot_time_at(created, object->end));
}

/* A count of the status. */
static int64_t counted(const struct kr_snapshot_object *object, const char *name) {
  return kr_json_integer_at(kr_json_get(object->status, object->end, name), object->end, 0);
}

/* "True", "False", "Unknown"; "" for none. */
static struct kr_json_string condition_status(const struct kr_snapshot_object *object, const char *type) {
  const char *conditions = kr_json_get(object->status, object->end, "conditions");
  const char *condition = kr_snapshot_condition(conditions, object->end, type);
  return kr_json_string_at(kr_json_get(condition, object->end, "status"), object->end);
}

static int64_t replicas_wanted(const struct kr_snapshot_object *object) {
  return kr_json_integer_at(kr_json_get(object->spec, object->end, "replicas"), object->end, 1);
}

static void print_namespace(struct kr_snapshot_row *row, const struct kr_snapshot_object *object) {
  kr_snapshot_row_string(row, kr_json_string_at(kr_json_get(object->status, object->end, "phase"), object->end));
  write_age(row, object);
}

/* "Ready,SchedulingDisabled" */
static void print_node(struct kr_snapshot_row *row, const struct kr_snapshot_object *object) {
  struct kr_json_string ready = condition_status(object, "Ready");
  const char *unschedulable = kr_json_get(object->spec, object->end, "unschedulable");
  kr_snapshot_row_begin(row);
  kr_snapshot_row_add(row, ready.length == 0                  ? kr_json_string("Unknown")
                           : kr_json_string_is(ready, "True") ? kr_json_string("Ready")
                                                              : kr_json_string("NotReady"));
  if (kr_json_is_true(unschedulable, object->end)) kr_snapshot_row_add(row, kr_json_string(",SchedulingDisabled"));
  kr_snapshot_row_end(row);
  write_age(row, object);
}

static void print_deployment(struct kr_snapshot_row *row, const struct kr_snapshot_object *object) {
  kr_snapshot_row_ratio(row, counted(object, "readyReplicas"), replicas_wanted(object));
  kr_snapshot_row_integer(row, counted(object, "updatedReplicas"));
  kr_snapshot_row_integer(row, counted(object, "availableReplicas"));
  write_age(row, object);
  kr_snapshot_row_string(row, condition_status(object, "Progressing"));
}

static void print_replica_set(struct kr_snapshot_row *row, const struct kr_snapshot_object *object) {
  kr_snapshot_row_integer(row, replicas_wanted(object));
  kr_snapshot_row_integer(row, counted(object, "replicas"));
  kr_snapshot_row_integer(row, counted(object, "readyReplicas"));
  write_age(row, object);
}

static void print_daemon_set(struct kr_snapshot_row *row, const struct kr_snapshot_object *object) {
  kr_snapshot_row_integer(row, counted(object, "desiredNumberScheduled"));
  kr_snapshot_row_integer(row, counted(object, "currentNumberScheduled"));
  kr_snapshot_row_integer(row, counted(object, "numberReady"));
  kr_snapshot_row_integer(row, counted(object, "updatedNumberScheduled"));
  kr_snapshot_row_integer(row, counted(object, "numberAvailable"));
  write_age(row, object);
}

static const char *const namespace_columns[] = {"Status", "Age", NULL};
static const char *const node_columns[] = {"Status", "Age", NULL};
static const char *const deployment_columns[] = {"Ready", "Up-to-date", "Available", "Age", "Progressing", NULL};
static const char *const replica_set_columns[] = {"Desired", "Current", "Ready", "Age", NULL};
static const char *const daemon_set_columns[] = {"Desired", "Current", "Ready", "Up-to-date", "Available", "Age", NULL};

static const struct kr_snapshot_table known[] = {
    {"pods", kr_snapshot_table_pod, kr_snapshot_table_pod_columns},
    {"namespaces", print_namespace, namespace_columns},
    {"nodes", print_node, node_columns},
    {"deployments.apps", print_deployment, deployment_columns},
    {"replicasets.apps", print_replica_set, replica_set_columns},
    {"daemonsets.apps", print_daemon_set, daemon_set_columns},
};

const struct kr_snapshot_table *kr_snapshot_table_of(const char *resource) {
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(known[i].resource, resource) == 0) return &known[i];
  return NULL;
}

int kr_snapshot_table_columns(struct kr_buffer *out, const struct kr_snapshot_table *table) {
  int status = kr_buffer_puts(out, "\"columnDefinitions\":[{\"name\":\"Name\"}");
  for (const char *const *column = table->columns; status == KR_OK && *column != NULL; column++)
    status = kr_buffer_printf(out, ",{\"name\":\"%s\"}", *column);
  return status == KR_OK ? kr_buffer_puts(out, "]") : status;
}

int kr_snapshot_table_row(struct kr_buffer *out, const struct kr_snapshot_table *table, const char *object,
                          const char *end, int64_t now) {
  static const char *const names[] = {"metadata", "spec", "status"};
  const char *parts[3];
  struct kr_snapshot_row row = {.out = out, .now = now, .status = kr_buffer_puts(out, "{\"cells\":[")};
  kr_json_get_all(parts, names, 3, object, end);
  const struct kr_snapshot_object read = {parts[0], parts[1], parts[2], end};
  kr_snapshot_row_string(&row, kr_json_string_at(kr_json_get(read.metadata, end, "name"), end));
  table->print(&row, &read);
  return row.status == KR_OK ? kr_buffer_puts(out, "]}") : row.status;
}
