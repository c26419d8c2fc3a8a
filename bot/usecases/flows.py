"""Which other connections a change of a policy opens or closes: counted, and the first few named.

Pods that no policy tells apart are one end here, named by their workload. Only pods that were read can be told.
"""

from collections.abc import Iterable, Iterator

from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.policy.index import policy_index
from bot.model.result.finding import Fix
from bot.model.snapshot import Snapshot
from bot.model.text import count, listing

Port = tuple[int, str]  # its number and protocol
_MOST_ENDS = 60  # of each side: a proof must not take longer than the diagnosis
_SHOWN = 3


def other_flows(case: Case, changed: Snapshot, fixes: Iterable[Fix] = ()) -> str:
    """Return in words which flows change besides the one asked about, on its ports and those that `fixes` are about.

    Empty where there are too many ends to look at, or the call has several ports.
    """
    ends = tuple(_ends(case.snapshot.pods))
    numbers = {(each.port, port.protocol) for port in case.ports for each in case.backends.usable(port)}
    if len(ends) > _MOST_ENDS or len(numbers) != 1:
        return ""
    caller = case.caller.pod and _name(case.caller.pod)
    asked = {(caller, _name(pod), number) for pod in case.backends.pods for number in numbers}
    every = sorted({*numbers, *(number for fix in fixes for number in _numbers(fix))})
    found = [each for each in _changed(case.snapshot, changed, ends, every) if each[:3] not in asked]
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


def _ends(pods: Iterable[Pod]) -> Iterator[Pod]:
    """Yield one pod of each workload and set of labels."""
    seen: set[tuple[str, str]] = set()
    for pod in pods:
        key = (pod.namespace, _name(pod))
        if not pod.is_terminal and key not in seen:
            seen.add(key)
            yield pod


def _name(pod: Pod) -> str:
    return f"{pod.namespace}/{pod.workload.name if pod.workload else pod.name}"


def _changed(
    before: Snapshot, after: Snapshot, ends: tuple[Pod, ...], ports: list[Port]
) -> Iterator[tuple[str, str, Port, str]]:
    old, new = policy_index(before), policy_index(after)
    for source in ends:
        for target in ends:
            for port in ports:
                was, now = (index.decide(index.pod(source), index.pod(target), *port).decision for index in (old, new))
                if was != now:
                    yield _name(source), _name(target), port, {"allow": "allowed", "deny": "denied"}.get(now, "open")
