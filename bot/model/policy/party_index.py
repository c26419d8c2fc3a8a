"""Who the ends of a connection are, as policies see them: pods, anybody of a namespace, nodes, addresses outside."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from msgspec.structs import replace

from bot.model.gaps import SCOPE
from bot.model.kube.pods import Pod
from bot.model.kube.workloads import Node
from bot.model.memo import derived, for_same, memo, memo_by
from bot.model.pod_index import group
from bot.model.policy.engine import Engine
from bot.model.policy.parties import Party
from bot.model.snapshot import Snapshot

# The needs that leave open which pod has an address.
_OF_PODS = ("pods", "dns", SCOPE)
# Where the API server's pods are, if it has any: of kubeadm and most others, and of OpenShift.
_CONTROL_PLANE = ("kube-system", "openshift-kube-apiserver")


class PartyIndex:
    """The parties of a snapshot, each made once."""

    def __init__(self, snapshot: Snapshot, engine: Engine) -> None:
        self._snapshot = snapshot
        self._engine = engine
        self._parties: dict[tuple[str, str], Party] = {}
        self._anyone: dict[str, Party] = {}  # by namespace, without labels

    @derived
    def _unread_pods(self) -> str:
        """Why an address may be that of a pod which was not read; empty where all pods were."""
        gaps = (gap for need in _OF_PODS for gap in self._snapshot.gaps_for(need))
        return next((f"{each.what} could not be read ({each.why})" for each in gaps), "")

    def pod(self, pod: Pod) -> Party:
        """Return the party that a pod is."""
        key = (pod.metadata.namespace, pod.metadata.name)
        known = self._parties.get(key)
        if known is None:
            known = self._parties[key] = self._pod(pod)
        return known

    def _pod(self, pod: Pod) -> Party:
        engine, namespace = self._engine, pod.metadata.namespace
        seen = pod.labels if not engine.unseen else {k: v for k, v in pod.labels.items() if engine.sees(k)}
        anyone, on_host = self.anyone(namespace), pod.spec.host_network
        return Party(
            namespace=namespace,
            labels=dict(seen),
            namespace_labels=anyone.namespace_labels,
            name=pod.metadata.name or anyone.name,
            knows_namespace=anyone.knows_namespace,
            ips=pod.ips,
            node=pod.spec.node_name,
            host_network=on_host,
            node_labels=self._node_labels(pod.spec.node_name) if on_host else None,
            in_cidrs=engine.cidrs_of_nodes if on_host else engine.cidrs_of_pods,
            may_be_node=on_host and self._snapshot.node(pod.spec.node_name) is None,
            host_is_node=engine.hosts_are_nodes,
            knows_sidecars=engine.knows_sidecars,
            pod=pod,
        )

    def _node_labels(self, name: str) -> dict[str, str] | None:
        known = self._snapshot.node(name)
        return known.labels if known else None

    def anyone(self, namespace: str, labels: Mapping[str, str] | None = None, name: str = "") -> Party:
        """Return a pod of a namespace with these labels, of which neither IP nor node is known."""
        known = self._anyone.get(namespace)
        if known is None:
            known = self._anyone[namespace] = Party(
                namespace=namespace,
                namespace_labels=self._snapshot.namespace_labels(namespace),
                name=f"a pod of {namespace} without labels",
                knows_namespace=self._snapshot.namespace(namespace) is not None,
                in_cidrs=self._engine.cidrs_of_pods,
            )
        return replace(known, labels=dict(labels or {}), name=name or known.name) if labels or name else known

    def address(self, address: str) -> Party:
        """Return the party behind an IP: a pod, a node, or somebody outside."""
        canonical = _canonical(address)
        pod = self._snapshot.pod_by_ip(canonical)
        if pod is not None:
            return replace(self.pod(pod), ips=(canonical,))
        node = _node_at(self._snapshot, canonical)
        if node:
            return self._node(node, canonical)
        is_open = self._unread_pods and not (_is_public(canonical) and _pods_are_private(self._snapshot))
        unread = f"who has the address {canonical} is not known: {self._unread_pods}" if is_open else ""
        return Party(ips=(canonical,), name=canonical, unread=unread, may_be_node=not _knows_nodes(self._snapshot))

    def _node(self, name: str, address: str) -> Party:
        """A node, or whoever shares its network: the pods that do are known if all pods were read."""
        known = self._snapshot.was_listed(Pod) and not self._unread_pods
        return Party(
            ips=(address,),
            node=name,
            host_network=True,
            name=f"node {name}",
            tenants=self._on_host(name) if known else None,
            node_labels=self._node_labels(name),
            in_cidrs=self._engine.cidrs_of_nodes,
            host_is_node=self._engine.hosts_are_nodes,
        )

    def like(self, party: Party) -> Party:
        """Return a party of another index as this one sees it."""
        ways = {"ips": party.ips, "virtual_ips": party.virtual_ips, "virtual_port": party.virtual_port}
        if party.pod is not None:
            return replace(self.pod(party.pod), **ways)
        if party.namespace:
            return replace(self.anyone(party.namespace, party.labels, party.name), **ways)
        engine = self._engine
        return (
            replace(party, in_cidrs=engine.cidrs_of_nodes, host_is_node=engine.hosts_are_nodes)
            if party.is_node
            else party
        )

    def _on_host(self, node: str) -> tuple[Party, ...]:
        """The pods on the host network of a node."""
        return tuple(map(self.pod, _pods_on_host(self._snapshot, node)))

    def api_server(self, party: Party) -> Party:
        """Return the API server at an endpoint of default/kubernetes: on a node, a static pod or one without object."""
        if not party.is_node:
            return party
        here = (each for each in self._on_host(party.node) if each.labels.get("component") == "kube-apiserver")
        unknown = tuple(replace(self.anyone(each), any_labels=True) for each in _CONTROL_PLANE)
        return replace(party, tenants=tuple(here) or unknown, name=f"the API server on {party.node}")


def _is_public(address: str) -> bool:
    """Whether it is an IPv4 address of the Internet; pods do have such of IPv6."""
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return isinstance(known, IPv4Address) and known.is_global


@lru_cache(4096)
def _canonical(address: str) -> str:
    """Write an IPv6 address as the API does, and one of IPv4 inside of IPv6 as IPv4, which is what is sent.

    What is no address stays as it is.
    """
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str((known.ipv4_mapped if isinstance(known, IPv6Address) else None) or known)


# --- looked up once a snapshot, and asked for the one node or answer that is needed


@memo_by
def _node_at(snapshot: Snapshot, address: str) -> str:
    """Return the name of the node that has an address; empty where none is known."""
    return _by_address(snapshot.nodes).get(address, "")


@memo
def _knows_nodes(snapshot: Snapshot) -> bool:
    return snapshot.has("nodes") and bool(snapshot.nodes)


@memo
def _pods_are_private(snapshot: Snapshot) -> bool:
    """Return whether pods were read that have addresses, and none has a public one: then none that was not read has one."""
    known = [each for pod in snapshot.pods for each in pod.ips]
    return bool(known) and not any(_is_public(each) for each in known)


@memo_by
def _pods_on_host(snapshot: Snapshot, node: str) -> tuple[Pod, ...]:
    return _on_hosts(snapshot).get(node, ())


@memo
def _on_hosts(snapshot: Snapshot) -> dict[str, tuple[Pod, ...]]:
    there = (pod for pod in snapshot.pods if pod.spec.host_network and not pod.is_terminal)
    return {node: tuple(pods) for node, pods in group(there, lambda each: each.spec.node_name).items()}


@for_same
def _by_address(nodes: tuple[Node, ...]) -> dict[str, str]:
    return {address: node.name for node in nodes for address in node.addresses}
