/* cmd_version.c - krunbook version: of the program and of the libraries that it runs with. */
#include <curl/curl.h>
#include <jansson.h>
#include <lua.h>
#include <yaml.h>

#include "cli/command.h"

static int say(struct kr_buffer *out, const struct kr_invocation *invocation) {
  (void)invocation;
  return kr_buffer_printf(out, "krunbook %s\n%s\n%s\njansson %s\nlibyaml %s\n", KR_VERSION, LUA_RELEASE, curl_version(),
                          jansson_version_str(), yaml_get_version_string());
}

static int say_data(struct kr_buffer *out, const struct kr_invocation *invocation) {
  json_t *versions = json_pack("{s:s, s:s, s:s, s:s, s:s}", "krunbook", KR_VERSION, "lua", LUA_RELEASE, "libcurl",
                               curl_version(), "jansson", jansson_version_str(), "libyaml", yaml_get_version_string());
  int code = versions ? kr_cli_data(out, invocation, versions) : KR_ENOMEM;
  json_decref(versions);
  return code;
}

static int run(struct kr_invocation *invocation) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_buffer text;
  if (invocation->operand_count > 0) {
    kr_error_set(&error, KR_EUSAGE, "version takes no arguments, not \"%.100s\"", invocation->operands[0]);
    return kr_cli_fail(invocation, &error);
  }
  kr_buffer_init(&text, 4096);
  int code = (invocation->data ? say_data : say)(&text, invocation);
  if (code) kr_error_set(&error, code, "out of memory");
  if (!code) code = kr_cli_print(kr_buffer_text(&text), text.length, &error);
  kr_buffer_free(&text);
  return code ? kr_cli_fail(invocation, &error) : 0;
}

const struct kr_command kr_command_version = {.name = "version",
                                              .operands = "",
                                              .summary = "the versions of the program and its libraries",
                                              .details = "Prints versions, for a bug report.\n\n  krunbook version\n",
                                              .offline = true,
                                              .run = run};
