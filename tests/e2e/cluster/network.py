"""Two network namespaces, joined by a cable; pods reach each other over it."""
from . import layout
from .processes import run


def up():
    one, two = layout.NODES
    for node in layout.NODES:
        run("ip", "netns", "add", node.netns)
        run("ip", "-n", node.netns, "link", "set", "lo", "up")
    run("ip", "-n", one.netns, "link", "add", "node0", "type", "veth", "peer", "name", "node0", "netns", two.netns)
    for node, other in ((one, two), (two, one)):
        run("ip", "-n", node.netns, "addr", "add", f"{node.address}/24", "dev", "node0")
        run("ip", "-n", node.netns, "link", "set", "node0", "up")
        run("ip", "-n", node.netns, "route", "add", other.pods, "via", other.address)
        # Kubernetes wants a default route; behind this one is nothing.
        run("ip", "-n", node.netns, "route", "add", "default", "dev", "node0")


def down():
    for node in layout.NODES:
        run("ip", "netns", "delete", node.netns, check=False)
