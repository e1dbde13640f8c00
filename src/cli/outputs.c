/* outputs.c - see outputs.h. */
#include "cli/outputs.h"

#include <unistd.h>

#include "base/text.h"
#include "book/render.h"

int kr_outputs_write(const struct kr_invocation *invocation, const json_t *document, struct kr_error *error) {
  const struct kr_globals *globals = &invocation->globals;
  bool terminal = kr_terminal_is(STDOUT_FILENO);
  struct kr_render_options options = {.width = terminal ? kr_terminal_width(STDOUT_FILENO) : 100,
                                      .colour = kr_terminal_colour(STDOUT_FILENO),
                                      .explain = globals->explain,
                                      .verbose = globals->verbose > 0};
  struct kr_buffer text;
  kr_buffer_init(&text, KR_RENDER_MAX);
  int code = !document          ? KR_ENOMEM
             : invocation->json ? kr_render_json(&text, document)
                                : kr_render_text(&text, document, &options);
  if (code) kr_error_set(error, code, "the report cannot be written: it is too large, or memory was refused");
  if (!code) code = kr_cli_print(kr_buffer_text(&text), text.length, error);
  kr_buffer_free(&text);
  return code;
}
