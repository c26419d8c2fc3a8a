"""Policies to add: they admit exactly one caller. Rule: a new policy must isolate nobody anew.

A policy selects pods and thereby isolates them. So each one made here selects only pods that a policy which is already
there selects too: its selector is held together with that policy's.
"""

from collections.abc import Iterator
from typing import Any

from bot.checks.facts.ip_blocks import ip_block
from bot.checks.policy._blocked_connections import BlockedGroup, caller_ref
from bot.checks.policy._direction_words import lets_through
from bot.model.case import Case
from bot.model.dns.node_local import cache_address, node_local_caches
from bot.model.kube.pods import Pod
from bot.model.kube.selectors import LabelSelector
from bot.model.policy.parties import NAME_LABEL
from bot.model.policy.rules import Direction
from bot.model.refs import Ref
from bot.model.result.finding import Fix

Json = dict[str, Any]

# Labels that a controller puts on its pods and that change with each rollout, or differ from pod to pod.
_PASSING = (
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
)
_LONGEST_NAME = 63


def allow_caller(case: Case, group: BlockedGroup) -> tuple[Fix, ...]:
    """A policy beside the isolating ones that admits the caller to the Service's pods on the pod port."""
    service, ingress = case.service, group.decision.direction is Direction.INGRESS
    caller = caller_selector(case)
    if service is None or (ingress and not service.selector.pairs) or _opens_a_namespace(group, caller):
        return ()
    own = LabelSelector(match_labels=service.selector.pairs)
    subject = own if ingress else caller
    here, there = (service.namespace, case.caller.namespace) if ingress else (case.caller.namespace, service.namespace)
    blocks = _addresses(case, group)
    peers = blocks or ([_peer(there, caller if ingress else own)] if service.selector.pairs else [])
    if not peers:
        return ()
    spec = _spec(group, subject, peers, [_port(*each) for each in group.numbers])
    name = f"allow-{caller_ref(case).name}-{'' if ingress else 'out-'}to-{service.name}"
    end = group.decision.peer.name
    of_nodes = f"what has one of {len(blocks)} addresses" if len(blocks) > 1 else f"what has the address of {end}"
    who = of_nodes if blocks and ingress else "every pod with these labels"
    lets = lets_through(group.decision.direction, who)
    risk = f"{lets} to {service.name} on {group.pod_ports}"
    return (_fix(case, Ref("NetworkPolicy", name, here), spec, risk),)


def _opens_a_namespace(group: BlockedGroup, caller: LabelSelector) -> bool:
    """Return whether nothing tells the caller from its neighbours, so that a policy for it would be one for them all."""
    return caller.is_empty and not (group.decision.direction is Direction.INGRESS and group.decision.peer.host_network)


def _addresses(case: Case, group: BlockedGroup) -> list[Json]:
    """Return ipBlocks of the other ends where labels do not mean them: on the host network, or no pods at all.

    A workload on the host network is to be let in from each node that has a pod of it, not only from that of the pod judged.
    """
    peers = [each.decision.peer for each in group.blocked]
    if not all(each.host_network or (each.pod is None and not each.namespace) for each in peers):
        return []
    found = dict.fromkeys(
        str(address) for each in peers for address in (*each.addresses, *_of_siblings(case, each.pod))
    )
    return [ip_block(each) for each in found]


def _of_siblings(case: Case, pod: Pod | None) -> Iterator[str]:
    """Yield the addresses of the pods on the host network that the same workload made."""
    if pod is not None and pod.workload is not None:
        for each in case.snapshot.pods_in(pod.namespace):
            if each.workload == pod.workload and each.spec.host_network and not each.is_terminal:
                yield from each.ips


def admit_dns(case: Case, group: BlockedGroup) -> tuple[Fix, ...]:
    """A policy for lookups over both protocols: out of all that the blamed one isolates, or in from the caller's namespace."""
    service = case.dns.service
    if service is None or not service.selector.pairs:
        return ()
    own = LabelSelector(match_labels=service.selector.pairs)
    ports = [_port(*each) for each in dns_numbers(group)]
    if group.decision.direction is Direction.INGRESS:
        peers = _addresses(case, group) or [{"namespaceSelector": {"matchLabels": {NAME_LABEL: case.caller.namespace}}}]
        ref = Ref("NetworkPolicy", f"allow-dns-for-{case.caller.namespace}", service.namespace)
        risk = f"lets the pods of {case.caller.namespace} ask the cluster's DNS, nothing else"
        return (_fix(case, ref, _spec(group, own, peers, ports), risk),)
    found = [*(_addresses(case, group) or [_peer(service.namespace, own)]), *_cache_blocks(case)]
    peers = [each for index, each in enumerate(found) if each not in found[:index]]
    ref = Ref("NetworkPolicy", f"allow-dns-for-{group.blamed.ref.name}", case.caller.namespace)
    spec = _spec(group, LabelSelector(), peers, ports)
    return (_fix(case, ref, spec, "lets the isolated pods ask the cluster's DNS, nothing else"),)


