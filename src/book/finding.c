/* finding.c - a finding as a runbook gives it becomes a finding as a report holds it.
 *
 * Both an object of the API ({kind, metadata}) and a plain {kind, namespace, name} name an object; so a finding that
 * another runbook made can be handed on as it is. */
#include "book/finding.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/text.h"
#include "book/clean.h"
#include "book/fingerprint.h"

static const char *const fields[] = {"code",     "severity",   "object",  "container",  "owner",
                                     "objects",  "chain",      "cause",   "cause_code", "since",
                                     "evidence", "next_steps", "key",     "count",      "fingerprint",
                                     "ways",     "owners",     "counter", "shared"};
#define COUNTED_MAX 64 /* bytes of a word */
#define FIELD_COUNT (sizeof fields / sizeof fields[0])

static const char *text_of(const json_t *object, const char *member) {
  return json_string_value(json_object_get(object, member));
}

static int wrong(struct kr_error *error, const char *field, const char *expected) {
  return kr_error_set(error, KR_EINVAL, "%s must be %s", field, expected);
}

int kr_severity_rank(const char *severity) {
  static const char *const words[] = {"critical", "warning", "info"};
  for (int i = 0; severity && i < 3; i++) {
    if (strcmp(words[i], severity) == 0) return i;
  }
  return -1;
}

/* Sets a member, given as a new reference; remembers in *failed what went wrong, so that calls can follow one another.
 */
static void set(json_t *object, const char *member, json_t *value, bool *failed) {
  if (json_object_set_new(object, member, value)) *failed = true;
}

/* The parts that make a reference, as they are given; NULL where there is none. */
struct named {
  const char *kind, *namespace_, *name;
};

static int read_named(struct named *out, const json_t *given, const char *field, struct kr_error *error) {
  const json_t *metadata = json_object_get(given, "metadata");
  const json_t *named = json_is_object(metadata) ? metadata : given;
  *out = (struct named){text_of(given, "kind"), text_of(named, "namespace"), text_of(named, "name")};
  if (json_is_object(given) && out->kind && out->name) return 0;
  return wrong(error, field, "a Kubernetes object, or a table with kind and name");
}

int kr_reference_key(char key[KR_REFERENCE_KEY_MAX], const json_t *given, const char *field, struct kr_error *error) {
  struct named named;
  int code = read_named(&named, given, field, error);
  if (!code)
    (void)snprintf(key, KR_REFERENCE_KEY_MAX, "%s/%s/%s", named.kind, named.namespace_ ? named.namespace_ : "",
                   named.name);
  return code;
}

int kr_reference_make(json_t **out, const json_t *given, const char *field, const struct kr_mask *mask,
                      struct kr_error *error) {
  struct named named;
  int code = read_named(&named, given, field, error);
  if (code) return code;
  json_t *reference = json_object();
  bool failed = false;
  set(reference, "kind", kr_clean_text(mask, named.kind, KR_NAME_MAX), &failed);
  set(reference, "namespace", kr_clean_text(mask, named.namespace_, KR_NAME_MAX), &failed);
  set(reference, "name", kr_clean_text(mask, named.name, KR_NAME_MAX), &failed);
  if (failed) {
    json_decref(reference);
    return kr_error_set(error, KR_ENOMEM, "out of memory while noting %s", field);
  }
  *out = reference;
  return 0;
}

static int no_memory(struct kr_error *error) {
  return kr_error_set(error, KR_ENOMEM, "out of memory while noting a finding");
}

/* An empty Lua table cannot tell whether it is an array: it arrives as an empty object. */
static bool is_empty(const json_t *list) {
  return !list || json_is_null(list) || (json_is_object(list) && json_object_size(list) == 0);
}

static int references(json_t *finding, const json_t *given, const char *member, const struct kr_mask *mask,
                      struct kr_error *error) {
  const json_t *list = json_object_get(given, member);
  char field[64];
  (void)snprintf(field, sizeof field, "finding.%s", member);
  if (!is_empty(list) && !json_is_array(list)) return wrong(error, field, "an array of objects");
  json_t *all = json_array();
  int code = 0;
  for (size_t i = 0; !code && i < json_array_size(list); i++) {
    json_t *one = NULL;
    (void)snprintf(field, sizeof field, "finding.%s[%zu]", member, i + 1);
    code = kr_reference_make(&one, json_array_get(list, i), field, mask, error);
    if (!code && json_array_append_new(all, one)) code = no_memory(error);
  }
  if (!code && json_object_set(finding, member, all)) code = no_memory(error);
  json_decref(all);
  return code;
}

