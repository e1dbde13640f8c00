/* verdicts.c - see verdicts.h. */
#include "book/verdicts.h"

#include <stdbool.h>
#include <string.h>

#include "book/document.h"

#define TITLE_MAX ((size_t)16 << 10)

struct walk {
  kr_verdict_fn visit;
  void *user;
  struct kr_buffer title;
  size_t count;
};

static int tell(struct walk *walk, struct kr_verdict verdict) {
  verdict.title = &walk->title;
  int code = walk->visit(walk->user, &verdict);
  kr_buffer_clear(&walk->title);
  walk->count++;
  return code;
}

static int tell_findings(struct walk *walk, const json_t *section) {
  const json_t *finding;
  size_t i;
  int code = 0;
  json_array_foreach(json_object_get(section, "findings"), i, finding) {
    const json_t *object = json_object_get(finding, "object");
    const char *severity = kr_document_severity(finding), *container = kr_document_text(object, "container");
    const char *finding_code = kr_document_text(finding, "code");
    kr_document_name(&walk->title, object);
    code = kr_buffer_printf(&walk->title, "%s%s: %s", *container ? ", container " : "", container, finding_code);
    if (!code)
      code = tell(walk, (struct kr_verdict){.kind = strcmp(severity, "info") == 0 ? KR_PASSED : KR_FAILED,
                                            .type = finding_code,
                                            .finding = finding,
                                            .message = kr_document_text(finding, "cause")});
    if (code) return code;
  }
  return code;
}

static int tell_unknowns(struct walk *walk, const json_t *section) {
  const json_t *unknown;
  size_t i;
  int code = 0;
  json_array_foreach(json_object_get(section, "unknown"), i, unknown) {
    const char *reason = kr_document_text(unknown, "reason");
    code = kr_buffer_printf(&walk->title, "%s: %s", kr_document_text(unknown, "what"), reason);
    if (!code)
      code = tell(
          walk, (struct kr_verdict){.kind = KR_ERROR, .type = reason, .message = kr_document_text(unknown, "message")});
    if (code) return code;
  }
  return code;
}

static int tell_errors(struct walk *walk, const json_t *section) {
  const json_t *error;
  size_t i;
  int code = 0;
  json_array_foreach(json_object_get(section, "errors"), i, error) {
    const char *kind = kr_document_text(error, "kind");
    code = kr_buffer_printf(&walk->title, "%s error", kind);
    if (!code)
      code = tell(walk,
                  (struct kr_verdict){.kind = KR_ERROR, .type = kind, .message = kr_document_text(error, "message")});
    if (code) return code;
  }
  return code;
}

static int tell_objects(struct walk *walk, const json_t *list, struct kr_verdict verdict) {
  const json_t *object;
  size_t i;
  int code = 0;
  json_array_foreach(list, i, object) {
    kr_document_name(&walk->title, object);
    code = kr_buffer_printf(&walk->title, ": %s", verdict.type);
    if (!code) code = tell(walk, verdict);
    if (code) return code;
  }
  return code;
}

int kr_verdicts_each(const json_t *section, kr_verdict_fn visit, void *user) {
  struct walk walk = {.visit = visit, .user = user};
  kr_buffer_init(&walk.title, TITLE_MAX);
  int code = tell_findings(&walk, section);
  if (!code) code = tell_unknowns(&walk, section);
  if (!code) code = tell_errors(&walk, section);
  if (!code)
    code =
        tell_objects(&walk, json_object_get(section, "starting"),
                     (struct kr_verdict){.kind = KR_SKIPPED, .type = "starting", .message = "too young to be judged"});
  if (!code)
    code = tell_objects(&walk, json_object_get(section, "healthy"),
                        (struct kr_verdict){.kind = KR_PASSED, .type = "healthy", .message = ""});
  if (!code && walk.count == 0 && json_object_get(section, "runbook")) {
    code = kr_buffer_puts(&walk.title, "nothing found");
    if (!code) code = tell(&walk, (struct kr_verdict){.kind = KR_PASSED, .type = "nothing-found", .message = ""});
  }
  kr_buffer_free(&walk.title);
  return code;
}

static int count(void *user, const struct kr_verdict *verdict) {
  struct kr_verdict_counts *counts = user;
  counts->of[verdict->kind]++;
  counts->all++;
  return 0;
}

struct kr_verdict_counts kr_verdicts_count(const json_t *section) {
  struct kr_verdict_counts counts = {0};
  (void)kr_verdicts_each(section, count, &counts); /* counts as far as memory goes; writing fails there too */
  return counts;
}
