/* merge.c - see merge.h. */
#include "book/merge.h"

#include <stdio.h>
#include <string.h>

#include "book/document.h"
#include "book/section.h"
#include "book/shard.h"

static int no_memory(struct kr_error *error) { return kr_error_set(error, KR_ENOMEM, "out of memory while merging"); }

/* ---- reading ---- */

/* Checks as much of it as is read here; formats take the rest as it comes. */
static const char *what_is_wrong(const json_t *document) {
  const json_t *sections = json_object_get(document, "sections"), *section;
  static const char *const lists[] = {"findings", "healthy", "unknown", "errors"};
  size_t i;
  if (strcmp(kr_document_text(document, "schema"), "krunbook.report/v1") != 0) return "it is no krunbook.report/v1";
  if (!json_is_array(sections) || !json_is_array(json_object_get(document, "errors"))) return "it has no sections";
  json_array_foreach(sections, i, section) {
    if (!*kr_document_text(json_object_get(section, "runbook"), "name")) return "a section names no runbook";
    for (size_t j = 0; j < sizeof lists / sizeof lists[0]; j++) {
      if (!json_is_array(json_object_get(section, lists[j]))) return "a section is not whole";
    }
  }
  return NULL;
}

static int line_at(const char *text, const char *at) {
  int line = 1;
  for (; text < at; text++) line += *text == '\n';
  return line;
}

static int read_one(json_t *documents, const char *text, const char **at, size_t left, const char *name,
                    struct kr_error *error) {
  json_error_t problem;
  json_t *document = json_loadb(*at, left, JSON_DISABLE_EOF_CHECK, &problem);
  const char *wrong = document ? what_is_wrong(document) : problem.text;
  int line = line_at(text, *at) + (document ? 0 : problem.line - 1);
  if (wrong) {
    json_decref(document);
    return kr_error_set(error, KR_EINVAL, "%s:%d: %s", name, line, wrong);
  }
  *at += problem.position;
  return json_array_append_new(documents, document) ? no_memory(error) : 0;
}

int kr_merge_read(json_t *documents, const char *text, size_t length, const char *name, struct kr_error *error) {
  const char *at = text, *end = text + length;
  size_t before = json_array_size(documents);
  int code = 0;
  while (!code && at && at < end) {
    if (*at == '{') code = read_one(documents, text, &at, (size_t)(end - at), name, error);
    if (code) break;
    at = memchr(at, '\n', (size_t)(end - at));
    if (at) at++;
  }
  if (!code && json_array_size(documents) == before)
    code = kr_error_set(error, KR_EINVAL, "%s: there is no report in it (-o json writes one)", name);
  return code;
}

/* ---- the shards ---- */

static struct kr_shard shard_of(const json_t *document) {
  const json_t *shard = json_object_get(document, "shard");
  json_int_t index = json_integer_value(json_object_get(shard, "index"));
  json_int_t count = json_integer_value(json_object_get(shard, "count"));
  bool sound = count >= 1 && count <= KR_SHARDS_MAX && index >= 0 && index < count;
  return sound ? (struct kr_shard){(int)index, (int)count} : (struct kr_shard){0, 0};
}

static bool same_member(const json_t *one, const json_t *other, const char *member) {
  const json_t *left = json_object_get(one, member), *right = json_object_get(other, member);
  return left == right || json_equal(left, right) == 1;
}

/* Whether two shards were asked the same. */
static bool alike(const json_t *one, const json_t *other) {
  const json_t *left = json_object_get(one, "sections"), *right = json_object_get(other, "sections");
  bool same = json_array_size(left) == json_array_size(right);
  for (size_t i = 0; same && i < json_array_size(left); i++) {
    const json_t *here = json_array_get(left, i), *there = json_array_get(right, i);
    same = strcmp(kr_document_text(json_object_get(here, "runbook"), "name"),
                  kr_document_text(json_object_get(there, "runbook"), "name")) == 0 &&
           same_member(here, there, "args") && same_member(here, there, "scope") &&
           strcmp(kr_document_cluster(here), kr_document_cluster(there)) == 0;
  }
  return same;
}

int kr_merge_order(json_t *documents, struct kr_error *error) {
  const json_t *first = json_array_get(documents, 0);
  int count = shard_of(first).count;
  json_t *document, *ordered = json_object();
  char number[16];
  size_t i;
  int code = ordered ? 0 : no_memory(error);
  json_array_foreach(documents, i, document) {
    struct kr_shard shard = shard_of(document);
    (void)snprintf(number, sizeof number, "%d", shard.index);
    if (code) break;
    if (shard.count == 0)
      code = kr_error_set(error, KR_EINVAL, "report %zu is of no shard: --shard makes those that are merged", i + 1);
    else if (shard.count != count)
      code = kr_error_set(error, KR_EINVAL, "one report is of %d shards, another of %d", count, shard.count);
    else if (json_object_get(ordered, number))
      code = kr_error_set(error, KR_EINVAL, "shard %s of %d is there twice", number, count);
    else if (!alike(first, document))
      code = kr_error_set(error, KR_EINVAL,
                          "shards %d and %d of %d are of different runs: other runbooks, arguments or "
                          "clusters",
                          shard_of(first).index, shard.index, count);
    else if (json_object_set(ordered, number, document))
      code = no_memory(error);
  }
  json_array_clear(documents);
  for (int index = 0; !code && index < count; index++) {
    (void)snprintf(number, sizeof number, "%d", index);
    document = json_object_get(ordered, number);
    if (!document)
      code = kr_error_set(error, KR_EINVAL,
                          "shard %d of %d is missing: without it the report would not be of everything", index, count);
    else if (json_array_append(documents, document))
      code = no_memory(error);
  }
  json_decref(ordered);
  return code;
}

