/* cmd_merge.c - krunbook merge FILE...: the reports of all shards become one. */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "book/document.h"
#include "book/merge.h"
#include "cli/notify.h"
#include "cli/schedule.h"
#include "cli/script.h"

#define FILE_MAX ((size_t)256 << 20) /* bytes of one file */

struct settings {
  struct kr_notify notify;
  struct kr_schedule_flags schedule;
};

static int read_file(json_t *documents, const char *path, struct kr_error *error) {
  bool standard = strcmp(path, "-") == 0;
  struct kr_buffer text;
  kr_buffer_init(&text, FILE_MAX);
  int code = kr_file_read(&text, standard ? "/dev/stdin" : path, error);
  if (!code)
    code = kr_merge_read(documents, kr_buffer_text(&text), text.length, standard ? "standard input" : path, error);
  kr_buffer_free(&text);
  return code;
}

/* The findings of one section of all shards: those of one cause become one, as they would have in one run. */
static int merge_findings(struct kr_section *section, const struct kr_invocation *invocation, const json_t *documents,
                          size_t number, struct kr_error *error) {
  json_t *parts = json_array(), *question = NULL, *findings = NULL;
  const json_t *document, *finding;
  size_t i;
  int failed = !parts;
  json_array_foreach(documents, i, document) {
    const json_t *part = json_array_get(json_object_get(document, "sections"), number);
    failed |= json_array_append(parts, json_object_get(part, "findings"));
  }
  question = json_pack("{s:O}", "parts", parts);
  int code = failed || !question ? kr_error_set(error, KR_ENOMEM, "out of memory while merging") : 0;
  if (!code)
    code =
        kr_script_think(&findings, invocation, "krunbook.findings", "of_parts", NULL, KR_THINK_LARGE, question, error);
  json_array_foreach(findings, i, finding) {
    if (!code) code = kr_section_finding(section, finding, error);
  }
  if (code == KR_ELIMIT) code = kr_section_error(section, error); /* as a run does: the report is not the whole */
  json_decref(findings);
  json_decref(question);
  json_decref(parts);
  return code;
}

/* When the last of them was taken. */
static int64_t time_of(const json_t *documents) {
  int64_t last = KR_TIME_NONE;
  const json_t *document;
  size_t i;
  json_array_foreach(documents, i, document) {
    int64_t taken = kr_time_parse(kr_document_text(document, "taken_at"));
    if (taken > last) last = taken;
  }
  return last == KR_TIME_NONE ? kr_clock_now() : last;
}

static int merge(struct kr_report **report, const struct kr_invocation *invocation, json_t *documents,
                 struct kr_error *error) {
  int code = kr_merge_order(documents, error);
  if (!code) code = kr_report_new(report, invocation->mask, time_of(documents), error);
  if (!code) code = kr_merge_errors(*report, documents, error);
  size_t count = json_array_size(json_object_get(json_array_get(documents, 0), "sections"));
  for (size_t i = 0; !code && i < count; i++) {
    struct kr_section *section = NULL;
    code = kr_merge_section(&section, *report, documents, i, error);
    if (!code) code = merge_findings(section, invocation, documents, i, error);
  }
  return code;
}

static int run(struct kr_invocation *invocation) {
  const struct settings *settings = invocation->settings;
  struct kr_error error = KR_ERROR_INIT;
  struct kr_schedule schedule = {0};
  struct kr_report *report = NULL;
  json_t *documents = json_array();
  int code = kr_notify_check(&invocation->notify, &settings->notify, &error);
  if (!code && invocation->operand_count == 0)
    code = kr_error_set(&error, KR_EUSAGE, "which reports? krunbook merge FILE..., each written by a run with --shard");
  if (!code) code = kr_schedule_begin(&schedule, &settings->schedule, &error);
  for (size_t i = 0; !code && i < invocation->operand_count; i++)
    code = read_file(documents, invocation->operands[i], &error);
  if (!code) code = merge(&report, invocation, documents, &error);
  json_decref(documents);
  int status = code ? kr_cli_fail(invocation, &error) : kr_schedule_tell(&schedule, invocation, report);
  kr_schedule_end(&schedule);
  kr_report_free(report);
  return status;
}

static const struct kr_option options[] = {KR_NOTIFY_ROWS(offsetof(struct settings, notify)),
                                           KR_SCHEDULE_TELL_ROWS(offsetof(struct settings, schedule))};

const struct kr_command kr_command_merge = {
    .name = "merge",
    .operands = "FILE...",
    .summary = "make one report of those of all shards",
    .details =
        "Makes one report of those that runs with --shard wrote with -o json, as one run would have given it: what\n"
        "several shards say of the same is said once, and the exit status is that of the whole. A shard that is\n"
        "missing is an error. A FILE may hold several reports; - is standard input.\n\n"
        "  krunbook run pod-status -A --shard 0/2 -o json=0.json\n"
        "  krunbook run pod-status -A --shard 1/2 -o json=1.json\n"
        "  krunbook merge 0.json 1.json -o text -o html=report.html\n"
        "  kubectl -n krunbook logs -l job-name=krunbook-shards --tail=-1 | krunbook merge -\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .settings_size = sizeof(struct settings),
    .reports = true,
    .run = run};
