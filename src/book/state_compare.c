/* state_compare.c - a report beside the state of last time.
 *
 * A finding is the same as one of last time when they have a fingerprint in common: that of itself, or, of one cause
 * that hits several owners, those that it would have for each of them alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "book/document.h"
#include "book/finding.h"
#include "book/fingerprint.h"
#include "book/report.h"
#include "book/state_private.h"

#define SCOPE_MAX ((size_t)64 << 10)
#define WORSE_MAX 1024

/* One section beside its scope. */
struct comparison {
  const char *now; /* when the report was taken */
  json_t *section;
  const json_t *before; /* findings of last time */
  json_t *after;        /* those for the next time */
  json_t *met;          /* fingerprints of last time that are still there, or ignored */
  bool complete;        /* everything was looked at */
  bool changed;
  bool failed; /* memory was refused */
};

static void set(struct comparison *comparison, json_t *object, const char *member, json_t *value) {
  if (json_object_set_new(object, member, value)) comparison->failed = true;
}

/* ---- which scope a section is of ---- */

/* A hash, so that arguments that hold a secret are not in the state. NULL when memory is refused. */
static const char *scope_key(const json_t *section, const json_t *taken, char text[KR_HASH_TEXT_MAX]) {
  struct kr_buffer parts;
  json_t *about = json_pack("[O?, O?]", json_object_get(section, "args"), json_object_get(section, "scope"));
  char *args = about ? json_dumps(about, JSON_SORT_KEYS | JSON_COMPACT) : NULL;
  const char *key = NULL;
  kr_buffer_init(&parts, SCOPE_MAX);
  if (args && !kr_buffer_printf(&parts, "%s\n%s\n%s", kr_document_text(json_object_get(section, "runbook"), "name"),
                                kr_document_cluster(section), args)) {
    do { /* the same runbook named twice has two scopes */
      key = kr_hash_sha256(parts.data, parts.length, text);
    } while (json_object_get(taken, key) && !kr_buffer_puts(&parts, "+"));
  }
  kr_buffer_free(&parts);
  free(args);
  json_decref(about);
  return key;
}

/* ---- one finding ---- */

/* Every fingerprint that stands for it; the first is its own. A new reference. */
static json_t *identities(const json_t *finding) {
  json_t *list = json_array();
  const json_t *owner;
  char text[KR_FINGERPRINT_MAX];
  size_t i;
  int failed = json_array_append(list, json_object_get(finding, "fingerprint"));
  json_array_foreach(json_object_get(finding, "owners"), i, owner) {
    json_t *alone = json_copy((json_t *)finding), *object = json_copy(json_object_get(finding, "object"));
    failed |= json_object_set(object, "owner", (json_t *)owner) || json_object_set(alone, "object", object) ||
              json_object_set_new(alone, "key", json_null()) ||
              json_array_append_new(list, json_string(kr_fingerprint(alone, text)));
    json_decref(object);
    json_decref(alone);
  }
  if (!failed) return list;
  json_decref(list);
  return NULL;
}

static bool in(const json_t *list, const char *text) {
  const json_t *value;
  size_t i;
  json_array_foreach(list, i, value) {
    if (strcmp(json_string_value(value), text) == 0) return true;
  }
  return false;
}

/* Marks every entry of last time that one of the identities stands for; gives the first. */
static const json_t *meet(struct comparison *comparison, const json_t *names) {
  const char *fingerprint;
  json_t *entry;
  const json_t *first = NULL, *name;
  size_t i;
  json_object_foreach((json_t *)comparison->before, fingerprint, entry) {
    bool same = in(names, fingerprint);
    json_array_foreach(json_object_get(entry, "also"), i, name) same = same || in(names, json_string_value(name));
    if (!same) continue;
    set(comparison, comparison->met, fingerprint, json_true());
    if (!first) first = entry;
  }
  return first;
}

static json_int_t whole(const json_t *object, const char *member) {
  return json_integer_value(json_object_get(object, member));
}

