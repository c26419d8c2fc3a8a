"""NodeLocal DNSCache: a DaemonSet that answers lookups on each node, on an address of its own or on the DNS Service's.

https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
"""

from typing import TYPE_CHECKING

from bot.model.kube.pods import Pod
from bot.model.memo import memo

if TYPE_CHECKING:
    from bot.model.snapshot import Snapshot

NODE_LOCAL = "node-local-dns"
NODE_LOCAL_ADDRESS = "169.254.20.10"


@memo
def node_local_caches(snapshot: "Snapshot") -> tuple[Pod, ...] | None:
    """Return the pods of the node-local cache that were read; None where the cluster has no such cache."""
    pods = tuple(each for each in snapshot.pods if each.labels.get("k8s-app") == NODE_LOCAL)
    if pods or any(each.name == NODE_LOCAL for each in snapshot.daemon_sets):
        return pods
    return None
