/* test_kubeconfig.c - which cluster and user come out of files, environment and command line, and what is refused. */
#define _GNU_SOURCE /* mkdtemp, setenv */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "kube/kubeconfig.h"
#include "kube/kubeconfig_in_cluster.h"

/* "-----BEGIN X-----\nca\n" and the like, as a kubeconfig holds them */
#define CA   "LS0tLS1CRUdJTiBYLS0tLS0KY2EK"
#define CERT "LS0tLS1CRUdJTiBYLS0tLS0KY2VydAo="
#define KEY  "LS0tLS1CRUdJTiBYLS0tLS0Ka2V5Cg=="

static char folder[64];
static struct kr_error error;
static struct kr_kubeconfig *config;
static struct kr_kubeconfig_overrides overrides;

static const char *path(const char *name) {
  static char paths[8][256];
  static size_t next;
  char *out = paths[next++ % 8];
  (void)snprintf(out, sizeof paths[0], "%s/%s", folder, name);
  return out;
}

static void put(const char *name, const char *text) {
  char *above = kr_path_folder(path(name));
  cr_assert_eq(kr_folder_make(above, &error), KR_OK);
  cr_assert_eq(kr_file_write(path(name), text, strlen(text), 0600, &error), KR_OK, "%s", error.message);
  free(above);
}

/* A whole kubeconfig with one entry of each kind, whose cluster and user hold what is given. */
static void put_entries(const char *name, const char *cluster, const char *user) {
  char text[8192];
  (void)snprintf(text, sizeof text,
                 "apiVersion: v1\nkind: Config\ncurrent-context: here\n"
                 "contexts: [{name: here, context: {cluster: zoo, user: keeper}}]\n"
                 "clusters:\n- name: zoo\n  cluster: {%s}\nusers:\n- name: keeper\n  user: {%s}\n",
                 cluster, user);
  put(name, text);
}

#define SERVER "server: 'https://zoo:6443'"

static void begin(void) {
  (void)snprintf(folder, sizeof folder, "/tmp/krunbook-kubeconfig-XXXXXX");
  cr_assert_not_null(mkdtemp(folder));
  static const char *const unset[] = {"KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT",
                                      "POD_NAMESPACE"};
  for (size_t i = 0; i < sizeof unset / sizeof *unset; i++) (void)unsetenv(unset[i]);
  (void)setenv("HOME", path("home"), 1);
  overrides = (struct kr_kubeconfig_overrides){.kubeconfig = NULL};
  error = (struct kr_error)KR_ERROR_INIT;
}

static void remove_all(const char *at) {
  char **names;
  size_t count;
  if (kr_folder_exists(at) && kr_folder_list(&names, &count, at, &error) == KR_OK) {
    for (size_t i = 0; i < count; i++) {
      char *inner = kr_path_join(at, names[i]);
      remove_all(inner);
      free(inner);
    }
    kr_names_free(names, count);
    (void)rmdir(at);
  } else {
    (void)unlink(at);
  }
}

static void end(void) {
  kr_kubeconfig_free(config);
  remove_all(folder);
}

TestSuite(kubeconfig, .init = begin, .fini = end);

static void load(void) {
  kr_kubeconfig_free(config);
  config = NULL;
  int status = kr_kubeconfig_load_with(&config, &overrides, path("account"), &error);
  cr_assert_eq(status, KR_OK, "%s", error.message);
}

static void is_refused(const char *why) {
  struct kr_kubeconfig *none = NULL;
  int status = kr_kubeconfig_load_with(&none, &overrides, path("account"), &error);
  cr_assert_eq(status, KR_ECONFIG, "%d: %s", status, error.message);
  cr_assert_eq(error.code, status);
  cr_assert_not_null(strstr(error.message, why), "\"%s\" is not in: %s", why, error.message);
}

static void entries_are_refused(const char *cluster, const char *user, const char *why) {
  put_entries("config", cluster, user);
  overrides.kubeconfig = path("config");
  is_refused(why);
  cr_assert_not_null(strstr(error.message, folder), "it names no file: %s", error.message);
}

static void load_entries(const char *cluster, const char *user) {
  put_entries("config", cluster, user);
  overrides.kubeconfig = path("config");
  load();
}

/* ---- which files ---- */