/* How it is worse than when it was last told of; "" where it is not. */
static void say_worse(const json_t *finding, const json_t *before, char text[WORSE_MAX]) {
  const char *was = kr_document_text(before, "severity"), *is = kr_document_text(finding, "severity");
  const json_t *counter = json_object_get(finding, "counter"), *counted = json_object_get(before, "counter");
  json_int_t more = whole(counter, "value") - json_integer_value(counted), step = whole(counter, "step");
  text[0] = '\0';
  if (kr_severity_rank(is) < kr_severity_rank(was)) {
    (void)snprintf(text, WORSE_MAX, "it was %s", was);
  } else if (counter && json_is_integer(counted) && more >= step) {
    (void)snprintf(text, WORSE_MAX, "%lld more %s since %s", (long long)more, kr_document_text(counter, "what"),
                   kr_document_text(before, "counted_at"));
  } else if (whole(finding, "count") > whole(before, "count")) {
    (void)snprintf(text, WORSE_MAX, "it hits %lld, and hit %lld", (long long)whole(finding, "count"),
                   (long long)whole(before, "count"));
  }
}

/* What is kept of it. A count that falls is kept at its highest, and one that rises by little from where it was last
 * told, so that neither ups and downs nor small steps are told, and many small steps are. */
static json_t *entry_for(struct comparison *comparison, const json_t *finding, const json_t *before, bool told,
                         const json_t *names) {
  const json_t *object = json_object_get(finding, "object"), *counter = json_object_get(finding, "counter");
  json_t *entry = json_object(), *also = json_copy((json_t *)names), *value = json_object_get(counter, "value");
  json_int_t count = whole(finding, "count"), counted = whole(before, "counter");
  bool recount =
      !before || told || json_integer_value(value) < counted || !json_is_integer(json_object_get(before, "counter"));
  if (before && whole(before, "count") > count) count = whole(before, "count");
  (void)json_array_remove(also, 0);
  set(comparison, entry, "code", json_incref(json_object_get(finding, "code")));
  set(comparison, entry, "severity", json_incref(json_object_get(finding, "severity")));
  set(comparison, entry, "object",
      json_pack("{s:O?, s:O?, s:O?}", "kind", json_object_get(object, "kind"), "namespace",
                json_object_get(object, "namespace"), "name", json_object_get(object, "name")));
  set(comparison, entry, "first_seen",
      before ? json_incref(json_object_get(before, "first_seen")) : json_string(comparison->now));
  set(comparison, entry, "count", json_integer(count));
  if (counter) {
    set(comparison, entry, "counter", json_integer(recount ? json_integer_value(value) : counted));
    set(comparison, entry, "counted_at",
        recount ? json_string(comparison->now) : json_incref(json_object_get(before, "counted_at")));
  }
  if (json_array_size(also) > 0) set(comparison, entry, "also", json_incref(also));
  json_decref(also);
  return entry;
}

static void compare_finding(struct comparison *comparison, json_t *finding) {
  char worse[WORSE_MAX] = "";
  json_t *names = identities(finding);
  if (!names) comparison->failed = true;
  const json_t *before = meet(comparison, names);
  if (before) say_worse(finding, before, worse);
  bool told = !before || *worse;
  json_t *entry = entry_for(comparison, finding, before, told, names);
  set(comparison, finding, "change", json_string(!before ? "new" : *worse ? "worse" : "known"));
  if (*worse) set(comparison, finding, "worse", json_string(worse));
  set(comparison, finding, "first_seen", json_incref(json_object_get(entry, "first_seen")));
  set(comparison, comparison->after, kr_document_text(finding, "fingerprint"), entry);
  comparison->changed |= told;
  json_decref(names);
}

/* ---- what is gone, and what could not be told ---- */

static void look_for_gone(struct comparison *comparison) {
  json_t *resolved = json_array(), *entry;
  const char *fingerprint;
  json_object_foreach((json_t *)comparison->before, fingerprint, entry) {
    if (json_object_get(comparison->met, fingerprint)) continue;
    if (!comparison->complete) { /* it may be there still */
      if (!json_object_get(comparison->after, fingerprint) && json_object_set(comparison->after, fingerprint, entry))
        comparison->failed = true;
      continue;
    }
    json_t *gone = json_pack("{s:s, s:O, s:O, s:O, s:O}", "fingerprint", fingerprint, "code",
                             json_object_get(entry, "code"), "severity", json_object_get(entry, "severity"), "object",
                             json_object_get(entry, "object"), "first_seen", json_object_get(entry, "first_seen"));
    if (json_array_append_new(resolved, gone)) comparison->failed = true;
    comparison->changed = true;
  }
  set(comparison, comparison->section, "resolved", resolved);
}

