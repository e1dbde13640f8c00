/* outputs.c - see outputs.h. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "cli/outputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "book/document.h"
#include "book/formats.h"
#include "cli/notify.h"

static bool is_text(const struct kr_format *format) { return format == &kr_formats[0]; }

const struct kr_format *kr_outputs_stdout(const struct kr_outputs *outputs) {
  if (outputs->count == 0) return &kr_formats[0];
  for (size_t i = 0; i < outputs->count; i++) {
    if (!outputs->items[i].path) return outputs->items[i].format;
  }
  return NULL;
}

bool kr_outputs_data(const struct kr_outputs *outputs) {
  const struct kr_format *format = kr_outputs_stdout(outputs);
  return format && !is_text(format) && format->of_all;
}

int kr_cli_data(struct kr_buffer *out, const struct kr_invocation *invocation, const json_t *value) {
  const struct kr_render_options options = {0};
  const struct kr_format *format = kr_outputs_stdout(&invocation->outputs);
  return format ? format->render(out, value, &options) : KR_EUSAGE;
}

void kr_outputs_free(struct kr_outputs *outputs) {
  for (size_t i = 0; i < outputs->count; i++) free(outputs->items[i].template_);
  outputs->count = 0;
}

/* Before a run that may take minutes: a file that could not be written at its end. */
static int check_path(const char *path, struct kr_error *error) {
  struct stat about;
  bool there = stat(path, &about) == 0;
  if (there && S_ISDIR(about.st_mode)) return kr_error_set(error, KR_EUSAGE, "-o: %.500s is a folder", path);
  if (there && !S_ISREG(about.st_mode))
    return kr_error_set(error, KR_EUSAGE, "-o: %.500s is no file that can be replaced; -o FORMAT alone goes to stdout",
                        path);
  char *folder = kr_path_folder(path);
  if (!folder) return kr_error_set(error, KR_ENOMEM, "out of memory");
  int code = KR_OK;
  if (!kr_folder_exists(folder))
    code = kr_error_set(error, KR_EUSAGE, "-o: there is no folder %.500s for %.500s", folder, path);
  else if (access(folder, W_OK) != 0)
    code = kr_error_set(error, KR_EUSAGE, "-o: cannot write into the folder %.500s: %s", folder, strerror(errno));
  free(folder);
  return code;
}

/* template=FILE, template=FILE=OUT: takes the first FILE off. */
static int read_template(struct kr_output *output, const char **rest, struct kr_error *error) {
  size_t length = strcspn(*rest, "=");
  if (length == 0) return kr_error_set(error, KR_EUSAGE, "-o template needs its file: -o template=FILE");
  output->template_ = strndup(*rest, length);
  if (!output->template_) return kr_error_set(error, KR_ENOMEM, "out of memory");
  *rest += length + ((*rest)[length] == '=');
  if (kr_file_exists(output->template_)) return KR_OK;
  return kr_error_set(error, KR_EUSAGE, "-o: there is no template %.500s", output->template_);
}

/* FORMAT, FORMAT=FILE; "-" is stdout. */
static int read_output(struct kr_output *output, const char *given, struct kr_error *error) {
  size_t length = strcspn(given, "=");
  const char *rest = given[length] == '=' ? given + length + 1 : NULL;
  int code = kr_format_find(&output->format, given, length, error);
  if (code) return code;
  if (output->format->of_files) {
    if (!rest) rest = "";
    code = read_template(output, &rest, error);
    if (!*rest) rest = NULL;
  } else if (rest && !*rest) {
    code = kr_error_set(error, KR_EUSAGE, "-o %s= needs a file", output->format->name);
  }
  if (code || !rest || strcmp(rest, "-") == 0) return code;
  output->path = rest;
  return check_path(rest, error);
}

/* A command that gives no report writes data or text, to stdout. */
static int check_command(const struct kr_output *output, const struct kr_command *command, struct kr_error *error) {
  const char *name = output->format->name;
  if (!command || command->reports) return KR_OK;
  if (output->path || !output->format->of_all)
    return kr_error_set(error, KR_EUSAGE, "%s takes -o text, json or yaml, not -o %s%s; reports of run take it",
                        command->name, name, output->path ? "=FILE" : "");
  return KR_OK;
}

