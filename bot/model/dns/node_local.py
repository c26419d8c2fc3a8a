"""NodeLocal DNSCache: a DaemonSet that answers lookups on each node, on an address of its own or on the DNS Service's.

https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
"""

from typing import TYPE_CHECKING

from bot.model.dns.mounted import argument, dns_containers
from bot.model.kube.pods import Pod
from bot.model.memo import memo
from bot.model.refs import is_ip

if TYPE_CHECKING:
    from bot.model.snapshot import Snapshot

NODE_LOCAL = "node-local-dns"
NODE_LOCAL_ADDRESS = "169.254.20.10"
_LINK_LOCAL = ("169.254.", "fe80:")
_NAMES = (NODE_LOCAL, "nodelocaldns")  # kubespray's


@memo
def node_local_caches(snapshot: "Snapshot") -> tuple[Pod, ...] | None:
    """Return the pods of the node-local cache that were read; None where the cluster has no such cache."""
    pods = tuple(each for each in snapshot.pods if each.labels.get("k8s-app") == NODE_LOCAL)
    if pods or any(each.name in _NAMES for each in snapshot.daemon_sets):
        return pods
    return None


@memo
def listening_addresses(snapshot: "Snapshot") -> tuple[str, ...]:
    """Return the addresses on which the caches listen, by their `-localip`; empty where that was not read."""
    given = (
        argument(container, "localip")
        for pod in node_local_caches(snapshot) or ()
        for container in dns_containers(pod.spec)
    )
    return tuple(dict.fromkeys(each for text in given for each in text.split(",") if is_ip(each)))


def cache_on(snapshot: "Snapshot", node: str) -> str:
    """Return the address at which the cache of a node is surely asked; empty where none runs there, or it is not known."""
    own = (each for each in listening_addresses(snapshot) if each.startswith(_LINK_LOCAL))
    runs = any(node and each.spec.node_name == node for each in node_local_caches(snapshot) or ())
    return next(own, "") if runs else ""


def cache_address(snapshot: "Snapshot") -> str:
    """Return the address of the caches that no Service has: kubeadm's and kOps', unless their `-localip` says another."""
    own = (each for each in listening_addresses(snapshot) if each.startswith(_LINK_LOCAL))
    return next(own, NODE_LOCAL_ADDRESS)