def admit_nodes_to_dns(case: Case, group: BlockedGroup) -> tuple[Fix, ...]:
    """A policy that lets everybody ask the DNS pods: nodes, whose caches ask, have no labels that a rule could select."""
    service = case.dns.service
    if service is None or not service.selector.pairs:
        return ()
    own = LabelSelector(match_labels=service.selector.pairs)
    spec = _spec(group, own, [], [_port(*each) for each in dns_numbers(group)])
    risk = (
        "lets everybody ask the cluster's DNS, nothing else; an ipBlock of the nodes' network instead lets them alone"
    )
    return (_fix(case, Ref("NetworkPolicy", "allow-dns-for-nodes", service.namespace), spec, risk),)


def dns_numbers(group: BlockedGroup) -> tuple[tuple[int, str], ...]:
    """Return the pod ports of lookups over both protocols: what is asked over UDP is asked over TCP where it is long."""
    numbers = dict.fromkeys(number for number, _ in group.numbers)
    return tuple((each, protocol) for each in numbers for protocol in ("UDP", "TCP"))


def _cache_blocks(case: Case) -> list[Json]:
    """Return ipBlocks of a node-local cache, where there is one: no podSelector means its addresses."""
    if node_local_caches(case.snapshot) is None or case.dns.service is None:
        return []
    return [ip_block(each) for each in (cache_address(case.snapshot), *case.dns.service.cluster_ips)]


def caller_selector(case: Case) -> LabelSelector:
    """What selects the caller and its siblings: its workload's selector, else its lasting labels."""
    workload = case.caller.workload
    if workload is None and case.caller.pod and case.caller.pod.workload:
        workload = case.snapshot.workload(case.caller.pod.workload)
    if workload and workload.pod_selector and not workload.pod_selector.is_empty:
        return workload.pod_selector
    return LabelSelector(match_labels={key: value for key, value in case.caller.labels.items() if key not in _PASSING})


def _spec(group: BlockedGroup, subject: LabelSelector, peers: list[Json], ports: list[Json]) -> Json:
    direction = group.decision.direction
    side = "from" if direction is Direction.INGRESS else "to"
    return {
        "podSelector": _both(subject, group.blamed.spec.pod_selector),
        "policyTypes": [str(direction)],
        direction.lower(): [{**({side: peers} if peers else {}), "ports": ports}],
    }


def _peer(namespace: str, selector: LabelSelector) -> Json:
    return {
        "namespaceSelector": {"matchLabels": {NAME_LABEL: namespace}},
        "podSelector": _both(selector, LabelSelector()),
    }


def _port(number: int, protocol: str) -> Json:
    return {"protocol": protocol, "port": number}


def as_json(selector: LabelSelector) -> Json:
    """Return a selector as the API writes it."""
    return _both(selector, LabelSelector())


def pointer(field: str) -> str:
    """Return a field as a JSON pointer (RFC 6901), e.g. `/spec/ingress/0/from`."""
    return f"/{field.replace('[', '/').replace(']', '').replace('.', '/')}"


def _both(one: LabelSelector, other: LabelSelector) -> Json:
    """Join two selectors: pods that both select. A pod fits both, so no pair of theirs can contradict another."""
    pairs = {**(other.match_labels or {}), **(one.match_labels or {})}
    lines = [
        {"key": each.key, "operator": each.operator, **({"values": list(each.values)} if each.values else {})}
        for each in dict.fromkeys((*(one.match_expressions or ()), *(other.match_expressions or ())))
    ]
    return {**({"matchLabels": pairs} if pairs else {}), **({"matchExpressions": lines} if lines else {})}


def _fix(case: Case, wanted: Ref, spec: Json, risk: str) -> Fix:
    """A policy of a name that is still free: applying must not overwrite one that is there."""
    taken = {each.name for each in case.snapshot.policies if each.namespace == wanted.namespace}
    stem = wanted.name[: _LONGEST_NAME - 3].rstrip("-.")
    name = next(each for each in (stem, *(f"{stem}-{number}" for number in range(2, 100))) if each not in taken)
    ref = Ref("NetworkPolicy", name, wanted.namespace)
    manifest = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": ref.name, "namespace": ref.namespace},
        "spec": spec,
    }
    return Fix(about=ref, manifest=manifest, risk=risk)
