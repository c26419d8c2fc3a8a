"""Since when a policy keeps a caller out: no longer than its pods have the labels for which it does.

A policy may be months old and its caller have lost a label with the last revision; then the fault is as old as that.
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from bot.checks.facts.rollouts import HASH
from bot.model.kube.networkpolicies import NetworkPolicy
from bot.model.kube.pods import Pod
from bot.model.kube.selectors import LabelSelector
from bot.model.result.finding import Finding
from bot.model.snapshot import Snapshot


def since_relabelled(snapshot: Snapshot, caller: Pod | None, found: Finding) -> Finding:
    """Return the finding with the time of the revision that brought the labels which its policy asks for, if that is later."""
    policy = snapshot.object(found.about)
    if caller is None or caller.workload is None or not isinstance(policy, NetworkPolicy):
        return found
    own, asked = _labels(caller.labels), {key for each in _selectors(policy) for key in each.keys}
    born = [
        (each.metadata.creation_timestamp, _labels(each.labels))
        for each in snapshot.revisions_of(caller.workload)
        if each.metadata.creation_timestamp
    ]
    other = [at for at, labels in born if asked & {key for key, _ in labels.items() ^ own.items()}]
    begun = min((at for at, labels in born if labels == own and other and at > max(other)), default=None)
    if begun is None or (found.since and found.since >= begun):
        return found
    said = f"{found.message} The labels of its pods changed with their revision of {begun:%Y-%m-%d %H:%M} UTC."
    return replace(found, since=begun, message=said)


def _labels(labels: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in labels.items() if key != HASH}


def _selectors(policy: NetworkPolicy) -> Iterator[LabelSelector]:
    """Yield what it asks of pods: those that it governs, and its peers."""
    spec = policy.spec
    yield spec.pod_selector
    rules = (*(each.from_ for each in spec.ingress or ()), *(each.to for each in spec.egress or ()))
    yield from _of_peers(peer.pod_selector for peers in rules for peer in peers or ())


def _of_peers(selectors: Iterable[LabelSelector | None]) -> Iterator[LabelSelector]:
    return (each for each in selectors if each is not None)
