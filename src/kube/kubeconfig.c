/* kubeconfig.c - one cluster and one user out of the kubeconfig files and the command line; see kubeconfig.h. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include "kube/kubeconfig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "kube/kubeconfig_exec.h"
#include "kube/kubeconfig_fields.h"
#include "kube/kubeconfig_files.h"
#include "kube/kubeconfig_in_cluster.h"

enum { PEM_MAX = 1 << 20 };

static int no_memory(struct kr_error *error) { return kr_error_set(error, KR_ENOMEM, "no memory for a kubeconfig"); }

static int replace(char **field, const char *text, struct kr_error *error) {
  if (text == NULL) return KR_OK;
  char *copy = strdup(text);
  if (copy == NULL) return no_memory(error);
  free(*field);
  *field = copy;
  return KR_OK;
}

static bool has_scheme(const char *url, const char *scheme) {
  size_t length = strlen(scheme);
  return strncasecmp(url, scheme, length) == 0 && strncmp(url + length, "://", 3) == 0 && url[length + 3] != '\0';
}

/* A password in the address would end up in reports, so the address is not quoted then. */
static int check_server(const char *server, struct kr_error *error) {
  if (!has_scheme(server, "https") && !has_scheme(server, "http"))
    return kr_error_set(error, KR_ECONFIG, "server \"%s\" must begin with https:// (or http://)",
                        strchr(server, '@') == NULL ? server : "…");
  const char *host = strstr(server, "://") + 3;
  if (memchr(host, '@', strcspn(host, "/?#")) == NULL) return KR_OK;
  return kr_error_set(error, KR_ECONFIG, "server holds a user name or password; those belong to the user's entry");
}

static int read_server(struct kr_kubeconfig *config, const struct kr_kubeconfig_entry *entry, struct kr_error *error) {
  struct kr_error why = KR_ERROR_INIT;
  int status = kr_field_text(&config->server, entry, "server", error);
  if (status != KR_OK || config->server == NULL) return status;
  return check_server(config->server, &why) == KR_OK ? KR_OK : kr_field_error(entry, error, "%s", why.message);
}

static int check_proxy(const struct kr_kubeconfig_entry *entry, const char *proxy, struct kr_error *error) {
  static const char *const schemes[] = {"http", "https", "socks5"};
  if (proxy == NULL) return KR_OK;
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
    if (has_scheme(proxy, schemes[i])) return KR_OK;
  return kr_field_error(entry, error, "proxy-url must begin with http://, https:// or socks5://");
}

static int read_cluster(struct kr_kubeconfig *config, const struct kr_kubeconfig_entry *entry, struct kr_error *error) {
  int status = read_server(config, entry, error);
  if (status == KR_OK) status = kr_field_text(&config->tls_server_name, entry, "tls-server-name", error);
  if (status == KR_OK) status = kr_field_text(&config->proxy_url, entry, "proxy-url", error);
  if (status == KR_OK)
    status = kr_field_flag(&config->insecure_skip_tls_verify, entry, "insecure-skip-tls-verify", error);
  if (status == KR_OK) status = kr_field_flag(&config->disable_compression, entry, "disable-compression", error);
  if (status == KR_OK) status = kr_field_pem(&config->ca, NULL, entry, "certificate-authority", error);
  if (status == KR_OK && config->ca.length > 0 && config->insecure_skip_tls_verify)
    status = kr_field_error(entry, error, "certificate-authority and insecure-skip-tls-verify are both set; keep one");
  if (status == KR_OK) status = check_proxy(entry, config->proxy_url, error);
  return status;
}

