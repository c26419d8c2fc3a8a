"""A DNS pod answers from data that it no longer renews

## Meaning
CoreDNS keeps the Services and EndpointSlices of the cluster in memory and has the API server tell it of changes. A replica
that lost this watch serves on what it had. Its probes stay green: a plugin that was ready once is not asked again.

## Impact
Services made since then do not exist for whoever this replica answers, and those that were deleted still do. With one replica
of several it comes and goes, and a rerun may work.

## How it is detected
Each DNS pod was asked for the Service's name by itself. It says NXDOMAIN with authority, and the serial of its zone, which is
the Unix time of the last change that it heard of, is older than the Service.

## When it stays silent
If the Service is younger than a minute, or than the denial may be kept in a cache. If the answer does not come from the
`kubernetes` plugin (no authority), or carries no serial. In a quiet cluster old serials are right: they are compared with the
Service, never with the clock.

## Fix
Save the log of the replica, then delete the pod: a new one reads all anew. If that one does not become ready, the way from
DNS pods to the API server is what has to be mended.

## Known limits
It is seen only for Services that the replica does not know. That it still serves addresses of pods that are gone is not
looked for.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from bot.checks.engine.check import check
from bot.checks.facts.dns_replicas import Replica, is_stale, replicas
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kubectl import kubectl
from bot.model.probe import Observation
from bot.model.question.question import Symptom
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import listing

_MOST_DELETED = 2  # more at once would take much of the cluster's DNS down


@check(
    "DNS-007",
    "dns-data-stale",
    hop=Hop.DNS_SERVER,
    needs=("services", "dns", "pods"),
    fits=(Symptom.NXDOMAIN, Symptom.INTERMITTENT),
    by_probes=True,
)
def dns_data_stale(case: Case) -> Iterator[Detection]:
    asked = replicas(case)
    stale = [(each, seen) for each in asked if (seen := _stale(case, each)) is not None]
    if stale and case.service and case.dns.service:
        yield _found(case, stale, len(asked))


def _stale(case: Case, replica: Replica) -> Observation | None:
    return next((each for each in replica.seen if is_stale(case, each)), None)


def _found(case: Case, stale: list[tuple[Replica, Observation]], of: int) -> Detection:
    assert case.service is not None  # a stale answer is about one
    assert case.dns.service is not None  # whose replicas were asked
    born = case.service.metadata.creation_timestamp
    who, names = f"{case.question.namespace}/{case.question.service}", listing([each.label for each, _ in stale], 3)
    last = _heard(stale[0][1])
    serve = "serves" if len(stale) == 1 else "serve"
    return Detection(
        about=case.dns.service.ref,
        message=f"{names} {serve} data of {last:%Y-%m-%d %H:%M} UTC and {'does' if len(stale) == 1 else 'do'} not know "
        f"{who}, made {born:%Y-%m-%d %H:%M} UTC: the watch of the API server is lost.",
        severity=Severity.FAIL if len(stale) == of else Severity.WARN,
        confidence=Confidence.CERTAIN,
        evidence=(
            *(
                Evidence(
                    each.pod.ref if each.pod else case.dns.service.ref,
                    "dns",
                    f"NXDOMAIN, serial {seen.detail.get('soa_serial')}",
                    f"the last change that it heard of: {_heard(seen):%Y-%m-%d %H:%M:%S} UTC",
                )
                for each, seen in stale[:3]
            ),
            Evidence(
                case.service.ref, "metadata.creationTimestamp", f"{born:%Y-%m-%d %H:%M:%S} UTC", "newer than that"
            ),
        ),
        check=tuple(
            kubectl("logs", each.pod.name, "--tail=50", namespace=each.pod.namespace)
            for each, _ in stale[:2]
            if each.pod
        ),
        fix=_fixes([each for each, _ in stale]),
        affected=Affected(len(stale), of) if len(stale) < of else None,
        pods=frozenset(each.pod.name for each, _ in stale if each.pod),
        key=tuple(sorted(each.endpoint.address for each, _ in stale)),
        since=last,
    )


def _heard(seen: Observation) -> datetime:
    return datetime.fromtimestamp(int(seen.detail.get("soa_serial") or 0), UTC)


def _fixes(stale: list[Replica]) -> tuple[Fix, ...]:
    pods = [each.pod for each in stale if each.pod and each.pod.workload]
    risk = "its workload makes a new one; save its log first, it goes with the pod"
    return tuple(
        Fix(about=pod.ref, command=kubectl("delete", "pod", pod.name, namespace=pod.namespace), risk=risk)
        for pod in pods[:_MOST_DELETED]
    )
