/* complete.c - reads a command line that is being typed by the tables, and tells what its last word can become; see
 * complete.h. */
#define _POSIX_C_SOURCE 200809L
#include "cli/complete.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cancel.h"
#include "book/arguments.h"
#include "book/run.h"
#include "cli/describe.h"
#include "cli/globals.h"
#include "cli/notify_shapes.h"

struct line {
  struct kr_invocation invocation;
  struct kr_option_table tables[2]; /* the command's own flags, and those of all commands */
  size_t table_count;
  const char **before; /* the words before the one that is completed; without flags, once these are read */
  size_t count;
  struct kr_offers *offers;
  json_t *arguments; /* run: what the runbooks declare to which the flags here belong, a table each */
};

/* --- flags --- */

static void offer_formats(struct line *line) {
  const struct kr_command *command = line->invocation.command;
  const char *typed = kr_offers_typed(line->offers), *equals = strchr(typed, '=');
  if (equals != NULL) {
    line->offers->lead += (size_t)(equals - typed) + 1;
    line->offers->directive = KR_OFFERS_FILES;
    return;
  }
  for (size_t i = 0; i < kr_format_count; i++) {
    const char *name = kr_formats[i].name;
    if (kr_formats[i].of_all || (command && command->reports)) kr_offer(line->offers, name, kr_formats[i].summary);
  }
}

static void offer_shapes(struct line *line) {
  for (size_t i = 0; i < kr_notify_shape_count; i++) kr_offer(line->offers, kr_notify_shapes[i].name, NULL);
}

/* What the value of a flag can be, by what --help calls it. */
static void offer_value(struct line *line, const struct kr_option *row) {
  static const char *const of_kubeconfig[] = {"context", "cluster", "user"};
  const char *value = row->value ? row->value : "";
  for (size_t i = 0; i < sizeof of_kubeconfig / sizeof of_kubeconfig[0]; i++) {
    if (strcmp(row->name, of_kubeconfig[i]) == 0 && strcmp(value, "NAME") == 0)
      kr_offer_kubeconfig(line->offers, &line->invocation, of_kubeconfig[i]);
  }
  if (strcmp(value, "NS") == 0) kr_offer_objects(line->offers, &line->invocation, "namespaces");
  if (strcmp(value, "DIR") == 0) line->offers->directive = KR_OFFERS_FOLDERS;
  if (strcmp(value, "FILE") == 0) line->offers->directive = KR_OFFERS_FILES;
  if (strcmp(row->name, "output") == 0) offer_formats(line);
  if (strcmp(row->name, "notify-format") == 0) offer_shapes(line);
}

static void offer_flags_of(struct line *line, const struct kr_option *rows, size_t count) {
  char flag[72];
  for (size_t i = 0; i < count; i++) {
    (void)snprintf(flag, sizeof flag, "--%s", rows[i].name);
    kr_offer(line->offers, flag, rows[i].help);
  }
}

static void offer_flags(struct line *line) {
  struct kr_option rows[KR_GLOBALS_MAX];
  const struct kr_command *command = line->invocation.command;
  const json_t *declared;
  json_t *declaration;
  const char *name;
  char flag[72];
  size_t i;
  line->offers->flags = true;
  json_array_foreach(line->arguments, i, declared) {
    json_object_foreach((json_t *)declared, name, declaration) {
      (void)snprintf(flag, sizeof flag, "--%s", name);
      for (char *at = flag; *at != '\0'; at++) *at = *at == '_' ? '-' : *at;
      kr_offer(line->offers, flag, json_string_value(json_object_get(declaration, "help")));
    }
  }
  if (command) offer_flags_of(line, command->options, command->option_count);
  size_t count = kr_globals_beside(rows, command);
  offer_flags_of(line, rows, count);
}

/* --- a runbook's arguments --- */

/* What a flag is to the runbooks named before it: its declaration, and the declared name. */
static const json_t *declared_as(const struct line *line, const char *word, const char **name) {
  const json_t *declared;
  char flag[64] = "";
  bool negated;
  size_t i, length = strcspn(word + 2, "=");
  if (length >= sizeof flag) return NULL;
  memcpy(flag, word + 2, length);
  json_array_foreach(line->arguments, i, declared) {
    *name = kr_arguments_name(declared, flag, &negated);
    if (*name != NULL) return json_object_get(declared, *name);
  }
  return NULL;
}