static int read_extra(struct kr_kubeconfig *config, const struct kr_kubeconfig_entry *entry, struct kr_error *error) {
  const json_t *extra = json_object_get(entry->value, "as-user-extra"), *values, *value;
  const char *name;
  size_t i, count = 0;
  if (extra == NULL || json_is_null(extra)) return KR_OK;
  json_object_foreach((json_t *)extra, name, values) count += json_array_size(values);
  config->as_extra = calloc(count + 1, sizeof *config->as_extra);
  if (config->as_extra == NULL) return no_memory(error);
  json_object_foreach((json_t *)extra, name, values) {
    if (!json_is_array(values)) return kr_field_error(entry, error, "as-user-extra.%s is no list", name);
    json_array_foreach(values, i, value) {
      struct kr_pair *pair = &config->as_extra[config->as_extra_count++];
      if (!json_is_string(value)) return kr_field_error(entry, error, "as-user-extra.%s holds what is no text", name);
      pair->name = strdup(name);
      pair->value = strdup(json_string_value(value));
      if (pair->name == NULL || pair->value == NULL) return no_memory(error);
    }
  }
  return KR_OK;
}

/* Nobody is asked for a pass phrase: who runs this may be a cron job. */
static bool is_encrypted(const struct kr_buffer *key) {
  const char *pem = kr_buffer_text(key);
  return strstr(pem, "-----BEGIN ENCRYPTED PRIVATE KEY-----") != NULL || strstr(pem, "Proc-Type: 4,ENCRYPTED") != NULL;
}

static int check_user(const struct kr_kubeconfig *config, const struct kr_kubeconfig_entry *entry,
                      struct kr_error *error) {
  bool basic = config->username != NULL || config->password != NULL;
  if (basic && (config->token != NULL || config->token_file != NULL))
    return kr_field_error(entry, error, "a token and a username with password are both set; keep one");
  if ((config->client_cert.length > 0) != (config->client_key.length > 0))
    return kr_field_error(entry, error, "it has a client-%s and no client-%s; it needs both",
                          config->client_cert.length > 0 ? "certificate" : "key",
                          config->client_cert.length > 0 ? "key" : "certificate");
  if (is_encrypted(&config->client_key))
    return kr_field_error(entry, error,
                          "client-key is encrypted, and nobody is asked for its pass phrase: decrypt it "
                          "(openssl pkey -in KEY -out NEW), or sign in by another way");
  if (config->as == NULL && (config->as_uid != NULL || config->as_group_count > 0 || config->as_extra_count > 0))
    return kr_field_error(entry, error, "as-uid, as-groups or as-user-extra are set, and as is not");
  return KR_OK;
}

static int read_user(struct kr_kubeconfig *config, const struct kr_kubeconfig_entry *entry, struct kr_error *error) {
  const char *provider = json_string_value(json_object_get(json_object_get(entry->value, "auth-provider"), "name"));
  if (json_is_object(json_object_get(entry->value, "auth-provider")))
    return kr_field_error(entry, error,
                          "auth-provider \"%s\" is no longer supported by Kubernetes; use an exec plugin instead (for "
                          "example gke-gcloud-auth-plugin, kubelogin)",
                          provider == NULL ? "" : provider);
  int status = kr_field_pem(&config->client_cert, &config->client_cert_file, entry, "client-certificate", error);
  if (status == KR_OK) status = kr_field_pem(&config->client_key, &config->client_key_file, entry, "client-key", error);
  if (status == KR_OK) status = kr_field_text(&config->token, entry, "token", error);
  if (status == KR_OK) status = kr_field_path(&config->token_file, entry, "tokenFile", error);
  if (status == KR_OK) status = kr_field_text(&config->username, entry, "username", error);
  if (status == KR_OK) status = kr_field_text(&config->password, entry, "password", error);
  if (status == KR_OK) status = kr_field_text(&config->as, entry, "as", error);
  if (status == KR_OK) status = kr_field_text(&config->as_uid, entry, "as-uid", error);
  if (status == KR_OK) status = kr_field_list(&config->as_groups, &config->as_group_count, entry, "as-groups", error);
  if (status == KR_OK) status = read_extra(config, entry, error);
  if (status == KR_OK) status = kr_exec_config_read(&config->exec, entry, error);
  return status == KR_OK ? check_user(config, entry, error) : status;
}

static bool is_given(const char *text) { return text != NULL && *text != '\0'; }

/* Which context, cluster and user: the command line's, else the context's. Texts are borrowed. */
struct choice {
  const char *context, *cluster, *user, *namespace_;
};