Test(kubeconfig, an_explicit_file_is_read_alone) {
  put_entries("a", "server: 'https://a'", "");
  put_entries("b", "server: 'https://b'", "");
  (void)setenv("KUBECONFIG", path("b"), 1);
  overrides.kubeconfig = path("a");
  load();
  cr_assert_str_eq(config->server, "https://a");
}

Test(kubeconfig, an_explicit_file_must_be_there) {
  put_entries("home/.kube/config", SERVER, "");
  overrides.kubeconfig = path("missing");
  is_refused("missing");
}

Test(kubeconfig, the_list_of_the_environment_comes_before_the_home_folder) {
  put_entries("home/.kube/config", "server: 'https://home'", "");
  put_entries("listed", "server: 'https://listed'", "");
  (void)setenv("KUBECONFIG", path("listed"), 1);
  load();
  cr_assert_str_eq(config->server, "https://listed");
}

Test(kubeconfig, the_home_folder_s_file_is_the_last_resort) {
  put_entries("home/.kube/config", "server: 'https://home'", "");
  load();
  cr_assert_str_eq(config->server, "https://home");
}

static void set_list(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void set_list(const char *format, ...) {
  char list[1024];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(list, sizeof list, format, arguments);
  va_end(arguments);
  (void)setenv("KUBECONFIG", list, 1);
}

Test(kubeconfig, missing_empty_and_repeated_elements_of_the_list_are_skipped) {
  put_entries("a", SERVER, "");
  set_list(":%s::%s:%s:", path("missing"), path("a"), path("a"));
  load();
  cr_assert_str_eq(config->server, "https://zoo:6443");
}

Test(kubeconfig, without_any_file_the_error_says_where_was_looked) {
  set_list("%s:%s", path("one"), path("two"));
  is_refused(path("one"));
  cr_assert_not_null(strstr(error.message, path("two")));
  (void)unsetenv("KUBECONFIG");
  is_refused("home/.kube/config");
}

Test(kubeconfig, an_unreadable_file_of_the_list_is_an_error) {
  cr_assert_eq(kr_folder_make(path("is-a-folder"), &error), KR_OK);
  set_list("%s", path("is-a-folder"));
  is_refused("is-a-folder");
}

Test(kubeconfig, the_first_file_that_names_an_entry_wins_it_whole) {
  put_entries("a", "server: 'https://a'", "token: from-a");
  put_entries("b", "server: 'https://b', tls-server-name: b", "token: from-b, as: b");
  set_list("%s:%s", path("a"), path("b"));
  load();
  cr_assert_str_eq(config->server, "https://a");
  cr_assert_null(config->tls_server_name);
  cr_assert_str_eq(config->token, "from-a");
  cr_assert_null(config->as);
}

Test(kubeconfig, the_first_current_context_that_is_not_empty_wins) {
  put("a", "current-context: ''\n");
  put_entries("b", SERVER, "");
  put("c", "current-context: elsewhere\n");
  set_list("%s:%s:%s", path("a"), path("b"), path("c"));
  load();
  cr_assert_str_eq(config->context, "here");
}

Test(kubeconfig, entries_may_be_spread_over_files_and_paths_are_relative_to_their_own) {
  put("x/contexts", "current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u, namespace: n}}]\n");
  put("y/clusters", "clusters: [{name: k, cluster: {server: 'https://k', certificate-authority: pki/ca.pem}}]\n");
  put("z/users", "users: [{name: u, user: {client-certificate: u.crt, client-key: ../z/u.key, tokenFile: t}}]\n");
  put("y/pki/ca.pem", "-----BEGIN CERTIFICATE-----\nca");
  put("z/u.crt", "-----BEGIN CERTIFICATE-----\ncert");
  put("z/u.key", "-----BEGIN PRIVATE KEY-----\nkey");
  set_list("%s:%s:%s", path("x/contexts"), path("y/clusters"), path("z/users"));
  load();
  cr_assert_str_eq(config->ca.data, "-----BEGIN CERTIFICATE-----\nca");
  cr_assert_str_eq(config->client_cert.data, "-----BEGIN CERTIFICATE-----\ncert");
  cr_assert_str_eq(config->client_key.data, "-----BEGIN PRIVATE KEY-----\nkey");
  cr_assert_str_eq(config->token_file, path("z/t"));
  cr_assert_str_eq(config->namespace_, "n");
}

Test(kubeconfig, json_is_a_kubeconfig_too) {
  put("config",
      "{\"kind\":\"Config\",\"current-context\":\"c\",\"clusters\":[{\"name\":\"k\",\"cluster\":{\"server\":"
      "\"https://k\"}}],\"contexts\":[{\"name\":\"c\",\"context\":{\"cluster\":\"k\",\"user\":\"u\"}}],"
      "\"users\":[{\"name\":\"u\",\"user\":{\"token\":\"t\"}}]}");
  overrides.kubeconfig = path("config");
  load();
  cr_assert_str_eq(config->token, "t");
}

/* ---- which entries ---- */

static void put_two(void) {
  put("config",
      "current-context: dev\n"
      "contexts:\n- {name: dev, context: {cluster: dev-eu, user: me, namespace: team}}\n"
      "- {name: production, context: {cluster: prod-eu, user: root}}\n"
      "clusters: [{name: dev-eu, cluster: {server: 'https://dev', tls-server-name: name}}, {name: prod-eu, cluster: "
      "{server: 'https://prod'}}]\n"
      "users: [{name: me, user: {token: mine}}, {name: root, user: {token: all, as: x, as-groups: [g]}}]\n");
  overrides.kubeconfig = path("config");
}

Test(kubeconfig, a_context_a_cluster_and_a_user_can_be_chosen) {
  put_two();
  overrides.context = "production";
  load();
  cr_assert_str_eq(config->server, "https://prod");
  cr_assert_str_eq(config->token, "all");
  cr_assert_str_eq(config->namespace_, "default");
  overrides.context = NULL;
  overrides.cluster = "prod-eu";
  overrides.user = "root";
  load();
  cr_assert_str_eq(config->server, "https://prod");
  cr_assert_str_eq(config->token, "all");
  cr_assert_str_eq(config->namespace_, "team");
}

Test(kubeconfig, unknown_names_are_errors_that_name_the_nearest) {
  put_two();
  overrides.context = "prodution";
  is_refused("\"prodution\"");
  cr_assert_not_null(strstr(error.message, "\"production\""), "%s", error.message);
  overrides.context = NULL;
  overrides.cluster = "prod-eo";
  is_refused("\"prod-eu\"");
  overrides.cluster = NULL;
  overrides.user = "rot";
  is_refused("\"root\"");
}

Test(kubeconfig, without_a_current_context_one_must_be_given) {
  put("config",
      "contexts: [{name: c, context: {cluster: k}}]\nclusters: [{name: k, cluster: {server: 'https://k'}}]\n");
  overrides.kubeconfig = path("config");
  is_refused("--context");
  overrides.context = "c";
  load();
  cr_assert_str_eq(config->server, "https://k");
}

Test(kubeconfig, the_command_line_s_namespace_beats_the_context_s) {
  put_two();
  load();
  cr_assert_str_eq(config->namespace_, "team");
  overrides.namespace_ = "other";
  load();
  cr_assert_str_eq(config->namespace_, "other");
}

Test(kubeconfig, another_server_keeps_the_user_and_drops_the_server_s_tls_name) {
  put_two();
  overrides.server = "https://127.0.0.1:7443";
  load();
  cr_assert_str_eq(config->server, "https://127.0.0.1:7443");
  cr_assert_null(config->tls_server_name);
  cr_assert_str_eq(config->token, "mine");
}

Test(kubeconfig, a_server_alone_needs_no_kubeconfig) {
  overrides.server = "http://127.0.0.1:8001";
  load();
  cr_assert_str_eq(config->server, "http://127.0.0.1:8001");
  cr_assert_str_eq(config->namespace_, "default");
}

Test(kubeconfig, a_token_of_the_command_line_replaces_every_way_of_signing_in) {
  load_entries(SERVER, "tokenFile: x, client-certificate-data: " CERT ", client-key-data: " KEY);
  cr_assert_str_eq(config->token_file, path("x"));
  overrides.token = "given";
  load();
  cr_assert_str_eq(config->token, "given");
  cr_assert_null(config->token_file);
  cr_assert_eq(config->client_cert.length, 0);
  load_entries(SERVER, "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: x}");
  cr_assert_null(config->exec);
}

Test(kubeconfig, impersonation_comes_from_the_user_and_the_command_line) {
  load_entries(SERVER, "as: jane, as-uid: 7, as-groups: [a, b], as-user-extra: {scopes: [x, y], why: [z]}");
  cr_assert_str_eq(config->as, "jane");
  cr_assert_str_eq(config->as_uid, "7");
  cr_assert_eq(config->as_group_count, 2);
  cr_assert_str_eq(config->as_groups[1], "b");
  cr_assert_eq(config->as_extra_count, 3);
  cr_assert_str_eq(config->as_extra[1].name, "scopes");
  cr_assert_str_eq(config->as_extra[1].value, "y");
  const char *groups[] = {"c"};
  overrides.as = "joe";
  overrides.as_uid = "8";
  overrides.as_groups = groups;
  overrides.as_group_count = 1;
  load();
  cr_assert_str_eq(config->as, "joe");
  cr_assert_str_eq(config->as_uid, "8");
  cr_assert_eq(config->as_group_count, 1);
  cr_assert_str_eq(config->as_groups[0], "c");
}

Test(kubeconfig, groups_without_a_user_to_be_are_refused) {
  entries_are_refused(SERVER, "as-groups: [a]", "as-groups");
}

/* ---- fields ---- */

Test(kubeconfig, a_cluster_s_fields_are_read) {
  load_entries(SERVER
               ", tls-server-name: name, proxy-url: 'socks5://p:1080', disable-compression: true, "
               "certificate-authority-data: " CA,
               "token: t");
  cr_assert_str_eq(config->tls_server_name, "name");
  cr_assert_str_eq(config->proxy_url, "socks5://p:1080");
  cr_assert(config->disable_compression);
  cr_assert_not(config->insecure_skip_tls_verify);
  cr_assert_str_eq(config->ca.data, "-----BEGIN X-----\nca\n");
}

Test(kubeconfig, insecure_skip_tls_verify_is_read) {
  load_entries(SERVER ", insecure-skip-tls-verify: true", "token: t");
  cr_assert(config->insecure_skip_tls_verify);
}

Test(kubeconfig, data_is_decoded) {
  load_entries(SERVER, "client-certificate-data: " CERT ", client-key-data: " KEY);
  cr_assert_str_eq(config->client_cert.data, "-----BEGIN X-----\ncert\n");
  cr_assert_str_eq(config->client_key.data, "-----BEGIN X-----\nkey\n");
  cr_assert_null(config->client_cert_file);
}

Test(kubeconfig, text_without_quotes_is_text_whatever_it_looks_like) {
  load_entries(SERVER, "username: 1234, password: 0012");
  cr_assert_str_eq(config->username, "1234");
  cr_assert_str_eq(config->password, "0012");
  put("config",
      "current-context: 1\ncontexts: [{name: 1, context: {cluster: 2, user: 3, namespace: 4}}]\n"
      "clusters: [{name: 2, cluster: {server: 'https://k'}}]\nusers: [{name: 3, user: {token: 5}}]\n");
  load();
  cr_assert_str_eq(config->context, "1");
  cr_assert_str_eq(config->namespace_, "4");
  cr_assert_str_eq(config->token, "5");
}

Test(kubeconfig, fields_that_are_empty_or_null_are_not_given) {
  load_entries(SERVER ", certificate-authority: '', tls-server-name: null", "token: t, tokenFile: '', username: ~");
  cr_assert_null(config->tls_server_name);
  cr_assert_null(config->token_file);
  cr_assert_null(config->username);
}

Test(kubeconfig, an_exec_plugin_is_read) {
  load_entries(SERVER ", extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: 06, n: 1}}]",
               "exec: {apiVersion: client.authentication.k8s.io/v1, command: bin/plugin, args: [a, 2], env: [{name: A, "
               "value: 1}, {name: B}], installHint: get it, interactiveMode: IfAvailable, provideClusterInfo: true}");
  const struct kr_exec_config *exec = config->exec;
  cr_assert_str_eq(exec->command, path("bin/plugin"));
  cr_assert_eq(exec->arg_count, 2);
  cr_assert_str_eq(exec->args[1], "2");
  cr_assert_eq(exec->env_count, 2);
  cr_assert_str_eq(exec->env[0].value, "1");
  cr_assert_str_eq(exec->env[1].value, "");
  cr_assert_str_eq(exec->install_hint, "get it");
  cr_assert(exec->provide_cluster_info);
  cr_assert_str_eq(exec->cluster_config, "{\"audience\":\"06\",\"n\":1}");
}

Test(kubeconfig, an_exec_plugin_without_a_slash_is_looked_up_in_the_path) {
  load_entries(SERVER, "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws}");
  cr_assert_str_eq(config->exec->command, "aws");
}

/* ---- refusals ---- */

Test(kubeconfig, a_file_and_its_data_both_set_are_refused) {
  entries_are_refused(SERVER ", certificate-authority: x, certificate-authority-data: " CA, "",
                      "cluster \"zoo\": certificate-authority and certificate-authority-data are both set");
  entries_are_refused(SERVER, "client-certificate: x, client-certificate-data: " CERT ", client-key-data: " KEY,
                      "user \"keeper\": client-certificate and client-certificate-data are both set");
  entries_are_refused(SERVER, "client-certificate-data: " CERT ", client-key: x, client-key-data: " KEY,
                      "user \"keeper\": client-key and client-key-data are both set");
}

Test(kubeconfig, a_token_beside_a_password_is_refused) {
  entries_are_refused(SERVER, "token: t, username: u, password: p", "keep one");
  entries_are_refused(SERVER, "tokenFile: t, username: u, password: p", "keep one");
}

Test(kubeconfig, a_ca_beside_insecure_skip_tls_verify_is_refused) {
  entries_are_refused(SERVER ", insecure-skip-tls-verify: true, certificate-authority-data: " CA, "",
                      "insecure-skip-tls-verify");
}

Test(kubeconfig, a_client_certificate_without_its_key_is_refused) {
  entries_are_refused(SERVER, "client-certificate-data: " CERT, "no client-key");
}

Test(kubeconfig, an_auth_provider_is_refused_and_what_replaced_it_named) {
  entries_are_refused(SERVER, "auth-provider: {name: gcp, config: {access-token: s3cret}}", "exec plugin");
  cr_assert_not_null(strstr(error.message, "gcp"));
  cr_assert_null(strstr(error.message, "s3cret"));
}

Test(kubeconfig, data_that_is_not_base64_is_refused_and_not_quoted) {
  entries_are_refused(SERVER, "client-certificate-data: '*s3cret*', client-key-data: " KEY,
                      "user \"keeper\": client-certificate-data is not base64");
  cr_assert_null(strstr(error.message, "s3cret"));
  entries_are_refused(SERVER ", certificate-authority-data: abc", "", "certificate-authority-data is not base64");
}

Test(kubeconfig, data_that_is_not_pem_is_refused) {
  entries_are_refused(SERVER ", certificate-authority-data: aGVsbG8=", "", "certificate-authority-data is not PEM");
}

Test(kubeconfig, an_encrypted_client_key_is_refused_and_what_to_do_is_said) {
  static const char *const keys[] = {"-----BEGIN ENCRYPTED PRIVATE KEY-----\nTUlJ\n",
                                     "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nTUlJ\n"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    put("key.pem", keys[i]);
    entries_are_refused(SERVER, "client-certificate-data: " CERT ", client-key: key.pem", "openssl pkey");
  }
}

Test(kubeconfig, files_that_cannot_be_read_are_refused) {
  entries_are_refused(SERVER ", certificate-authority: no-such-file", "", "no-such-file");
  entries_are_refused(SERVER, "client-certificate: no-such-file, client-key-data: " KEY, "no-such-file");
}

Test(kubeconfig, a_server_must_be_an_address_with_its_scheme) {
  entries_are_refused("tls-server-name: x", "", "no server");
  entries_are_refused("server: 'zoo:6443'", "", "must begin with https://");
  entries_are_refused("server: 'ftp://zoo'", "", "must begin with https://");
  entries_are_refused("server: 'https://'", "", "must begin with https://");
}

Test(kubeconfig, a_password_in_the_server_s_address_is_refused_and_not_quoted) {
  entries_are_refused("server: 'https://me:s3cret@zoo'", "", "server holds a user name");
  cr_assert_null(strstr(error.message, "s3cret"));
  entries_are_refused("server: 'me:s3cret@zoo'", "", "must begin with https://");
  cr_assert_null(strstr(error.message, "s3cret"));
}

Test(kubeconfig, a_proxy_is_http_https_or_socks5) {
  entries_are_refused(SERVER ", proxy-url: 'ftp://me:s3cret@p'", "", "proxy-url must begin with");
  cr_assert_null(strstr(error.message, "s3cret"));
}

Test(kubeconfig, a_file_of_another_kind_is_refused) {
  put("config", "apiVersion: v1\nkind: Pod\n");
  overrides.kubeconfig = path("config");
  is_refused("kind is Pod, not Config");
  put("config", "- a\n- b\n");
  is_refused("is no kubeconfig");
}

Test(kubeconfig, a_name_given_twice_in_one_file_is_refused) {
  put("config", "clusters: [{name: k, cluster: {server: 'https://a'}}, {name: k, cluster: {server: 'https://b'}}]\n");
  overrides.kubeconfig = path("config");
  is_refused("two clusters are named \"k\"");
}

Test(kubeconfig, malformed_yaml_is_an_error_that_names_line_and_column) {
  put("config", "clusters:\n- name: a: b\n");
  overrides.kubeconfig = path("config");
  is_refused("/config:2:");
}

Test(kubeconfig, values_of_another_type_are_refused) {
  entries_are_refused(SERVER ", insecure-skip-tls-verify: 'maybe'", "", "must be true or false");
  entries_are_refused(SERVER, "token: [a]", "token is no text");
  entries_are_refused(SERVER, "as: x, as-groups: a", "as-groups is no list");
}

Test(kubeconfig, exec_plugins_that_cannot_be_run_as_asked_are_refused) {
  entries_are_refused(SERVER, "exec: {apiVersion: client.authentication.k8s.io/v1, command: x}", "interactiveMode");
  entries_are_refused(SERVER, "exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}", "v1alpha1");
  entries_are_refused(SERVER, "exec: {command: x}", "apiVersion is missing");
  entries_are_refused(SERVER, "exec: {apiVersion: client.authentication.k8s.io/v1beta1}", "command is missing");
  entries_are_refused(SERVER, "exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Yes}",
                      "Never, IfAvailable or Always");
  entries_are_refused(SERVER, "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: x, env: [{value: 1}]}",
                      "env[0]");
}

/* ---- in a cluster ---- */

static void be_in_cluster(void) {
  put("account/token", "pod-token\n");
  put("account/ca.crt", "-----BEGIN CERTIFICATE-----\n");
  put("account/namespace", "from-file\n");
  (void)setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
  (void)setenv("KUBERNETES_SERVICE_PORT", "443", 1);
}

Test(kubeconfig, in_a_cluster_the_service_account_signs_in) {
  be_in_cluster();
  load();
  cr_assert(config->in_cluster);
  cr_assert_str_eq(config->server, "https://[fd00::1]:443");
  cr_assert_str_eq(config->token_file, path("account/token"));
  cr_assert_str_eq(config->ca.data, "-----BEGIN CERTIFICATE-----\n");
  cr_assert_str_eq(config->namespace_, "from-file");
  (void)setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
  load();
  cr_assert_str_eq(config->server, "https://10.0.0.1:443");
}

Test(kubeconfig, in_a_cluster_pod_namespace_beats_the_file_and_the_command_line_beats_both) {
  be_in_cluster();
  (void)setenv("POD_NAMESPACE", "from-environment", 1);
  load();
  cr_assert_str_eq(config->namespace_, "from-environment");
  overrides.namespace_ = "given";
  load();
  cr_assert_str_eq(config->namespace_, "given");
}

Test(kubeconfig, a_kubeconfig_beats_the_service_account) {
  be_in_cluster();
  put_entries("home/.kube/config", SERVER, "");
  load();
  cr_assert_not(config->in_cluster);
  cr_assert_str_eq(config->server, "https://zoo:6443");
}

Test(kubeconfig, in_a_cluster_a_context_by_name_still_needs_a_kubeconfig) {
  be_in_cluster();
  overrides.context = "prod";
  is_refused("no kubeconfig");
}

Test(kubeconfig, in_a_cluster_without_a_token_the_error_says_why) {
  be_in_cluster();
  (void)unlink(path("account/token"));
  is_refused("automountServiceAccountToken");
}
