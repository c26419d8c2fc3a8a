"""The nodes of the endpoints: are they there and Ready (failure-modes RTE-008)?"""

from collections.abc import Collection, Mapping

from bot.model.call.flannel_network import outside_flannel
from bot.model.call.hops.endpoints import behind
from bot.model.call.second_networks import diverted
from bot.model.call.service_proxies import said_of_kube_proxy
from bot.model.call.sight import Sight, gap_words, off_path, sound, unknown
from bot.model.case import Case
from bot.model.kube.annotations import Annotation
from bot.model.kube.kube_proxy_config import KUBE_PROXY_CONFIG, MODE
from bot.model.kube.pods import Pod
from bot.model.kube.workloads import Node
from bot.model.memo import for_same, memo
from bot.model.probe import Outcome
from bot.model.refs import Ref
from bot.model.result.status import Basis
from bot.model.snapshot import Snapshot
from bot.model.text import count, listing

AGENTS = frozenset(
    {
        *(
            ("k8s-app", each)
            for each in ("calico-node", "canal", "cilium", "kube-router", "aws-node", "flannel", "azure-cns")
        ),
        ("app", "flannel"),
        ("name", "weave-net"),
        ("component", "antrea-agent"),
        ("app", "ovnkube-node"),
        ("app", "sdn"),
    }
)
_CALICO, _FLANNEL = frozenset({"calico-node"}), frozenset({"flannel", "canal"})


def node(case: Case) -> Sight:
    """Return whether the nodes of the usable endpoints are known to be up."""
    if case.service is None or case.service.is_external_name:
        return off_path("there is no endpoint of this cluster")
    names = {each.node_of(pod) for each, pod in behind(case)} - {""}
    if not names:
        return off_path("no endpoint is on a node that is known")
    if why := gap_words(case, "nodes"):
        return unknown(why)
    lost = sorted(names & case.snapshot.lost_nodes)
    if lost and not _all_reached(case):
        return unknown(f"node {listing(lost, 2)} is lost")
    if why := _no_network(case, names | ({case.caller.node} - {""})) or _one_end(case, names):
        return unknown(why, Basis.CONFIG)
    if why := diverted(case.caller.pod) or _claimed(case, names) or _outside_flannel(case, names):
        return unknown(why, Basis.CONFIG)
    return sound(f"{count(len(names), 'node')} of the endpoints ready")


def _no_network(case: Case, names: set[str]) -> str:
    """Return which node's pod network is said to be down, by its own condition or by its network agent (RTE-030)."""
    troubled = without_network(case.snapshot)
    return troubled[min(troubled.keys() & names)] if troubled.keys() & names else ""


@memo
def without_network(snapshot: Snapshot) -> Mapping[str, str]:
    """Return why, for each node whose pod network is said to be down; one look for all Services of a digest."""
    found: dict[str, str] = {}
    for pod in network_agents(snapshot):
        if not pod.is_ready and not pod.is_terminating:
            name = pod.spec.node_name
            found.setdefault(name, f"the network agent {pod.name} of node {name} is not ready")
    return {**found, **_unready_networks(snapshot.nodes)}


@for_same
def _unready_networks(nodes: tuple[Node, ...]) -> Mapping[str, str]:
    """Return what nodes say themselves (condition NetworkUnavailable)."""
    return {
        node.name: f"node {node.name} has no pod network ({each.reason or each.type})"
        for node in nodes
        for each in node.status.conditions or ()
        if each.type == "NetworkUnavailable" and each.status == "True"
    }


def _one_end(case: Case, names: set[str]) -> str:
    """Return which node of the endpoints has the tunnel's end of another one; empty where none has."""
    told = shared_ends(case.snapshot)
    return "" if names <= {case.caller.node} else next((told[each] for each in sorted(names & told.keys())), "")


