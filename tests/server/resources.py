"""The kinds that the test API server knows, and how it tells of them in discovery."""

CORE = "v1"

# group, resource, kind, namespaced, short names, {server version: versions of the group that have it, preferred first}
TABLE = [
    ("", "namespaces", "Namespace", False, ["ns"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("", "nodes", "Node", False, ["no"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("", "persistentvolumes", "PersistentVolume", False, ["pv"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("", "pods", "Pod", True, ["po"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("", "services", "Service", True, ["svc"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("", "endpoints", "Endpoints", True, ["ep"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("", "events", "Event", True, ["ev"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("", "configmaps", "ConfigMap", True, ["cm"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("", "secrets", "Secret", True, [], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("", "serviceaccounts", "ServiceAccount", True, ["sa"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("", "resourcequotas", "ResourceQuota", True, ["quota"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("", "limitranges", "LimitRange", True, ["limits"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("", "replicationcontrollers", "ReplicationController", True, ["rc"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("", "persistentvolumeclaims", "PersistentVolumeClaim", True, ["pvc"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("apps", "deployments", "Deployment", True, ["deploy"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("apps", "replicasets", "ReplicaSet", True, ["rs"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("apps", "statefulsets", "StatefulSet", True, ["sts"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("apps", "daemonsets", "DaemonSet", True, ["ds"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("apps", "controllerrevisions", "ControllerRevision", True, [], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("batch", "jobs", "Job", True, [], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("batch", "cronjobs", "CronJob", True, ["cj"], {"1.36": ["v1"], "1.20": ["v1beta1"]}),
    ("autoscaling", "horizontalpodautoscalers", "HorizontalPodAutoscaler", True, ["hpa"],
     {"1.36": ["v2", "v1"], "1.20": ["v1", "v2beta2"]}),
    ("networking.k8s.io", "ingresses", "Ingress", True, ["ing"], {"1.36": ["v1"], "1.20": ["v1", "v1beta1"]}),
    ("networking.k8s.io", "ingressclasses", "IngressClass", False, [], {"1.36": ["v1"], "1.20": ["v1", "v1beta1"]}),
    ("networking.k8s.io", "networkpolicies", "NetworkPolicy", True, ["netpol"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("discovery.k8s.io", "endpointslices", "EndpointSlice", True, [], {"1.36": ["v1"], "1.20": ["v1beta1"]}),
    ("policy", "poddisruptionbudgets", "PodDisruptionBudget", True, ["pdb"], {"1.36": ["v1"], "1.20": ["v1beta1"]}),
    ("storage.k8s.io", "storageclasses", "StorageClass", False, ["sc"], {"1.36": ["v1"], "1.20": ["v1"]}),
    ("storage.k8s.io", "volumeattachments", "VolumeAttachment", False, [], {"1.36": ["v1"], "1.20": ["v1"]}),
]

READS = ["get", "list", "watch"]
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


class Resource:
    def __init__(self, group, name, kind, namespaced, short_names, versions):
        self.group, self.name, self.kind = group, name, kind
        self.namespaced, self.short_names, self.versions = namespaced, short_names, versions

    def group_version(self, version):
        return version if self.group == "" else f"{self.group}/{version}"

    def qualified(self):
        """As RBAC and NotFound messages write it: pods, ingresses.networking.k8s.io."""
        return self.name if self.group == "" else f"{self.name}.{self.group}"


class Catalogue:
    """What one server version serves. Groups that only the snapshot knows (a CRD's) are added to it."""

    def __init__(self, server_version):
        self.aggregated = server_version != "1.20"
        self.resources = [Resource(group, name, kind, namespaced, short, versions[server_version])
                          for group, name, kind, namespaced, short, versions in TABLE if server_version in versions]

    def find(self, group, version, name):
        for resource in self.resources:
            if resource.group == group and resource.name == name and version in resource.versions:
                return resource
        return None

    def named(self, group, name):
        for resource in self.resources:
            if resource.group == group and resource.name == name:
                return resource
        return None

    def add(self, group, name, kind, namespaced, version):
        resource = Resource(group, name, kind, namespaced, [], [version])
        self.resources.append(resource)
        return resource

    def groups(self):
        """{group: its versions, preferred first}, without the core group."""
        groups = {}
        for resource in self.resources:
            if resource.group:
                versions = groups.setdefault(resource.group, [])
                versions.extend(version for version in resource.versions if version not in versions)
        return groups

    def of(self, group, version):
        return [resource for resource in self.resources if resource.group == group and version in resource.versions]

    def _entry(self, resource, version):
        return {"resource": resource.name,
                "responseKind": {"group": resource.group, "version": version, "kind": resource.kind},
                "scope": "Namespaced" if resource.namespaced else "Cluster",
                "singularResource": resource.kind.lower(), "verbs": READS, "shortNames": resource.short_names}

    def aggregated_list(self, core):
        groups = {"": [CORE]} if core else self.groups()
        items = [{"metadata": {"name": group} if group else {},
                  "versions": [{"version": version, "freshness": "Current",
                                "resources": [self._entry(resource, version) for resource in self.of(group, version)]}
                               for version in versions]}
                 for group, versions in groups.items()]
        return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}

    def plain_core(self):
        return {"kind": "APIVersions", "versions": [CORE],
                "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1:6443"}]}

    def plain_group(self, group, versions):
        listed = [{"groupVersion": f"{group}/{version}", "version": version} for version in versions]
        return {"name": group, "versions": listed, "preferredVersion": listed[0]}

    def plain_groups(self):
        return {"kind": "APIGroupList", "apiVersion": "v1",
                "groups": [self.plain_group(group, versions) for group, versions in self.groups().items()]}

    def plain_resources(self, group, version):
        listed = self.of(group, version)
        if not listed:
            return None
        rows = []
        for resource in listed:
            rows.append({"name": resource.name, "singularName": resource.kind.lower(), "namespaced": resource.namespaced,
                         "kind": resource.kind, "verbs": READS, "shortNames": resource.short_names})
            if resource.name == "pods" and group == "":
                rows.append({"name": "pods/log", "singularName": "", "namespaced": True, "kind": "Pod",
                             "verbs": ["get"]})
        return {"kind": "APIResourceList", "apiVersion": "v1",
                "groupVersion": version if group == "" else f"{group}/{version}", "resources": rows}