static bool wants_value(const json_t *declaration) {
  const char *type = json_string_value(json_object_get(declaration, "type"));
  return type != NULL && strcmp(type, "boolean") != 0;
}

static void add_runbook(struct line *line, const char *name) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_descriptions descriptions = {0};
  struct kr_place place = {0};
  if (kr_library_find(&place, line->invocation.library, name, &error)) return;
  if (!kr_descriptions_load(&descriptions, &line->invocation, &place, 1, &error)) {
    json_t *declared = json_object_get(kr_run_metadata(descriptions.run[0]), "args");
    if (declared != NULL) (void)json_array_append(line->arguments, declared);
    kr_descriptions_free(&descriptions);
  }
  kr_place_free(&place);
}

/* NAME... --flags NAME... --flags: flags belong to the names right before them. Returns the declaration whose value is
 * being typed, or NULL. */
static const json_t *read_runbooks(struct line *line, const char **name) {
  bool flags = false;
  line->arguments = json_array();
  for (size_t i = 1; line->arguments && i < line->count; i++) {
    const char *word = line->before[i];
    bool is_flag = word[0] == '-' && word[1] == '-';
    if (!is_flag && flags) (void)json_array_clear(line->arguments);
    if (!is_flag) add_runbook(line, word);
    flags = is_flag;
    const json_t *declaration = is_flag && !strchr(word, '=') ? declared_as(line, word, name) : NULL;
    if (!wants_value(declaration)) continue;
    if (i + 1 == line->count) return declaration;
    i++;
  }
  return NULL;
}

/* --- words that are no flags --- */

static void offer_commands(struct line *line) {
  for (size_t i = 0; i < kr_command_count; i++) kr_offer(line->offers, kr_commands[i]->name, kr_commands[i]->summary);
}

/* "bash|zsh|fish": the words themselves. */
static void offer_choices(struct line *line, const char *operands) {
  char word[32];
  for (; *operands != '\0'; operands += strcspn(operands, "|") + (operands[strcspn(operands, "|")] == '|')) {
    size_t length = strcspn(operands, "|");
    if (length >= sizeof word) return;
    memcpy(word, operands, length);
    word[length] = '\0';
    kr_offer(line->offers, word, NULL);
  }
}

/* What a command takes, by what its usage calls it. */
static void offer_operands(struct line *line) {
  const struct kr_command *command = line->invocation.command;
  const char *operands = command->operands;
  bool more = line->count < 2 || strstr(operands, "...") != NULL;
  if (!more || command == &kr_command_new) return; /* its NAME is a new one */
  if (strstr(operands, "COMMAND")) offer_commands(line);
  if (strstr(operands, "MODULE")) kr_offer_modules(line->offers, &line->invocation);
  if (strstr(operands, "NAMESPACE")) kr_offer_objects(line->offers, &line->invocation, "namespaces");
  if (strstr(operands, "KIND")) kr_offer_targets(line->offers, &line->invocation, true);
  if (strncmp(operands, "NAME", 4) == 0 && operands[4] != 'S') kr_offer_runbooks(line->offers, &line->invocation);
  if (strstr(operands, "DIR")) line->offers->directive = KR_OFFERS_FOLDERS;
  if (strstr(operands, "FILE")) line->offers->directive = KR_OFFERS_FILES;
  if (strchr(operands, '|') && operands[0] >= 'a') offer_choices(line, operands);
}

/* --- the line --- */

/* The first word that is no flag and no flag's value. */
static void find_command(struct line *line) {
  struct kr_error error = KR_ERROR_INIT;
  for (size_t i = 0; i < line->count && !line->invocation.command; i++) {
    bool takes_next = false;
    (void)kr_option_of(line->tables, 1, line->before[i], &takes_next);
    if (takes_next)
      i++;
    else if (line->before[i][0] != '-' && kr_command_find(&line->invocation.command, line->before[i], &error))
      return;
  }
}

