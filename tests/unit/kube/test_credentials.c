/* test_credentials.c - what signs a request in: token files that rotate, and exec plugins run, cached, asked again. */
#define _GNU_SOURCE /* mkdtemp, setenv */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/file.h"
#include "kube/credentials_private.h"
#include "kube/exec_plugin.h"
#include "kube/exec_plugin_process.h"

#define PLUGIN KR_TEST_SOURCE_DIR "/tests/unit/kube/data/kubeconfig/plugin.sh"
#define V1     "client.authentication.k8s.io/v1"

static char folder[] = "/tmp/krunbook-credentials-XXXXXX";
static char file[128];
static struct kr_error error;
static struct kr_kubeconfig config;
static struct kr_credentials *credentials;
static struct kr_credential got;

static int64_t monotonic_at, now_at;
static int64_t monotonic(void) { return monotonic_at; }
static int64_t now(void) { return now_at; }

/* An exec plugin that is the test's script, told what to do and where to note that it ran. */
static char command[256] = PLUGIN, version[64] = V1, mode[16] = "Never", what[32];
static char *arguments[] = {what, file};
static struct kr_exec_config exec = {
    .api_version = version, .command = command, .args = arguments, .arg_count = 2, .interactive_mode = mode};

static void begin(void) {
  cr_assert_not_null(mkdtemp(folder));
  (void)snprintf(file, sizeof file, "%s/file", folder);
  monotonic_at = 1000;
  now_at = kr_time_parse("2029-12-31T23:00:00Z");
  int nothing = open("/dev/null", O_RDONLY);
  cr_assert(nothing >= 0 && dup2(nothing, STDIN_FILENO) == 0);
  cr_assert_eq(kr_credentials_new(&credentials, &config, &error), KR_OK);
  kr_credentials_set_clocks(credentials, monotonic, now);
}

static void end(void) {
  char **names;
  size_t count;
  cr_assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "a process is left behind");
  kr_credentials_free(credentials);
  if (kr_folder_list(&names, &count, folder, &error) == KR_OK) {
    for (size_t i = 0; i < count; i++) {
      char *path = kr_path_join(folder, names[i]);
      (void)unlink(path);
      free(path);
    }
    kr_names_free(names, count);
  }
  (void)rmdir(folder);
}

TestSuite(credentials, .init = begin, .fini = end, .timeout = 60);

static void get(void) {
  int status = kr_credentials_get(credentials, &got, &error);
  cr_assert_eq(status, KR_OK, "%s", error.message);
}

static void is_refused(const char *why) {
  int status = kr_credentials_get(credentials, &got, &error);
  cr_assert_eq(status, KR_EAUTH, "%d: %s", status, error.message);
  cr_assert_not_null(strstr(error.message, why), "\"%s\" is not in: %s", why, error.message);
}

static void put(const char *text) {
  cr_assert_eq(kr_file_write(file, text, strlen(text), 0600, &error), KR_OK, "%s", error.message);
}

static void use_plugin(const char *task) {
  (void)snprintf(what, sizeof what, "%s", task);
  config.exec = &exec;
}

static void set_pem(struct kr_buffer *buffer, const char *text) {
  kr_buffer_init(buffer, 1000);
  cr_assert_eq(kr_buffer_puts(buffer, text), KR_OK);
}

/* ---- what the kubeconfig holds ---- */

Test(credentials, without_any_there_is_none) {
  get();
  cr_assert_null(got.token);
  cr_assert_null(got.username);
  cr_assert_null(got.cert_pem);
  cr_assert_not(kr_credentials_refused(credentials));
}

Test(credentials, a_token_a_password_and_a_certificate_are_handed_on) {
  char token[] = "t", user[] = "u", password[] = "p";
  config.username = user;
  config.password = password;
  set_pem(&config.client_cert, "cert");
  set_pem(&config.client_key, "key");
  get();
  cr_assert_str_eq(got.username, "u");
  cr_assert_str_eq(got.password, "p");
  cr_assert_str_eq(got.cert_pem, "cert");
  cr_assert_str_eq(got.key_pem, "key");
  config.username = config.password = NULL;
  config.token = token;
  get();
  cr_assert_str_eq(got.token, "t");
  cr_assert_not(kr_credentials_refused(credentials));
  kr_buffer_free(&config.client_cert);
  kr_buffer_free(&config.client_key);
}