/* Two for one place. */
static int check_others(const struct kr_outputs *outputs, const struct kr_output *output, struct kr_error *error) {
  for (size_t i = 0; i < outputs->count; i++) {
    const struct kr_output *other = &outputs->items[i];
    const char *name = output->format->name;
    if (!output->path && !other->path)
      return kr_error_set(error, KR_EUSAGE, "-o %s and -o %s both go to stdout; give one a file: -o %s=FILE",
                          other->format->name, name, name);
    if (output->path && other->path && strcmp(output->path, other->path) == 0)
      return kr_error_set(error, KR_EUSAGE, "-o: %.500s is named twice", output->path);
  }
  return KR_OK;
}

int kr_outputs_read(struct kr_outputs *outputs, const struct kr_strings *given, const struct kr_command *command,
                    struct kr_error *error) {
  int code = KR_OK;
  for (size_t i = 0; !code && i < given->count; i++) {
    struct kr_output output = {0};
    if (outputs->count == KR_OUTPUTS_MAX)
      return kr_error_set(error, KR_EUSAGE, "-o is given more than %d times", KR_OUTPUTS_MAX);
    code = read_output(&output, given->items[i], error);
    if (!code) code = check_command(&output, command, error);
    if (!code) code = check_others(outputs, &output, error);
    if (code) {
      free(output.template_);
    } else {
      outputs->items[outputs->count++] = output;
    }
  }
  return code;
}

void kr_outputs_scan(struct kr_outputs *outputs, int argc, char **argv) {
  for (int i = 1; i < argc && argv[i] && strcmp(argv[i], "--") != 0; i++) {
    const char *value = NULL;
    if (strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0) {
      value = i + 1 < argc ? argv[i + 1] : NULL;
    } else if (strncmp(argv[i], "--output=", 9) == 0) {
      value = argv[i] + 9;
    } else if (strncmp(argv[i], "-o", 2) == 0) {
      value = argv[i] + 2 + (argv[i][2] == '=');
    }
    struct kr_strings one = {.items = &value, .count = value != NULL};
    (void)kr_outputs_read(outputs, &one, NULL, NULL);
  }
}

static int render(struct kr_buffer *out, const struct kr_output *output, const struct kr_invocation *invocation,
                  const json_t *document, bool only_changes, struct kr_error *error) {
  const struct kr_globals *globals = &invocation->globals;
  bool terminal = !output->path && kr_terminal_is(STDOUT_FILENO);
  struct kr_render_options options = {.width = terminal ? kr_terminal_width(STDOUT_FILENO) : 100,
                                      .colour = terminal && kr_terminal_colour(STDOUT_FILENO),
                                      .explain = globals->explain,
                                      .verbose = globals->verbose > 0,
                                      .only_changes = only_changes && !output->path,
                                      .template_ = output->template_,
                                      .template_memory = globals->max_memory > 0 ? (size_t)globals->max_memory : 0};
  if (!terminal || !output->format->of_files) return kr_format_render(output->format, out, document, &options, error);
  /* What a template writes is its own; not so what a terminal obeys. */
  struct kr_buffer text;
  kr_buffer_init(&text, KR_RENDER_MAX);
  int code = kr_format_render(output->format, &text, document, &options, error);
  if (!code) code = kr_text_harmless(out, kr_buffer_text(&text), text.length);
  kr_buffer_free(&text);
  return code;
}

static int write_file(const struct kr_output *output, const struct kr_buffer *text, struct kr_error *error) {
  char *target = realpath(output->path, NULL); /* a link stays one: what it leads to is replaced */
  int code = kr_file_write(target ? target : output->path, kr_buffer_text(text), text->length, 0666, error);
  free(target);
  return code;
}

static int write_one(const struct kr_output *output, const struct kr_invocation *invocation, const json_t *document,
                     bool only_changes, struct kr_error *error) {
  struct kr_buffer text;
  kr_buffer_init(&text, KR_RENDER_MAX);
  int code = render(&text, output, invocation, document, only_changes, error);
  if (!code)
    code = output->path ? write_file(output, &text, error) : kr_cli_print(kr_buffer_text(&text), text.length, error);
  kr_buffer_free(&text);
  return code;
}

