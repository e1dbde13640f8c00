/* section.c - what one runbook says about one cluster. */
#include "book/section.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "book/clean.h"
#include "book/finding.h"

#define HEALTHY_MAX       2000 /* names kept; beyond it they are only counted */
#define UNKNOWN_MAX       1000
#define ERRORS_MAX        100
#define STEPS_MAX         5000
#define STEP_MAX          1024 /* bytes */
#define REPEATS_LOOKED_AT 32

int kr_section_make(struct kr_section **out, struct kr_report *report, struct kr_error *error) {
  struct kr_section *section = calloc(1, sizeof *section);
  if (!section) return kr_error_set(error, KR_ENOMEM, "out of memory for a section of the report");
  section->report = report;
  section->value = json_object();
  section->findings = json_array();
  section->healthy = json_array();
  section->starting = json_array();
  section->seen = json_object();
  section->unknown = json_array();
  section->errors = json_array();
  section->steps = json_array();
  section->branches = json_object();
  section->pending = calloc(UNKNOWN_MAX + 2, sizeof *section->pending);
  if (!section->value || !section->findings || !section->healthy || !section->starting || !section->seen ||
      !section->unknown || !section->errors || !section->steps || !section->branches || !section->pending) {
    kr_section_free(section);
    return kr_error_set(error, KR_ENOMEM, "out of memory for a section of the report");
  }
  *out = section;
  return 0;
}

void kr_section_free(struct kr_section *section) {
  if (!section) return;
  json_decref(section->value);
  json_decref(section->findings);
  json_decref(section->healthy);
  json_decref(section->starting);
  json_decref(section->seen);
  json_decref(section->unknown);
  json_decref(section->errors);
  json_decref(section->branches);
  json_decref(section->steps);
  free(section->pending);
  free(section);
}

int kr_section_args(struct kr_section *section, const json_t *args) {
  json_t *clean = args ? kr_clean_json(section->report->mask, args) : json_object();
  return json_object_set_new(section->value, "args", clean) ? KR_ENOMEM : 0;
}

int kr_section_name(struct kr_section *section, const char *runbook) {
  json_t *about = json_object_get(section->value, "runbook");
  json_t *name = kr_clean_text(section->report->mask, runbook, KR_NAME_MAX);
  return json_object_set_new(about, "name", name) ? KR_ENOMEM : 0;
}

int kr_section_scope(struct kr_section *section, const char *namespace_, const char *labels) {
  const struct kr_mask *mask = section->report->mask;
  json_t *scope = json_object();
  int failed = json_object_set_new(scope, "namespace", kr_clean_text(mask, namespace_, KR_NAME_MAX)) ||
               json_object_set_new(scope, "labels", kr_clean_text(mask, labels, KR_CAUSE_MAX)) ||
               json_object_set(section->value, "scope", scope);
  json_decref(scope);
  return failed ? KR_ENOMEM : 0;
}

int kr_section_cluster(struct kr_section *section, struct kr_cluster_info info, const char *version) {
  const struct kr_mask *mask = section->report->mask;
  json_t *cluster = json_object();
  if (json_object_set_new(cluster, "context", kr_clean_text(mask, info.context, KR_NAME_MAX)) ||
      json_object_set_new(cluster, "server", kr_clean_text(mask, info.server, KR_NAME_MAX)) ||
      json_object_set_new(cluster, "snapshot", kr_clean_text(mask, info.snapshot, KR_CAUSE_MAX)) ||
      json_object_set_new(cluster, "version", kr_clean_text(mask, version, KR_NAME_MAX)) ||
      json_object_set(section->value, "cluster", cluster)) {
    json_decref(cluster);
    return KR_ENOMEM;
  }
  json_decref(cluster);
  return 0;
}

/* Whether there is room for one more entry of the report, which is counted then. */
static bool has_room(struct kr_section *section, const json_t *entry) {
  size_t size = kr_json_size(entry);
  while (section->parent) section = section->parent;
  if (section->kept + size > KR_SECTION_BYTES_MAX) return false;
  section->kept += size;
  return true;
}

int kr_section_finding(struct kr_section *section, const json_t *finding, struct kr_error *error) {
  if (json_array_size(section->findings) >= KR_FINDINGS_MAX)
    return kr_error_set(error, KR_ELIMIT, "more than %d findings in one run: the rest is not in this report",
                        KR_FINDINGS_MAX);
  json_t *made = NULL;
  int code = kr_finding_make(&made, finding, section->report->mask, error);
  if (code) return code;
  if (!has_room(section, made)) {
    json_decref(made);
    return kr_error_set(error, KR_ELIMIT, "more than %d MiB of findings in one run: the rest is not in this report",
                        KR_SECTION_BYTES_MAX >> 20);
  }
  return json_array_append_new(section->findings, made) ? kr_error_set(error, KR_ENOMEM, "out of memory") : 0;
}