Test(credentials, after_a_refusal_certificate_files_are_read_again) {
  char key[160];
  (void)snprintf(key, sizeof key, "%s.key", file);
  config.client_cert_file = file;
  config.client_key_file = key;
  set_pem(&config.client_cert, "cert");
  set_pem(&config.client_key, "key");
  put("cert");
  cr_assert_eq(kr_file_write(key, "key", 3, 0600, &error), KR_OK);
  get();
  unsigned before = got.generation;
  cr_assert_not(kr_credentials_refused(credentials), "the files are as they were");
  put("new cert");
  cr_assert(kr_credentials_refused(credentials));
  get();
  cr_assert_str_eq(got.cert_pem, "new cert");
  cr_assert_neq(got.generation, before);
  kr_buffer_free(&config.client_cert);
  kr_buffer_free(&config.client_key);
}

/* ---- a token file ---- */

Test(credentials, a_token_file_is_trimmed_and_beats_the_token) {
  char token[] = "inline";
  config.token_file = file;
  config.token = token;
  put("\n  from-file \r\n");
  get();
  cr_assert_str_eq(got.token, "from-file");
}

Test(credentials, a_token_file_is_read_again_when_a_minute_has_passed) {
  config.token_file = file;
  put("one");
  get();
  put("two");
  monotonic_at += 59999;
  get();
  cr_assert_str_eq(got.token, "one");
  monotonic_at += 1;
  get();
  cr_assert_str_eq(got.token, "two");
}

Test(credentials, a_token_file_is_read_again_after_a_refusal) {
  config.token_file = file;
  put("one");
  get();
  put("two");
  cr_assert(kr_credentials_refused(credentials));
  get();
  cr_assert_str_eq(got.token, "two");
}

Test(credentials, a_token_file_that_goes_away_leaves_the_token_there_was) {
  cr_redirect_stderr();
  config.token_file = file;
  put("one");
  get();
  (void)unlink(file);
  monotonic_at += 60000;
  get();
  cr_assert_str_eq(got.token, "one");
}

Test(credentials, a_token_file_that_is_missing_empty_or_no_token_is_an_error) {
  config.token_file = file;
  is_refused(file);
  put(" \n");
  is_refused("is empty");
  put("s3cret\r\nX-Evil: 1");
  is_refused("control character");
  cr_assert_null(strstr(error.message, "s3cret"));
}

/* ---- exec plugins ---- */

Test(credentials, an_exec_plugin_gives_a_token) {
  use_plugin("token");
  get();
  cr_assert_str_eq(got.token, "plugin-token");
}

Test(credentials, an_exec_plugin_of_v1beta1_answers_in_it) {
  struct kr_pair env[] = {{.name = (char[]){"VERSION"}, .value = version}};
  (void)snprintf(version, sizeof version, "client.authentication.k8s.io/v1beta1");
  exec.env = env;
  exec.env_count = 1;
  use_plugin("token");
  get();
  cr_assert_str_eq(got.token, "plugin-token");
}

Test(credentials, an_answer_in_another_version_is_an_error) {
  (void)snprintf(version, sizeof version, "client.authentication.k8s.io/v1beta1");
  use_plugin("token");
  is_refused("the kubeconfig asks for client.authentication.k8s.io/v1beta1");
}

