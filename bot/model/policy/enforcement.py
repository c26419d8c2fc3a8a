"""Who enforces policies in a cluster: told by the DaemonSet, or the pods, of its agent, or by what nodes say of their network
plugin. Nothing in the API says so itself.

Sources: the manifests of each project; what each decides otherwise is in docs/policy-engines.md.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from bot.model.kube.workloads import ConfigMap, DaemonSet, Node
from bot.model.memo import for_same, memo
from bot.model.policy.engine import CALICO, CILIUM, KUBE_NETWORK_POLICIES, Engine
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot

CILIUM_CONFIG = Ref("ConfigMap", "cilium-config", "kube-system")
# Settings of Cilium's agent that decide connections. https://docs.cilium.io/en/stable/cmdref/cilium-agent/
CIDR_MODE, ENABLE_POLICY, ENABLE_K8S = "policy-cidr-match-mode", "enable-policy", "enable-k8s-networkpolicy"
CILIUM_FLAGS = (CIDR_MODE, ENABLE_POLICY, ENABLE_K8S)
# Whence it gives nodes their ranges of pods, and how large each is. https://docs.cilium.io/en/stable/network/concepts/ipam/cluster-pool/
IPAM, POOL_SIZE = "ipam", "cluster-pool-ipv4-mask-size"
# Whether it opens node ports itself; ClusterIPs it translates for pods in any case. .../network/kubernetes/kubeproxy-free/
REPLACEMENT = "kube-proxy-replacement"
# How packets reach other nodes: by tunnels, or by routes, its own or those of others. .../network/concepts/routing/
ROUTING, OWN_ROUTES, BGP = "routing-mode", "auto-direct-node-routes", "enable-bgp-control-plane"
CILIUM_KEPT = (*CILIUM_FLAGS, IPAM, POOL_SIZE, REPLACEMENT, ROUTING, OWN_ROUTES, BGP)

# By the name of the agent's container; a name alone is an engine that was not measured.
_AGENTS: dict[str, Engine] = {
    "cilium-agent": CILIUM,
    "calico-node": CALICO,
    "kube-network-policies": KUBE_NETWORK_POLICIES,
    "kindnet-cni": Engine("kindnet"),
    "antrea-agent": Engine("Antrea"),
    "ovnkube-node": Engine("OVN-Kubernetes"),
    "ovnkube-controller": Engine("OVN-Kubernetes"),
    "kube-router": Engine("kube-router"),
    "weave-npc": Engine("Weave Net"),
    "aws-network-policy-agent": Engine("the AWS VPC CNI"),
    "aws-eks-nodeagent": Engine("the AWS VPC CNI"),
    "azure-npm": Engine("Azure NPM"),
}
FLANNEL = "kube-flannel"
# Distributions that enforce in a process of their own, which no DaemonSet shows: their nodes say so.
_EMBEDDED = {"k3s": "kube-router in k3s", "k0s": "kube-router in k0s", "rke2": "an engine of RKE2"}
_INSTANCE_TYPE = "node.kubernetes.io/instance-type"


# The reason of the condition NetworkUnavailable, which the network plugin sets on its nodes: pkg/k8s/node.go of Cilium,
# node/pkg/lifecycle/startup of Calico, prog/kube-utils of Weave Net, pkg/subnet/kube of flannel.
_CILIUM_IS_UP, _FLANNEL_IS_UP = "CiliumIsUp", "FlannelIsUp"
_BY_CONDITION = {_CILIUM_IS_UP: CILIUM, "CalicoIsUp": CALICO, "WeaveIsUp": Engine("Weave Net")}


class Enforcer(Struct, frozen=True):
    """What enforces policies, or surely does not. `about` is what tells so, `flags` the settings that were read."""

    engine: Engine
    about: Ref
    enforces: bool = True
    flags: tuple[str, ...] = ()

    def __str__(self) -> str:
        """E.g. `Cilium enforces policies here (DaemonSet kube-system/cilium; enable-policy=default)`."""
        told = "; ".join((str(self.about), *self.flags))
        return (
            f"{self.engine.name} {'enforces policies here' if self.enforces else 'does not enforce policies'} ({told})"
        )


@memo
def enforcer(snapshot: Snapshot) -> Enforcer | None:
    """Return what enforces policies; None where nothing tells, or where several agents might."""
    found = dict(_agents(snapshot))
    engines = {each.name: (each, about) for each, about in found.items()}
    if len(engines) == 1:
        ((engine, about),) = engines.values()
        return _cilium(snapshot, about) if engine is CILIUM else Enforcer(engine, about)
    return None if engines else _by_condition(snapshot) or _embedded(snapshot.nodes) or _without(snapshot)


@for_same
def _embedded(nodes: tuple[Node, ...]) -> Enforcer | None:
    """Return what is a part of the node's program there, by the first node that tells."""
    for node in nodes:
        if name := _EMBEDDED.get(node.labels.get(_INSTANCE_TYPE, "")):
            return Enforcer(Engine(name), node.ref)
    return None


