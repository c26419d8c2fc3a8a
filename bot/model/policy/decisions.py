"""Decisions: what the policies say of one connection, and why. Rule: an answer explains itself on demand.

A decision keeps the question it answers, so judging stays cheap and the sentences are made only when somebody reads them.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Literal

from msgspec import Struct

from bot.model.kube.networkpolicies import NetworkPolicySpec, Peer
from bot.model.kube.selectors import LabelSelector
from bot.model.policy.parties import Party
from bot.model.policy.rules import Direction, Match, Rule, match_peer, match_peers, match_ports, peer_text
from bot.model.refs import Ref
from bot.model.text import listing

Answer = Literal["allow", "deny", "unknown"]


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

    @cached_property
    def _ingress_text(self) -> str:
        return listing([str(each) for each in self.ingress or ()], 3)

    @cached_property
    def _egress_text(self) -> str:
        return listing([str(each) for each in self.egress or ()], 3)

    def __str__(self) -> str:
        return f"policy {self.ref.namespace}/{self.ref.name}"


class Judged(Struct, frozen=True):
    """One rule held against one connection: which peer came nearest, and how its peers and its ports fared."""

    rule: Rule
    peers: Match
    ports: Match
    peer: Peer | None = None

    @property
    def match(self) -> Match:
        """Peers and ports both have to admit."""
        return min(self.peers, self.ports)


class Decision(Struct, frozen=True, dict=True):
    """What the policies at one end say: those on the source's egress, or those on the target's ingress.

    `allowed_by` are the policies with a rule that admits, `denied_by` the isolating ones where none has. `exempt` is the
    reason where something other than a rule decides. `unsettled` is the reason why a "no" of the rules is not final.
    """

    direction: Direction
    decision: Answer
    source: Party
    target: Party
    port: int | None
    protocol: str
    isolating: tuple[Policy, ...] = ()
    allowed_by: tuple[Ref, ...] = ()
    exempt: str = ""
    unsettled: str = ""

    @property
    def isolated(self) -> bool:
        return bool(self.isolating)

    @property
    def denied_by(self) -> tuple[Ref, ...]:
        return tuple(each.ref for each in self.isolating) if self.decision == "deny" else ()

    @property
    def subject(self) -> Party:
        """The end that the policies select."""
        return self.target if self.direction is Direction.INGRESS else self.source

    @property
    def peer(self) -> Party:
        """The other end."""
        return self.source if self.direction is Direction.INGRESS else self.target

    @cached_property
    def judged(self) -> tuple[Judged, ...]:
        """Every rule of every isolating policy, held against this connection."""
        return tuple(self.judge(rule) for rule in self._rules())

    @cached_property
    def because(self) -> tuple[str, ...]:
        """The reasons, each a sentence without a period."""
        direction = self.direction.lower()
        if self.unsettled and not self.isolated:
            return (self.unsettled,)
        if not self.isolated:
            return (f"no policy isolates {self.subject.name} for {direction}",)
        if self.exempt:
            return (self.exempt,)
        if self.decision == "allow":
            told = (self.judge(rule) for rule in self._rules() if rule.policy in self.allowed_by)
            return tuple(_admits(each, self) for each in told if each.match is Match.YES)
        reasons = tuple(self._refusals(policy) for policy in self.isolating)
        return (*reasons, self.unsettled) if self.unsettled else reasons

    def _rules(self) -> Iterator[Rule]:
        return (rule for policy in self.isolating for rule in policy.rules(self.direction) or ())

    def judge(self, rule: Rule) -> Judged:
        """Hold one rule against this connection."""
        peers = match_peers(rule, self.peer, self.subject)
        ports = match_ports(rule, self.port, self.protocol, self.target)
        home = rule.policy.namespace
        nearest = (each for each in rule.peers if match_peer(each, home, self.peer, self.subject) is peers)
        return Judged(rule, peers, ports, next(nearest, None))

    def _refusals(self, policy: Policy) -> str:
        rules = policy.rules(self.direction) or ()
        if not rules:
            return f"{policy} isolates {self.subject.name} and has no {self.direction.lower()} rule"
        return f"{policy} admits {policy.allows(self.direction)}; {misses(self, rules)}"


class Connection(Struct, frozen=True):
    """Both ends: the source's egress and the target's ingress have to allow (failure-modes B.13)."""

    decision: Answer
    egress: Decision
    ingress: Decision

    @property
    def because(self) -> tuple[str, ...]:
        return (*self.egress.because, *self.ingress.because)


def joined(answers: tuple[Answer, ...]) -> Answer:
    """Join answers that must all hold: one "deny" settles it, one "unknown" leaves it open."""
    return "deny" if "deny" in answers else "unknown" if "unknown" in answers else "allow"


def shortfall(judged: Judged, decision: Decision) -> str:
    """Return in words why a rule does not admit, or may not, e.g. `checkout carries app=checkout`."""
    words = [_peer_shortfall(judged, decision)] if judged.peers is not Match.YES else []
    words += [_port_shortfall(judged, decision)] if judged.ports is not Match.YES else []
    return ", and ".join(words)


def misses(decision: Decision, rules: tuple[Rule, ...]) -> str:
    """What is missing in the only rule; of several, what leaves one open, else who the other end is, by what they ask."""
    judged = [decision.judge(each) for each in rules] if len(rules) == 1 or decision.decision == "unknown" else []
    for each in judged:
        if len(rules) == 1 or each.match is Match.MAYBE:
            return shortfall(each, decision)
    held = decision.peer.labels
    labels = [f"{key}={held[key]}" for key in dict.fromkeys(key for each in rules for key in each.keys) if key in held]
    who = f"{decision.peer.name} ({', '.join(labels)})" if labels else decision.peer.name
    return f"{who} on {asked(decision)} is none of these"


def asked(decision: Decision) -> str:
    """The port in question, e.g. `8080/TCP`."""
    return f"{decision.port}/{decision.protocol}" if decision.port is not None else f"{decision.protocol}"


def _admits(judged: Judged, decision: Decision) -> str:
    own = f"policy {judged.rule.policy.namespace}/{judged.rule.policy.name}"
    sentence = f"{own} admits {judged.rule}"
    if judged.peer is not None and judged.peer.ip_block is not None and decision.peer.namespace:
        return f"{sentence}; CNI-dependent: an ipBlock may not cover pods (NPL-008)"
    return sentence


def _port_shortfall(judged: Judged, decision: Decision) -> str:
    if judged.ports is Match.MAYBE:
        return f"whether that is the port of {decision.target.name} is not known"
    names = [each.port for each in judged.rule.ports if isinstance(each.port, str)]
    pod = decision.target.pod
    missing = [each for each in names if pod is not None and pod.named_port(each, decision.protocol) is None]
    if missing:
        return f"{decision.target.name} has no {decision.protocol} port named {listing(missing)}"
    return f"the connection is to {asked(decision)} of the pod"


def _peer_shortfall(judged: Judged, decision: Decision) -> str:
    party = decision.peer
    if judged.peers is Match.MAYBE:
        return _undecided(judged, party)
    if not party.namespace:
        return f"{party.name} is no pod" if judged.peer and judged.peer.ip_block is None else f"it is not {party.name}"
    return listing(
        list(dict.fromkeys(_missing(each, judged.rule.policy.namespace, party) for each in judged.rule.peers)), 3
    )


def _undecided(judged: Judged, party: Party) -> str:
    peer = judged.peer
    if peer is not None and peer.ip_block is not None:
        return f"the IP of {party.name} is not known"
    if party.host_network:
        return f"{party.name} is on the host network, which policies may or may not tell apart from its node"
    return f"the labels of namespace {party.namespace} are not known"


def _missing(peer: Peer, home: str, party: Party) -> str:
    """Return in words which part of a peer a pod fails."""
    if peer.ip_block is not None:
        return f"{party.name} has the IP {listing(party.ips)}" if party.ips else f"{party.name} has no IP"
    if peer.pod_selector is None and peer.namespace_selector is None:
        return f"{peer_text(peer, home)} does not admit {party.name}"
    words = []
    if peer.namespace_selector is None:
        words += [f"{party.name} is in namespace {party.namespace}"] if party.namespace != home else []
    elif not party.matches_namespace(peer.namespace_selector):
        carried = carries(peer.namespace_selector, party.namespace_labels)
        words.append(f"namespace {party.namespace} carries {carried}")
    if peer.pod_selector is not None and not peer.pod_selector.matches(party.labels):
        words.append(f"{party.name} carries {carries(peer.pod_selector, party.labels)}")
    return " and ".join(words)


def carries(selector: LabelSelector, labels: dict[str, str]) -> str:
    """Return the labels that a selector asks for, as they are: `app=checkout`, `no team`."""
    return listing([f"{key}={labels[key]}" if key in labels else f"no {key}" for key in selector.keys])
