"""Decisions: what the policies say of one connection, and why. Rule: an answer explains itself on demand.

A decision keeps the question it answers, so judging stays cheap and the sentences are made only when somebody reads them.
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from bot.model.kube.networkpolicies import Peer
from bot.model.kube.selectors import LabelSelector
from bot.model.memo import derived
from bot.model.policy.compiling import Policy, TierPolicy
from bot.model.policy.matching import match_peer, match_peers, match_ports
from bot.model.policy.parties import Party
from bot.model.policy.rule_words import peer_text
from bot.model.policy.rules import Action, Direction, Match, Rule, Tier
from bot.model.policy.tiers import trace
from bot.model.refs import Ref
from bot.model.text import listing

Answer = Literal["allow", "deny", "unknown"]
_DOES = {Action.ACCEPT: "accepts", Action.DENY: "denies", Action.PASS: "passes on", None: "does something unknown with"}


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

    `isolating` are the NetworkPolicies that select this end, `governing` the policies of admin tiers that do, as they are
    asked. `settled` is the tier that decided; None: no policy did, or it is not known which. `exempt` is the reason where
    something other than a rule decides. `unsettled` is the reason why what the rules say is not final.
    """

    direction: Direction
    decision: Answer
    source: Party
    target: Party
    port: int | None
    protocol: str
    isolating: tuple[Policy, ...] = ()
    governing: tuple[TierPolicy, ...] = ()
    settled: Tier | None = None
    exempt: str = ""
    unsettled: str = ""

    @property
    def isolated(self) -> bool:
        """Return whether a NetworkPolicy isolates this end; admin tiers isolate nobody."""
        return bool(self.isolating)

    @derived
    def allowed_by(self) -> tuple[Ref, ...]:
        """The policies with a rule that admits; none where no policy restricts, or where it is not allowed."""
        if self.decision != "allow" or self.settled is None:
            return ()
        return tuple(dict.fromkeys(each.rule.policy for each in self.admitting))

    @derived
    def denied_by(self) -> tuple[Ref, ...]:
        """The policies that deny: the isolating ones, of which none admits, or that of an admin tier whose rule denies."""
        if self.decision != "deny":
            return ()
        if self.settled is Tier.POLICY:
            return tuple(each.ref for each in self.isolating)
        denying = (each.rule for each in self.matched if each.rule.tier is self.settled)
        return tuple(dict.fromkeys(each.policy for each in denying if each.action is Action.DENY))

    @property
    def is_by_tier(self) -> bool:
        """Return whether an admin tier decided, not a NetworkPolicy."""
        return self.settled in (Tier.ADMIN, Tier.BASELINE)

    @property
    def subject(self) -> Party:
        """The end that the policies select."""
        return self.target if self.direction is Direction.INGRESS else self.source

    @property
    def peer(self) -> Party:
        """The other end."""
        return self.source if self.direction is Direction.INGRESS else self.target

    @derived
    def judged(self) -> tuple[Judged, ...]:
        """Every rule of every isolating policy, held against this connection."""
        return tuple(self.judge(rule) for rule in self._rules())

    @derived
    def matched(self) -> tuple[Judged, ...]:
        """The rules of admin tiers that match, or may, as far as they are asked: up to one that surely does, in each tier."""
        found: list[Judged] = []
        for tier in (Tier.ADMIN, Tier.BASELINE):
            found += self._matched(tuple(each for each in self.governing if each.tier is tier))
        return tuple(found)

    def _matched(self, governing: tuple[TierPolicy, ...]) -> Iterator[Judged]:
        for group in trace(governing):
            decided = False
            for policy in group:
                for judged in map(self.judge, policy.rules(self.direction)):
                    if judged.match is not Match.NO:
                        yield judged
                    if judged.match is Match.YES:
                        decided = True
                        break
            if decided:
                return

    @derived
    def admitting(self) -> tuple[Judged, ...]:
        """The rules that admit in the tier that decided."""
        if self.settled is Tier.POLICY:
            return tuple(each for each in self.judged if each.match is Match.YES)
        return tuple(
            each for each in self.matched if each.rule.tier is self.settled and each.rule.action is Action.ACCEPT
        )

    @derived
    def because(self) -> tuple[str, ...]:
        """The reasons, each a sentence without a period."""
        if self.exempt:
            return (self.exempt,)
        told = tuple(_tier_words(each, self) for each in self.matched if self._is_told(each))
        if self.is_by_tier:
            return told
        rest: tuple[str, ...]
        if not self.isolated:
            rest = (self.unsettled,) if self.unsettled else (self._free,)
        elif self.decision == "allow":
            rest = tuple(_admits(each, self) for each in self.judged if each.match is Match.YES)
        else:
            reasons = tuple(self._refusals(policy) for policy in self.isolating)
            rest = (*reasons, self.unsettled) if self.unsettled else reasons
        return (*told, *rest)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know of the NetworkPolicies that select this end, whatever they decide, each a sentence without a period."""
        return tuple(note for each in self.isolating if (note := host_bits_note(each, self.direction)))

    def _is_told(self, judged: Judged) -> bool:
        """Return whether a rule of an admin tier has to do with the answer."""
        if judged.rule.tier is Tier.ADMIN:
            return self.settled is not Tier.BASELINE or judged.rule.action is Action.PASS
        return not self.isolated

    @property
    def _free(self) -> str:
        return f"no policy isolates {self.subject.name} for {self.direction.lower()}"

    def _rules(self) -> Iterator[Rule]:
        return (rule for policy in self.isolating for rule in policy.rules(self.direction) or ())

    def judge(self, rule: Rule) -> Judged:
        """Hold one rule against this connection."""
        peers = match_peers(rule, self.peer, self.subject)
        ports = match_ports(rule, self.port, self.protocol, self.target)
        nearest = (each for each in rule.peers if match_peer(each, rule, self.peer, self.subject) is peers)
        return Judged(rule, peers, ports, next(nearest, None))

    def _refusals(self, policy: Policy) -> str:
        rules = policy.rules(self.direction) or ()
        if not rules:
            return f"{policy} isolates {self.subject.name} and has no {self.direction.lower()} rule"
        missed = misses(self, rules)  # nothing, where what is open is another thing than these rules
        return "; ".join(filter(None, (f"{policy} admits {policy.allows(self.direction)}", missed)))


def _tier_words(judged: Judged, decision: Decision) -> str:
    """E.g. `ClusterNetworkPolicy isolate (Admin tier, priority 10) denies app=web of every namespace on every port`."""
    rule = judged.rule
    policy = next(each for each in decision.governing if each.ref == rule.policy)
    rank = "" if rule.policy.kind == "BaselineAdminNetworkPolicy" else f", priority {policy.priority}"
    odd = ", since a peer of it is of a kind that is not known here" if rule.is_odd else ""
    side = "from" if decision.direction is Direction.INGRESS else "to"
    may = "" if judged.match is Match.YES else ", which this may be"
    return f"{policy} ({rule.tier} tier{rank}) {_DOES[rule.action]} traffic {side} {rule} ({rule.field}){odd}{may}"


class Connection(Struct, frozen=True):
    """Both ends: the source's egress and the target's ingress have to allow (failure-modes B.13)."""

    decision: Answer
    egress: Decision
    ingress: Decision

    def side(self, direction: Direction) -> Decision:
        """Return what the source's end says of what it sends, or the target's of what it receives."""
        return self.ingress if direction is Direction.INGRESS else self.egress

    @property
    def because(self) -> tuple[str, ...]:
        notes = dict.fromkeys((*self.egress.notes, *self.ingress.notes))
        return (*self.egress.because, *self.ingress.because, *notes)

    @property
    def open_reasons(self) -> tuple[str, ...]:
        """Why the ends that are not known are not, each once."""
        sides = (each for each in (self.egress, self.ingress) if each.decision == "unknown")
        return tuple(dict.fromkeys(reason for each in sides for reason in each.because))

    @property
    def decisive(self) -> tuple[str, ...]:
        """The reasons of the ends that make it what it is."""
        sides = (each for each in (self.egress, self.ingress) if each.decision == self.decision)
        return tuple(reason for each in sides for reason in each.because)


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


def host_bits_note(policy: Policy, direction: Direction) -> str:
    """Return what to know of a policy whose blocks of this direction have host bits; empty without such."""
    blocks = (block for rule in policy.rules(direction) or () for block in rule.blocks)
    odd = list(dict.fromkeys(cidr for each in blocks for cidr in each.with_host_bits))
    if not odd:
        return ""
    refused = f"Kubernetes 1.36 and newer refuse {listing(odd, 3)} in a new policy, for its host bits"
    return f"{policy} counts as it is, but {refused}: change it, do not delete it"


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
    target = decision.target
    missing = [each for each in names if target.pod is not None and target.named_port(each, decision.protocol) is None]
    if unseen := [each for each in missing if target.is_of_sidecar(each, decision.protocol)]:
        return (
            f"{listing(unseen)} is a port of a native sidecar of {target.name}, whose names this engine does not know"
        )
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
