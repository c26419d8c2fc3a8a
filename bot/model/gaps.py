"""What a snapshot does not hold and should, the needs that this leaves open, and the lists that were read whole."""

from msgspec import Struct

# Needs of no check: the pods of a namespace beside those that the Service selects, and Services and pods that may have been
# meant.
# What is missing of them costs a hint, never a verdict.
OTHER_PODS, SIMILAR_SERVICES, SIMILAR_PODS = "other pods", "similar services", "similar pods"
# ConfigMaps that the caller's containers read, and the Services that its configuration names beside the one asked about.
CALLER_SETTINGS, NAMED_SERVICES = "settings of the caller", "services that the caller names"
# kube-proxy and the node-local DNS cache on the caller's node; those of other nodes are only counted.
NODE_AGENTS, OTHER_AGENTS = "node agents", "node agents of other nodes"
# What kubelets write into pods as nameservers, and whose address that is.
KUBELET_SETTINGS = "settings of kubelets"
# What tells the engine that enforces policies, and its settings, where nodes name only their network plugin.
ENGINE = "the policy engine"
# Whether pods run: manifests do not say. Slices of Services without a selector, where those of the others are computed.
LIVE_STATE, UNSELECTED_SLICES = "live state", "endpointslices of Services without a selector"
# Services that failing pods wait for, with their pods.
DEPENDENCIES = "dependencies"
# The discovery request: which optional APIs are served, and so whether objects of these can be there at all.
DISCOVERY = "served apis"
# Services of the whole cluster, where only those of some namespaces could be listed.
SCOPE = "scope"


class Gap(Struct, frozen=True):
    """Something the snapshot should hold but could not read.

    `need` is the check need it leaves open (see `bot.checks.NEEDS`), `namespace` is empty for all of the cluster, `grant`
    is the exact RBAC rule that would close it, or empty where a permission is not what is missing.
    """

    need: str
    namespace: str
    what: str
    why: str
    grant: str = ""


class Listed(Struct, frozen=True, order=True, omit_defaults=True):
    """A list that was read to its end: the key of its kind (`Kind.key`) and the namespace; empty for the whole cluster.

    `service`: no more of it than is of that Service.
    """

    kind: str
    namespace: str = ""
    service: str = ""
