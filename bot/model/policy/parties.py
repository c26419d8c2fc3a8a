"""Parties: the two ends of a connection as policies see them. Rule: a party says what is known, and no more.

A party is a pod, any pod of a namespace that carries given labels, a node, or an address outside of the cluster. What is
not known of it (its IP, its namespace's labels) makes a rule that asks for it undecided, never "no".
"""

from ipaddress import IPv4Address, IPv6Address, ip_address

from msgspec import Struct

from bot.model.kube.pods import Pod
from bot.model.kube.selectors import LabelSelector
from bot.model.memo import derived

# On every namespace since 1.21, so it is known even of a namespace that was not read (failure-modes B.24).
NAME_LABEL = "kubernetes.io/metadata.name"

Address = IPv4Address | IPv6Address
_BROADCAST = "127.255.255.255"


class Party(Struct, frozen=True, dict=True):
    """One end. `namespace` is empty for nodes and for addresses outside; `ips` in order of preference.

    `knows_namespace` is False where the Namespace object is not in the snapshot: then only its name label is known.
    `virtual_ips` and `virtual_port` are the Service's, where the connection goes through one. `unread` says why it is not
    known which pod has its address, if one has; empty where that is known.
    `tenants` are the pods that share a node's address; None where not all of them are known. `node_labels` are those of the
    node whose address it has; None for any other address, and `may_be_node` where the Nodes were not read.
    `any_labels`: its labels are not known, and it may carry any. `in_cidrs`, `host_is_node`,
    `knows_sidecars`: as the engine here sees it.
    """

    namespace: str = ""
    labels: dict[str, str] = {}
    namespace_labels: dict[str, str] = {}
    ips: tuple[str, ...] = ()
    node: str = ""
    host_network: bool = False
    pod: Pod | None = None
    name: str = ""
    knows_namespace: bool = True
    virtual_ips: tuple[str, ...] = ()
    virtual_port: int = 0
    unread: str = ""
    tenants: "tuple[Party, ...] | None" = ()
    node_labels: dict[str, str] | None = None
    may_be_node: bool = False
    any_labels: bool = False
    in_cidrs: bool = True
    host_is_node: bool = False
    knows_sidecars: bool = True

    @property
    def is_node(self) -> bool:
        """Return whether it is a node, or a process on it of which no pod is known."""
        return self.host_network and not self.namespace

    @derived
    def standing(self) -> tuple[object, ...]:
        """All that a selector can see of it, but its labels, as something that can be looked up by."""
        shared = (
            None
            if self.tenants is None
            else tuple((one.namespace, one.label_set, one.any_labels) for one in self.tenants)
        )
        on_host = (self.node, shared, self.host_is_node) if self.host_network else self.may_be_node
        return (
            self.namespace,
            self.namespace_label_set,
            self.knows_namespace,
            bool(self.unread),
            self.any_labels,
            on_host,
        )

    @derived
    def label_set(self) -> frozenset[tuple[str, str]]:
        """The labels as something that can be looked up by."""
        return frozenset(self.labels.items())

    @derived
    def namespace_label_set(self) -> frozenset[tuple[str, str]]:
        return frozenset(self.namespace_labels.items())

    @derived
    def named_ports(self) -> tuple[tuple[str, str, int], ...] | None:
        """Name, protocol and number of the pod's named ports, as policies resolve them; None where there is no pod."""
        if self.pod is None:
            return None
        containers = self.pod.serving_containers if self.knows_sidecars else self.pod.spec.containers or ()
        ports = (port for container in containers for port in container.ports or ())
        return tuple((port.name, port.protocol, port.container_port) for port in ports if port.name)

    def named_port(self, name: str, protocol: str) -> int | None:
        """Return the number of a named port, as policies resolve it; None where the pod, or what is known of it, has none."""
        return next((number for *its, number in self.named_ports or () if its == [name, protocol]), None)

    def is_of_sidecar(self, name: str, protocol: str) -> bool:
        """Return whether native sidecars alone have a port of this name, and those do not count here."""
        return not self.knows_sidecars and self.pod is not None and self.pod.names_in_sidecars_alone(name, protocol)

    @derived
    def addresses(self) -> tuple[Address, ...]:
        """Its `ips`, parsed; what is no IP, as a hand-made slice may have, is left out."""
        return tuple(each for each in map(_parsed, self.ips) if each is not None)

    @derived
    def is_loopback(self) -> bool:
        """Whoever calls it calls itself: 127.0.0.0/8 without its broadcast address, or ::1."""
        return any(each.is_loopback and str(each) != _BROADCAST for each in self.addresses)

    def is_same_pod(self, other: "Party") -> bool:
        if self.pod is None or other.pod is None:
            return False
        mine, its = self.pod.metadata, other.pod.metadata
        return (mine.namespace, mine.name) == (its.namespace, its.name)

    def matches_namespace(self, selector: LabelSelector) -> bool | None:
        """Judge the namespace's labels; None where they would have to be known and are not."""
        if self.knows_namespace or set(selector.keys) <= {NAME_LABEL}:
            return selector.matches(self.namespace_labels)
        return None


def used_addresses(party: Party, other: Party) -> tuple[Address, ...]:
    """Addresses of `party` in a connection with `other`: those of the first family that both have, else of its own.

    The first family of a dual-stack pod is the cluster's primary one.
    """
    mine = party.addresses
    if len(mine) == 1:
        return mine
    families = {each.version for each in other.addresses}
    family = next((each.version for each in mine if each.version in families), mine[0].version if mine else 0)
    return tuple(each for each in mine if each.version == family)


def _parsed(address: str) -> Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None
