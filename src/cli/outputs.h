/* outputs.h - where a report goes, and in which formats. */
#ifndef KR_CLI_OUTPUTS_H
#define KR_CLI_OUTPUTS_H

#include <jansson.h>

#include "cli/command.h"

/* Renders the document of a report (krunbook.report/v1) as the flags say, to stdout. document NULL stands for one that
 * memory was refused for. KR_ENOMEM, KR_ELIMIT, KR_EIO. */
int kr_outputs_write(const struct kr_invocation *invocation, const json_t *document, struct kr_error *error);

#endif