static bool same_object(const json_t *one, const json_t *other) {
  static const char *const members[] = {"kind", "namespace", "name"};
  for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
    if (json_equal(json_object_get(one, members[i]), json_object_get(other, members[i])) != 1) return false;
  }
  return true;
}

/* Where the chain breaks: the first entry that says so, else the finding's own object. */
static int mark_broken(json_t *finding, const json_t *given) {
  const json_t *chain = json_object_get(finding, "chain"), *said = json_object_get(given, "chain");
  json_t *broken = NULL;
  for (size_t i = 0; !broken && i < json_array_size(chain); i++) {
    if (json_is_true(json_object_get(json_array_get(said, i), "broken"))) broken = json_array_get(chain, i);
  }
  for (size_t i = json_array_size(chain); !broken && i > 0; i--) {
    if (same_object(json_array_get(chain, i - 1), json_object_get(finding, "object")))
      broken = json_array_get(chain, i - 1);
  }
  return broken && json_object_set_new(broken, "broken", json_true()) ? KR_ENOMEM : 0;
}

/* "Failed x5: message", as an event reads in a line. */
static json_t *event_text(const json_t *event, const struct kr_mask *mask) {
  struct kr_buffer line;
  json_t *text = NULL;
  json_int_t count = json_integer_value(json_object_get(event, "count"));
  const char *message = text_of(event, "message");
  kr_buffer_init(&line, (size_t)KR_CAUSE_MAX * 4);
  int failed = kr_buffer_puts(&line, text_of(event, "reason"));
  if (!failed && count > 1) failed = kr_buffer_printf(&line, " x%lld", (long long)count);
  if (!failed && message) failed = kr_buffer_printf(&line, ": %.*s", KR_CAUSE_MAX * 3, message);
  if (!failed) text = kr_clean_text(mask, kr_buffer_text(&line), KR_CAUSE_MAX);
  kr_buffer_free(&line);
  return text;
}

static int evidence_line(json_t **out, const json_t *given, const char *field, const struct kr_mask *mask,
                         struct kr_error *error) {
  bool failed = false;
  json_t *line = json_object();
  if (json_is_string(given)) {
    set(line, "kind", json_string("text"), &failed);
    set(line, "at", json_null(), &failed);
    set(line, "text", kr_clean_text(mask, json_string_value(given), KR_CAUSE_MAX), &failed);
  } else if (text_of(given, "reason") && !text_of(given, "text")) {
    set(line, "kind", json_string("event"), &failed);
    set(line, "at", kr_clean_text(mask, text_of(given, "last"), KR_TIME_TEXT_MAX), &failed);
    set(line, "text", event_text(given, mask), &failed);
  } else if (text_of(given, "text")) {
    const char *kind = text_of(given, "kind");
    set(line, "kind", kr_clean_text(mask, kind ? kind : "text", KR_NAME_MAX), &failed);
    set(line, "at", kr_clean_text(mask, text_of(given, "at"), KR_TIME_TEXT_MAX), &failed);
    set(line, "text", kr_clean_text(mask, text_of(given, "text"), KR_CAUSE_MAX), &failed);
  } else {
    json_decref(line);
    return wrong(error, field, "an event, a text, or a table with kind and text");
  }
  if (failed) {
    json_decref(line);
    return no_memory(error);
  }
  *out = line;
  return 0;
}

static int evidence(json_t *finding, const json_t *given, const struct kr_mask *mask, struct kr_error *error) {
  const json_t *list = json_object_get(given, "evidence");
  char field[64];
  if (!is_empty(list) && !json_is_array(list)) return wrong(error, "finding.evidence", "an array");
  json_t *all = json_array();
  int code = 0;
  for (size_t i = 0; !code && i < json_array_size(list) && i < KR_EVIDENCE_MAX; i++) {
    json_t *line = NULL;
    if (json_is_null(json_array_get(list, i))) continue; /* a hole: { event, other or nil, state } */
    (void)snprintf(field, sizeof field, "finding.evidence[%zu]", i + 1);
    code = evidence_line(&line, json_array_get(list, i), field, mask, error);
    if (!code && json_array_append_new(all, line)) code = no_memory(error);
  }
  if (!code && json_object_set(finding, "evidence", all)) code = no_memory(error);
  json_decref(all);
  return code;
}