/* ---- what they say ---- */

static int append_once(json_t *list, json_t *value) {
  const json_t *known;
  size_t i;
  json_array_foreach(list, i, known) {
    if (json_equal(known, value) == 1) return 0;
  }
  return json_array_append(list, value);
}

int kr_merge_errors(struct kr_report *report, const json_t *documents, struct kr_error *error) {
  json_t *document, *one;
  size_t i, j;
  int failed = 0;
  json_array_foreach(documents, i, document) {
    json_array_foreach(json_object_get(document, "errors"), j, one) failed |= append_once(report->errors, one);
    if (json_integer_value(json_object_get(document, "exit_code")) != KR_EXIT_INTERRUPTED) continue;
    struct kr_error interrupted = KR_ERROR_INIT;
    (void)kr_error_set(&interrupted, KR_ECANCELLED, "shard %zu was interrupted", i);
    failed |= kr_report_error(report, &interrupted);
  }
  return failed ? no_memory(error) : 0;
}

static int add_unknowns(struct kr_section *section, const json_t *list, bool did_without) {
  const json_t *unknown;
  size_t i;
  json_array_foreach(list, i, unknown) {
    int id = kr_section_unknown(section, kr_document_text(unknown, "what"), kr_document_text(unknown, "reason"),
                                json_string_value(json_object_get(unknown, "permission")),
                                json_string_value(json_object_get(unknown, "message")));
    if (id < 0) return id;
    if (did_without) kr_section_forgive(section, id);
  }
  return 0;
}

/* A count, of which many can be added up: somebody else wrote it. */
static json_int_t count_at(const json_t *object, const char *member) {
  const json_int_t most = (json_int_t)1 << 48;
  json_int_t count = json_integer_value(json_object_get(object, member));
  return count < 0 ? 0 : count > most ? most : count;
}

/* What one part says beside its findings. */
static int add_part(struct kr_section *section, const json_t *part, struct kr_error *error) {
  const json_t *object, *healthy = json_object_get(part, "healthy");
  json_int_t unnamed = count_at(part, "healthy_count") - (json_int_t)json_array_size(healthy);
  json_t *one;
  size_t i;
  int code = 0;
  json_array_foreach(healthy, i, object) {
    if (!code) code = kr_section_healthy(section, object, error);
  }
  json_array_foreach(json_object_get(part, "starting"), i, object) {
    if (!code) code = kr_section_starting(section, object, error);
  }
  if (code) return code;
  if (unnamed > 0) section->healthy_count += unnamed;
  int failed = add_unknowns(section, json_object_get(part, "unknown"), false) ||
               add_unknowns(section, json_object_get(part, "did_without"), true);
  json_array_foreach(json_object_get(part, "errors"), i, one) failed |= append_once(section->errors, one);
  return failed ? no_memory(error) : 0;
}

static int add_spent(struct kr_section *section, const json_t *documents, size_t number) {
  int64_t requests = 0, bytes = 0, longest = 0;
  const json_t *document;
  size_t i;
  json_array_foreach(documents, i, document) {
    const json_t *spent = json_object_get(json_array_get(json_object_get(document, "sections"), number), "spent");
    int64_t wall = count_at(spent, "wall_ms");
    requests += count_at(spent, "requests");
    bytes += count_at(spent, "bytes");
    if (wall > longest) longest = wall;
  }
  return kr_section_spent(section, requests, bytes, longest);
}

int kr_merge_section(struct kr_section **out, struct kr_report *report, const json_t *documents, size_t number,
                     struct kr_error *error) {
  const json_t *first = json_array_get(json_object_get(json_array_get(documents, 0), "sections"), number), *document;
  const json_t *runbook = json_object_get(first, "runbook"), *scope = json_object_get(first, "scope");
  struct kr_section *section = NULL;
  size_t i;
  int code =
      kr_report_section(&section, report, kr_document_text(runbook, "name"), kr_document_text(runbook, "path"),
                        json_string_value(json_object_get(runbook, "sha256")), json_object_get(first, "args"), error);
  if (code) return code;
  if ((scope && json_object_set(section->value, "scope", (json_t *)scope)) ||
      json_object_set(section->value, "cluster", json_object_get(first, "cluster")))
    return no_memory(error);
  json_array_foreach(documents, i, document) {
    if (!code) code = add_part(section, json_array_get(json_object_get(document, "sections"), number), error);
  }
  if (!code && add_spent(section, documents, number)) code = no_memory(error);
  *out = section;
  return code;
}