/* The flags before the word: what they name is where the rest is looked for. *pending is the one whose value is being
 * typed. */
static void read_flags(struct line *line, const struct kr_option **pending) {
  struct kr_invocation *invocation = &line->invocation;
  struct kr_error error = KR_ERROR_INIT;
  bool takes_next = false;
  invocation->globals.request_timeout_ms = -1;
  line->tables[0] = kr_globals_table(&invocation->globals);
  line->table_count = 1;
  find_command(line);
  const struct kr_command *command = invocation->command;
  if (command && (invocation->settings = calloc(1, command->settings_size + 1)) != NULL) {
    line->tables[1] = line->tables[0];
    line->tables[0] = (struct kr_option_table){command->options, command->option_count, invocation->settings};
    line->table_count = 2;
  }
  if (line->count > 0)
    *pending = kr_option_of(line->tables, line->table_count, line->before[line->count - 1], &takes_next);
  if (!takes_next) *pending = NULL;
  size_t count = *pending ? line->count - 1 : line->count;
  (void)kr_options_parse(line->tables, line->table_count, line->before, &count, true, &error);
  line->count = count;
  invocation->globals.record = NULL; /* nothing is written */
}

static void complete(struct line *line) {
  const struct kr_option *pending = NULL;
  const struct kr_command *command;
  const char *word = line->offers->word, *equals = strchr(word, '='), *name = NULL;
  bool ignored;
  read_flags(line, &pending);
  command = line->invocation.command;
  const struct kr_strings *paths = &line->invocation.globals.runbook_paths;
  struct kr_error error = KR_ERROR_INIT;
  if (kr_mask_new(&line->invocation.mask, &error) ||
      kr_library_new(&line->invocation.library, paths->items, paths->count, NULL, &error))
    return;
  const json_t *declaration = NULL;
  if (command == &kr_command_run && !pending) declaration = read_runbooks(line, &name);
  if (!pending && !declaration && word[0] == '-' && equals != NULL) {
    line->offers->lead = (size_t)(equals - word) + 1;
    pending = kr_option_of(line->tables, line->table_count, word, &ignored);
    if (!pending && word[1] == '-') declaration = declared_as(line, word, &name);
    if (!pending && !declaration) return;
  }
  if (pending)
    offer_value(line, pending);
  else if (declaration)
    kr_offer_argument(line->offers, &line->invocation, name, declaration);
  else if (word[0] == '-')
    offer_flags(line);
  else if (command)
    offer_operands(line);
  else
    offer_commands(line);
}

/* First as Ctrl-C does, so that a plugin is not left behind; then at once, since a name server heeds nobody. */
static void give_up(int number) {
  (void)number;
  if (kr_cancelled()) _exit(0);
  kr_cancel_set();
  (void)alarm(1);
}

/* Nothing that goes wrong here is said, and nobody is asked for a password. */
static void be_silent(void) {
  struct sigaction action = {.sa_handler = give_up};
  struct kr_error error = KR_ERROR_INIT;
  (void)kr_cancel_install(&error);
  (void)sigaction(SIGALRM, &action, NULL);
  /* A plugin that signs in, or a name server, may hold us up where no other bound does. */
  (void)alarm((unsigned)(kr_complete_patience_ms() / 1000) + 1);
  if (!freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "r", stdin)) _exit(0);
}

int kr_complete(int count, char **words) {
  struct kr_offers offers;
  struct line line = {.offers = &offers};
  be_silent();
  kr_offers_init(&offers, count > 0 ? words[count - 1] : "");
  line.before = calloc((size_t)count + 1, sizeof *line.before);
  for (int i = 0; line.before && i + 1 < count; i++) line.before[line.count++] = words[i];
  if (line.before) complete(&line);
  const char *text = kr_offers_text(&offers);
  (void)kr_cli_print(text, strlen(text), NULL);
  for (size_t i = 0; i < line.table_count; i++) kr_options_free(&line.tables[i]);
  json_decref(line.arguments);
  free(line.invocation.settings);
  kr_library_free(line.invocation.library);
  kr_mask_free(line.invocation.mask);
  kr_offers_free(&offers);
  free(line.before);
  return 0;
}