static int next_steps(json_t *finding, const json_t *given, const struct kr_mask *mask, struct kr_error *error) {
  const json_t *list = json_object_get(given, "next_steps");
  if (!is_empty(list) && !json_is_array(list)) return wrong(error, "finding.next_steps", "an array of strings");
  json_t *all = json_array();
  int code = 0;
  for (size_t i = 0; !code && i < json_array_size(list) && i < KR_STEPS_MAX; i++) {
    const char *step = json_string_value(json_array_get(list, i));
    if (!step) code = wrong(error, "finding.next_steps", "an array of strings");
    if (!code && json_array_append_new(all, kr_clean_text(mask, step, KR_CAUSE_MAX))) code = no_memory(error);
  }
  if (!code && json_object_set(finding, "next_steps", all)) code = no_memory(error);
  json_decref(all);
  return code;
}

/* RFC 3339 in UTC, whole seconds, whatever way the time was given. */
static int since(json_t *finding, const json_t *given, struct kr_error *error) {
  const json_t *value = json_object_get(given, "since");
  char text[KR_TIME_TEXT_MAX];
  int64_t time = KR_TIME_NONE;
  if (!value || json_is_null(value)) return json_object_set_new(finding, "since", json_null()) ? no_memory(error) : 0;
  if (json_is_string(value)) time = kr_time_parse(json_string_value(value));
  if (json_is_number(value) && json_number_value(value) >= 0 && json_number_value(value) < 253402300800.0)
    time = (int64_t)json_number_value(value) * 1000;
  if (time == KR_TIME_NONE) return wrong(error, "finding.since", "a time like \"2026-01-31T08:00:00Z\", or seconds");
  return json_object_set_new(finding, "since", json_string(kr_time_format(time, text))) ? no_memory(error) : 0;
}

/* What grows while the finding stays the same, and from how much on that is worth telling. */
static int counter(json_t *finding, const json_t *given, struct kr_error *error) {
  const json_t *counter = json_object_get(given, "counter");
  if (!counter || json_is_null(counter)) return 0;
  const json_t *value = json_object_get(counter, "value"), *step = json_object_get(counter, "step");
  const char *what = text_of(counter, "what");
  if (!what || strlen(what) > COUNTED_MAX || !json_is_integer(value) || !json_is_integer(step) ||
      json_integer_value(value) < 0 || json_integer_value(step) < 1)
    return wrong(error, "finding.counter", "{ what = \"restarts\", value = 12, step = 3 }");
  json_t *made =
      json_pack("{s:s, s:I, s:I}", "what", what, "value", json_integer_value(value), "step", json_integer_value(step));
  return json_object_set_new(finding, "counter", made) ? no_memory(error) : 0;
}

/* Every field is known, and the texts are texts. */
static int check_fields(const json_t *given, struct kr_error *error) {
  static const char *const texts[] = {"code", "severity", "cause", "container", "cause_code", "key", "shared"};
  const char *name;
  json_t *value;
  if (!json_is_object(given)) return wrong(error, "a finding", "a table");
  json_object_foreach((json_t *)given, name, value) {
    size_t i = 0;
    while (i < FIELD_COUNT && strcmp(fields[i], name) != 0) i++;
    if (i < FIELD_COUNT) continue;
    const char *nearest = kr_text_nearest(name, fields, FIELD_COUNT);
    return kr_error_set(error, KR_EINVAL, "a finding has no field \"%s\"%s%s%s", name, nearest ? "; nearest: \"" : "",
                        nearest ? nearest : "", nearest ? "\"" : "");
  }
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    value = json_object_get(given, texts[i]);
    bool needed = i < 3;
    if (needed ? json_string_length(value) == 0 : value && !json_is_null(value) && !json_is_string(value)) {
      return kr_error_set(error, KR_EINVAL, "finding.%s must be a string%s", texts[i], needed ? ", and is needed" : "");
    }
  }
  const char *code = text_of(given, "code");
  if (strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(code) || strlen(code) > 64)
    return wrong(error, "finding.code", "lower-case words with hyphens, like \"image-not-found\"");
  if (kr_severity_rank(text_of(given, "severity")) < 0)
    return wrong(error, "finding.severity", "\"critical\", \"warning\" or \"info\"");
  return 0;
}

