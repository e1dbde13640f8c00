#!/usr/bin/python3
"""Writes a snapshot of a cluster of any size: pods in Deployments of five, some of them broken in several ways.

    tests/bench/generate.py FOLDER [--pods N] [--broken B] [--namespaces M] [--services S]

The pods of a broken Deployment are broken alike, as a bad release breaks them. The same arguments give the same files.
Nothing is held but a namespace at a time."""
import argparse
import json
import pathlib

import breakages
import objects

TAKEN_AT = "2026-01-31T08:00:00Z"
REPLICAS = 5
KINDS = {"nodes": ("v1", "Node"), "namespaces": ("v1", "Namespace"), "pods": ("v1", "Pod"), "events": ("v1", "Event"),
         "deployments.apps": ("apps/v1", "Deployment"), "replicasets.apps": ("apps/v1", "ReplicaSet"),
         "serviceaccounts": ("v1", "ServiceAccount"), "configmaps": ("v1", "ConfigMap"), "services": ("v1", "Service"),
         "endpointslices.discovery.k8s.io": ("discovery.k8s.io/v1", "EndpointSlice"),
         "ingresses.networking.k8s.io": ("networking.k8s.io/v1", "Ingress"),
         "ingressclasses.networking.k8s.io": ("networking.k8s.io/v1", "IngressClass")}
EMPTY = {"statefulsets.apps": ("apps/v1", "StatefulSet"), "daemonsets.apps": ("apps/v1", "DaemonSet"),
         "networkpolicies.networking.k8s.io": ("networking.k8s.io/v1", "NetworkPolicy"),
         "jobs.batch": ("batch/v1", "Job"), "endpoints": ("v1", "Endpoints"), "secrets": ("v1", "Secret"), "limitranges": ("v1", "LimitRange"),
         "persistentvolumeclaims": ("v1", "PersistentVolumeClaim"), "resourcequotas": ("v1", "ResourceQuota")}


def write_list(path, resource, items):
    version, kind = {**KINDS, **EMPTY}[resource]
    items.sort(key=lambda item: item["metadata"]["name"])
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'{{"apiVersion": "{version}", "kind": "{kind}List", "metadata": {{}}, "items": [\n')
        file.write(",\n".join(json.dumps(item, separators=(",", ":")) for item in items))
        file.write("\n]}\n")


def write_logs(folder, pod, logs):
    for name, text in logs.items():
        path = folder / "logs" / pod["metadata"]["name"] / f"{name}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class Application:
    """A Deployment, its pods and what is known of them; fault None: all are well."""

    def __init__(self, namespace, number, pods, fault):
        self.name, self.number = f"app-{number:05}", number
        sets = [f"{self.name}-{objects.uid(self.name, revision)[:8]}" for revision in (1, 2)]
        self.pods = [objects.pod(namespace, self.name, sets[-1], number * REPLICAS + i) for i in range(pods)]
        ready = 0 if fault else pods
        self.deployment, self.sets = objects.owners(namespace, self.name, sets, self.pods[0], pods, ready)
        self.events, self.logs = [], []
        for pod in self.pods if fault else []:
            seen, logs = fault(pod)
            self.events += [objects.event(pod, i, *one) for i, one in enumerate(seen)]
            self.logs.append((pod, logs))


SPREAD = ("pods", "events", "deployments.apps", "replicasets.apps", "services", "endpointslices.discovery.k8s.io",
          "ingresses.networking.k8s.io", *EMPTY)


def namespace_lists(namespace, applications, services):
    """{resource: objects}; the first so many applications have a Service and an Ingress each."""
    lists = {resource: [] for resource in SPREAD}
    lists["serviceaccounts"] = [{"metadata": objects.metadata("ServiceAccount", namespace, "default")}]
    lists["configmaps"] = [{"metadata": objects.metadata("ConfigMap", namespace, "settings"), "data": {"config.yaml": ""}}]
    for application in applications:
        if application.number < services:
            lists["services"].append(objects.service(namespace, application.name))
            lists["endpointslices.discovery.k8s.io"].append(
                objects.endpoint_slice(namespace, application.name, application.pods))
            lists["ingresses.networking.k8s.io"].append(objects.ingress(namespace, application.name))
        lists["pods"] += application.pods
        lists["events"] += application.events
        lists["deployments.apps"].append(application.deployment)
        lists["replicasets.apps"] += application.sets
    return lists


def namespaces(count):
    return [{"metadata": {"name": name, "uid": objects.uid(name), "creationTimestamp": objects.CREATED},
             "status": {"phase": "Active"}} for name in (f"team-{i:03}" for i in range(count))]


def nodes(pods):
    return [objects.node(i) for i in range(pods // objects.PODS_OF_NODE + 1)]


def ingress_things(namespace):
    """{resource: objects}: what serves the Ingresses."""
    return {"ingressclasses.networking.k8s.io": [objects.ingress_class()], "pods": [objects.ingress_controller(namespace)]}


def write_namespace(folder, namespace, applications, services, more=()):
    for application in applications:
        for pod, logs in application.logs:
            write_logs(folder, pod, logs)
    lists = namespace_lists(namespace, applications, services)
    lists["pods"] += more
    for resource, items in lists.items():
        write_list(folder / f"{resource}.json", resource, items)


def plan(pods, broken, namespaces):
    """For each namespace its applications: (number, pods, fault)."""
    planned = [[] for _ in range(namespaces)]
    total, bad = -(-pods // REPLICAS), -(-broken // REPLICAS)
    for number in range(total):
        is_bad = bad > 0 and number * bad // total != (number + 1) * bad // total
        fault = breakages.ALL[number * bad // total % len(breakages.ALL)] if is_bad else None
        planned[number % namespaces].append((number, min(REPLICAS, pods - number * REPLICAS), fault))
    return planned


def write_snapshot(folder, pods, broken, count, services=0):
    spaces = namespaces(count)
    names = [space["metadata"]["name"] for space in spaces]
    ingress = ingress_things(names[0])
    for name, planned in zip(names, plan(pods, broken, count)):
        write_namespace(folder / "namespaces" / name, name, [Application(name, *one) for one in planned], services,
                        ingress["pods"] if services and name == names[0] else ())
    write_list(folder / "cluster" / "nodes.json", "nodes", nodes(pods))
    write_list(folder / "cluster" / "namespaces.json", "namespaces", spaces)
    write_list(folder / "cluster" / "ingressclasses.networking.k8s.io.json", "ingressclasses.networking.k8s.io",
               ingress["ingressclasses.networking.k8s.io"])
    covered = ("nodes", "namespaces", "persistentvolumes", "storageclasses.storage.k8s.io",
               "ingressclasses.networking.k8s.io")
    index = {"schema": "krunbook.snapshot/v1", "taken_at": TAKEN_AT, "version": {"gitVersion": "v1.36.0"},
             "covered": [{"resource": resource} for resource in covered]
             + [{"resource": resource, "namespace": "*"} for resource in (*SPREAD, "serviceaccounts", "configmaps")]}
    (folder / "snapshot.json").write_text(json.dumps(index, indent=1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="must not exist")
    parser.add_argument("--pods", type=int, default=500)
    parser.add_argument("--broken", type=int, default=20, help="how many of them, in fives")
    parser.add_argument("--namespaces", type=int, default=10)
    parser.add_argument("--services", type=int, default=0, help="so many Services, and Ingresses to them")
    options = parser.parse_args()
    options.folder.mkdir(parents=True)
    write_snapshot(options.folder, options.pods, options.broken, options.namespaces, options.services)


if __name__ == "__main__":
    main()