/* Notes an object once, and tells whether it is new; of those in list, so many are named: the others cost no more than
 * being looked up. */
static int note_object(struct kr_section *section, json_t *list, bool *is_new, const json_t *object, const char *what,
                       struct kr_error *error) {
  json_t *reference = NULL;
  char key[KR_REFERENCE_KEY_MAX];
  int code = kr_reference_key(key, object, what, error);
  if (code) return code;
  *is_new = json_object_get(section->seen, key) == NULL;
  if (!*is_new || json_array_size(list) >= HEALTHY_MAX) return 0;
  code = kr_reference_make(&reference, object, what, section->report->mask, error);
  if (code) return code;
  if (has_room(section, reference) &&
      (json_object_set_new_nocheck(section->seen, key, json_true()) || json_array_append(list, reference)))
    code = kr_error_set(error, KR_ENOMEM, "out of memory");
  json_decref(reference);
  return code;
}

int kr_section_healthy(struct kr_section *section, const json_t *object, struct kr_error *error) {
  bool is_new = false;
  int code = note_object(section, section->healthy, &is_new, object, "ctx:healthy's object", error);
  section->healthy_count += is_new;
  return code;
}

int kr_section_starting(struct kr_section *section, const json_t *object, struct kr_error *error) {
  bool is_new = false;
  return note_object(section, section->starting, &is_new, object, "ctx:starting's object", error);
}

static bool same(const json_t *object, const char *member, const json_t *text) {
  return json_equal(json_object_get(object, member), text) == 1;
}

/* The id of what was noted before, or 0. */
static int known_unknown(const struct kr_section *section, const json_t *unknown) {
  for (size_t i = 0; i < json_array_size(section->unknown); i++) {
    const json_t *other = json_array_get(section->unknown, i);
    if (same(other, "what", json_object_get(unknown, "what")) &&
        same(other, "reason", json_object_get(unknown, "reason")) &&
        same(other, "permission", json_object_get(unknown, "permission")))
      return (int)i + 1;
  }
  return 0;
}

static json_t *make_unknown(const struct kr_mask *mask, const char *what, const char *reason, const char *permission,
                            const char *message) {
  json_t *unknown = json_object();
  if (json_object_set_new(unknown, "what", kr_clean_text(mask, what, KR_CAUSE_MAX)) ||
      json_object_set_new(unknown, "reason", kr_clean_text(mask, reason, KR_NAME_MAX)) ||
      json_object_set_new(unknown, "permission", kr_clean_text(mask, permission, KR_NAME_MAX)) ||
      json_object_set_new(unknown, "message", kr_clean_text(mask, message, KR_CAUSE_MAX))) {
    json_decref(unknown);
    return NULL;
  }
  return unknown;
}

/* Notes one more; its id. */
static int add_unknown(struct kr_section *section, json_t *unknown) {
  return json_array_append(section->unknown, unknown) ? KR_ENOMEM : (int)json_array_size(section->unknown);
}

/* One stands for all that cannot be listed: nobody can forgive it. */
static int note_unlisted(struct kr_section *section) {
  json_t *unknown = section->unlisted ? NULL : make_unknown(NULL, "more than can be listed here", "limit", NULL, NULL);
  if (unknown) section->unlisted = add_unknown(section, unknown);
  json_decref(unknown);
  if (section->unlisted <= 0) return KR_ENOMEM;
  section->pending[section->unlisted - 1].counts++;
  return section->unlisted;
}

int kr_section_unknown(struct kr_section *section, const char *what, const char *reason, const char *permission,
                       const char *message) {
  json_t *unknown = make_unknown(section->report->mask, what, reason, permission, message);
  if (!unknown) return KR_ENOMEM;
  int id = known_unknown(section, unknown);
  bool listed = id != 0 || (json_array_size(section->unknown) < UNKNOWN_MAX && has_room(section, unknown));
  if (id == 0 && listed) id = add_unknown(section, unknown);
  json_decref(unknown);
  if (!listed) return note_unlisted(section);
  if (id > 0) section->pending[id - 1].counts++;
  return id;
}

