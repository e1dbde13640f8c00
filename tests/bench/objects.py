"""The objects of a generated cluster, as the API gives them: two containers a pod, probes, environment, managed fields;
about 7.5 KB each."""
import uuid

CREATED = "2026-01-20T08:00:00Z"
BEGAN = "2026-01-31T07:00:00Z"
SEEN = "2026-01-31T07:58:00Z"
PODS_OF_NODE = 100


def uid(*names):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, names))))


def _reference(kind, namespace, name, version="apps/v1"):
    return {"apiVersion": version, "kind": kind, "name": name, "uid": uid(kind, namespace, name), "controller": True,
            "blockOwnerDeletion": True}


def metadata(kind, namespace, name, **more):
    return {"name": name, "namespace": namespace, "uid": uid(kind, namespace, name), "resourceVersion": "41207731",
            "creationTimestamp": CREATED, **more}


def _probe(port, path):
    return {"httpGet": {"path": path, "port": port, "scheme": "HTTP"}, "initialDelaySeconds": 5, "timeoutSeconds": 1,
            "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}


def _container(name, image, port):
    from_secret = {"secretKeyRef": {"name": "database", "key": "url"}}
    return {
        "name": name, "image": image, "ports": [{"name": "http", "containerPort": port, "protocol": "TCP"}],
        "env": [{"name": "POD_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
                {"name": "DATABASE_URL", "valueFrom": from_secret},
                *({"name": f"SETTING_{i}", "value": f"value-of-setting-{i}"} for i in range(6))],
        "resources": {"limits": {"memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "256Mi"}},
        "volumeMounts": [{"name": "config", "mountPath": "/etc/app"},
                         {"name": "token", "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
        "livenessProbe": _probe("http", "/healthz"), "readinessProbe": _probe("http", "/ready"),
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}


def _fields(containers):
    """managedFields name each field that is set, once for each who set it."""
    leaf = {"f:name": {}, "f:value": {}}
    spec = {f'k:{{"name":"{c["name"]}"}}': {
        ".": {}, "f:image": {}, "f:imagePullPolicy": {}, "f:terminationMessagePath": {}, "f:resources": {
            ".": {}, "f:limits": {".": {}, "f:memory": {}}, "f:requests": {".": {}, "f:cpu": {}, "f:memory": {}}},
        "f:env": {f'k:{{"name":"{e["name"]}"}}': {".": {}, **leaf} for e in c["env"][:4]},
        "f:livenessProbe": {".": {}, "f:httpGet": {".": {}, "f:path": {}, "f:port": {}}, "f:periodSeconds": {}},
        "f:readinessProbe": {".": {}, "f:httpGet": {".": {}, "f:path": {}, "f:port": {}}, "f:periodSeconds": {}},
    } for c in containers}
    status = {f'k:{{"type":"{t}"}}': {".": {}, "f:lastProbeTime": {}, "f:lastTransitionTime": {}, "f:status": {}, "f:type": {}}
              for t in ("Initialized", "Ready", "ContainersReady")}
    return [{"manager": "kube-controller-manager", "operation": "Update", "apiVersion": "v1", "time": CREATED,
             "fieldsType": "FieldsV1", "fieldsV1": {"f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                                                    "f:spec": {"f:containers": spec, "f:volumes": {}}}},
            {"manager": "kubelet", "operation": "Update", "apiVersion": "v1", "time": CREATED, "fieldsType": "FieldsV1",
             "fieldsV1": {"f:status": {"f:conditions": status, "f:podIP": {}}}, "subresource": "status"}]


def _container_status(spec):
    return {"name": spec["name"], "state": {"running": {"startedAt": CREATED}}, "lastState": {}, "ready": True,
            "restartCount": 0, "image": spec["image"], "imageID": spec["image"] + "@sha256:" + "3f" * 32,
            "containerID": "containerd://" + "a7" * 32, "started": True}


def _tolerations():
    return [{"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            for key in ("not-ready", "unreachable")]


def pod(namespace, app, replica_set, number):
    """A pod that is well."""
    containers = [_container("app", f"registry.example/{app}:1.4.2", 8080),
                  _container("proxy", "registry.example/proxy:2.0", 9090)]
    node = number // PODS_OF_NODE
    kinds = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    name = f"{replica_set}-{uid(replica_set, number)[:5]}"
    address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    return {
        "metadata": metadata("Pod", namespace, name, generateName=replica_set + "-",
                             labels={"app": app, "pod-template-hash": replica_set[-8:]},
                             ownerReferences=[_reference("ReplicaSet", namespace, replica_set)],
                             managedFields=_fields(containers)),
        "spec": {
            "volumes": [{"name": "config", "configMap": {"name": "settings", "defaultMode": 420}},
                        {"name": "token", "projected": {"defaultMode": 420, "sources": [
                            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}]}}],
            "containers": containers, "restartPolicy": "Always", "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst", "serviceAccountName": "default", "serviceAccount": "default",
            "nodeName": f"node-{node}", "securityContext": {}, "schedulerName": "default-scheduler",
            "tolerations": _tolerations(), "priority": 0, "enableServiceLinks": True},
        "status": {
            "phase": "Running", "hostIP": f"10.200.{node >> 8}.{node & 255}", "podIP": address, "podIPs": [{"ip": address}],
            "startTime": CREATED, "qosClass": "Burstable",
            "conditions": [{"type": kind, "status": "True", "lastProbeTime": None, "lastTransitionTime": CREATED}
                           for kind in kinds],
            "containerStatuses": [_container_status(container) for container in containers]}}


def _template(of):
    spec = {key: of["spec"][key] for key in ("containers", "volumes", "restartPolicy")}
    return {"metadata": {"labels": of["metadata"]["labels"]}, "spec": spec}


def owners(namespace, app, sets, like, wanted, ready):
    """A Deployment and its ReplicaSets, the last of which has the pods."""
    selector = {"matchLabels": {"app": app}}
    reference = [_reference("Deployment", namespace, app)]
    made = []
    for revision, name in enumerate(sets, 1):
        have, up = (wanted, ready) if name == sets[-1] else (0, 0)
        made.append({
            "metadata": metadata("ReplicaSet", namespace, name, generation=1, ownerReferences=reference,
                                 labels=like["metadata"]["labels"],
                                 annotations={"deployment.kubernetes.io/revision": str(revision)}),
            "spec": {"replicas": have, "selector": selector, "template": _template(like)},
            "status": {"replicas": have, "readyReplicas": up, "availableReplicas": up, "observedGeneration": 1}})
    progress = {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "lastTransitionTime": CREATED,
                "lastUpdateTime": CREATED, "message": f'ReplicaSet "{sets[-1]}" has successfully progressed.'}
    deployment = {
        "metadata": metadata("Deployment", namespace, app, generation=1),
        "spec": {"replicas": wanted, "selector": selector, "template": _template(like)},
        "status": {"replicas": wanted, "updatedReplicas": wanted, "readyReplicas": ready,
                   "availableReplicas": ready, "observedGeneration": 1,
                   "conditions": [progress]}}
    return deployment, made


def event(of, number, kind, reason, message, count):
    meta = of["metadata"]
    involved = {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"], "apiVersion": "v1"}
    if reason in ("Failed", "BackOff", "Unhealthy", "Pulling"):
        involved["fieldPath"] = "spec.containers{app}"
    return {"metadata": metadata("Event", meta["namespace"], f"{meta['name']}.{number:x}"), "involvedObject": involved,
            "reason": reason, "message": message, "type": kind, "count": count, "firstTimestamp": BEGAN,
            "lastTimestamp": SEEN, "eventTime": None, "source": {"component": "kubelet"}}


def node(number):
    name = f"node-{number}"
    return {"metadata": {"name": name, "uid": uid("Node", name), "creationTimestamp": CREATED,
                         "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}},
            "spec": {}, "status": {
                "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is ready",
                                "lastHeartbeatTime": SEEN, "lastTransitionTime": CREATED}],
                "capacity": {"cpu": "32", "memory": "128Gi", "pods": "110"},
                "allocatable": {"cpu": "32", "memory": "128Gi", "pods": "110"}}}


def service(namespace, app):
    return {"metadata": metadata("Service", namespace, app, labels={"app": app}),
            "spec": {"type": "ClusterIP", "selector": {"app": app},
                     "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]}}


def endpoint_slice(namespace, app, pods):
    endpoints = []
    for one in pods:
        address = one["status"].get("podIP")
        ready = any(condition["type"] == "Ready" and condition["status"] == "True" for condition in one["status"]["conditions"])
        target = {"kind": "Pod", "namespace": namespace, "name": one["metadata"]["name"], "uid": one["metadata"]["uid"]}
        if address:
            endpoints.append({"addresses": [address], "conditions": {"ready": ready}, "targetRef": target})
    labels = {"kubernetes.io/service-name": app, "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
    return {"metadata": metadata("EndpointSlice", namespace, app + "-x7k2p", labels=labels), "addressType": "IPv4",
            "endpoints": endpoints, "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}]}


def ingress(namespace, app):
    backend = {"service": {"name": app, "port": {"name": "http"}}}
    rule = {"host": f"{app}.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    return {"metadata": metadata("Ingress", namespace, app), "spec": {"ingressClassName": "nginx", "rules": [rule]},
            "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.10"}]}}}


def ingress_controller(namespace):
    """The pod that serves the class."""
    one = pod(namespace, "ingress-nginx-controller", "ingress-nginx-controller-7d4db76476", 0)
    one["metadata"].pop("ownerReferences")
    one["metadata"]["labels"] = {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}
    one["spec"]["containers"][0].update(image="registry.k8s.io/ingress-nginx/controller:v1.11.2",
                                        args=["/nginx-ingress-controller", "--controller-class=k8s.io/ingress-nginx"])
    return one


def ingress_class():
    return {"metadata": {"name": "nginx", "uid": uid("IngressClass", "nginx"), "creationTimestamp": CREATED},
            "spec": {"controller": "k8s.io/ingress-nginx"}}
