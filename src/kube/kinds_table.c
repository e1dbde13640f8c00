/* kinds_table.c - the usual kinds, as Kubernetes 1.20 to 1.36 serve them; everything else is found by discovery. */
#include "kube/kinds_table.h"

#define ADMISSION "admissionregistration.k8s.io"
#define RBAC      "rbac.authorization.k8s.io"

/* clang-format off: one kind a line, in columns */
const struct kr_kind kr_kinds_table[] = {
    /* kind, resource, singular, short names, group, versions, namespaced */
    {"Pod", "pods", "pod", "po", "", "v1", true},
    {"Service", "services", "service", "svc", "", "v1", true},
    {"Endpoints", "endpoints", "endpoints", "ep", "", "v1", true},
    {"Event", "events", "event", "ev", "", "v1", true},
    {"Node", "nodes", "node", "no", "", "v1", false},
    {"Namespace", "namespaces", "namespace", "ns", "", "v1", false},
    {"PersistentVolume", "persistentvolumes", "persistentvolume", "pv", "", "v1", false},
    {"PersistentVolumeClaim", "persistentvolumeclaims", "persistentvolumeclaim", "pvc", "", "v1", true},
    {"ConfigMap", "configmaps", "configmap", "cm", "", "v1", true},
    {"Secret", "secrets", "secret", "", "", "v1", true},
    {"ServiceAccount", "serviceaccounts", "serviceaccount", "sa", "", "v1", true},
    {"ResourceQuota", "resourcequotas", "resourcequota", "quota", "", "v1", true},
    {"LimitRange", "limitranges", "limitrange", "limits", "", "v1", true},
    {"ReplicationController", "replicationcontrollers", "replicationcontroller", "rc", "", "v1", true},
    {"PodTemplate", "podtemplates", "podtemplate", "", "", "v1", true},
    {"ComponentStatus", "componentstatuses", "componentstatus", "cs", "", "v1", false},
    {"Deployment", "deployments", "deployment", "deploy", "apps", "v1", true},
    {"ReplicaSet", "replicasets", "replicaset", "rs", "apps", "v1", true},
    {"StatefulSet", "statefulsets", "statefulset", "sts", "apps", "v1", true},
    {"DaemonSet", "daemonsets", "daemonset", "ds", "apps", "v1", true},
    {"ControllerRevision", "controllerrevisions", "controllerrevision", "", "apps", "v1", true},
    {"Job", "jobs", "job", "", "batch", "v1", true},
    {"CronJob", "cronjobs", "cronjob", "cj", "batch", "v1,v1beta1", true},
    {"HorizontalPodAutoscaler", "horizontalpodautoscalers", "horizontalpodautoscaler", "hpa", "autoscaling",
     "v2,v2beta2,v1", true},
    {"PodDisruptionBudget", "poddisruptionbudgets", "poddisruptionbudget", "pdb", "policy", "v1,v1beta1", true},
    {"EndpointSlice", "endpointslices", "endpointslice", "", "discovery.k8s.io", "v1,v1beta1", true},
    {"Ingress", "ingresses", "ingress", "ing", "networking.k8s.io", "v1,v1beta1", true},
    {"IngressClass", "ingressclasses", "ingressclass", "", "networking.k8s.io", "v1,v1beta1", false},
    {"NetworkPolicy", "networkpolicies", "networkpolicy", "netpol", "networking.k8s.io", "v1", true},
    {"StorageClass", "storageclasses", "storageclass", "sc", "storage.k8s.io", "v1", false},
    {"VolumeAttachment", "volumeattachments", "volumeattachment", "", "storage.k8s.io", "v1", false},
    {"CSINode", "csinodes", "csinode", "", "storage.k8s.io", "v1", false},
    {"CSIDriver", "csidrivers", "csidriver", "", "storage.k8s.io", "v1", false},
    {"CSIStorageCapacity", "csistoragecapacities", "csistoragecapacity", "", "storage.k8s.io", "v1,v1beta1", true},
    {"PriorityClass", "priorityclasses", "priorityclass", "pc", "scheduling.k8s.io", "v1", false},
    {"RuntimeClass", "runtimeclasses", "runtimeclass", "", "node.k8s.io", "v1,v1beta1", false},
    {"Lease", "leases", "lease", "", "coordination.k8s.io", "v1", true},
    {"Role", "roles", "role", "", RBAC, "v1", true},
    {"RoleBinding", "rolebindings", "rolebinding", "", RBAC, "v1", true},
    {"ClusterRole", "clusterroles", "clusterrole", "", RBAC, "v1", false},
    {"ClusterRoleBinding", "clusterrolebindings", "clusterrolebinding", "", RBAC, "v1", false},
    {"CustomResourceDefinition", "customresourcedefinitions", "customresourcedefinition", "crd,crds",
     "apiextensions.k8s.io", "v1", false},
    {"APIService", "apiservices", "apiservice", "", "apiregistration.k8s.io", "v1", false},
    {"ValidatingWebhookConfiguration", "validatingwebhookconfigurations", "validatingwebhookconfiguration", "",
     ADMISSION, "v1", false},
    {"MutatingWebhookConfiguration", "mutatingwebhookconfigurations", "mutatingwebhookconfiguration", "", ADMISSION,
     "v1", false},
    {"CertificateSigningRequest", "certificatesigningrequests", "certificatesigningrequest", "csr",
     "certificates.k8s.io", "v1", false},
};
/* clang-format on */

const size_t kr_kinds_table_count = sizeof kr_kinds_table / sizeof *kr_kinds_table;