void kr_section_forgive(struct kr_section *section, int unknown) {
  if (unknown < 1 || (size_t)unknown > json_array_size(section->unknown) || unknown == section->unlisted) return;
  if (section->pending[unknown - 1].counts > 0) section->pending[unknown - 1].counts--;
}

json_t *kr_error_json(const struct kr_mask *mask, const struct kr_error *what) {
  json_t *error = json_object();
  if (json_object_set_new(error, "kind", json_string(kr_error_kind(what->code))) ||
      json_object_set_new(error, "message", kr_clean_text(mask, what->message, KR_CAUSE_MAX))) {
    json_decref(error);
    return NULL;
  }
  return error;
}

int kr_section_error(struct kr_section *section, const struct kr_error *what) {
  if (json_array_size(section->errors) >= ERRORS_MAX) return 0; /* the status says it already */
  return json_array_append_new(section->errors, kr_error_json(section->report->mask, what)) ? KR_ENOMEM : 0;
}

/* The array in which steps of a place stand: "" is the trace itself, "3/7" is within "3". It begins where its first
 * step came. Borrowed; NULL when memory is refused. */
static json_t *branch(struct kr_section *section, const char *where) {
  char outer[KR_WHERE_MAX];
  json_t *known = *where == '\0' ? section->steps : json_object_get(section->branches, where);
  if (known) return known;
  const char *slash = strrchr(where, '/');
  (void)snprintf(outer, sizeof outer, "%.*s", slash ? (int)(slash - where) : 0, where);
  json_t *around = branch(section, outer), *made = json_array();
  bool failed = !around || json_array_append(around, made) || json_object_set(section->branches, where, made);
  json_decref(made); /* the two hold it */
  return failed ? NULL : made;
}

/* Whether the same was asked there a moment ago: an answer from memory says nothing new. */
static bool repeats(const json_t *steps, const json_t *step) {
  size_t count = json_array_size(steps);
  for (size_t i = count; i > 0 && count - i < REPEATS_LOOKED_AT; i--) {
    const json_t *before = json_array_get(steps, i - 1);
    if (json_is_object(before) && json_equal(json_object_get(before, "asked"), json_object_get(step, "asked")) &&
        json_equal(json_object_get(before, "showed"), json_object_get(step, "showed")))
      return true;
  }
  return false;
}

int kr_section_step(struct kr_section *section, const char *where, const char *asked, const char *showed) {
  const struct kr_mask *mask = section->report->mask;
  if (!section->report->explain) return 0;
  while (section->parent) section = section->parent; /* the trace is one */
  if (section->step_count++ >= STEPS_MAX) return 0;
  json_t *step = json_object(), *steps = branch(section, where);
  if (!steps || json_object_set_new(step, "asked", kr_clean_text(mask, asked, STEP_MAX)) ||
      json_object_set_new(step, "showed", kr_clean_text(mask, showed, STEP_MAX))) {
    json_decref(step);
    return KR_ENOMEM;
  }
  if (repeats(steps, step) || !has_room(section, step)) {
    json_decref(step);
    return 0;
  }
  return json_array_append_new(steps, step) ? KR_ENOMEM : 0;
}

/* The steps of an array and of those within it, each with how deep it stands: the first of a branch is its heading. */
static int flatten(json_t *out, const json_t *steps, json_int_t depth, bool is_branch) {
  int failed = 0;
  for (size_t i = 0; !failed && i < json_array_size(steps); i++) {
    json_t *step = json_array_get(steps, i);
    json_int_t within = depth + (is_branch && i > 0);
    failed = json_is_array(step)
                 ? flatten(out, step, within + 1, true)
                 : json_object_set_new(step, "depth", json_integer(within)) || json_array_append(out, step);
  }
  return failed;
}

json_t *kr_section_steps(const struct kr_section *section) {
  json_t *out = json_array();
  if (out && !flatten(out, section->steps, 0, false)) return out;
  json_decref(out);
  return NULL;
}

int kr_section_spent(struct kr_section *section, int64_t requests, int64_t bytes, int64_t wall_ms) {
  json_t *spent = json_object();
  if (json_object_set_new(spent, "requests", json_integer(requests)) ||
      json_object_set_new(spent, "bytes", json_integer(bytes)) ||
      json_object_set_new(spent, "wall_ms", json_integer(wall_ms)) || json_object_set(section->value, "spent", spent)) {
    json_decref(spent);
    return KR_ENOMEM;
  }
  json_decref(spent);
  return 0;
}