def _outside_flannel(case: Case, names: set[str]) -> str:
    """Return which node of a call between nodes has pods outside of flannel's network, where flannel runs; empty for none."""
    told = outside_flannel(case.snapshot)
    agents = {value for each in network_agents(case.snapshot) for value in each.labels.values()} if told else set()
    if names <= {case.caller.node} or not agents & _FLANNEL or agents & _CALICO:
        return ""
    return next((told[each] for each in sorted(told.keys() & (names | {case.caller.node}))), "")


def _claimed(case: Case, names: set[str]) -> str:
    """Return in words that a Service has the address of another node of this call as its external one, in mode ipvs.

    kube-proxy then binds that address on every node, so that packets for the node itself do not leave.
    https://github.com/kubernetes/kubernetes/issues/127410
    """
    if said_of_kube_proxy(case.snapshot).get(MODE) != "ipvs":
        return ""
    claimed = claimed_address(case.snapshot, names - {case.caller.node})
    if claimed is None:
        return ""
    service, owner, address = claimed
    told = f"{service} has the address of node {owner}, {address}, among its externalIPs"
    return f"{told}, which kube-proxy binds on every node ({KUBE_PROXY_CONFIG}: {MODE} ipvs)"


def claimed_address(snapshot: Snapshot, names: Collection[str]) -> tuple[Ref, str, str] | None:
    """Return the first Service that has the address of one of these nodes as an external one, that node, and the address."""
    own = {address: each.name for each in snapshot.nodes if each.name in names for address in each.addresses}
    for each in snapshot.services:
        for address in each.spec.external_ips or ():
            if address in own:
                return each.ref, own[address], address
    return None


@memo
def shared_ends(snapshot: Snapshot) -> Mapping[str, str]:
    """Return in words, for each node with another one's end of the tunnel between nodes, which those are.

    Rule: the network agent tells where its node takes packets for its pods. Where it chose an address that each of several
    machines has (that of a NAT, of a bridge), all tell the same, and packets to the others never leave the node.
    """
    found: dict[str, str] = {}
    for kind in (Annotation.FLANNEL_END, Annotation.CALICO_END):
        by_end: dict[str, list[str]] = {}
        for node in snapshot.nodes if _is_of_agent(snapshot, kind) else ():
            if end := node.annotation(kind).partition("/")[0]:
                by_end.setdefault(end, []).append(node.name)
        for end, names in by_end.items():
            words = f"{listing(names, 3)} have one end of the tunnel between nodes, {end} (annotation {kind})"
            found.update(dict.fromkeys(names if len(names) > 1 else (), words))
    return found


def _is_of_agent(snapshot: Snapshot, kind: Annotation) -> bool:
    """Return whether an annotation may be that of the agent which runs: those of one that was replaced stay behind.

    Where no agent was read, nodes with annotations of both tell of neither.
    """
    known = {value for each in network_agents(snapshot) for value in each.labels.values()}
    if known & {value for _, value in AGENTS}:
        return bool(known & (_CALICO if kind is Annotation.CALICO_END else _FLANNEL))
    other = Annotation.FLANNEL_END if kind is Annotation.CALICO_END else Annotation.CALICO_END
    return not any(each.annotation(other) for each in snapshot.nodes)


@memo
def network_agents(snapshot: Snapshot) -> tuple[Pod, ...]:
    """Return the pods of the usual network plugins' agents, one a node, by the labels of their own manifests."""
    return tuple(each for each in snapshot.pods if AGENTS & set(each.labels.items()) and not each.is_terminal)


def _all_reached(case: Case) -> bool:
    """Every endpoint on a lost node answered a probe all the same: the kubelet may be down alone."""
    own = [each for each in case.backends.all_usable if case.snapshot.is_lost(each.node or _of_pod(case, each.address))]
    seen = [case.measured.tcp_to(each) for each in own]
    return all(each is not None and each.outcome is Outcome.ANSWERED for each in seen)


def _of_pod(case: Case, address: str) -> str:
    pod = case.snapshot.pod_by_ip(address)
    return pod.spec.node_name if pod else ""