/* The report with what failed after it was made; says it on stderr. Takes document over and gives another. */
static json_t *note_failure(const struct kr_invocation *invocation, json_t *document, const struct kr_error *error) {
  kr_cli_warn(invocation, error);
  json_t *with = document ? kr_document_with_error(document, invocation->mask, error) : NULL;
  json_decref(document);
  return with;
}

/* The exit status that goes with the document when some of it could not be written. */
static int status_of(const json_t *document, bool failed) {
  int status = document ? (int)json_integer_value(json_object_get(document, "exit_code")) : 3;
  return failed && status < 2 ? 3 : status;
}

/* Posts it, unless there is nothing new for who is told. */
static int notify(const struct kr_invocation *invocation, const json_t *report, bool unchanged,
                  struct kr_error *error) {
  if (!invocation->notify || (unchanged && !kr_notify_repeats(invocation->notify))) return KR_OK;
  return kr_notify_post(invocation->notify, report, error);
}

int kr_outputs_write(const struct kr_invocation *invocation, const json_t *document, struct kr_telling *telling) {
  static const struct kr_outputs text = {.items = {{.format = &kr_formats[0]}}, .count = 1};
  const struct kr_outputs *outputs = invocation->outputs.count > 0 ? &invocation->outputs : &text;
  struct kr_error error = KR_ERROR_INIT;
  json_t *report = json_incref((json_t *)document);
  bool failed = document == NULL, changes = telling->only_changes;
  if (failed) kr_warn("the report cannot be written: memory was refused");
  if (report && notify(invocation, report, telling->unchanged, &error))
    report = note_failure(invocation, report, &error);
  for (size_t i = 0; i < outputs->count; i++) {
    if (!outputs->items[i].path || failed) continue;
    if (write_one(&outputs->items[i], invocation, report, changes, &error))
      report = note_failure(invocation, report, &error);
  }
  telling->failed = failed || report != document;
  bool silent = telling->silent && !telling->failed;
  for (size_t i = 0; i < outputs->count; i++) {
    if (outputs->items[i].path || failed || silent ||
        !write_one(&outputs->items[i], invocation, report, changes, &error))
      continue;
    kr_cli_warn(invocation, &error);
    failed = telling->failed = true;
  }
  int status = status_of(report, failed);
  json_decref(report);
  return status;
}

/* A report that holds nothing but the error. */
static json_t *error_report(const struct kr_invocation *invocation, const struct kr_error *error) {
  struct kr_report *report = NULL;
  json_t *document = NULL;
  int code = kr_report_new(&report, invocation->mask, kr_clock_now(), NULL);
  if (!code && error->code == KR_ECANCELLED) kr_report_interrupted(report);
  if (!code) code = kr_report_error(report, error);
  if (!code) document = json_incref((json_t *)kr_report_document(report));
  kr_report_free(report);
  return document;
}

void kr_outputs_fail(const struct kr_invocation *invocation, const struct kr_error *error) {
  const struct kr_format *format = kr_outputs_stdout(&invocation->outputs);
  const struct kr_command *command = invocation->command;
  bool reports = command && command->reports;
  bool data = format && !is_text(format) && (reports || format->of_all);
  json_t *document = error_report(invocation, error);
  struct kr_error failure = KR_ERROR_INIT;
  if (!data || !document || format->wordless) kr_cli_warn(invocation, error);
  if (document && invocation->notify && error->code != KR_EUSAGE &&
      kr_notify_post(invocation->notify, document, &failure))
    kr_cli_warn(invocation, &failure);
  for (size_t i = 0; document && i < invocation->outputs.count; i++) {
    const struct kr_output *output = &invocation->outputs.items[i];
    bool wanted = output->path ? reports && error->code != KR_EUSAGE : data;
    if (wanted && write_one(output, invocation, document, false, &failure)) kr_cli_warn(invocation, &failure);
  }
  json_decref(document);
}