static int choose(struct choice *choice, const struct kr_kubeconfig_files *files,
                  const struct kr_kubeconfig_overrides *overrides, struct kr_error *error) {
  struct kr_kubeconfig_entry entry;
  *choice = (struct choice){.context =
                                is_given(overrides->context) ? overrides->context : kr_kubeconfig_files_current(files)};
  if (choice->context != NULL) {
    int status = kr_kubeconfig_files_find(&entry, files, "context", choice->context, error);
    if (status != KR_OK) return status;
    choice->cluster = json_string_value(json_object_get(entry.value, "cluster"));
    choice->user = json_string_value(json_object_get(entry.value, "user"));
    choice->namespace_ = json_string_value(json_object_get(entry.value, "namespace"));
  }
  if (is_given(overrides->cluster)) choice->cluster = overrides->cluster;
  if (is_given(overrides->user)) choice->user = overrides->user;
  if (!is_given(choice->cluster) && overrides->server == NULL)
    return kr_error_set(error, KR_ECONFIG,
                        "the kubeconfig (%s) names no cluster: set current-context, or give --context or --cluster",
                        kr_buffer_text(&files->looked));
  return KR_OK;
}

static void forget(char **text) {
  free(*text);
  *text = NULL;
}

/* Signs in with this token and nothing else: a client certificate beside it would be what the server believes. */
static int sign_in_with(struct kr_kubeconfig *config, const char *token, struct kr_error *error) {
  if (token == NULL) return KR_OK;
  forget(&config->token_file);
  forget(&config->username);
  forget(&config->password);
  forget(&config->client_cert_file);
  forget(&config->client_key_file);
  kr_buffer_free(&config->client_cert);
  kr_buffer_free(&config->client_key);
  kr_exec_config_free(config->exec);
  config->exec = NULL;
  return replace(&config->token, token, error);
}

static int impersonate(struct kr_kubeconfig *config, const struct kr_kubeconfig_overrides *overrides,
                       struct kr_error *error) {
  int status = replace(&config->as, overrides->as, error);
  if (status == KR_OK) status = replace(&config->as_uid, overrides->as_uid, error);
  if (status == KR_OK && overrides->as_group_count > 0) {
    kr_names_free(config->as_groups, config->as_group_count);
    config->as_group_count = 0;
    config->as_groups = calloc(overrides->as_group_count + 1, sizeof *config->as_groups);
    if (config->as_groups == NULL) return no_memory(error);
  }
  for (size_t i = 0; status == KR_OK && i < overrides->as_group_count; i++) {
    config->as_groups[i] = strdup(overrides->as_groups[i]);
    if (config->as_groups[i] == NULL) return no_memory(error);
    config->as_group_count++;
  }
  if (status == KR_OK && config->as == NULL && (config->as_uid != NULL || config->as_group_count > 0))
    return kr_error_set(error, KR_EUSAGE, "--as-group and --as-uid need --as");
  return status;
}

/* What the command line says beats the files. */
static int apply_overrides(struct kr_kubeconfig *config, const struct kr_kubeconfig_overrides *overrides,
                           struct kr_error *error) {
  int status = KR_OK;
  if (overrides->server != NULL) {
    if (check_server(overrides->server, error) != KR_OK) {
      (void)kr_error_prefix(error, "--server");
      return KR_ECONFIG;
    }
    forget(&config->tls_server_name); /* it was the other server's, as kubectl sees it */
    status = replace(&config->server, overrides->server, error);
  }
  if (status == KR_OK) status = replace(&config->namespace_, overrides->namespace_, error);
  if (status == KR_OK && config->namespace_ == NULL) status = replace(&config->namespace_, "default", error);
  if (status == KR_OK) status = sign_in_with(config, overrides->token, error);
  return status == KR_OK ? impersonate(config, overrides, error) : status;
}

