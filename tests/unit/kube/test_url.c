/* Addresses of requests, and of servers. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "kube/url.h"

static const char *url_of(const struct kr_request *request) {
  static char text[2048];
  struct kr_error error = KR_ERROR_INIT;
  struct kr_buffer out;
  kr_buffer_init(&out, sizeof text - 1);
  int status = kr_url_append(&out, request, 1000, &error);
  (void)snprintf(text, sizeof text, "%s", status == KR_OK ? kr_buffer_text(&out) : error.message);
  cr_expect_eq(status == KR_OK, out.length > 0 && error.code == KR_OK);
  kr_buffer_free(&out);
  return text;
}

Test(url, an_object_of_core_and_of_a_group) {
  cr_expect_str_eq(
      url_of(&(struct kr_request){.group = "", .version = "v1", .resource = "pods", .namespace_ = "a", .name = "b"}),
      "/api/v1/namespaces/a/pods/b");
  cr_expect_str_eq(url_of(&(struct kr_request){
                       .group = "apps", .version = "v1", .resource = "deployments", .namespace_ = "a", .name = "b"}),
                   "/apis/apps/v1/namespaces/a/deployments/b");
  cr_expect_str_eq(url_of(&(struct kr_request){.version = "v1", .resource = "nodes", .name = "n"}), "/api/v1/nodes/n");
}

Test(url, a_list_carries_its_selectors_escaped) {
  const struct kr_request request = {.verb = KR_VERB_LIST,
                                     .version = "v1",
                                     .resource = "pods",
                                     .list = {.label_selector = "app in (a,b)",
                                              .field_selector = "spec.nodeName=x&y",
                                              .continue_token = "e/y=",
                                              .limit = 500}};
  cr_expect_str_eq(
      url_of(&request),
      "/api/v1/"
      "pods?limit=500&labelSelector=app%20in%20%28a%2Cb%29&fieldSelector=spec.nodeName%3Dx%26y&continue=e%2Fy%3D");
}

Test(url, a_log_is_bounded_by_the_server_too) {
  struct kr_request request = {.verb = KR_VERB_LOGS, .namespace_ = "a", .name = "p", .logs = {.tail_lines = -1}};
  cr_expect_str_eq(url_of(&request), "/api/v1/namespaces/a/pods/p/log?limitBytes=1000");
  request.logs.container = "c";
  request.logs.previous = request.logs.timestamps = true;
  request.logs.tail_lines = 0;
  request.logs.since_seconds = 60;
  request.logs.limit_bytes = 10;
  cr_expect_str_eq(url_of(&request),
                   "/api/v1/namespaces/a/pods/p/"
                   "log?limitBytes=10&container=c&previous=true&timestamps=true&tailLines=0&sinceSeconds=60");
}

Test(url, a_probe_is_a_port_forward_to_its_port) {
  cr_expect_str_eq(
      url_of(&(struct kr_request){
          .verb = KR_VERB_PROBE, .namespace_ = "a", .name = "p", .probe = {.port = 80, .path = "/x", .host = "h"}}),
      "/api/v1/namespaces/a/pods/p/portforward?ports=80");
}

Test(url, discovery_and_version_and_review) {
  cr_expect_str_eq(url_of(&(struct kr_request){.verb = KR_VERB_VERSION}), "/version");
  cr_expect_str_eq(url_of(&(struct kr_request){.verb = KR_VERB_DISCOVER, .group = ""}), "/api");
  cr_expect_str_eq(url_of(&(struct kr_request){.verb = KR_VERB_DISCOVER, .name = "apis"}), "/apis");
  cr_expect_str_eq(url_of(&(struct kr_request){.verb = KR_VERB_DISCOVER, .group = "apps", .version = "v1"}),
                   "/apis/apps/v1");
  cr_expect_str_eq(url_of(&(struct kr_request){.verb = KR_VERB_DISCOVER, .version = "v1"}), "/api/v1");
  cr_expect_str_eq(url_of(&(struct kr_request){.verb = KR_VERB_REVIEW, .resource = "pods/../nodes"}),
                   "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
}

Test(url, no_name_can_leave_its_place) {
  static const char *const names[] = {"", ".", "..", "a/log", "../../../secrets", "a%2flog", "a\nb"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    cr_expect_not_null(
        strstr(url_of(&(struct kr_request){.version = "v1", .resource = "pods", .namespace_ = "a", .name = names[i]}),
               "cannot be the name"));
    cr_expect_not_null(
        strstr(url_of(&(struct kr_request){.version = "v1", .resource = "pods", .namespace_ = names[i], .name = "a"}),
               "cannot be the namespace"));
    cr_expect_not_null(strstr(url_of(&(struct kr_request){.version = "v1", .resource = names[i], .name = "a"}),
                              "cannot be the resource"));
    cr_expect_not_null(strstr(url_of(&(struct kr_request){.verb = KR_VERB_LOGS, .namespace_ = "a", .name = names[i]}),
                              "cannot be the name"));
    cr_expect_not_null(strstr(url_of(&(struct kr_request){.verb = KR_VERB_PROBE, .namespace_ = "a", .name = names[i]}),
                              "cannot be the name"));
  }
  cr_expect_not_null(strstr(url_of(&(struct kr_request){.version = "v1", .resource = "pods", .namespace_ = "a"}),
                            "cannot be the name"));
  cr_expect_str_eq(url_of(&(struct kr_request){.group = "rbac.authorization.k8s.io",
                                               .version = "v1",
                                               .resource = "clusterroles",
                                               .name = "system:node?x#y z"}),
                   "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode%3Fx%23y%20z");
}

static void expect_server(const char *text, bool https, const char *host, const char *port, const char *path) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_server server;
  cr_assert_eq(kr_server_parse(&server, text, &error), KR_OK, "%s: %s", text, error.message);
  cr_expect_eq(server.https, https, "%s", text);
  cr_expect_str_eq(server.host, host);
  cr_expect_str_eq(server.port, port);
  cr_expect_str_eq(server.path, path);
  kr_server_free(&server);
}

Test(url, servers_as_kubeconfigs_write_them) {
  expect_server("https://10.0.0.1:6443", true, "10.0.0.1", "6443", "");
  expect_server("https://rancher.example/k8s/clusters/c-1/", true, "rancher.example", "443", "/k8s/clusters/c-1");
  expect_server("https://[fd00::1]:6443", true, "[fd00::1]", "6443", "");
  expect_server("http://localhost:8080", false, "localhost", "8080", "");
}

Test(url, a_server_that_is_none_is_an_error_that_hides_passwords) {
  static const char *const texts[] = {
      "https://",       "ftp://host", "https://user:hunter2@host", "https://user:p/hunter2@host", "https://host:port",
      "localhost:8080", "api.example"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct kr_error error = KR_ERROR_INIT;
    struct kr_server server;
    cr_expect_eq(kr_server_parse(&server, texts[i], &error), KR_ECONFIG, "%s", texts[i]);
    cr_expect_null(strstr(error.message, "hunter2"));
  }
}
