/* Kinds by every name. */
#include <criterion/criterion.h>
#include <string.h>

#include "kube/kinds.h"

static struct kr_kinds *kinds;

static void begin(void) {
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_kinds_new(&kinds, &error), KR_OK);
}

static void end(void) { kr_kinds_free(kinds); }

TestSuite(kinds, .init = begin, .fini = end);

static const char *kind_of(const char *name) {
  const struct kr_kind *kind = kr_kinds_find(kinds, name);
  return kind == NULL ? "none" : kind->kind;
}

Test(kinds, every_name_that_kubectl_takes) {
  static const char *const cases[][2] = {{"pod", "Pod"},
                                         {"po", "Pod"},
                                         {"pods", "Pod"},
                                         {"Pod", "Pod"},
                                         {"PODS", "Pod"},
                                         {"deploy", "Deployment"},
                                         {"deployments.apps", "Deployment"},
                                         {"deployment.apps", "Deployment"},
                                         {"deployments.v1.apps", "Deployment"},
                                         {"ingresses.networking.k8s.io", "Ingress"},
                                         {"cronjobs.v1beta1.batch", "CronJob"},
                                         {"pods.v1.", "Pod"},
                                         {"crds", "CustomResourceDefinition"},
                                         {"endpoints", "Endpoints"},
                                         {"ns", "Namespace"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    cr_expect_str_eq(kind_of(cases[i][0]), cases[i][1], "%s is %s", cases[i][0], kind_of(cases[i][0]));
}

Test(kinds, a_name_of_another_group_or_version_is_not_taken) {
  static const char *const names[] = {"pods.apps", "deployments.v2.apps", "deployments.extensions", "podz", "", ".",
                                      "crd,crds",  "events.events.k8s.io"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) cr_expect_str_eq(kind_of(names[i]), "none", "%s", names[i]);
}

Test(kinds, the_nearest_name_is_what_was_meant) {
  cr_expect_str_eq(kr_kinds_nearest(kinds, "podz"), "pods");
  cr_expect_str_eq(kr_kinds_nearest(kinds, "Deploymnets"), "deployments");
  cr_expect_str_eq(kr_kinds_nearest(kinds, "statefullset.apps"), "statefulset");
  cr_expect_null(kr_kinds_nearest(kinds, "xyzzyplugh"));
  cr_expect_null(kr_kinds_nearest(kinds, ""));
}

static const char aggregated[] =
    "{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":\"apidiscovery.k8s.io/v2\",\"items\":[{\"metadata\":{\"name\":"
    "\"cert-manager.io\"},\"versions\":[{\"version\":\"v1\",\"resources\":[{\"resource\":\"certificates\","
    "\"responseKind\":{\"kind\":\"Certificate\"},\"scope\":\"Namespaced\",\"singularResource\":\"certificate\","
    "\"verbs\":"
    "[\"get\",\"list\"],\"shortNames\":[\"cert\",\"certs\"]},{\"resource\":\"clusterissuers\",\"responseKind\":{"
    "\"kind\":"
    "\"ClusterIssuer\"},\"scope\":\"Cluster\",\"singularResource\":\"\",\"verbs\":[\"list\"]},{\"resource\":"
    "\"actions\","
    "\"responseKind\":{\"kind\":\"Action\"},\"scope\":\"Cluster\",\"verbs\":[\"create\"]},{\"resource\":\"../x\","
    "\"responseKind\":{\"kind\":\"Evil\"},\"verbs\":[\"get\"]}]},{\"version\":\"v1alpha2\",\"resources\":[{"
    "\"resource\":"
    "\"certificates\",\"responseKind\":{\"kind\":\"Certificate\"},\"scope\":\"Namespaced\",\"verbs\":[\"get\"]}]}]},"
    "{\"metadata\":{\"name\":\"apps\"},\"versions\":[{\"version\":\"v9\",\"resources\":[{\"resource\":\"deployments\","
    "\"responseKind\":{\"kind\":\"Deployment\"},\"scope\":\"Cluster\",\"verbs\":[\"get\"]}]}]}]}";

Test(kinds, aggregated_discovery_adds_what_is_not_known) {
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_kinds_add_aggregated(kinds, aggregated, strlen(aggregated), &error), KR_OK, "%s", error.message);
  const struct kr_kind *kind = kr_kinds_find(kinds, "certs");
  cr_assert_not_null(kind);
  cr_expect_str_eq(kind->kind, "Certificate");
  cr_expect_str_eq(kind->group, "cert-manager.io");
  cr_expect_str_eq(kind->versions, "v1,v1alpha2");
  cr_expect(kind->namespaced);
  cr_expect_str_eq(kind_of("certificates.v1alpha2.cert-manager.io"), "Certificate");
  cr_expect_str_eq(kind_of("clusterissuer"), "ClusterIssuer");
  cr_expect_str_eq(kr_kinds_find(kinds, "deploy")->versions, "v1", "kinds of the table stay");
  cr_expect_str_eq(kind_of("Action"), "none", "it cannot be read");
  cr_expect_str_eq(kind_of("Evil"), "none", "it could not be a name");
  cr_expect_str_eq(kr_kinds_nearest(kinds, "certificats"), "certificates");
}

static const char plain[] =
    "{\"kind\":\"APIResourceList\",\"groupVersion\":\"metrics.k8s.io/v1beta1\",\"resources\":[{\"name\":\"nodes\","
    "\"singularName\":\"\",\"namespaced\":false,\"kind\":\"NodeMetrics\",\"verbs\":[\"get\",\"list\"]},{\"name\":"
    "\"nodes/status\",\"namespaced\":false,\"kind\":\"NodeMetrics\",\"verbs\":[\"get\"]}]}";

Test(kinds, plain_discovery_adds_too_and_the_known_kind_keeps_the_name) {
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_kinds_add_resources(kinds, plain, strlen(plain), &error), KR_OK, "%s", error.message);
  cr_expect_str_eq(kind_of("nodes"), "Node");
  cr_expect_str_eq(kind_of("nodes.metrics.k8s.io"), "NodeMetrics");
  cr_expect_str_eq(kind_of("nodemetrics"), "NodeMetrics");
  cr_expect_not(kr_kinds_find(kinds, "nodemetrics")->namespaced);
}

Test(kinds, what_is_no_discovery_document_is_refused) {
  static const char *const texts[] = {"", "[]", "{}", "{\"kind\":\"APIResourceList\"", "null", "{\"kind\":7}"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct kr_error error = KR_ERROR_INIT;
    cr_expect_eq(kr_kinds_add_aggregated(kinds, texts[i], strlen(texts[i]), &error), KR_EINVAL);
    cr_expect_eq(kr_kinds_add_resources(kinds, texts[i], strlen(texts[i]), &error), KR_EINVAL);
  }
}
