"""The policies of the four kinds, compiled: subject, tier and rules in one set of words. Pure."""

from collections.abc import Iterator

from msgspec import Struct

from bot.model.kube.admin_policies import AdminPeer, AdminPolicy, AdminPort, AdminProtocol, AdminRule, AdminSubject
from bot.model.kube.networkpolicies import IPBlock, NetworkPolicy, NetworkPolicySpec, Peer, PolicyPort
from bot.model.kube.selectors import LabelSelector
from bot.model.memo import derived
from bot.model.policy.matching import match_selector
from bot.model.policy.parties import Party
from bot.model.policy.relative import RelativePeer
from bot.model.policy.rules import Action, Direction, Match, Rule, Tier
from bot.model.refs import Ref
from bot.model.text import listing

PROTOCOLS = ("TCP", "UDP", "SCTP")
_ACTIONS = {"Allow": Action.ACCEPT, **{each.value: each for each in Action}}
_TIERS = {each.value: each for each in (Tier.ADMIN, Tier.BASELINE)}


class Policy(Struct, frozen=True, dict=True):
    """A NetworkPolicy, compiled. `ingress` and `egress` are None where the policy has no say in that direction."""

    ref: Ref
    spec: NetworkPolicySpec
    ingress: tuple[Rule, ...] | None
    egress: tuple[Rule, ...] | None

    def rules(self, direction: Direction) -> tuple[Rule, ...] | None:
        return self.ingress if direction is Direction.INGRESS else self.egress

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        return (*(self.ingress or ()), *(self.egress or ()))

    def allows(self, direction: Direction) -> str:
        """Whom its rules admit, for people, e.g. `app=web of namespace pay on 8080/TCP`."""
        return self._ingress_text if direction is Direction.INGRESS else self._egress_text

    @derived
    def _ingress_text(self) -> str:
        return listing([str(each) for each in self.ingress or ()], 3)

    @derived
    def _egress_text(self) -> str:
        return listing([str(each) for each in self.egress or ()], 3)

    def __str__(self) -> str:
        return f"policy {self.ref.namespace}/{self.ref.name}"


class TierPolicy(Struct, frozen=True, dict=True):
    """A policy of an admin tier, compiled. Its `subject` is None where no field of it is known here.

    `is_sure` is False for a tier that is none of the two: then it may come before NetworkPolicies.
    """

    ref: Ref
    tier: Tier
    priority: int
    subject: Peer | None
    ingress: tuple[Rule, ...]
    egress: tuple[Rule, ...]
    is_sure: bool = True

    def rules(self, direction: Direction) -> tuple[Rule, ...]:
        """Return its rules of a direction, from the top; without any it leaves that direction alone."""
        return self.ingress if direction is Direction.INGRESS else self.egress

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        """Return the rules of both directions."""
        return (*self.ingress, *self.egress)

    @derived
    def as_rule(self) -> Rule:
        """Return its subject as the peer of a rule, so that it is looked up as peers are."""
        peers = () if self.subject is None else (self.subject,)
        return Rule(self.ref, Direction.INGRESS, 0, peers, tier=self.tier)

    def selects(self, party: Party) -> Match:
        """Judge whether it governs a party; pods on the host network never (ClusterNetworkPolicySubject)."""
        if self.subject is None:
            return Match.MAYBE if party.namespace and not party.host_network else Match.NO
        return match_selector(self.subject, "", party, hosts=False)

    def __str__(self) -> str:
        return str(self.ref)


def compiled(policy: NetworkPolicy, *, sections_isolate: bool = False) -> Policy:
    """Compile one NetworkPolicy. A direction it has no say in is None; one without rules is empty, and denies.

    `sections_isolate`: a section isolates though `policyTypes` does not name it, as with Cilium (docs/policy-engines.md).
    """
    spec, directions, ref = policy.spec, policy.directions, policy.ref
    ingress = tuple(
        Rule(ref, Direction.INGRESS, index, each.from_ or (), each.ports or ())
        for index, each in enumerate(spec.ingress or ())
    )
    egress = tuple(
        Rule(ref, Direction.EGRESS, index, each.to or (), each.ports or ())
        for index, each in enumerate(spec.egress or ())
    )
    has_ingress = "Ingress" in directions or (sections_isolate and bool(ingress))
    has_egress = "Egress" in directions or (sections_isolate and bool(egress))
    return Policy(ref, spec, ingress if has_ingress else None, egress if has_egress else None)


def compiled_tier(policy: AdminPolicy, *, knows_nodes: bool = True) -> TierPolicy:
    """Compile one policy of an admin tier. `knows_nodes`: peers `nodes` and `domainNames` are known to the engine."""
    spec, tier = policy.spec, _TIERS.get(policy.tier)
    return TierPolicy(
        policy.ref,
        tier or Tier.ADMIN,
        spec.priority,
        _subject(spec.subject),
        tuple(_rules(policy, Direction.INGRESS, spec.ingress or (), knows_nodes)),
        tuple(_rules(policy, Direction.EGRESS, spec.egress or (), knows_nodes)),
        is_sure=tier is not None,
    )


def _subject(subject: AdminSubject) -> Peer | None:
    if subject.namespaces is not None:
        return Peer(namespace_selector=subject.namespaces)
    if subject.pods is not None:
        return Peer(pod_selector=subject.pods.pod_selector, namespace_selector=subject.pods.namespace_selector)
    return None


