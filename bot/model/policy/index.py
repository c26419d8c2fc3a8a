"""NetworkPolicy v1, evaluated. Rule: decide only what the API's text decides, and leave the rest unknown.

Policies are compiled once a snapshot and then asked: which isolate this pod in this direction, and does any of their
rules admit the other end on the pod's port (after the Service's translation). They are allow-lists, additive and without
order; both ends must allow; replies need no rule. https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from ipaddress import ip_address
from typing import NamedTuple

from msgspec.structs import replace

from bot.model.gaps import SCOPE
from bot.model.kube.networkpolicies import IPBlock, NetworkPolicy
from bot.model.kube.pods import Pod
from bot.model.memo import memo
from bot.model.policy.decisions import Answer, Connection, Decision, Policy, joined
from bot.model.policy.parties import Party
from bot.model.policy.rules import Direction, Match, Rule, either, match_blocks, match_ports, match_selectors
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot

# The needs that leave open which pod has an address.
_OF_PODS = ("pods", "dns", SCOPE)


class Opened(NamedTuple):
    """The rules whose ports admit (YES) or may admit (MAYBE), with their ipBlocks, policy by policy; and the rules alone."""

    policies: tuple[tuple[Policy, tuple[tuple[Rule, Match, tuple[IPBlock, ...]], ...]], ...]
    rules: tuple[Rule, ...]


class PolicyIndex:
    """All policies of a snapshot, ready to be asked. Building is linear in policies; answers to selectors are kept."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._policies: dict[str, list[Policy]] = defaultdict(list)
        for each in sorted(snapshot.policies, key=lambda policy: policy.ref):
            self._policies[each.namespace].append(compiled(each))
        self._parties: dict[tuple[str, str], Party] = {}
        self._keys = frozenset(key for policies in self._policies.values() for each in policies for key in _asked(each))
        self._standings: dict[tuple[object, ...], int] = {}
        self._isolating: dict[tuple[Direction, int], tuple[Policy, ...]] = {}
        self._open: dict[tuple[object, ...], Opened] = {}
        self._admits: dict[int, dict[int, Match]] = defaultdict(dict)

    @cached_property
    def _node_of(self) -> dict[str, str]:
        return {address: node.name for node in self._snapshot.nodes for address in node.internal_ips}

    @cached_property
    def _unread_pods(self) -> str:
        """Why an address may be that of a pod which was not read; empty where all pods were."""
        gaps = (gap for need in _OF_PODS for gap in self._snapshot.gaps_for(need))
        return next((f"{each.what} could not be read ({each.why})" for each in gaps), "")

    @cached_property
    def _unread_policies(self) -> dict[str, str]:
        """Why the policies of a namespace are not known, by namespace; empty: of all."""
        gaps = self._snapshot.gaps_for("networkpolicies")
        return {
            each.namespace: f"the NetworkPolicies of {_scope(each.namespace)} could not be read ({each.why})"
            for each in gaps
        }

    # --- the parties

    def pod(self, pod: Pod) -> Party:
        """The party that a pod is."""
        key = (pod.namespace, pod.name)
        if key not in self._parties:
            self._parties[key] = self._pod(pod)
        return self._parties[key]

    def _pod(self, pod: Pod) -> Party:
        return replace(
            self.anyone(pod.namespace, pod.labels, pod.name),
            ips=pod.ips,
            node=pod.spec.node_name,
            host_network=pod.spec.host_network,
            pod=pod,
        )

    def anyone(self, namespace: str, labels: Mapping[str, str] | None = None, name: str = "") -> Party:
        """A pod of a namespace with these labels, of which neither IP nor node is known."""
        return Party(
            namespace=namespace,
            labels=dict(labels or {}),
            namespace_labels=self._snapshot.namespace_labels(namespace),
            name=name or f"a pod of {namespace} without labels",
            knows_namespace=self._snapshot.namespace(namespace) is not None,
        )

    def address(self, address: str) -> Party:
        """The party behind an IP: a pod, a node, or somebody outside."""
        canonical = _canonical(address)
        pod = self._snapshot.pod_by_ip(canonical)
        if pod is not None:
            return replace(self.pod(pod), ips=(canonical,))
        node = self._node_of.get(canonical, "")
        if node:
            return Party(ips=(canonical,), node=node, host_network=True, name=f"node {node}")
        unread = f"whose address {canonical} is is not known: {self._unread_pods}" if self._unread_pods else ""
        return Party(ips=(canonical,), name=canonical, unread=unread)

    # --- the questions

    def is_free(self, namespace: str) -> bool:
        """Return whether no policy lies in a namespace, so that none selects its pods."""
        return namespace not in self._policies

    def isolating(self, direction: Direction, party: Party) -> tuple[Policy, ...]:
        """The policies that select a party and have a say in this direction, by name."""
        if not party.namespace:
            return ()
        key = (direction, self._standing(party))
        found = self._isolating.get(key)
        if found is None:
            found = tuple(
                each
                for each in self._policies.get(party.namespace, ())
                if each.rules(direction) is not None and each.spec.pod_selector.matches(party.labels)
            )
            self._isolating[key] = found
        return found

    def decide(self, source: Party, target: Party, port: int | None, protocol: str = "TCP") -> Connection:
        """Decide one connection to a port of the target itself: the pod's, not the Service's (failure-modes B.14)."""
        egress = self._decide(Direction.EGRESS, source, target, port, protocol)
        ingress = self._decide(Direction.INGRESS, source, target, port, protocol)
        return Connection(joined((egress.decision, ingress.decision)), egress, ingress)

    def admitting(self, target: Party, port: int | None, protocol: str = "TCP") -> tuple[Rule, ...]:
        """The ingress rules that admit anybody at all to a port of the target."""
        return self._opened(Direction.INGRESS, target, target, port, protocol).rules

    def _decide(self, direction: Direction, source: Party, target: Party, port: int | None, protocol: str) -> Decision:
        subject, peer = (target, source) if direction is Direction.INGRESS else (source, target)
        isolating = self.isolating(direction, subject)
        if (why := self.open_for(subject)) and not _exempt(direction, source, target):
            return Decision(direction, "unknown", source, target, port, protocol, unsettled=why)
        if not isolating:
            return Decision(direction, "allow", source, target, port, protocol)
        if exempt := _exempt(direction, source, target):
            return Decision(direction, "allow", source, target, port, protocol, isolating, exempt=exempt)
        allowed: tuple[Ref, ...] = ()
        perhaps = False
        admits = self._admits[self._standing(peer)]  # what selectors said before of a party of the same standing
        for policy, rules in self._opened(direction, subject, target, port, protocol).policies:
            for rule, ports, blocks in rules:  # a loop, since this is where decisions spend their time
                peers = admits.get(id(rule))
                if peers is None:
                    peers = admits[id(rule)] = match_selectors(rule, peer)
                if blocks and peers is not Match.YES:
                    peers = either(peers, match_blocks(blocks, peer, subject))
                if peers is Match.YES and ports is Match.YES:
                    allowed = (*allowed, policy.ref)
                    break
                perhaps = perhaps or peers is not Match.NO
        if allowed:
            return Decision(direction, "allow", source, target, port, protocol, isolating, allowed)
        unread = peer.unread if perhaps else ""
        unsettled = unread or _on_host(source, target) or _by_cluster_ip(direction, target, isolating, protocol)
        answer: Answer = "unknown" if perhaps or unsettled else "deny"
        return Decision(direction, answer, source, target, port, protocol, isolating, unsettled=unsettled)

    def open_for(self, subject: Party) -> str:
        """Return why it is not known which policies select this end; empty where it is."""
        known = self._unread_policies
        if subject.unread:
            return subject.unread if known or self._policies else ""
        return (known.get(subject.namespace) or known.get("", "")) if known and subject.namespace else ""

    # --- what is kept, by what selectors can see of a party

    def _standing(self, party: Party) -> int:
        """Number the parties that no selector of this index can tell apart: labels that none asks for are left out."""
        spaces = (party.namespace_label_set, party.knows_namespace, party.host_network, bool(party.unread))
        key = (party.namespace, party.label_set, *spaces)
        known = self._standings.get(key)
        if known is None:
            seen = frozenset(each for each in party.label_set if each[0] in self._keys)
            known = self._standings.setdefault((party.namespace, seen, *key[2:]), len(self._standings))
            self._standings[key] = known
        return known

    def _opened(self, direction: Direction, subject: Party, target: Party, port: int | None, protocol: str) -> Opened:
        """The rules of the isolating policies whose ports admit, or may admit, a port of the target."""
        key = (direction, self._standing(subject), target.named_ports, port, protocol)
        known = self._open.get(key)
        if known is None:
            policies = tuple(
                (policy, tuple((rule, ports, rule.blocks) for rule, ports in judged if ports is not Match.NO))
                for policy in self.isolating(direction, subject)
                for judged in [
                    [(each, match_ports(each, port, protocol, target)) for each in policy.rules(direction) or ()]
                ]
            )
            known = Opened(policies, tuple(rule for _, rules in policies for rule, _, _ in rules))
            self._open[key] = known
        return known