int kr_kubeconfig_resolve(struct kr_kubeconfig *config, const struct kr_kubeconfig_files *files,
                          const struct kr_kubeconfig_overrides *overrides, struct kr_error *error) {
  struct choice choice;
  struct kr_kubeconfig_entry cluster = {.what = NULL}, user;
  int status = choose(&choice, files, overrides, error);
  if (status == KR_OK) status = replace(&config->context, choice.context, error);
  if (status == KR_OK && is_given(choice.namespace_)) status = replace(&config->namespace_, choice.namespace_, error);
  if (status == KR_OK && is_given(choice.cluster)) {
    status = kr_kubeconfig_files_find(&cluster, files, "cluster", choice.cluster, error);
    if (status == KR_OK) status = read_cluster(config, &cluster, error);
  }
  if (status == KR_OK && is_given(choice.user)) {
    status = kr_kubeconfig_files_find(&user, files, "user", choice.user, error);
    if (status == KR_OK) status = read_user(config, &user, error);
  }
  if (status == KR_OK && config->exec != NULL && cluster.what != NULL)
    status = kr_exec_config_read_cluster(config->exec, &cluster, error);
  if (status == KR_OK) status = apply_overrides(config, overrides, error);
  if (status != KR_OK || config->server != NULL) return status;
  return kr_field_error(&cluster, error, "it has no server; it needs one such as https://10.0.0.1:6443");
}

struct kr_kubeconfig *kr_kubeconfig_make(void) {
  struct kr_kubeconfig *config = calloc(1, sizeof *config);
  if (config == NULL) return NULL;
  kr_buffer_init(&config->ca, PEM_MAX);
  kr_buffer_init(&config->client_cert, PEM_MAX);
  kr_buffer_init(&config->client_key, PEM_MAX);
  return config;
}

static int none_found(const struct kr_kubeconfig_files *files, struct kr_error *error) {
  return kr_error_set(error, KR_ECONFIG,
                      "there is no kubeconfig (looked for %s): give --kubeconfig or set KUBECONFIG; to try without a "
                      "cluster, use --demo or --snapshot DIR",
                      files->looked.length > 0 ? kr_buffer_text(&files->looked) : "~/.kube/config");
}

int kr_kubeconfig_load_with(struct kr_kubeconfig **out, const struct kr_kubeconfig_overrides *overrides,
                            const char *service_account, struct kr_error *error) {
  struct kr_kubeconfig_files files = {.count = 0};
  struct kr_kubeconfig *config = kr_kubeconfig_make();
  /* An entry that is asked for by name can only be in a file. */
  bool named = is_given(overrides->context) || is_given(overrides->cluster) || is_given(overrides->user);
  int status = config == NULL ? no_memory(error) : kr_kubeconfig_files_load(&files, overrides->kubeconfig, error);
  if (status == KR_OK && files.count > 0) {
    status = kr_kubeconfig_resolve(config, &files, overrides, error);
  } else if (status == KR_OK && !named && kr_in_cluster()) {
    status = kr_kubeconfig_in_cluster(config, service_account, error);
    if (status == KR_OK) status = apply_overrides(config, overrides, error);
  } else if (status == KR_OK && !named && overrides->server != NULL) {
    status = apply_overrides(config, overrides, error);
  } else if (status == KR_OK) {
    status = none_found(&files, error);
  }
  kr_kubeconfig_files_free(&files);
  if (status == KR_OK)
    *out = config;
  else
    kr_kubeconfig_free(config);
  return status;
}

int kr_kubeconfig_load(struct kr_kubeconfig **out, const struct kr_kubeconfig_overrides *overrides,
                       struct kr_error *error) {
  return kr_kubeconfig_load_with(out, overrides, KR_SERVICE_ACCOUNT_FOLDER, error);
}

void kr_kubeconfig_free(struct kr_kubeconfig *config) {
  if (config == NULL) return;
  char *texts[] = {config->context,    config->namespace_, config->server,           config->tls_server_name,
                   config->proxy_url,  config->token,      config->client_cert_file, config->client_key_file,
                   config->token_file, config->username,   config->password,         config->as,
                   config->as_uid};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) free(texts[i]);
  kr_buffer_free(&config->ca);
  kr_buffer_free(&config->client_cert);
  kr_buffer_free(&config->client_key);
  kr_names_free(config->as_groups, config->as_group_count);
  kr_pairs_free(config->as_extra, config->as_extra_count);
  kr_exec_config_free(config->exec);
  free(config);
}