Test(credentials, an_exec_plugin_gives_a_certificate_with_its_key) {
  unsigned before;
  get();
  before = got.generation;
  use_plugin("certificate");
  get();
  cr_assert_str_eq(got.cert_pem, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  cr_assert_str_eq(got.key_pem, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  cr_assert_null(got.token);
  cr_assert_neq(got.generation, before);
  before = got.generation;
  cr_assert(kr_credentials_refused(credentials));
  get();
  cr_assert_eq(got.generation, before, "the same certificate came back");
}

Test(credentials, an_answer_is_kept_and_asked_for_again_after_a_refusal) {
  use_plugin("counted");
  get();
  get();
  cr_assert_str_eq(got.token, "token-1");
  cr_assert(kr_credentials_refused(credentials));
  get();
  cr_assert_str_eq(got.token, "token-2");
}

Test(credentials, several_requests_refused_with_one_token_ask_the_plugin_once) {
  use_plugin("counted");
  get();
  cr_assert(kr_credentials_refused(credentials));
  get();
  cr_assert(kr_credentials_refused(credentials), "it was sent with the old token");
  get();
  cr_assert_str_eq(got.token, "token-2");
  monotonic_at += 10000;
  cr_assert(kr_credentials_refused(credentials));
  get();
  cr_assert_str_eq(got.token, "token-3");
}

Test(credentials, an_answer_is_kept_until_it_expires) {
  use_plugin("expiring");
  get();
  now_at = kr_time_parse("2029-12-31T23:59:59Z");
  monotonic_at += 3599000;
  get();
  cr_assert_str_eq(got.token, "token-1");
  now_at = kr_time_parse("2030-01-01T00:00:00Z");
  get();
  cr_assert_str_eq(got.token, "token-2");
}

Test(credentials, an_answer_that_has_expired_when_it_comes_is_not_asked_for_with_every_request) {
  now_at = kr_time_parse("2031-01-01T00:00:00Z");
  use_plugin("expiring");
  get();
  get();
  cr_assert_str_eq(got.token, "token-1");
}

Test(credentials, a_plugin_that_fails_is_not_run_for_every_request) {
  struct kr_buffer runs;
  cr_redirect_stderr();
  use_plugin("fails");
  is_refused("ended with status 7");
  is_refused("ended with status 7");
  kr_buffer_init(&runs, 100);
  cr_assert_eq(kr_file_read(&runs, file, &error), KR_OK);
  cr_assert_str_eq(runs.data, "run\n");
  kr_buffer_free(&runs);
  monotonic_at += 10000;
  use_plugin("token");
  get();
  cr_assert_str_eq(got.token, "plugin-token");
}

Test(credentials, answers_that_cannot_be_used_are_errors) {
  static const char *const tasks[][2] = {{"no-key", "only one of"},           {"nothing", "neither a token nor"},
                                         {"no-status", "without a status"},   {"header", "control"},
                                         {"bad-time", "expirationTimestamp"}, {"not-json", "not JSON"},
                                         {"endless", "more than 1024 KiB"}};
  for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
    use_plugin(tasks[i][0]);
    monotonic_at += 10000;
    is_refused(tasks[i][1]);
    cr_assert_null(strstr(error.message, "s3cret"), "%s", error.message);
  }
}

Test(credentials, the_kubeconfig_s_variables_and_the_information_are_in_the_plugin_s_environment) {
  struct kr_pair env[] = {{.name = (char[]){"GREETING"}, .value = (char[]){"first"}},
                          {.name = (char[]){"GREETING"}, .value = (char[]){"hello"}}};
  (void)setenv("GREETING", "ours", 1);
  exec.env = env;
  exec.env_count = sizeof env / sizeof *env;
  use_plugin("environment");
  get();
  cr_assert_str_eq(got.token, "hello-told-1", "the last of two that have one name, alone");
}

Test(credentials, the_plugin_is_told_of_the_cluster_when_it_asks_for_that) {
  char server[] = "https://zoo:6443", settings[] = "{\"audience\":\"x\"}";
  struct kr_buffer told;
  char info[160];
  config.server = server;
  set_pem(&config.ca, "ca");
  exec.cluster_config = settings;
  exec.provide_cluster_info = true;
  use_plugin("info");
  get();
  (void)snprintf(info, sizeof info, "%s.info", file);
  kr_buffer_init(&told, 10000);
  cr_assert_eq(kr_file_read(&told, info, &error), KR_OK, "%s", error.message);
  json_t *seen = json_loads(told.data, 0, NULL);
  json_t *expected = json_pack("{s:s, s:s, s:{s:b, s:{s:s, s:s, s:{s:s}}}}", "kind", "ExecCredential", "apiVersion", V1,
                               "spec", "interactive", 0, "cluster", "server", "https://zoo:6443",
                               "certificate-authority-data", "Y2E=", "config", "audience", "x");
  cr_assert(json_equal(seen, expected), "%s", told.data);
  json_decref(seen);
  json_decref(expected);
  kr_buffer_free(&told);
  kr_buffer_free(&config.ca);
}

Test(credentials, a_plugin_that_may_not_ask_has_no_standard_input) {
  int ends[2];
  cr_assert_eq(pipe(ends), 0);
  cr_assert_eq(write(ends[1], "ours\n", 5), 5);
  cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
  use_plugin("stdin");
  get();
  cr_assert_str_eq(got.token, "no-input");
}

Test(credentials, a_plugin_that_must_ask_needs_a_terminal) {
  (void)snprintf(mode, sizeof mode, "Always");
  use_plugin("token");
  is_refused("not a terminal");
}

Test(credentials, a_plugin_that_fails_is_quoted_without_its_secrets) {
  cr_redirect_stderr();
  use_plugin("fails");
  is_refused("ended with status 7: the session has expired");
  cr_assert_null(strstr(error.message, "hunter2"), "%s", error.message);
}

Test(credentials, a_command_that_is_missing_is_an_error_with_the_install_hint) {
  char hint[] = "apt install it";
  (void)snprintf(command, sizeof command, "no-such-command-anywhere");
  exec.install_hint = hint;
  use_plugin("token");
  is_refused("no-such-command-anywhere is not installed");
  cr_assert_not_null(strstr(error.message, "apt install it"));
}

Test(credentials, a_token_of_the_kubeconfig_spares_the_plugin) {
  char token[] = "t";
  config.token = token;
  use_plugin("fails");
  get();
  cr_assert_str_eq(got.token, "t");
}

/* ---- the plugin's process ---- */

static int run(const char *task, int64_t timeout_ms, struct kr_buffer *out) {
  char *const argv[] = {command, (char *)task, NULL};
  const struct kr_plugin_process process = {.argv = argv, .environment = environ, .timeout_ms = timeout_ms};
  kr_buffer_init(out, 100000);
  return kr_plugin_process_run(out, &process, &error);
}

static size_t open_files(void) {
  char **names;
  size_t count;
  cr_assert_eq(kr_folder_list(&names, &count, "/proc/self/fd", &error), KR_OK);
  kr_names_free(names, count);
  return count;
}

Test(credentials, a_plugin_that_hangs_is_ended) {
  struct kr_buffer out;
  size_t before = open_files();
  int64_t began = kr_clock_monotonic();
  cr_assert_eq(run("hangs", 300, &out), KR_EAUTH);
  cr_assert_not_null(strstr(error.message, "did not end within"), "%s", error.message);
  cr_assert_lt(kr_clock_monotonic() - began, 5000);
  cr_assert_eq(open_files(), before);
  kr_buffer_free(&out);
}

Test(credentials, a_child_that_a_plugin_leaves_holding_its_output_is_not_waited_for) {
  struct kr_buffer out;
  int64_t began = kr_clock_monotonic();
  cr_assert_eq(run("leaves-child", 20000, &out), KR_OK, "%s", error.message);
  cr_assert_lt(kr_clock_monotonic() - began, 5000);
  cr_assert_not_null(strstr(out.data, "\"token\":\"t\""));
  kr_buffer_free(&out);
}

Test(credentials, a_plugin_s_answer_is_taken_where_ended_children_are_forgotten) {
  cr_assert_neq(signal(SIGCHLD, SIG_IGN), SIG_ERR);
  use_plugin("token");
  get();
  cr_assert_str_eq(got.token, "plugin-token");
}

Test(credentials, ctrl_c_ends_a_plugin) {
  struct kr_buffer out;
  cr_assert_eq(kr_cancel_install(&error), KR_OK);
  kr_cancel_set();
  cr_assert_eq(run("hangs", 20000, &out), KR_ECANCELLED);
  kr_buffer_free(&out);
}

Test(credentials, what_a_plugin_says_is_passed_on_harmless_and_bounded) {
  struct kr_buffer out;
  char path[160], *text;
  struct kr_buffer said;
  (void)snprintf(path, sizeof path, "%s.said", file);
  int ours = open(path, O_RDWR | O_CREAT, 0600);
  cr_assert_eq(dup2(ours, STDERR_FILENO), STDERR_FILENO);
  cr_assert_eq(run("fails", 20000, &out), KR_EAUTH);
  kr_buffer_free(&out);
  cr_assert_eq(run("loud", 20000, &out), KR_OK);
  kr_buffer_free(&out);
  kr_buffer_init(&said, 1000000);
  cr_assert_eq(kr_file_read(&said, path, &error), KR_OK);
  text = said.data;
  cr_assert_not_null(strstr(text, "looking for a session\n"));
  cr_assert_null(strchr(text, '\033'));
  cr_assert_not_null(strstr(text, "(the plugin says more)"));
  cr_assert_lt(said.length, 70000);
  kr_buffer_free(&said);
}