def _rules(
    policy: AdminPolicy,
    direction: Direction,
    rules: tuple[AdminRule, ...],
    knows_nodes: bool,
) -> Iterator[Rule]:
    side = "from" if direction is Direction.INGRESS else "to"
    for index, each in enumerate(rules):
        peers = (each.from_ if direction is Direction.INGRESS else each.to) or ()
        action = _ACTIONS.get(each.action)
        unknown = any(_is_unknown(peer, knows_nodes=knows_nodes) for peer in peers)
        is_odd, closed = unknown and action is not Action.ACCEPT, unknown and action is Action.ACCEPT
        known = [] if closed else list(_peers(peers, f"spec.{direction.lower()}[{index}].{side}"))
        ports = _ports(each)
        yield Rule(
            policy.ref,
            direction,
            index,
            peers=tuple(peer for peer, _ in known),
            ports=tuple(port for port in ports if port is not None),
            tier=_TIERS.get(policy.tier, Tier.ADMIN),
            action=Action.DENY if is_odd else action,
            name=each.name,
            nodes=() if closed else tuple(peer.nodes for peer in peers if peer.nodes is not None),
            domains=() if closed else tuple(name for peer in peers for name in peer.domain_names or ()),
            places=tuple(place for _, place in known),
            is_odd=is_odd,
            has_odd_port=None in ports,
            relatives=() if closed else tuple(one for peer in peers for one in _relatives(peer)),
        )


def _is_unknown(peer: AdminPeer, *, knows_nodes: bool) -> bool:
    return peer == AdminPeer() or (not knows_nodes and (peer.nodes is not None or peer.domain_names is not None))


def _peers(peers: tuple[AdminPeer, ...], field: str) -> Iterator[tuple[Peer, str]]:
    """Yield peers that select pods or networks in the words of NetworkPolicies, each with its place in the object."""
    for number, each in enumerate(peers):
        if each.namespaces is not None and (spaces := each.namespaces.selector) is not None:
            yield Peer(namespace_selector=spaces), f"{field}[{number}].namespaces"
        if each.pods is not None and (spaces := each.pods.spaces) is not None:
            yield Peer(pod_selector=each.pods.pod_selector, namespace_selector=spaces), f"{field}[{number}].pods"
        for place, cidr in enumerate(each.networks or ()):
            yield Peer(ip_block=IPBlock(cidr=cidr)), f"{field}[{number}].networks[{place}]"


def _relatives(peer: AdminPeer) -> Iterator[RelativePeer]:
    """Yield a peer by the labels of the governed pod's own namespace; of its two lists one is set (NamespacedPeer)."""
    spaces = peer.pods.namespaces if peer.pods is not None else peer.namespaces
    if spaces is None:
        return
    pods = peer.pods.pod_selector if peer.pods is not None else LabelSelector()
    for keys, is_same in ((spaces.same_labels, True), (spaces.not_same_labels, False)):
        if keys is not None:
            yield RelativePeer(keys, is_same, pods)


def _ports(rule: AdminRule) -> list[PolicyPort | None]:
    """Return the ports in the words of NetworkPolicies; None for an entry of which no field is known here."""
    found = [entry for each in rule.ports or () for entry in _port(each)]
    return [*found, *(entry for each in rule.protocols or () for entry in _protocol(each))]


def _port(entry: AdminPort) -> Iterator[PolicyPort | None]:
    if entry.port_number is not None:
        yield PolicyPort(port=entry.port_number.port, protocol=entry.port_number.protocol)
    elif entry.port_range is not None:
        span = entry.port_range
        yield PolicyPort(port=span.start, end_port=span.end, protocol=span.protocol)
    elif entry.named_port is not None:
        yield from _named(entry.named_port)
    else:
        yield None


def _protocol(entry: AdminProtocol) -> Iterator[PolicyPort | None]:
    given = [(protocol, getattr(entry, protocol.lower())) for protocol in PROTOCOLS]
    for protocol, asked in given:
        port = asked.destination_port if asked is not None else None
        if port is not None and port.range is not None:
            yield PolicyPort(port=port.range.start, end_port=port.range.end, protocol=protocol)
        elif asked is not None:
            yield PolicyPort(port=port.number if port else None, protocol=protocol)
    if entry.destination_named_port:
        yield from _named(entry.destination_named_port)
    elif all(asked is None for _, asked in given):
        yield None


def _named(name: str) -> Iterator[PolicyPort]:
    """Yield a name of no protocol: it is the container port's own (ClusterNetworkPolicyProtocol.destinationNamedPort)."""
    return (PolicyPort(port=name, protocol=each) for each in PROTOCOLS)


def selectors_of(policy: Policy | TierPolicy) -> Iterator[LabelSelector]:
    """Yield the selectors that a policy holds against labels of pods."""
    whole = Peer(pod_selector=policy.spec.pod_selector) if isinstance(policy, Policy) else policy.subject or Peer()
    peers = (peer.pod_selector for rule in policy.all_rules for peer in rule.peers)
    relatives = (peer.pod_selector for rule in policy.all_rules for peer in rule.relatives)
    yield from (each for each in (whole.pod_selector, *peers, *relatives) if each is not None)
