"""Which other connections a change of a policy opens or closes: counted, and the first few named.

Pods that no policy tells apart are one end here, named by their workload. Only pods that were read can be told.
"""

from collections.abc import Iterable, Iterator

from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.policy.index import policy_index
from bot.model.snapshot import Snapshot
from bot.model.text import count, listing

_MOST_ENDS = 60  # of each side: a proof must not take longer than the diagnosis
_SHOWN = 3


def other_flows(case: Case, changed: Snapshot) -> str:
    """Return in words which flows on the asked ports change besides the one asked about; empty where none does."""
    ends = tuple(_ends(case.snapshot.pods))
    numbers = sorted({(each.port, port.protocol) for port in case.ports for each in case.backends.usable(port)})
    if len(ends) > _MOST_ENDS or len(numbers) != 1:
        return ""
    asked = {(case.caller.pod and _name(case.caller.pod), _name(pod)) for pod in case.backends.pods}
    found = [each for each in _changed(case.snapshot, changed, ends, numbers[0]) if each[:2] not in asked]
    if not found:
        return "no other flow between the pods that were read changes"
    told = listing([f"{source} → {target} is {now}" for source, target, now in found], _SHOWN)
    return f"{count(len(found), 'other flow')} on {numbers[0][0]}/{numbers[0][1]} changes, too: {told}"


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
    before: Snapshot, after: Snapshot, ends: tuple[Pod, ...], port: tuple[int, str]
) -> Iterator[tuple[str, str, str]]:
    old, new = policy_index(before), policy_index(after)
    for source in ends:
        for target in ends:
            was, now = (index.decide(index.pod(source), index.pod(target), *port).decision for index in (old, new))
            if was != now:
                yield _name(source), _name(target), {"allow": "allowed", "deny": "denied"}.get(now, "open")