@memo
def policy_index(snapshot: Snapshot) -> PolicyIndex:
    """Return the NetworkPolicies, compiled: one index a snapshot, shared by all of its cases."""
    return PolicyIndex(snapshot)


def _scope(namespace: str) -> str:
    return f"namespace {namespace}" if namespace else "the cluster"


def _canonical(address: str) -> str:
    """Write an IPv6 address as the API does; what is no address stays as it is."""
    try:
        return str(ip_address(address))
    except ValueError:
        return address


def compiled(policy: NetworkPolicy) -> Policy:
    """Compile one policy. A direction it has no say in is None; one without rules is empty, and denies."""
    spec, directions = policy.spec, policy.directions
    ref = policy.ref
    ingress = tuple(
        Rule(ref, Direction.INGRESS, index, each.from_ or (), each.ports or ())
        for index, each in enumerate(spec.ingress or ())
    )
    egress = tuple(
        Rule(ref, Direction.EGRESS, index, each.to or (), each.ports or ())
        for index, each in enumerate(spec.egress or ())
    )
    return Policy(ref, spec, ingress if "Ingress" in directions else None, egress if "Egress" in directions else None)


def _asked(policy: Policy) -> Iterable[str]:
    """The label keys that a policy's selectors for pods ask for."""
    peers = [peer for rule in policy.all_rules for peer in rule.peers]
    for selector in (policy.spec.pod_selector, *(each.pod_selector for each in peers)):
        if selector is not None:
            yield from selector.keys


