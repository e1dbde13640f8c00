/* snapshot_table_pod.c - see snapshot_table_pod.h. Of its containers the first one that does not run gives a pod its
 * STATUS; what the init containers say comes before. */
#include "kube/snapshot_table_pod.h"

#include <stdint.h>

#include "base/clock.h"
#include "base/json_text.h"

const char *const kr_snapshot_table_pod_columns[] = {
    "Ready", "Status", "Restarts", "Age", "IP", "Node", "Nominated Node", "Readiness Gates", "Ready Condition", NULL};

/* The word of a STATUS: "Init:" and the like, then text or a number. */
struct word {
  struct kr_json_string before, text;
  int64_t number, of; /* shown where text is empty; of: -1 for none */
};

struct restarts {
  int64_t count, last; /* last: when the run before ended, or KR_TIME_NONE */
};

struct pod {
  const char *end;                                                                           /* of the text */
  const char *phase, *reason, *conditions, *init_statuses, *statuses, *ips, *ip, *nominated; /* of the status */
  const char *containers, *init_containers, *node, *gates;                                   /* of the spec */
  struct word word;
  struct restarts restarts;
  int64_t ready, total;
};

/* What a container's status says. */
struct container {
  struct kr_json_string name;
  bool ready, started;
  const char *waiting, *running, *terminated; /* its state */
  int64_t restarts, ended;                    /* ended: the run before, or KR_TIME_NONE */
};

static struct word word_of(struct kr_json_string text) { return (struct word){.text = text, .of = -1}; }

static struct kr_json_string string_in(const struct pod *pod, const char *object, const char *name) {
  return kr_json_string_at(kr_json_get(object, pod->end, name), pod->end);
}

static int64_t integer_in(const struct pod *pod, const char *object, const char *name) {
  return kr_json_integer_at(kr_json_get(object, pod->end, name), pod->end, 0);
}

static int64_t count(const struct pod *pod, const char *array) {
  size_t items = 0;
  return array == NULL || kr_json_array(&items, array, pod->end) == NULL ? 0 : (int64_t)items;
}

/* The status of a condition, or its reason; "" for none. */
static struct kr_json_string of_condition(const struct pod *pod, const char *type, const char *name) {
  return string_in(pod, kr_snapshot_condition(pod->conditions, pod->end, type), name);
}

static bool is_true(const struct pod *pod, const char *type) {
  return kr_json_string_is(of_condition(pod, type, "status"), "True");
}

static struct container container_of(const char *status, const char *end) {
  static const char *const names[] = {"name", "ready", "started", "restartCount", "state", "lastState"};
  static const char *const states[] = {"waiting", "running", "terminated"};
  const char *values[6], *state[3];
  kr_json_get_all(values, names, 6, status, end);
  kr_json_get_all(state, states, 3, values[4], end);
  const char *last = kr_json_get(values[5], end, "terminated");
  return (struct container){.name = kr_json_string_at(values[0], end),
                            .ready = kr_json_is_true(values[1], end),
                            .started = kr_json_is_true(values[2], end),
                            .restarts = kr_json_integer_at(values[3], end, 0),
                            .waiting = state[0],
                            .running = state[1],
                            .terminated = state[2],
                            .ended = kr_snapshot_time_at(kr_json_get(last, end, "finishedAt"), end)};
}

/* The API counts in 32 bits; who edits a snapshot may write more, and what is added up must not overflow. */
static void add_restarts(struct restarts *restarts, const struct container *container) {
  restarts->count += container->restarts > INT32_MAX ? INT32_MAX : container->restarts < 0 ? 0 : container->restarts;
  if (container->ended > restarts->last) restarts->last = container->ended;
}

/* Why a container ended. */
static struct word ended(const struct pod *pod, const char *terminated, struct kr_json_string before) {
  struct word word = {.before = before, .text = string_in(pod, terminated, "reason"), .of = -1};
  int64_t signal = word.text.length > 0 ? 0 : integer_in(pod, terminated, "signal");
  bool init = before.length > 0;
  if (word.text.length > 0) return word;
  word.number = signal != 0 ? signal : integer_in(pod, terminated, "exitCode");
  if (signal != 0)
    word.before = init ? kr_json_string("Init:Signal:") : kr_json_string("Signal:");
  else
    word.before = init ? kr_json_string("Init:ExitCode:") : kr_json_string("ExitCode:");
  return word;
}

