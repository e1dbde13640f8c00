/* script.h - a function of the Lua library called by a command, in a VM of its own, on a client that the command has.
 */
#ifndef KR_CLI_SCRIPT_H
#define KR_CLI_SCRIPT_H

#include <jansson.h>

#include "cli/command.h"
#include "kube/client.h"
#include "vm/vm.h"

struct kr_script {
  const char *module, *function; /* "krunbook.shell", "probe" */
  const struct kr_invocation *invocation;
  struct kr_client *client; /* borrowed */
  const char *namespace_;
  const char *beside; /* a folder whose modules may be required too; NULL: none */
  struct kr_vm_limits limits;
  void (*told)(void *user, const char *asked, const char *showed); /* of each request and what it gave; may be NULL */
  void *user;
};

/* The limits that the flags name, else the usual ones. */
struct kr_vm_limits kr_script_limits(const struct kr_invocation *invocation);

/* Calls it with question; *out is what it gives (a new reference). Where that is {usage = "..."}, KR_EUSAGE says so. */
int kr_script_call(json_t **out, const struct kr_script *script, json_t *question, struct kr_error *error);

/* The same without a cluster, for functions that only think, with times the limits of a runbook: what our own are given
 * can be large. What they print goes to standard error. */
#define KR_THINK_LARGE 16
int kr_script_think(json_t **out, const struct kr_invocation *invocation, const char *module, const char *function,
                    const char *beside, int times, json_t *question, struct kr_error *error);

#endif
