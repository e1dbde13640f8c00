/* render_template.c - the report as a team wants it: by a Lua file that returns function(report) -> string.
 *
 * It runs in the sandbox of runbooks, with their limits, and with less: no primitives, no modules. What it is given has
 * no control characters, so that those in its text are its own. */
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "book/clean.h"
#include "book/document.h"
#include "book/render.h"
#include "vm/json.h"
#include "vm/vm.h"

#define TEMPLATE_MAX ((size_t)1 << 20)
#define BYTES_EACH   8 /* of Lua's memory, for a byte of the report as JSON: its tables, and the text that is made */

struct template {
  struct kr_buffer *out;
  const json_t *report;
  struct kr_vm *vm;
  struct kr_error failure;
};

/* Leaves the report in the registry: a protected call keeps nothing on the stack. */
static int keep_report(lua_State *lua) {
  const struct template *template = lua_touserdata(lua, 1);
  kr_json_push_value(lua, template->report);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, template);
  return 0;
}

static void take_text(void *user, lua_State *lua, int count, const struct kr_error *error) {
  struct template *template = user;
  size_t length;
  if (error) {
    template->failure = *error;
  } else if (count < 1 || lua_type(lua, -count) != LUA_TSTRING) {
    kr_error_set(&template->failure, KR_ESCRIPT, "it gives %s, not a string",
                 count < 1 ? "nothing" : lua_typename(lua, lua_type(lua, -count)));
  } else {
    const char *text = lua_tolstring(lua, -count, &length);
    int code = kr_buffer_append(template->out, text, length);
    if (code) kr_error_set(&template->failure, code, "its text is larger than %zu bytes", template->out->limit);
  }
}

/* The file has run: what it returned is called with the report. */
static void call_function(void *user, lua_State *lua, int count, const struct kr_error *error) {
  struct template *template = user;
  lua_State *main = kr_vm_lua(template->vm);
  if (error) {
    template->failure = *error;
    return;
  }
  if (count < 1 || !lua_isfunction(lua, -count)) {
    kr_error_set(&template->failure, KR_ESCRIPT, "it returns %s: it ends with 'return function(report) ... end'",
                 count < 1 ? "nothing" : lua_typename(lua, lua_type(lua, -count)));
    return;
  }
  if (!lua_checkstack(main, 3) || !lua_checkstack(lua, 1)) {
    kr_error_set(&template->failure, KR_ELIMIT, "the Lua stack is full");
    return;
  }
  lua_pushvalue(lua, -count);
  if (lua != main) lua_xmove(lua, main, 1);
  (void)lua_rawgetp(main, LUA_REGISTRYINDEX, template);
  (void)kr_vm_start(template->vm, 1, take_text, template, &template->failure);
}

static int run(struct template *template, struct kr_loop *loop, const char *text, size_t length, const char *path,
               struct kr_error *error) {
  int code = kr_vm_protect(template->vm, keep_report, template, error);
  if (!code) code = kr_vm_load(template->vm, text, length, path, error);
  if (!code) code = kr_vm_start(template->vm, 0, call_function, template, error);
  if (!code) code = kr_loop_run(loop, error);
  if (code || !template->failure.code) return code;
  *error = template->failure;
  return error->code;
}

static int render(struct kr_buffer *out, const json_t *report, const struct kr_render_options *options,
                  const struct kr_buffer *text, struct kr_error *error) {
  const struct kr_vm_host host = {.pure = true};
  struct kr_vm_limits limits = KR_VM_LIMITS_DEFAULT;
  struct template template = {.out = out, .report = report};
  struct kr_loop *loop = NULL;
  if (options->template_memory > 0) limits.memory = options->template_memory;
  limits.memory += kr_json_size(report) * BYTES_EACH;
  int code = kr_loop_new(&loop, NULL, error);
  if (!code) code = kr_vm_new(&template.vm, loop, &limits, &host, error);
  if (!code) code = run(&template, loop, kr_buffer_text(text), text->length, options->template_, error);
  kr_vm_free(template.vm);
  kr_loop_free(loop);
  return code;
}

int kr_render_template(struct kr_buffer *out, const json_t *document, const struct kr_render_options *options) {
  struct kr_error own = KR_ERROR_INIT, *error = options->error ? options->error : &own;
  struct kr_buffer text;
  json_t *report = kr_document_harmless(document);
  kr_buffer_init(&text, TEMPLATE_MAX);
  int code = report ? kr_file_read(&text, options->template_, error) : kr_error_set(error, KR_ENOMEM, "out of memory");
  if (!code) code = render(out, report, options, &text, error);
  if (code) kr_error_prefix(error, "the template %.200s", options->template_);
  kr_buffer_free(&text);
  json_decref(report);
  return code;
}