/* An init container that goes on running beside the others. */
static bool is_sidecar(const struct pod *pod, const char *init_container) {
  return kr_json_string_is(string_in(pod, init_container, "restartPolicy"), "Always");
}

static bool is_sidecar_called(const struct pod *pod, struct kr_json_string name) {
  const char *at = pod->init_containers, *item;
  while ((item = kr_json_next(&at, pod->end)) != NULL) {
    if (kr_json_string_same(string_in(pod, item, "name"), name)) return is_sidecar(pod, item);
  }
  return false;
}

/* The word for an init container that holds the pod up; position: how many are through. */
static struct word held_up(const struct pod *pod, const struct container *container, int64_t position) {
  struct kr_json_string init = kr_json_string("Init:");
  struct word word = {.before = init, .text = string_in(pod, container->waiting, "reason"), .of = -1};
  if (container->terminated != NULL) return ended(pod, container->terminated, init);
  if (word.text.length > 0 && !kr_json_string_is(word.text, "PodInitializing")) return word;
  return (struct word){.before = init, .number = position, .of = count(pod, pod->init_containers)};
}

/* Goes through the init containers; whether one of them holds the pod up. sidecars: their restarts alone. */
static bool look_at_inits(struct pod *pod, struct restarts *sidecars) {
  const char *at = pod->init_statuses, *item;
  for (int64_t i = 0; (item = kr_json_next(&at, pod->end)) != NULL; i++) {
    struct container container = container_of(item, pod->end);
    bool sidecar = is_sidecar_called(pod, container.name);
    add_restarts(&pod->restarts, &container);
    if (sidecar) add_restarts(sidecars, &container);
    if (container.terminated != NULL && integer_in(pod, container.terminated, "exitCode") == 0) continue;
    if (sidecar && container.started) {
      pod->ready += container.ready;
      continue;
    }
    pod->word = held_up(pod, &container, i);
    return true;
  }
  return false;
}

static void look_at_containers(struct pod *pod) {
  const char *at = pod->statuses, *item;
  bool stopped = false, runs = false;
  while ((item = kr_json_next(&at, pod->end)) != NULL) {
    struct container container = container_of(item, pod->end);
    struct kr_json_string waits = string_in(pod, container.waiting, "reason");
    add_restarts(&pod->restarts, &container);
    if (waits.length == 0 && container.terminated == NULL) {
      bool serves = container.running != NULL && container.ready;
      runs = runs || serves;
      pod->ready += serves;
    } else if (!stopped) {
      pod->word = waits.length > 0 ? word_of(waits) : ended(pod, container.terminated, kr_json_string(""));
      stopped = true;
    }
  }
  if (runs && pod->word.before.length == 0 && kr_json_string_is(pod->word.text, "Completed"))
    pod->word = word_of(is_true(pod, "Ready") ? kr_json_string("Running") : kr_json_string("NotReady"));
}

static void look_at_deletion(struct pod *pod, const char *metadata) {
  struct kr_json_string phase = kr_json_string_at(pod->phase, pod->end);
  bool over = kr_json_string_is(phase, "Succeeded") || kr_json_string_is(phase, "Failed");
  if (string_in(pod, metadata, "deletionTimestamp").length == 0) return;
  if (kr_json_string_is(kr_json_string_at(pod->reason, pod->end), "NodeLost"))
    pod->word = word_of(kr_json_string("Unknown"));
  else if (!over)
    pod->word = word_of(kr_json_string("Terminating"));
}

static struct pod pod_of(const char *spec, const char *status, const char *end) {
  static const char *const of_spec[] = {"containers", "initContainers", "nodeName", "readinessGates"};
  static const char *const of_status[] = {"phase",  "reason", "conditions",        "initContainerStatuses",
                                          "podIPs", "podIP",  "nominatedNodeName", "containerStatuses"};
  const char *in_spec[4], *in_status[8];
  kr_json_get_all(in_spec, of_spec, 4, spec, end);
  kr_json_get_all(in_status, of_status, 8, status, end);
  return (struct pod){.end = end,
                      .containers = in_spec[0],
                      .init_containers = in_spec[1],
                      .node = in_spec[2],
                      .gates = in_spec[3],
                      .phase = in_status[0],
                      .reason = in_status[1],
                      .conditions = in_status[2],
                      .init_statuses = in_status[3],
                      .ips = in_status[4],
                      .ip = in_status[5],
                      .nominated = in_status[6],
                      .statuses = in_status[7],
                      .restarts = {0, KR_TIME_NONE}};
}

