"""Networks of their own: pods of two networks do not meet, whatever policies say. Pure.

OVN-Kubernetes gives the pods of a namespace with the label below a primary network of their own (UserDefinedNetwork,
ClusterUserDefinedNetwork, k8s.ovn.org/v1). Which namespaces share one stands in objects that are not read here, so
connections between namespaces are open. The cluster's DNS is reached from every network.
https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/networking/primary-networks
"""

from bot.model.memo import memo
from bot.model.policy.parties import Party
from bot.model.snapshot import Snapshot

OWN_NETWORK = "k8s.ovn.org/primary-user-defined-network"
_DNS_NAMESPACES = ("kube-system", "openshift-dns")
_DNS_PORTS = (53, 5353)


@memo
def has_networks(snapshot: Snapshot) -> bool:
    """Return whether any namespace that was read has a network of its own."""
    return any(OWN_NETWORK in each.labels for each in snapshot.namespaces)


def apart(source: Party, target: Party, port: int | None) -> str:
    """Return why two pods may stand in different networks; empty where they do not, or one of them is no pod."""
    if not source.namespace or not target.namespace or source.namespace == target.namespace:
        return ""
    if target.namespace in _DNS_NAMESPACES and port in _DNS_PORTS:
        return ""
    own = next((each for each in (source, target) if OWN_NETWORK in each.namespace_labels), None)
    if own is None:
        return ""
    other = target if own is source else source
    return (
        f"namespace {own.namespace} has a primary network of its own ({OWN_NETWORK}), and whether pods of "
        f"{other.namespace} are in it is not read"
    )