/* Marks what could not be determined; *known becomes what of it is known next time. */
static void compare_undetermined(struct comparison *comparison, const char *list, const char *first, const char *second,
                                 const json_t *before, json_t *after) {
  json_t *item;
  size_t i;
  json_array_foreach(json_object_get(comparison->section, list), i, item) {
    struct kr_buffer key;
    kr_buffer_init(&key, SCOPE_MAX);
    (void)!kr_buffer_printf(&key, "%s: %s", kr_document_text(item, first), kr_document_text(item, second));
    bool known = in(before, kr_buffer_text(&key));
    set(comparison, item, "change", json_string(known ? "known" : "new"));
    if (json_array_append_new(after, json_string(kr_buffer_text(&key)))) comparison->failed = true;
    comparison->changed |= !known;
    kr_buffer_free(&key);
  }
}

static void compare_section(struct comparison *comparison, const json_t *scope, json_t *next) {
  const json_t *undetermined = json_object_get(scope, "undetermined"), *ignored;
  json_t *section = comparison->section, *open = json_array(), *finding;
  size_t i;
  comparison->before = json_object_get(scope, "findings");
  comparison->complete = comparison->complete && json_array_size(json_object_get(section, "unknown")) == 0 &&
                         json_array_size(json_object_get(section, "errors")) == 0;
  json_array_foreach(json_object_get(section, "findings"), i, finding) compare_finding(comparison, finding);
  json_array_foreach(json_object_get(section, "ignored"), i, ignored) {
    json_t *names = identities(ignored);
    (void)meet(comparison, names); /* not told now, nor as resolved; new when it is ignored no more */
    json_decref(names);
  }
  look_for_gone(comparison);
  compare_undetermined(comparison, "unknown", "what", "reason", undetermined, open);
  compare_undetermined(comparison, "errors", "kind", "message", undetermined, open);
  set(comparison, next, "runbook", json_string(kr_document_text(json_object_get(section, "runbook"), "name")));
  set(comparison, next, "cluster", json_string(kr_document_cluster(section)));
  set(comparison, next, "findings", json_incref(comparison->after));
  set(comparison, next, "undetermined", open);
}

int kr_state_compare(struct kr_state *state, bool *changed, json_t *document, struct kr_error *error) {
  json_t *scopes = json_object_get(state->document, "scopes"), *seen = json_object(), *section;
  bool failed = !seen;
  bool whole_run = json_integer_value(json_object_get(document, "exit_code")) != KR_EXIT_INTERRUPTED &&
                   json_array_size(json_object_get(document, "errors")) == 0;
  size_t i;
  *changed = json_array_size(json_object_get(document, "errors")) > 0;
  json_array_foreach(json_object_get(document, "sections"), i, section) {
    char text[KR_HASH_TEXT_MAX];
    const char *key = scope_key(section, seen, text);
    struct comparison comparison = {.now = kr_document_text(document, "taken_at"),
                                    .section = section,
                                    .after = json_object(),
                                    .met = json_object(),
                                    .complete = whole_run};
    json_t *next = json_object();
    comparison.failed = !key || !comparison.after || !comparison.met || !next;
    if (!comparison.failed) {
      compare_section(&comparison, json_object_get(scopes, key), next);
      set(&comparison, seen, key, json_true());
      if (json_object_set(scopes, key, next)) comparison.failed = true;
    }
    failed |= comparison.failed;
    *changed |= comparison.changed;
    json_decref(next);
    json_decref(comparison.after);
    json_decref(comparison.met);
  }
  json_decref(seen);
  (void)!json_object_set(state->document, "written_at", json_object_get(document, "taken_at"));
  return failed ? kr_error_set(error, KR_ENOMEM, "out of memory while comparing with the state") : 0;
}
