"""Some replicas of the cluster's DNS fail while others answer

## Meaning
The cluster's DNS usually runs as two or more pods, and each lookup is sent to one of them by chance. At least one of
them takes its share of the lookups and does not answer them, or answers them wrongly. The others are fine.

## Impact
With one of two replicas bad, about every second lookup fails, or takes five seconds longer until the resolver asks
again. Trying once more often works, so it looks like a fault that comes and goes, or one of only some nodes.

## How it is detected
By asking every DNS pod that takes traffic, up to five of them, directly and not through the DNS Service: for the name
asked about, and for `kubernetes.default`, which every cluster has. Over UDP each name is asked three times, and ten times where
the asker sees the fault now and then. A replica is bad if most tries fail, if two of the ten fail and another replica answered
all, or if its answer is not the ClusterIP that the API knows, while another replica answers rightly.
What all bad ones share and no good one has (node, image, restarts) is named.

## When it stays silent
Without measurements. For DNS pods that are not ready: they get no lookups. For one lost packet of three. If all replicas
fail alike. For SERVFAIL with authority, which means "not synced" (DNS-006). For the name of a Service younger than a
minute, which caches may not know yet. A replica that fails over TCP alone is context only: most lookups use UDP.

## Fix
Save the log of the bad pod, then delete it: its workload makes a new one. If nothing else on its node answers either,
mend the node or the way there instead; then nothing is printed.

## Known limits
The lookups come from the worker and not from the caller's node. A replica that is silent only to other nodes may be
healthy behind a broken pod network; if nothing else on its node was tried, the finding is likely and not certain.
"""

from collections.abc import Iterator, Sequence

from bot.checks.engine.check import check
from bot.checks.facts.backends import Backend
from bot.checks.facts.commands import at_endpoints_whole, at_pods
from bot.checks.facts.dns_replicas import Failing, Replica, answered_from, failing, replicas, says
from bot.checks.facts.outliers import contrast
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kube.services import Service
from bot.model.kubectl import kubectl
from bot.model.question.question import Symptom
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Fix, Layer, Severity
from bot.model.text import count, listing

# More at once would take much of the cluster's DNS down, however sick it is.
_MOST_DELETED = 2


@check(
    "DNS-002",
    "some-dns-replicas-failing",
    hop=Hop.DNS_SERVER,
    needs=("dns", "pods", "networkpolicies"),
    uses=("nodes",),
    fits=(Symptom.INTERMITTENT, Symptom.SLOW),
    by_probes=True,
)
def some_dns_replicas_failing(case: Case) -> Iterator[Detection]:
    service, bad = case.dns.service, failing(case)
    if service is None or not bad:
        return
    by_udp = tuple(each for each in bad if "udp" in each.over)
    yield _found(case, service, by_udp or bad, Severity.WARN if by_udp else Severity.INFO)


def _found(case: Case, service: Service, bad: tuple[Failing, ...], severity: Severity) -> Detection:
    asked, usable = replicas(case), len(case.dns.usable)
    good = tuple(each for each in asked if each not in [one.replica for one in bad])
    lost_way = all(each.is_silent and _nothing_answers(case, each.replica.node) for each in bad)
    of = f"{len(asked)} tested DNS replicas (of {usable})" if usable > len(asked) else f"{len(asked)} DNS replicas"
    return Detection(
        about=service.ref,
        message=f"{len(bad)} of {of} {'fails' if len(bad) == 1 else 'fail'}: {_what(case, bad)}; "
        f"{_aside(bad, good, lost_way=lost_way)}.",
        severity=severity,
        confidence=_confidence(case, bad, lost_way=lost_way),
        evidence=tuple(_evidence(case, service, bad, good)),
        check=_commands(service, bad),
        fix=() if lost_way or severity is Severity.INFO else _fixes(bad),
        affected=Affected(len(bad), len(asked)),
        pods=frozenset(each.replica.pod.name for each in bad if each.replica.pod),
        key=tuple(sorted({str(one.outcome) for each in bad for one in each.faults})),
        layer=Layer.ROUTING if lost_way else None,
    )


def _what(case: Case, bad: Sequence[Failing]) -> str:
    return listing([f"{each.replica.label} {says(case, each.faults[0])}" for each in bad], most=3)


def _aside(bad: Sequence[Failing], good: Sequence[Replica], *, lost_way: bool) -> str:
    """What the good ones do, and what sets the bad ones apart."""
    if lost_way:
        nodes = listing(sorted({each.replica.node for each in bad}))
        return f"nothing on {nodes} answers, so the way there or the node is at fault, not DNS"
    apart = contrast([_backend(each.replica) for each in bad], [_backend(each) for each in good])
    others = "the other answers" if len(good) == 1 else "the others answer"
    return f"{others}; {apart.words}" if apart else others


def _backend(replica: Replica) -> Backend:
    return Backend(replica.endpoint, replica.pod, None, ())


def _nothing_answers(case: Case, node: str) -> bool:
    """The node is lost, or something else on it was tried and is as silent: then it is not the DNS pod's own fault."""
    tried = [came_back for place, came_back in answered_from(case) if place == node]
    return case.snapshot.is_lost(node) or (bool(node) and len(tried) > 1 and not any(tried))


def _confidence(case: Case, bad: Sequence[Failing], *, lost_way: bool) -> Confidence:
    """Sure where something came back from a replica or its node, or where no way between nodes is involved."""
    reached = {place for place, came_back in answered_from(case) if came_back and place} | {case.vantage.node}
    proven = any(not each.is_silent or (each.replica.node and each.replica.node in reached) for each in bad)
    return Confidence.CERTAIN if proven and not lost_way else Confidence.LIKELY


def _evidence(case: Case, service: Service, bad: Sequence[Failing], good: Sequence[Replica]) -> Iterator[Evidence]:
    for each in bad[:3]:
        one, pod = each.faults[0], each.replica.pod
        tries = f"{one.failed_tries} of {count(len(one.outcomes) or 1, 'try', 'tries')} failed"
        yield Evidence(pod.ref if pod else service.ref, "dns", says(case, one), tries if one.failed_tries else "")
    for fine in good[:2]:
        yield Evidence(fine.pod.ref if fine.pod else service.ref, "dns", "answers", fine.label)


def _commands(service: Service, bad: Sequence[Failing]) -> tuple[str, ...]:
    pods = [each.replica.pod for each in bad if each.replica.pod]
    logs = [kubectl("logs", pod.name, "--tail=50", namespace=pod.namespace) for pod in pods[:1]]
    return (*logs, at_pods(service.namespace, service.selector), at_endpoints_whole(service.ref))


def _fixes(bad: Sequence[Failing]) -> tuple[Fix, ...]:
    pods = [each.replica.pod for each in bad if each.replica.pod and each.replica.pod.workload]
    if len(pods) > _MOST_DELETED:
        return ()
    risk = "its workload makes a new one; save its log first, it goes with the pod"
    return tuple(
        Fix(about=pod.ref, command=kubectl("delete", "pod", pod.name, namespace=pod.namespace), risk=risk)
        for pod in pods
    )