def _exempt(direction: Direction, source: Party, target: Party) -> str:
    """Return the reason where isolation does not count.

    A pod cannot block itself; what comes from its own node is always let in, which is how the kubelet's probes pass
    (NetworkPolicySpec.ingress: "OR if the traffic source is the pod's local node").
    """
    if source.is_same_pod(target):
        return f"{source.name} always reaches itself"
    if direction is Direction.INGRESS and source.host_network and source.node and source.node == target.node:
        return f"{source.name} is on the node of {target.name}, which is always let in"
    return ""


def _on_host(source: Party, target: Party) -> str:
    """Return the reason why a "no" is not final where one end shares its node's network: the API leaves that undefined."""
    for party in (target, source):
        if party.host_network:
            return f"{party.name} is on the host network, for which policies are undefined (NPL-012)"
    return ""


def _by_cluster_ip(direction: Direction, target: Party, isolating: Iterable[Policy], protocol: str) -> str:
    """Return the reason where a rule has the Service's ClusterIP instead of its pods.

    Whether an ipBlock is held against the address before or after translation is the implementation's choice (B.22).
    """
    if direction is Direction.INGRESS or not target.virtual_ips:
        return ""
    virtual = Party(namespace=target.namespace, ips=target.virtual_ips)
    for policy in isolating:
        for rule in policy.egress or ():
            ports = match_ports(rule, target.virtual_port or None, protocol, target)
            if ports is not Match.NO and match_blocks(rule.blocks, virtual, target) is not Match.NO:
                return f"{policy} admits the ClusterIP, not the pods: whether that counts depends on the CNI (NPL-008)"
    return ""
