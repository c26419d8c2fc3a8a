"""Which other connections a change of a policy opens or closes: counted, and the first few named.

Pods that no policy tells apart are one end here, named by their workload. Only pods that were read can be told.
"""

from collections.abc import Iterable, Iterator

from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.pod_index import group
from bot.model.policy.index import PolicyIndex, policy_index
from bot.model.policy.rules import Direction
from bot.model.refs import Ref
from bot.model.result.finding import Fix
from bot.model.snapshot import Snapshot
from bot.model.text import count, listing

Port = tuple[int, str]  # its number and protocol
Flow = tuple[str, str, Port, str]  # the workloads at its ends, its port, and what becomes of it
# A proof must not take longer than the diagnosis.
_MOST_PODS, _MOST = 5_000, 10_000  # pods to tell apart, and connections to decide
_SHOWN = 3


def other_flows(case: Case, changed: Snapshot, fixes: Iterable[Fix]) -> str:
    """Return in words which flows `fixes` change besides the one asked about, on its ports and those that they are about.

    Looked at are those of which one end is touched. Empty where no port is known.
    """
    fixes, pods = tuple(fixes), [each for each in case.snapshot.pods if not each.is_terminal]
    if len(pods) > _MOST_PODS:
        return f"which other flows change was not counted among {len(pods)} pods"
    both = policy_index(case.snapshot), policy_index(changed)
    alike = list(group(pods, lambda pod: _kind(pod, both)).values())
    ends = tuple(pods[0] for pods in alike)
    numbers = {(each.port, port.protocol) for port in case.ports for each in case.backends.usable(port)}
    every = sorted({*numbers, *(number for fix in fixes for number in _numbers(fix))})
    if not every:
        return ""
    touched = frozenset(each.ref for each in ends if any(_touches(fix.about, each, both) for fix in fixes))
    if 2 * len(touched) * len(ends) * len(every) > _MOST:
        return f"which other flows change was not counted: it touches {count(len(touched), 'kind')} of pods, of {len(ends)}"
    caller = case.caller.pod and _name(case.caller.pod)
    asked = {(caller, _name(pod), number) for pod in case.backends.pods for number in numbers}
    pairs = (
        (sources[0], _another(sources[0], targets))
        for sources in alike
        for targets in alike
        if {sources[0].ref, targets[0].ref} & touched
    )
    return _told([each for each in dict.fromkeys(_changed(both, pairs, every)) if each[:3] not in asked])


def _touches(about: Ref, pod: Pod, indexes: tuple[PolicyIndex, PolicyIndex]) -> bool:
    """Return whether a change of this object may change what a pod sends or takes: a policy's, or its namespace's."""
    if about.kind == "Namespace":
        return pod.namespace == about.name
    parties = ((index, index.pod(pod)) for index in indexes)
    return any(
        each.ref == about
        for index, party in parties
        for direction in Direction
        for selecting in (index.isolating(direction, party), index.governing(direction, party))
        for each in selecting
    )


def _told(found: list[Flow]) -> str:
    if not found:
        return "no other flow between the pods that were read changes"
    if len({port for _, _, port, _ in found}) == 1:
        told = [f"{source} → {target} is {now}" for source, target, _, now in found]
        change = "changes" if len(found) == 1 else "change"
        return f"{count(len(found), 'other flow')} on {_port_words(found[0][2])} {change}, too: {listing(told, _SHOWN)}"
    told = [f"{source} → {target} on {_port_words(port)} is {now}" for source, target, port, now in found]
    return f"{count(len(found), 'other flow')} change, too: {listing(told, _SHOWN)}"


def _port_words(port: Port) -> str:
    return f"{port[0]}/{port[1]}"


def _numbers(fix: Fix) -> Iterator[Port]:
    """Yield the ports that a new NetworkPolicy admits."""
    spec = fix.manifest.get("spec", {}) if fix.manifest else {}
    rules = (rule for way in ("ingress", "egress") for rule in spec.get(way, ()))
    for entry in (entry for rule in rules for entry in rule.get("ports", ())):
        if isinstance(entry.get("port"), int):
            yield entry["port"], entry.get("protocol", "TCP")


def _another(source: Pod, targets: list[Pod]) -> Pod:
    """Return a pod that it may not reach: itself it always does, and the host network those of its node."""
    others = (each for each in targets if each is not source and each.spec.node_name != source.spec.node_name)
    return next(others, targets[-1])


def _kind(pod: Pod, indexes: Iterable[PolicyIndex]) -> tuple[object, ...]:
    """Return what pods of one workload share that no selector tells apart."""
    return (_name(pod), *(each.standing(each.pod(pod)) for each in indexes))


def _name(pod: Pod) -> str:
    return f"{pod.namespace}/{pod.workload.name if pod.workload else pod.name}"


def _changed(
    indexes: tuple[PolicyIndex, PolicyIndex], pairs: Iterable[tuple[Pod, Pod]], ports: list[Port]
) -> Iterator[Flow]:
    for source, target in pairs:
        for port in ports:
            was, now = (each.decide(each.pod(source), each.pod(target), *port).decision for each in indexes)
            if was != now:
                yield _name(source), _name(target), port, {"allow": "allowed", "deny": "denied"}.get(now, "open")
