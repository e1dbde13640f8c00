/* report.h - the one structure that a run ends in; every format renders from it.
 *
 * It is a JSON document, krunbook.report/v1 (docs/report.schema.json), held as a jansson value whose members keep their
 * order. Everything that enters is made valid UTF-8, masked and cut to a bound here, once, so no format can leak what
 * another hides. */
#ifndef KR_BOOK_REPORT_H
#define KR_BOOK_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mask.h"
#include "kube/transport.h"

#define KR_FINDINGS_MAX      1000      /* of one section */
#define KR_SECTION_BYTES_MAX (8 << 20) /* of all that one section lists, about */
#define KR_WHERE_MAX         256       /* bytes of a place in the trace */

/* Exit statuses; 0 says that everything was checked and nothing found. */
enum { KR_EXIT_OK = 0, KR_EXIT_WARNING = 1, KR_EXIT_CRITICAL = 2, KR_EXIT_UNKNOWN = 3, KR_EXIT_INTERRUPTED = 130 };

struct kr_report;
struct kr_section; /* one runbook on one cluster */

int kr_report_new(struct kr_report **out, const struct kr_mask *mask, int64_t taken_at,
                  struct kr_error *error); /* mask is borrowed */
void kr_report_free(struct kr_report *report);

/* Keeps the decision trace too (--explain); without it kr_section_step does nothing. */
void kr_report_explain(struct kr_report *report, bool explain);
bool kr_report_explains(const struct kr_report *report);

/* Ctrl-C: what was found so far stands, the exit code is 130. */
void kr_report_interrupted(struct kr_report *report);

/* It is of a part of the cluster only (book/shard.h). */
void kr_report_shard(struct kr_report *report, int index, int count);

/* An error of the invocation (usage, kubeconfig, no such runbook): it makes the status at least unknown. */
int kr_report_error(struct kr_report *report, const struct kr_error *what);

/* A section of the report, which owns it. args may be NULL until kr_section_args. */
int kr_report_section(struct kr_section **out, struct kr_report *report, const char *runbook, const char *path,
                      const char *sha256, const json_t *args, struct kr_error *error);
/* A section of a runbook within a runbook: it is no part of the report, only its result is used. Freed with the report,
 * or dropped before, when none is within it. */
int kr_section_nested(struct kr_section **out, struct kr_section *parent, struct kr_error *error);
void kr_section_drop(struct kr_section *nested);

int kr_section_name(struct kr_section *section, const char *runbook); /* what its metadata call it */
int kr_section_args(struct kr_section *section, const json_t *args);
/* Where it looks: namespace_ NULL for all of them, labels NULL for any. */
int kr_section_scope(struct kr_section *section, const char *namespace_, const char *labels);
int kr_section_cluster(struct kr_section *section, struct kr_cluster_info info, const char *version);

/* What a runbook gave to ctx:finding, checked: KR_EINVAL names the field. Beyond the bounds on findings, KR_ELIMIT: the
 * caller sees to it that the section says so. */
int kr_section_finding(struct kr_section *section, const json_t *finding, struct kr_error *error);
int kr_section_healthy(struct kr_section *section, const json_t *object, struct kr_error *error);
int kr_section_starting(struct kr_section *section, const json_t *object, struct kr_error *error);
/* The same unknown twice is one, that counts until it is forgiven twice. Returns an id > 0, or negative. */
int kr_section_unknown(struct kr_section *section, const char *what, const char *reason, const char *permission,
                       const char *message);
void kr_section_forgive(struct kr_section *section, int unknown); /* ctx:can_do_without */
int kr_section_error(struct kr_section *section, const struct kr_error *what);
/* A line of the decision trace. where: the things within which it belongs, "" for the runbook itself, "3/7" within "3".
 */
int kr_section_step(struct kr_section *section, const char *where, const char *asked, const char *showed);
int kr_section_spent(struct kr_section *section, int64_t requests, int64_t bytes, int64_t wall_ms);

/* What ctx:run gives: {status, findings, healthy, unknown}, each unknown with its id in the parent, where this notes
 * it. A new reference; NULL when memory is refused. */
json_t *kr_section_result(struct kr_section *nested);

/* Sorts (worst first), computes each status and the exit code, and gives the document; borrowed from the report, NULL
 * when memory is refused. Further calls redo it. */
const json_t *kr_report_document(struct kr_report *report);
int kr_report_exit_code(struct kr_report *report);

#endif
