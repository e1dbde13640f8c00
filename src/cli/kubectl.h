/* kubectl.h - how kubectl is called for the cluster that this invocation asks: steps to paste begin with it. */
#ifndef KR_CLI_KUBECTL_H
#define KR_CLI_KUBECTL_H

#include "base/buffer.h"
#include "cli/command.h"

/* Appends "kubectl" and the flags of globals that say which cluster and who asks, quoted for a shell. Never a token. Of
 * a snapshot "kubectl" alone: who records it and who reads it call the cluster by names of their own. */
int kr_cli_kubectl(struct kr_buffer *out, const struct kr_globals *globals);

#endif
