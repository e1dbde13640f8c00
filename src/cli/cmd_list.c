/* cmd_list.c - krunbook list: which runbooks there are, where they come from, and which of them hide others. */
#include <jansson.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "book/render.h"
#include "book/run.h"
#include "cli/describe.h"

static int list_text(struct kr_buffer *out, const struct kr_place *places, size_t count,
                     const struct kr_descriptions *descriptions) {
  struct kr_buffer line;
  int code = 0;
  kr_buffer_init(&line, (size_t)1 << 20);
  for (size_t i = 0; !code && i < count; i++) {
    const json_t *metadata = kr_run_metadata(descriptions->run[i]);
    const char *summary = json_string_value(json_object_get(metadata, "summary"));
    kr_buffer_clear(&line);
    code = kr_buffer_printf(&line, "%-20s %s%s\n%-20s %s\n", places[i].name, metadata ? "" : "DOES NOT LOAD: ",
                            metadata ? (summary ? summary : "") : kr_descriptions_failure(descriptions, i), "",
                            places[i].path);
    if (!code && places[i].shadows) code = kr_buffer_printf(&line, "%-20s shadows %s\n", "", places[i].shadows);
    if (!code) code = kr_text_harmless(out, kr_buffer_text(&line), line.length);
  }
  if (!code && count == 0) code = kr_buffer_puts(out, "There are no runbooks.\n");
  kr_buffer_free(&line);
  return code;
}

static int list_data(struct kr_buffer *out, const struct kr_invocation *invocation, const struct kr_place *places,
                     size_t count, const struct kr_descriptions *descriptions) {
  json_t *list = json_array();
  int failed = 0;
  for (size_t i = 0; i < count; i++)
    failed |= json_array_append_new(list, kr_description_json(descriptions, &places[i], i));
  int code = failed ? KR_ENOMEM : kr_cli_data(out, invocation, list);
  json_decref(list);
  return code;
}

static int run(struct kr_invocation *invocation) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_descriptions descriptions = {0};
  struct kr_place *places = NULL;
  struct kr_buffer text;
  size_t count = 0;
  kr_buffer_init(&text, KR_RENDER_MAX);
  int code = invocation->operand_count > 0
                 ? kr_error_set(&error, KR_EUSAGE, "list takes no names; krunbook show NAME tells of one")
                 : kr_library_all(&places, &count, invocation->library, &error);
  if (!code) code = kr_descriptions_load(&descriptions, invocation, places, count, &error);
  if (!code) {
    code = invocation->data ? list_data(&text, invocation, places, count, &descriptions)
                            : list_text(&text, places, count, &descriptions);
    if (code) kr_error_set(&error, code, "the list cannot be written: memory was refused");
  }
  if (!code) code = kr_cli_print(kr_buffer_text(&text), text.length, &error);
  kr_descriptions_free(&descriptions);
  kr_places_free(places, count);
  kr_buffer_free(&text);
  return code ? kr_cli_fail(invocation, &error) : 0;
}

const struct kr_command kr_command_list = {
    .name = "list",
    .operands = "",
    .summary = "the runbooks there are",
    .details =
        "Lists runbooks with what they are for, where they come from, and what of the same name they shadow.\n"
        "They are looked for in --runbook-path, $KRUNBOOK_PATH, ~/.config/krunbook, beside the program, and in it.\n\n"
        "  krunbook list\n  krunbook list --runbook-path ./team -o json\n",
    .offline = true,
    .run = run};
