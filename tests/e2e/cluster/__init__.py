"""A real two-node Kubernetes on this machine, in network namespaces, cgroups and a folder of its own."""
