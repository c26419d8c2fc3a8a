"""Pods that have an address of a network plugin before the one that runs: a hint, for nothing in the API says which gave it.

Rule: a plugin gives pods that begin addresses of its ranges, and pods that are there keep those of the one before, to which no
route leads any more. https://docs.cilium.io/en/stable/installation/k8s-install-helm/ (restart unmanaged pods)
"""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from bot.model.call.hops.node import network_agents
from bot.model.kube.pods import Pod
from bot.model.memo import memo
from bot.model.snapshot import Snapshot

_BITS = {4: 16, 6: 64}


def left_over(snapshot: Snapshot, pods: Iterable[Pod]) -> Pod | None:
    """Return a pod that is older than the network agent of its node, if all younger ones have addresses of other ranges."""
    ranges = _young_ranges(snapshot)
    own = (each for each in pods if ranges and not each.spec.host_network and each.status.pod_ip)
    return next((each for each in own if not _is_young(snapshot, each) and _range(each) not in ranges), None)


@memo
def _young_ranges(snapshot: Snapshot) -> frozenset[str]:
    young = (
        each for each in snapshot.pods if not each.spec.host_network and each.status.pod_ip and not each.is_terminal
    )
    return frozenset(_range(each) for each in young if _is_young(snapshot, each))


def _is_young(snapshot: Snapshot, pod: Pod) -> bool:
    made = pod.metadata.creation_timestamp
    agents = (each for each in network_agents(snapshot) if each.spec.node_name == pod.spec.node_name)
    since = min((each.metadata.creation_timestamp for each in agents if each.metadata.creation_timestamp), default=None)
    return made is not None and since is not None and made > since


def _range(pod: Pod) -> str:
    address = ip_address(pod.status.pod_ip)
    return str(ip_network(f"{address}/{_BITS[address.version]}", strict=False))
