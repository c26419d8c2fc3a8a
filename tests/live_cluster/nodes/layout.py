"""Where everything is: addresses and names that the network, the control plane and the nodes agree on.

All of these addresses exist only inside network namespaces of the test's own.
"""

from pathlib import Path

NODES = ("n1", "n2")
CONTROL = "192.168.77.1"
CONTROL_IPV6 = "fd00:192:168::1"
NODE_ADDRESSES = "192.168.77.0/24"
API_PORT = 6443
PODS = "10.244.0.0/16"
SERVICES = "10.96.0.0/16"
PODS_IPV6 = "fd00:10:244::/48"
SERVICES_IPV6 = "fd00:10:96::/108"
CLUSTER_DNS = "10.96.0.10"
REGISTRY = "k8snet.test"  # a reserved top-level domain (RFC 6761): nothing can be pulled from it


def address(node: str) -> str:
    return f"192.168.77.{10 + int(node[1:])}"


def pods_of(node: str) -> str:
    return f"10.244.{int(node[1:])}.0/24"


def address_ipv6(node: str) -> str:
    """Where the other node finds this one's pods; the node itself is known by IPv4 alone, and so are pods on its network."""
    return f"fd00:192:168::{10 + int(node[1:])}"


def pods_ipv6_of(node: str) -> str:
    return f"fd00:10:244:{int(node[1:])}::/64"


def netns(node: str) -> str:
    """Path of a node's network namespace, inside the ground's mount namespace."""
    return f"/run/netns/{node}"


def repository() -> Path:
    return Path(__file__).parents[3]


def manifest(name: str) -> str:
    """A manifest of this folder, with the addresses and names of this page filled in."""
    text = (Path(__file__).parent / name).read_text()
    return text.replace("REGISTRY", REGISTRY).replace("CLUSTER_DNS", CLUSTER_DNS)