/* object with its container and owner, which may stand in the finding or (in one handed on) in the object. */
static int object(json_t *finding, const json_t *given, const struct kr_mask *mask, struct kr_error *error) {
  const json_t *where = json_object_get(given, "object");
  const json_t *owner = json_object_get(given, "owner");
  const char *container = text_of(given, "container");
  json_t *reference = NULL, *owned_by = NULL;
  bool failed = false;
  int code = kr_reference_make(&reference, where, "finding.object", mask, error);
  if (code) return code;
  bool handed_on = !json_object_get(where, "metadata");
  if (!container && handed_on) container = text_of(where, "container");
  if (!owner && handed_on) owner = json_object_get(where, "owner");
  if (owner && !json_is_null(owner)) code = kr_reference_make(&owned_by, owner, "finding.owner", mask, error);
  const json_t *labels = json_object_get(handed_on ? where : json_object_get(where, "metadata"), "labels");
  if (json_is_object(labels)) set(reference, "labels", kr_clean_json(mask, labels), &failed);
  set(reference, "container", kr_clean_text(mask, container, KR_NAME_MAX), &failed);
  set(reference, "owner", owned_by ? owned_by : json_null(), &failed);
  set(finding, "object", reference, &failed);
  return code ? code : failed ? no_memory(error) : 0;
}

/* How many objects it hits: as many as are named, or what a finding handed on says. */
static json_int_t count_of(const json_t *finding, const json_t *given) {
  size_t named = json_array_size(json_object_get(finding, "objects"));
  json_int_t said = json_integer_value(json_object_get(given, "count"));
  if (named > 0) return (json_int_t)named;
  return said > 0 ? said : 1;
}

int kr_finding_make(json_t **out, const json_t *given, const struct kr_mask *mask, struct kr_error *error) {
  char fingerprint[KR_FINGERPRINT_MAX];
  bool failed = false;
  json_t *finding = NULL;
  int code = check_fields(given, error);
  if (code) goto done;
  finding = json_object();
  set(finding, "code", kr_clean_text(mask, text_of(given, "code"), KR_NAME_MAX), &failed);
  set(finding, "severity", json_string(text_of(given, "severity")), &failed);
  set(finding, "cause_code", kr_clean_text(mask, text_of(given, "cause_code"), KR_NAME_MAX), &failed);
  set(finding, "count", json_integer(1), &failed); /* members keep the order in which they came */
  set(finding, "fingerprint", json_null(), &failed);
  if ((code = since(finding, given, error)) || (code = object(finding, given, mask, error)) ||
      (code = references(finding, given, "objects", mask, error)) ||
      (code = references(finding, given, "chain", mask, error)) ||
      (code = references(finding, given, "ways", mask, error)) ||
      (code = references(finding, given, "owners", mask, error)) || (code = counter(finding, given, error)))
    goto done;
  if (mark_broken(finding, given)) failed = true;
  set(finding, "cause", kr_clean_text(mask, text_of(given, "cause"), KR_CAUSE_MAX), &failed);
  if ((code = evidence(finding, given, mask, error)) || (code = next_steps(finding, given, mask, error))) goto done;
  set(finding, "key", kr_clean_text(mask, text_of(given, "key"), KR_NAME_MAX), &failed);
  if (text_of(given, "shared"))
    set(finding, "shared", kr_clean_text(mask, text_of(given, "shared"), KR_NAME_MAX), &failed);
  set(finding, "count", json_integer(count_of(finding, given)), &failed);
  set(finding, "fingerprint", json_string(kr_fingerprint(finding, fingerprint)), &failed);
  if (failed) code = no_memory(error);
done:
  if (code) {
    json_decref(finding);
  } else {
    *out = finding;
  }
  return code;
}
