"""The policies of a snapshot, evaluated. Rule: decide only what the API's text decides, and leave the rest unknown.

Policies are compiled once a snapshot and then asked, per direction: the admin tier, by priority; then NetworkPolicies, which
are final for the pods they select; then the baseline tier. Where none decides, traffic passes. Both ends must allow, at the
pod's port (after the Service's translation); replies need no rule.
https://kubernetes.io/docs/concepts/services-networking/network-policies/ https://network-policy-api.sigs.k8s.io/api-overview/
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from bot.model.gaps import DISCOVERY
from bot.model.kube.admin_policies import AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy
from bot.model.kube.kinds import row
from bot.model.kube.pods import Pod
from bot.model.memo import derived, lasting
from bot.model.policy import tiers
from bot.model.policy.compiling import Policy, TierPolicy, compiled, compiled_tier, selectors_of
from bot.model.policy.decisions import Answer, Connection, Decision, joined
from bot.model.policy.enforcement import enforcer
from bot.model.policy.engine import TEXT, Engine
from bot.model.policy.matching import match_addresses, match_blocks, match_ports
from bot.model.policy.networks import apart, has_networks
from bot.model.policy.parties import Party
from bot.model.policy.party_index import PartyIndex
from bot.model.policy.rule_table import Admitted, RuleTable
from bot.model.policy.rules import Direction, Match, Rule, Tier
from bot.model.policy.standing import Flow, Opened, Standing
from bot.model.policy.tiers import ACCEPT, DENY, NONE, PASS, Governing
from bot.model.snapshot import Snapshot

ADMIN_KINDS = (AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy)
_ALLOW, _DENY = 1, 2
_ANSWERS: dict[int, Answer] = {_ALLOW: "allow", _DENY: "deny", _ALLOW | _DENY: "unknown"}


class _Said(NamedTuple):
    """What tiers come to: a set of answers, the tier that settled it, and why it is open or something else decided."""

    answers: int
    settled: Tier | None = None
    why: str = ""
    exempt: str = ""


class PolicyIndex:
    """All policies of a snapshot, ready to be asked. Building is linear in policies; answers to selectors are kept.

    `engine` says how they are read where engines differ; by default as the API's text has it.
    """

    def __init__(self, snapshot: Snapshot, engine: Engine = TEXT) -> None:
        self._snapshot = snapshot
        self.engine = engine
        self.parties = PartyIndex(snapshot, engine)
        self._policies: dict[str, list[Policy]] = defaultdict(list)
        for each in sorted(snapshot.policies, key=lambda policy: policy.ref):
            found = compiled(each, sections_isolate=engine.sections_isolate)
            self._policies[each.namespace].append(found)
        admin = tiers.in_order(
            compiled_tier(each, knows_nodes=engine.knows_nodes)
            for struct in ADMIN_KINDS
            for each in snapshot.all(struct)
        )
        self._tiers = {tier: tuple(each for each in admin if each.tier is tier) for tier in (Tier.ADMIN, Tier.BASELINE)}
        own = (each for found in self._policies.values() for each in found)
        self.compiled: tuple[Policy | TierPolicy, ...] = (*own, *admin)
        self._table = RuleTable(rule for each in self.compiled for rule in each.all_rules)
        self._subjects = RuleTable(each.as_rule for each in admin)
        self._keys = frozenset(key for each in self.compiled for one in selectors_of(each) for key in one.keys)
        self._standings: dict[tuple[object, ...], Standing] = {}

    @derived
    def _unread_policies(self) -> dict[str, str]:
        """Why the policies of a namespace are not known, by namespace; empty: of all."""
        gaps = self._snapshot.gaps_for("networkpolicies")
        known = {
            each.namespace: f"the NetworkPolicies of {_scope(each.namespace)} could not be read ({each.why})"
            for each in gaps
        }
        return {**({"": self.unread_tiers} if self.unread_tiers else {}), **known}

    @derived
    def unread_tiers(self) -> str:
        """Why it is not known which policies of admin tiers there are, in words; empty where it is."""
        needs = (DISCOVERY, *(row(each).gap for each in ADMIN_KINDS))
        gaps = (gap for need in needs for gap in self._snapshot.gaps_for(need))
        return next((f"{each.what} could not be read ({each.why})" for each in gaps), "")

    # --- the parties

    def pod(self, pod: Pod) -> Party:
        """Return the party that a pod is."""
        return self.parties.pod(pod)

    def anyone(self, namespace: str, labels: Mapping[str, str] | None = None, name: str = "") -> Party:
        """Return a pod of a namespace with these labels, of which neither IP nor node is known."""
        return self.parties.anyone(namespace, labels, name)

    def address(self, address: str) -> Party:
        """Return the party behind an IP: a pod, a node, or somebody outside."""
        return self.parties.address(address)

    # --- the questions

    def is_free(self, namespace: str) -> bool:
        """Return whether no policy can select pods of a namespace, as far as policies were read."""
        return namespace not in self._policies and not self.has_tiers

    @derived
    def has_tiers(self) -> bool:
        """Return whether there is any policy of an admin tier."""
        return any(self._tiers.values())

    @derived
    def _has_networks(self) -> bool:
        return has_networks(self._snapshot)

    @property
    def has_baseline(self) -> bool:
        """Return whether there is a policy of the baseline tier."""
        return bool(self._tiers[Tier.BASELINE])

    def isolating(self, direction: Direction, party: Party) -> tuple[Policy, ...]:
        """Return the NetworkPolicies that select a party and have a say in this direction, by name."""
        return self._isolating(direction, self.standing(party)) if party.namespace else ()

    def governing(self, direction: Direction, party: Party) -> tuple[TierPolicy, ...]:
        """Return the policies of admin tiers that select a party, or may, and have rules in this direction, as asked."""
        return self._all_governing(direction, self.standing(party)) if self.has_tiers else ()

    def decide(self, source: Party, target: Party, port: int | None, protocol: str = "TCP") -> Connection:
        """Decide one connection to a port of the target itself: the pod's, not the Service's (failure-modes B.14)."""
        one, two = self.standing(source), self.standing(target)
        egress = self._decide(Flow(Direction.EGRESS, source, target, port, protocol, source, one, target, two))
        ingress = self._decide(Flow(Direction.INGRESS, source, target, port, protocol, target, two, source, one))
        return Connection(joined((egress.decision, ingress.decision)), egress, ingress)

    def admitting(self, target: Party, port: int | None, protocol: str = "TCP") -> tuple[Rule, ...]:
        """Return the ingress rules of NetworkPolicies that admit anybody at all to a port of the target."""
        own = self.standing(target)
        return self._opened(Flow(Direction.INGRESS, target, target, port, protocol, target, own, target, own)).rules

    def closes(self, target: Party, port: int, protocol: str) -> bool:
        """Return whether NetworkPolicies isolate a target and admit nobody at all to its port, nor may an admin tier."""
        own = self.standing(target)
        key = (target.named_ports, port, protocol)
        known = own.closed.get(key)
        if known is None:
            isolated = not target.host_network and self.isolating(Direction.INGRESS, target)
            tiers_too = self.unread_tiers or self.governing(Direction.INGRESS, target)  # which may accept before
            known = bool(isolated) and not tiers_too and not self.admitting(target, port, protocol)
            own.closed[key] = known
        return known

    def shut_in(self, namespace: str, target: Party, port: int, protocol: str) -> bool:
        """Return whether NetworkPolicies let no pod of a namespace out to a port of the target, whatever labels it has.

        One of them then selects all of its pods, and no rule of any other one leads there. A hostNetwork pod is none of theirs.
        """
        anybody = self.anyone(namespace)
        own = tuple(each for each in self._policies.get(namespace, ()) if each.rules(Direction.EGRESS) is not None)
        if not any(each.spec.pod_selector.is_empty for each in own) or self.has_tiers or self.open_for(anybody):
            return False
        all_pods = Standing(anybody)
        all_pods.isolating[Direction.EGRESS] = own
        ends = (anybody, target, port, protocol)
        flow = Flow(Direction.EGRESS, *ends, anybody, all_pods, target, self.standing(target))
        return self._by_policies(flow, own).answers == _DENY

    def open_for(self, subject: Party) -> str:
        """Return why it is not known which policies select this end; empty where it is."""
        known = self._unread_policies
        if subject.unread:
            return subject.unread if known or self.compiled else ""
        return (known.get(subject.namespace) or known.get("", "")) if known and subject.namespace else ""

    # --- one end

    def _decide(self, flow: Flow) -> Decision:
        own = self._isolating(flow.direction, flow.own) if flow.subject.namespace else ()
        governing = self._all_governing(flow.direction, flow.own) if self.has_tiers else ()
        said = self._said(flow, own, governing)
        if self._has_networks and not said.answers & _DENY and (why := apart(flow.source, flow.target, flow.port)):
            said = _Said(_ALLOW | _DENY, why=why)
        answer: Answer = _ANSWERS[said.answers]
        settled = said.settled if answer != "unknown" else None
        ends = (flow.source, flow.target, flow.port, flow.protocol)
        return Decision(flow.direction, answer, *ends, own, governing, settled, said.exempt, said.why)

    def _said(self, flow: Flow, own: tuple[Policy, ...], governing: tuple[TierPolicy, ...]) -> _Said:
        exempt = _exempt(flow)
        if exempt and not (governing and flow.target.virtual_ips):
            return _Said(_ALLOW, exempt=exempt if own or governing else "")
        if (self._unread_policies or flow.subject.unread) and (why := self.open_for(flow.subject)):
            return _Said(_ALLOW | _DENY, why=why)
        admin = self._tier(flow, Tier.ADMIN) if governing else NONE
        if not admin & (PASS | NONE):
            return _Said(_answers(admin), Tier.ADMIN)
        if exempt and own:
            rest = _Said(_ALLOW, exempt=exempt)
        elif own:
            rest = self._by_policies(flow, own)
        elif self.engine.selection_is_final and any(self._isolating(each, flow.own) for each in Direction):
            rest = _Said(_ALLOW)
        else:
            baseline = self._tier(flow, Tier.BASELINE) if governing else NONE
            rest = _Said(_answers(baseline), None if baseline & (PASS | NONE) else Tier.BASELINE)
        return rest._replace(answers=rest.answers | _answers(admin & (ACCEPT | DENY)))

    def _tier(self, flow: Flow, tier: Tier) -> int:
        """Return what an admin tier may come to, as a set of outcomes."""
        key = (flow.direction, tier, flow.target.named_ports, flow.port, flow.protocol)
        rules = flow.own.tiers.get(key)
        if rules is None:
            governing = self._governing(flow.direction, tier, flow.own)
            end = (flow.port, flow.protocol, flow.target)
            rules = flow.own.tiers[key] = tiers.opened(governing, flow.direction, self._table, end, self.engine)
        return tiers.outcome(rules, self._admitted(flow.other), flow.peer, flow.subject, self.engine)

    def _by_policies(self, flow: Flow, own: tuple[Policy, ...]) -> _Said:
        """Return what the isolating NetworkPolicies say: allowed if any rule admits."""
        if flow.subject.host_network and flow.peer.host_network and flow.peer.namespace:
            told_apart = replace(flow.peer, host_network=False)  # as whoever selects the subject tells its peer, too
            flow = flow._replace(peer=told_apart, other=self.standing(told_apart))
        rules, admitted = self._opened(flow), self._admitted(flow.other)
        if rules.surely & admitted.surely:
            return _Said(_ALLOW, Tier.POLICY)
        best = Match.MAYBE if rules.perhaps & admitted.perhaps else Match.NO
        for rule, ports in rules.by_address:  # a loop, since this is where decisions spend their time
            match = min(ports, match_addresses(rule, flow.peer, flow.subject))
            if match is Match.YES:
                return _Said(_ALLOW, Tier.POLICY)
            best = max(best, match)
        why = flow.peer.unread if best is Match.MAYBE else ""
        why = why or _by_host(flow) or ("" if self.engine.sees_backend else _by_cluster_ip(flow, own))
        return _Said(_DENY if best is Match.NO and not why else _ALLOW | _DENY, Tier.POLICY, why)

    # --- what is kept, by what selectors can see of a party

    def standing(self, party: Party) -> Standing:
        """Return that of the parties which no selector of this index can tell apart: labels that none asks for are left out."""
        key = (party.label_set, party.standing)
        known = self._standings.get(key)
        if known is None:
            asked = self._keys
            alike = (frozenset([each for each in party.label_set if each[0] in asked]), party.standing)
            known = self._standings.get(alike)
            if known is None:
                known = self._standings[alike] = Standing(party)
            self._standings[key] = known
        return known

    def _admitted(self, standing: Standing) -> Admitted:
        if standing.admitted is None:
            standing.admitted = self._table.admitted(standing.party)
        return standing.admitted

    def _isolating(self, direction: Direction, standing: Standing) -> tuple[Policy, ...]:
        found = standing.isolating.get(direction)
        if found is None:
            party = standing.party
            near = () if party.host_network and party.host_is_node else self._policies.get(party.namespace, ())
            found = standing.isolating[direction] = tuple(
                each
                for each in near
                if each.rules(direction) is not None and each.spec.pod_selector.matches(party.labels)
            )
        return found

    def _governing(self, direction: Direction, tier: Tier, standing: Standing) -> tuple[Governing, ...]:
        found = standing.by_tier.get((direction, tier))
        if found is None:
            if standing.selected is None:
                standing.selected = self._subjects.admitted(standing.party)
            surely, perhaps = standing.selected
            bits = self._subjects.bits
            own = ((each, bits[id(each.as_rule)]) for each in self._tiers[tier] if each.rules(direction))
            found = tuple(
                Governing(each, bool(surely & bit))
                for each, bit in own
                if perhaps & bit or (each.subject is None and each.selects(standing.party) is not Match.NO)
            )
            standing.by_tier[direction, tier] = found
        return found

    def _all_governing(self, direction: Direction, standing: Standing) -> tuple[TierPolicy, ...]:
        found = standing.governing.get(direction)
        if found is None:
            both = (self._governing(direction, tier, standing) for tier in (Tier.ADMIN, Tier.BASELINE))
            found = standing.governing[direction] = tuple(each.policy for tier in both for each in tier)
        return found

    def _opened(self, flow: Flow) -> Opened:
        """Return the rules of the isolating policies whose ports admit, or may admit, a port of the target."""
        key = (flow.direction, flow.target.named_ports, flow.port, flow.protocol)
        known = flow.own.opened.get(key)
        if known is None:
            rules = (
                each for own in self._isolating(flow.direction, flow.own) for each in own.rules(flow.direction) or ()
            )
            judged = [(each, match_ports(each, flow.port, flow.protocol, flow.target)) for each in rules]
            known = flow.own.opened[key] = self._as_bits([each for each in judged if each[1] is not Match.NO])
        return known

    def _as_bits(self, judged: list[tuple[Rule, Match]]) -> Opened:
        surely = perhaps = 0
        for rule, ports in judged:
            bit = self._table.bits[id(rule)]
            perhaps |= bit
            surely |= bit if ports is Match.YES else 0
        by_address = tuple(each for each in judged if each[0].goes_by_address)
        return Opened(surely, perhaps, by_address, tuple(rule for rule, _ in judged))


@lasting
def policy_index(snapshot: Snapshot) -> PolicyIndex:
    """Return the policies, compiled as the engine reads them that runs here, if it is known and was measured; else by the text.

    One index a snapshot, shared by all of its cases.
    """
    known = enforcer(snapshot)
    return PolicyIndex(snapshot, known.engine if known else TEXT)


def _answers(outcomes: int) -> int:
    """Return what outcomes mean where nothing comes after: what is neither denied nor accepted passes."""
    return (_DENY if outcomes & DENY else 0) | (_ALLOW if outcomes & (ACCEPT | PASS | NONE) else 0)


def _scope(namespace: str) -> str:
    return f"namespace {namespace}" if namespace else "the cluster"


def _exempt(flow: Flow) -> str:
    """Return the reason where isolation does not count.

    A pod cannot block itself, nor do admin tiers see what it sends to its own address or its loopback; what comes from its own
    node is always let in, which is how the kubelet's probes pass (NetworkPolicySpec.ingress: "OR if the traffic source is the
    pod's local node").
    """
    source, target = flow.source, flow.target
    if source.is_same_pod(target):
        return f"{source.name} always reaches itself"
    if not target.namespace and source.namespace and target.is_loopback:
        return f"{target.name} is {source.name} itself: what it sends there never leaves it"
    if source.host_network and source.node and source.node == target.node and flow.direction is Direction.INGRESS:
        return f"{source.name} is on the node of {target.name}, which is always let in"
    return ""


def _by_host(flow: Flow) -> str:
    """Return the reason why a "no" is not final where policies may not select the end at all: it is on the host network."""
    if not flow.subject.host_network:
        return ""
    return f"{flow.subject.name} is on the host network: the API leaves open whether policies select it (NPL-012)"


def _by_cluster_ip(flow: Flow, isolating: Iterable[Policy]) -> str:
    """Return the reason where a rule has the Service's ClusterIP instead of its pods.

    Whether an ipBlock is held against the address before or after translation is the implementation's choice (B.22).
    """
    target = flow.target
    if flow.direction is Direction.INGRESS or not target.virtual_ips:
        return ""
    virtual = Party(namespace=target.namespace, ips=target.virtual_ips)
    for policy in isolating:
        for rule in policy.egress or ():
            ports = match_ports(rule, target.virtual_port or None, flow.protocol, target)
            if ports is not Match.NO and match_blocks(rule.blocks, virtual, target) is not Match.NO:
                return f"{policy} admits the ClusterIP, not the pods: whether that counts depends on the CNI (NPL-008)"
    return ""
