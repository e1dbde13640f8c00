/* help_document.c - the tables as JSON; see help.h. */
#include "book/arguments.h"
#include "cli/describe.h"
#include "cli/globals.h"
#include "cli/help.h"

const struct kr_exit_status kr_exit_statuses[] = {
    {2, "a critical finding"},
    {3,
     "no critical finding, but something could not be determined: refused, unreachable, a mistake in a runbook or a "
     "flag"},
    {1, "only warnings"},
    {0, "everything was checked and nothing was found"},
    {130, "ended by Ctrl-C, after the report of what was found so far"},
};
const size_t kr_exit_status_count = sizeof kr_exit_statuses / sizeof kr_exit_statuses[0];

static int no_memory(struct kr_error *error) { return kr_error_set(error, KR_ENOMEM, "out of memory for the help"); }

static const char *type_word(enum kr_option_type type) {
  static const char *const words[] = {
      [KR_OPTION_BOOL] = "boolean", [KR_OPTION_COUNT] = "count",       [KR_OPTION_INTEGER] = "integer",
      [KR_OPTION_BYTES] = "size",   [KR_OPTION_DURATION] = "duration", [KR_OPTION_TEXT] = "text",
      [KR_OPTION_LIST] = "text"};
  return words[type];
}

static json_t *flags_json(const struct kr_option *rows, size_t count) {
  json_t *flags = json_array();
  int failed = flags == NULL;
  for (size_t i = 0; i < count && !failed; i++) {
    const struct kr_option *row = &rows[i];
    failed = json_array_append_new(
        flags, json_pack("{s:s, s:o, s:s, s:b, s:s?, s:s}", "name", row->name, "letter",
                         row->letter ? json_stringn(&row->letter, 1) : json_null(), "type", type_word(row->type),
                         "repeated", row->type == KR_OPTION_LIST, "value", row->value, "help", row->help));
  }
  if (!failed) return flags;
  json_decref(flags);
  return NULL;
}

static json_t *command_json(const struct kr_command *command) {
  return json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:o}", "name", command->name, "operands", command->operands,
                   "summary", command->summary, "details", command->details, "reports", command->reports, "offline",
                   command->offline, "flags", flags_json(command->options, command->option_count));
}

static json_t *commands_json(void) {
  json_t *commands = json_array();
  int failed = commands == NULL;
  for (size_t i = 0; i < kr_command_count && !failed; i++)
    failed = json_array_append_new(commands, command_json(kr_commands[i]));
  if (!failed) return commands;
  json_decref(commands);
  return NULL;
}

static json_t *formats_json(void) {
  json_t *formats = json_array();
  int failed = formats == NULL;
  for (size_t i = 0; i < kr_format_count && !failed; i++)
    failed =
        json_array_append_new(formats, json_pack("{s:s, s:s, s:s}", "name", kr_formats[i].name, "summary",
                                                 kr_formats[i].summary, "content_type", kr_formats[i].content_type));
  if (!failed) return formats;
  json_decref(formats);
  return NULL;
}

static json_t *statuses_json(void) {
  json_t *statuses = json_array();
  int failed = statuses == NULL;
  for (size_t i = 0; i < kr_exit_status_count && !failed; i++)
    failed = json_array_append_new(statuses, json_pack("{s:i, s:s}", "status", kr_exit_statuses[i].status, "meaning",
                                                       kr_exit_statuses[i].meaning));
  if (!failed) return statuses;
  json_decref(statuses);
  return NULL;
}

static json_t *types_json(void) {
  json_t *types = json_array();
  int failed = types == NULL;
  for (size_t i = 0; i < kr_argument_type_count && !failed; i++)
    failed = json_array_append_new(
        types, json_pack("{s:s, s:s}", "name", kr_argument_types[i].name, "takes", kr_argument_types[i].takes));
  if (!failed) return types;
  json_decref(types);
  return NULL;
}

static int add_runbooks(json_t *document, const struct kr_invocation *invocation, struct kr_error *error) {
  struct kr_descriptions descriptions = {0};
  struct kr_place *places = NULL;
  size_t count = 0;
  json_t *list = json_array();
  int code = json_object_set_new(document, "runbooks", list) ? no_memory(error) : KR_OK;
  if (!code) code = kr_library_all(&places, &count, invocation->library, error);
  if (!code) code = kr_descriptions_load(&descriptions, invocation, places, count, error);
  for (size_t i = 0; i < count && !code; i++) {
    if (json_array_append_new(list, kr_description_json(&descriptions, &places[i], i))) code = no_memory(error);
  }
  kr_descriptions_free(&descriptions);
  kr_places_free(places, count);
  return code;
}

static int program_document(json_t **out, const struct kr_invocation *invocation, struct kr_error *error) {
  struct kr_option rows[KR_GLOBALS_MAX];
  size_t count = kr_globals_beside(rows, NULL);
  *out = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "schema", "krunbook.help/v1", "version", KR_VERSION,
                   "summary", KR_PROGRAM_SUMMARY, "commands", commands_json(), "flags", flags_json(rows, count),
                   "formats", formats_json(), "exit_statuses", statuses_json(), "argument_types", types_json());
  return *out ? add_runbooks(*out, invocation, error) : no_memory(error);
}

int kr_help_document(json_t **out, const struct kr_invocation *invocation, const struct kr_command *command,
                     struct kr_error *error) {
  json_t *document = NULL;
  int code = KR_OK;
  if (command == NULL) {
    code = program_document(&document, invocation, error);
  } else {
    document = command_json(command);
    if (!document || json_object_set_new(document, "schema", json_string("krunbook.help/v1"))) code = no_memory(error);
  }
  if (code) {
    json_decref(document);
    return code;
  }
  *out = document;
  return KR_OK;
}