static void look(struct pod *pod, const char *metadata) {
  struct restarts sidecars = {0, KR_TIME_NONE};
  struct kr_json_string reason = kr_json_string_at(pod->reason, pod->end);
  const char *at = pod->init_containers, *item;
  pod->word = word_of(reason.length > 0 ? reason : kr_json_string_at(pod->phase, pod->end));
  if (kr_json_string_is(of_condition(pod, "PodScheduled", "reason"), "SchedulingGated"))
    pod->word = word_of(kr_json_string("SchedulingGated"));
  pod->total = count(pod, pod->containers);
  while ((item = kr_json_next(&at, pod->end)) != NULL) pod->total += is_sidecar(pod, item);
  if (!look_at_inits(pod, &sidecars) || is_true(pod, "Initialized")) {
    pod->restarts = sidecars;
    look_at_containers(pod);
  }
  look_at_deletion(pod, metadata);
}

static void write_word(struct kr_snapshot_row *row, const struct word *word) {
  kr_snapshot_row_begin(row);
  kr_snapshot_row_add(row, word->before);
  kr_snapshot_row_add(row, word->text);
  if (word->text.length == 0 && word->before.length > 0) kr_snapshot_row_add_integer(row, word->number);
  if (word->of >= 0) {
    kr_snapshot_row_add(row, kr_json_string("/"));
    kr_snapshot_row_add_integer(row, word->of);
  }
  kr_snapshot_row_end(row);
}

/* "3 (5m ago)" */
static void write_restarts(struct kr_snapshot_row *row, const struct restarts *restarts) {
  kr_snapshot_row_begin(row);
  kr_snapshot_row_add_integer(row, restarts->count);
  if (restarts->count > 0 && restarts->last != KR_TIME_NONE) {
    kr_snapshot_row_add(row, kr_json_string(" ("));
    kr_snapshot_row_add_age(row, restarts->last);
    kr_snapshot_row_add(row, kr_json_string(" ago)"));
  }
  kr_snapshot_row_end(row);
}

static void write_string(struct kr_snapshot_row *row, struct kr_json_string string) {
  kr_snapshot_row_string(row, string.length > 0 ? string : kr_json_string("<none>"));
}

/* Whether the condition that a readiness gate names is true. */
static bool has_passed(const struct pod *pod, const char *gate) {
  struct kr_json_string type = string_in(pod, gate, "conditionType");
  const char *at = pod->conditions, *item;
  while ((item = kr_json_next(&at, pod->end)) != NULL)
    if (kr_json_string_same(string_in(pod, item, "type"), type))
      return kr_json_string_is(string_in(pod, item, "status"), "True");
  return false;
}

static void write_gates(struct kr_snapshot_row *row, const struct pod *pod) {
  const char *at = pod->gates, *gate;
  int64_t gates = 0, passed = 0;
  for (; (gate = kr_json_next(&at, pod->end)) != NULL; gates++) passed += has_passed(pod, gate);
  if (gates == 0)
    kr_snapshot_row_string(row, kr_json_string("<none>"));
  else
    kr_snapshot_row_ratio(row, passed, gates);
}

void kr_snapshot_table_pod(struct kr_snapshot_row *row, const struct kr_snapshot_object *object) {
  struct pod pod = pod_of(object->spec, object->status, object->end);
  const char *ips = pod.ips, *first = kr_json_next(&ips, pod.end);
  look(&pod, object->metadata);
  kr_snapshot_row_ratio(row, pod.ready, pod.total);
  write_word(row, &pod.word);
  write_restarts(row, &pod.restarts);
  kr_snapshot_row_age(row, kr_snapshot_time_at(kr_json_get(object->metadata, pod.end, "creationTimestamp"), pod.end));
  write_string(row, first == NULL ? kr_json_string_at(pod.ip, pod.end) : string_in(&pod, first, "ip"));
  write_string(row, kr_json_string_at(pod.node, pod.end));
  write_string(row, kr_json_string_at(pod.nominated, pod.end));
  write_gates(row, &pod);
  write_string(row, of_condition(&pod, "Ready", "status"));
}