def _by_condition(snapshot: Snapshot) -> Enforcer | None:
    """Return the engine of the network plugin that nodes name; None where they name none, or several."""
    told = {engine.name: (engine, node) for node in snapshot.nodes for engine in _plugins(node)}
    if len(told) != 1:
        return None
    ((engine, node),) = told.values()
    return _cilium(snapshot, node.ref) if engine is CILIUM else Enforcer(engine, node.ref)


def _plugins(node: Node) -> Iterator[Engine]:
    for reason in _network_reasons((node,)):
        if reason in _BY_CONDITION:
            yield _BY_CONDITION[reason]


def _network_reasons(nodes: Iterable[Node]) -> frozenset[str]:
    conditions = (each for node in nodes for each in node.status.conditions or ())
    return frozenset(each.reason or "" for each in conditions if each.type == "NetworkUnavailable")


def runs_cilium(nodes: Iterable[Node]) -> bool:
    """Return whether nodes name Cilium, whose settings may turn policies off, or change how blocks are read."""
    return _CILIUM_IS_UP in _network_reasons(nodes)


def may_lack_engine(nodes: Iterable[Node]) -> bool:
    """Return whether nodes name flannel and nobody who enforces policies: whether somebody does all DaemonSets tell."""
    known = tuple(nodes)
    reasons = _network_reasons(known)
    return _FLANNEL_IS_UP in reasons and not reasons & _BY_CONDITION.keys() and _embedded(known) is None


def _agents(snapshot: Snapshot) -> Iterator[tuple[Engine, Ref]]:
    """Yield each engine whose agent there is; DaemonSets come last, since they name it best."""
    for pod in snapshot.pods:
        for container in pod.serving_containers if pod.spec.host_network else ():
            if engine := _AGENTS.get(container.name):
                yield engine, pod.workload or pod.ref
    for workload in snapshot.daemon_sets:
        for container in workload.spec.template.spec.containers or ():
            if engine := _AGENTS.get(container.name):
                yield engine, workload.ref


def _without(snapshot: Snapshot) -> Enforcer | None:
    """Flannel alone: it has no code for policies. Only where all DaemonSets were read can nothing else be there."""
    if not snapshot.was_listed(DaemonSet):
        return None
    for workload in snapshot.daemon_sets:
        if any(each.name == FLANNEL for each in workload.spec.template.spec.containers or ()):
            return Enforcer(Engine("flannel"), workload.ref, enforces=False)
    return None


def _cilium(snapshot: Snapshot, about: Ref) -> Enforcer:
    """Read Cilium's settings, where its ConfigMap was read; else it has its defaults."""
    known, data = _cilium_config(snapshot), cilium_settings(snapshot)
    modes = data.get(CIDR_MODE, "")
    off = data.get(ENABLE_POLICY) == "never" or data.get(ENABLE_K8S) == "false"
    engine = replace(CILIUM, cidrs_of_pods="pods" in modes, cidrs_of_nodes="nodes" in modes)
    flags = tuple(f"{key}={data[key]}" for key in CILIUM_FLAGS if key in data)
    return Enforcer(engine, about, enforces=not off, flags=flags or (() if known else ("its settings were not read",)))


def cilium_settings(snapshot: Snapshot) -> Mapping[str, str]:
    """Return the settings of Cilium's agents that are kept; none where there is no Cilium, or they were not read."""
    known = _cilium_config(snapshot)
    return (known.data or {}) if known else {}


def _cilium_config(snapshot: Snapshot) -> ConfigMap | None:
    found = snapshot.object(CILIUM_CONFIG)
    return found if isinstance(found, ConfigMap) else None


def closes_unselected(snapshot: Snapshot) -> str:
    """Return in words that whom no policy selects is closed as well, in both directions; empty where that is not known.

    https://docs.cilium.io/en/stable/security/policy/intro/#policy-enforcement-modes
    """
    if cilium_settings(snapshot).get(ENABLE_POLICY) != "always":
        return ""
    here = enforcer(snapshot)
    return f"{CILIUM_CONFIG}: {ENABLE_POLICY}=always" if here is None or here.engine.name == CILIUM.name else ""
