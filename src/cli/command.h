/* command.h - what a command of the program is: a table entry that is its whole interface.
 *
 * A command is a file cmd_NAME.c with one struct kr_command, named in commands.c. It is called with its flags read,
 * writes its result to stdout, what else there is to say to stderr, and returns the exit status. */
#ifndef KR_CLI_COMMAND_H
#define KR_CLI_COMMAND_H

#include "base/mask.h"
#include "book/formats.h"
#include "book/library.h"
#include "book/report.h"
#include "cli/options.h"
#include "kube/transport.h"

/* The flags that every command takes; zero where not given. */
struct kr_globals {
  const char *namespace_;
  bool all_namespaces;
  const char *labels;
  const char *kubeconfig, *context, *cluster, *user, *server, *token;
  const char *as, *as_uid;
  struct kr_strings as_groups;
  int64_t request_timeout_ms; /* -1 when not given */
  bool full_lists;
  const char *snapshot;
  const char *record;
  bool demo;
  struct kr_strings outputs;
  int verbose;
  bool explain;
  struct kr_strings runbook_paths;
  int64_t timeout_ms;
  int64_t max_cpu_ms;
  int64_t max_memory, max_requests, max_log_bytes;
  bool help, version;
};

/* Where a report goes, and in which format. */
struct kr_output {
  const struct kr_format *format;
  const char *path; /* NULL: stdout */
  char *template_;  /* the file of -o template=FILE; malloc'ed */
};

#define KR_OUTPUTS_MAX 16

struct kr_outputs {
  struct kr_output items[KR_OUTPUTS_MAX];
  size_t count;
};

struct kr_command;
struct kr_notify;

struct kr_invocation {
  const struct kr_command *command;
  struct kr_globals globals;
  void *settings;        /* the command's own flags */
  const char **operands; /* what is no flag; for a command that keeps unknown flags these too, in order */
  size_t operand_count;
  struct kr_outputs outputs; /* -o; none is text to stdout */
  /* --notify, where the command has it and it is usable; NULL: nobody is told. A command sets it, pointing into its
   * settings. */
  const struct kr_notify *notify;
  bool data;                  /* -o json or yaml: what a command answers goes through kr_cli_data */
  struct kr_mask *mask;       /* the built-in masks and those on the search path */
  struct kr_library *library; /* where runbooks are */
};

struct kr_command {
  const char *name;
  const char *operands; /* as usage shows them: "NAME..." */
  const char *summary;
  const char *details; /* of --help: what it does, and examples; ends with a newline */
  const struct kr_option *options;
  size_t option_count;
  size_t settings_size;    /* bytes of its settings structure, zeroed before the flags are read */
  bool keep_unknown_flags; /* run: they are the runbook's */
  bool offline;            /* asks no cluster: --help does not show the flags that are about one */
  bool reports;            /* gives a report: -o takes every format, and files */
  int (*run)(struct kr_invocation *invocation);
};

extern const struct kr_command *const kr_commands[];
extern const size_t kr_command_count;
extern const struct kr_command kr_command_run, kr_command_merge, kr_command_list, kr_command_show, kr_command_rbac,
    kr_command_probe, kr_command_events, kr_command_logs, kr_command_snapshot, kr_command_repl, kr_command_doc,
    kr_command_diff, kr_command_new, kr_command_lint, kr_command_test, kr_command_version, kr_command_help,
    kr_command_completion;

/* The command of that name; KR_EUSAGE names the nearest. */
int kr_command_find(const struct kr_command **out, const char *name, struct kr_error *error);

/* The whole program: reads argv, calls the command, returns the exit status. */
int kr_cli_main(int argc, char **argv);

/* Appends what a command answers as -o json or -o yaml wants it. KR_ENOMEM, KR_ELIMIT. */
int kr_cli_data(struct kr_buffer *out, const struct kr_invocation *invocation, const json_t *value);

/* Says what went wrong: in text on stderr, or as a report on stdout where -o asks for data. Returns the exit status: 3,
 * or 130 for KR_ECANCELLED. */
int kr_cli_fail(const struct kr_invocation *invocation, const struct kr_error *error);

/* Opens what the flags say: --snapshot, --demo, or the live cluster of the kubeconfig. *namespace_ (malloc'ed) is -n's
 * or else the context's. */
int kr_cli_connect(struct kr_transport **out, char **namespace_, const struct kr_invocation *invocation,
                   struct kr_error *error);

/* With --record: writes what was asked of the transport that kr_cli_connect gave, once all is asked. */
int kr_cli_recorded(const struct kr_invocation *invocation, struct kr_transport *transport, struct kr_error *error);

/* The error's words on stderr, masked: they may quote what a server said. */
void kr_cli_warn(const struct kr_invocation *invocation, const struct kr_error *error);

/* Writes to stdout and flushes; 0, or KR_EIO when it cannot (a closed pipe). */
int kr_cli_print(const char *text, size_t length, struct kr_error *error);

#endif
