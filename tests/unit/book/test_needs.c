/* What runbooks need, and the roles that allow just that. */
#include <criterion/criterion.h>
#include <string.h>

#include "book/needs.h"

static struct kr_needs *needs_of(const char *text) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_needs *needs = NULL;
  json_t *list = json_loads(text, 0, NULL);
  cr_assert_not_null(list, "%s", text);
  cr_assert_eq(kr_needs_new(&needs, &error), 0);
  cr_assert_eq(kr_needs_add(needs, list, &error), 0, "%s", error.message);
  json_decref(list);
  return needs;
}

static void gives(const char *list, bool cluster, const char *namespace_, const char *expected) {
  struct kr_needs *needs = needs_of(list);
  struct kr_buffer out;
  kr_buffer_init(&out, 1 << 16);
  cr_assert_eq(
      cluster ? kr_needs_cluster_role(&out, needs, "reader") : kr_needs_role(&out, needs, "reader", namespace_), 0);
  cr_assert_str_eq(kr_buffer_text(&out), expected);
  kr_buffer_free(&out);
  kr_needs_free(needs);
}

static void is_refused(const char *list, const char *words) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_needs *needs = NULL;
  json_t *needed = json_loads(list, 0, NULL);
  cr_assert_eq(kr_needs_new(&needs, &error), 0);
  cr_assert_eq(kr_needs_add(needs, needed, &error), KR_EINVAL, "%s", list);
  cr_assert_not_null(strstr(error.message, words), "%s", error.message);
  kr_needs_free(needs);
  json_decref(needed);
}

#define HEAD(kind) "apiVersion: rbac.authorization.k8s.io/v1\nkind: " kind "\nmetadata:\n  name: reader\n"

Test(needs, resources_with_the_same_group_and_verbs_share_a_rule) {
  gives("[\"get,list pods\", \"get pods/log\", \"list,get services\", \"get,list deployments.apps\"]", true, NULL,
        HEAD("ClusterRole") "rules:\n"
        "  - apiGroups: [\"\"]\n    resources: [\"pods\", \"services\"]\n    verbs: [\"get\", \"list\"]\n"
        "  - apiGroups: [\"\"]\n    resources: [\"pods/log\"]\n    verbs: [\"get\"]\n"
        "  - apiGroups: [\"apps\"]\n    resources: [\"deployments\"]\n    verbs: [\"get\", \"list\"]\n");
}

Test(needs, what_two_runbooks_need_of_a_resource_is_one_rule) {
  gives(
      "[\"get pods\", \"list pods\"]", true, NULL,
      HEAD("ClusterRole") "rules:\n  - apiGroups: [\"\"]\n    resources: [\"pods\"]\n    verbs: [\"get\", \"list\"]\n");
}

Test(needs, a_role_leaves_to_a_cluster_role_what_lies_in_no_namespace) {
  gives("[\"get pods\", \"get nodes\", \"get storageclasses.storage.k8s.io\"]", false, "shop",
        HEAD("Role") "  namespace: shop\nrules:\n"
        "  - apiGroups: [\"\"]\n    resources: [\"pods\"]\n    verbs: [\"get\"]\n"
        "---\n# What lies in no namespace, or is needed of all of them.\n"
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: reader-cluster\nrules:\n"
        "  - apiGroups: [\"\"]\n    resources: [\"nodes\"]\n    verbs: [\"get\"]\n"
        "  - apiGroups: [\"storage.k8s.io\"]\n    resources: [\"storageclasses\"]\n    verbs: [\"get\"]\n");
}

Test(needs, a_kind_that_is_not_known_counts_as_namespaced) {
  gives("[\"list widgets.example.com\"]", false, NULL,
        HEAD("Role") "rules:\n  - apiGroups: [\"example.com\"]\n    resources: [\"widgets\"]\n    verbs: [\"list\"]\n");
}

Test(needs, a_probe_may_open_a_port_forward) {
  gives("[\"get,create pods/portforward\"]", false, NULL,
        HEAD("Role") "rules:\n  - apiGroups: [\"\"]\n    resources: [\"pods/portforward\"]\n"
        "    verbs: [\"get\", \"create\"]\n");
}

Test(needs, what_is_needed_of_all_namespaces_is_no_matter_of_a_role) {
  const char *list = "[\"get,list pods\", \"list pods in all namespaces\"]";
  gives(list, false, NULL,
        HEAD("Role") "rules:\n  - apiGroups: [\"\"]\n    resources: [\"pods\"]\n    verbs: [\"get\", \"list\"]\n"
        "---\n# What lies in no namespace, or is needed of all of them.\n"
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: reader-cluster\nrules:\n"
        "  - apiGroups: [\"\"]\n    resources: [\"pods\"]\n    verbs: [\"list\"]\n");
  gives(
      list, true, NULL,
      HEAD("ClusterRole") "rules:\n  - apiGroups: [\"\"]\n    resources: [\"pods\"]\n    verbs: [\"get\", \"list\"]\n");
  is_refused("[\"list pods in some namespaces\"]", "in some namespaces");
}

Test(needs, a_runbook_without_needs_gives_an_empty_role) { gives("[]", false, NULL, HEAD("Role") "rules: []\n"); }

Test(needs, nothing_that_could_change_a_cluster_becomes_a_rule) {
  is_refused("[\"delete pods\"]", "delete pods");
  is_refused("[\"get,patch pods\"]", "get,patch pods");
  is_refused("[\"create pods\"]", "create pods");
  is_refused("[\"create pods/exec\"]", "create pods/exec");
  is_refused("[\"create pods/portforward.example.com\"]", "portforward.example.com");
  is_refused("[\"get *\"]", "get *");
}

Test(needs, what_is_not_a_need_is_quoted_and_never_reaches_the_yaml) {
  is_refused("[\"\"]", "\"\"");
  is_refused("[\"pods\"]", "pods");
  is_refused("[\"get\"]", "get");
  is_refused("[\"get  pods\"]", "get  pods");
  is_refused("[\"get pods\\\"]\\nrules: []\"]", "get pods");
  is_refused("[\"get pods.\"]", "get pods.");
  is_refused("[\"get pods.Apps\"]", "get pods.Apps");
}
