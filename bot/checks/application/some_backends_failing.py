"""Some of the backends fail while others answer

## Meaning
A Service spreads its connections over all ready pods. Some of these pods fail and the rest are fine. Kubernetes still
sends traffic to the bad ones, because their readiness probes pass.

## Impact
Requests fail now and then. With k of N backends bad, about k out of N requests fail; a client that keeps its connection
open, or session affinity, sees either all or none of its requests fail.

## How it is detected
Every endpoint is called directly, three times, not through the virtual IP: connecting to its port, and a GET of the path
that the pod itself declares for readiness, of the path asked for, or of `/`. A backend is bad if most of its tries fail
(refused, reset, silent, HTTP 5xx) and another backend passes. What all bad ones share and no good one has is named: the
workload, image, revision, node or zone, that they have restarted, or that they are the oldest or youngest. The share of new
connections that fail is told, and what one retry leaves of it.

## When it stays silent
Without measurements. For HTTP 4xx, which is an answer. For endpoints on a lost node (RTE-008), for unready pods whose
addresses are published (RTE-019), and for time-outs that network policies against the measuring worker explain. For pods
that came, went or were restarted while they were measured: what failed is read again first. One failed try of three is told as
"flaky", as context only; who asks about something intermittent gets ten tries of each, and two failures that are no silence are
then a warning.

## Fix
If the bad ones are the newest revision, going back to the one before. Else deleting a bad pod lets its workload make a
new one; save its log first. Where connections to the bad ones get no answer at all, nothing is printed: look at the
way there and at their nodes.

## Known limits
At most 20 endpoints are called. A time-out may be the network between the worker and the pod's node; it is therefore
told as routing. A fault that needs a certain request or load is not seen by a plain GET.
"""

from collections.abc import Iterator, Sequence

from bot.checks.engine.check import check
from bot.checks.facts.backends import Backend, Failing, about_of, failures, pods_of, probed, words_of
from bot.checks.facts.commands import at_endpoints
from bot.checks.facts.outliers import Discriminator, Trait, contrast, describe
from bot.checks.facts.rollouts import way_back
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.kubectl import kubectl
from bot.model.probe import Call, Observation, Outcome
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Fix, Layer, Severity
from bot.model.text import count, listing

_MOST_DELETED = 3
_FEW, _SEVERAL = 3, 2  # tries of a usual plan; failures that are no chance
_NO_WAY = (Outcome.TIMEOUT, Outcome.UNREACHABLE)


@check(
    "APP-013",
    "some-backends-failing",
    hop=Hop.APPLICATION,
    needs=("services", "endpointslices"),
    uses=("pods", "nodes", "workloads"),
    shows=Effect.SOME_BACKENDS_FAIL,
    fits=(Symptom.SERVER_ERROR, Symptom.INTERMITTENT),
    by_probes=True,
)
def some_backends_failing(case: Case) -> Iterator[Detection]:
    if case.service is None:
        return
    seen: set[tuple[str, ...]] = set()
    for port in case.ports:
        backends = probed(case, port)
        places = tuple(each.place for each in backends)
        bad = failures(backends)
        # Two ports of a Service may lead to the same ports of the pods: that is one fault.
        if places in seen or len(bad) == len(backends):
            continue
        seen.add(places)
        if bad:
            yield _found(case, case.service, port, backends, bad)
        elif flaky := [each for each in backends if each.is_flaky]:
            yield _flaky(case, case.service, port, backends, flaky)


def _found(
    case: Case, service: Service, port: ServicePort, backends: Sequence[Backend], bad: Sequence[Failing]
) -> Detection:
    sick = [each.backend for each in bad]
    good = [each for each in backends if each not in sick]
    apart, pods, about = contrast(sick, good), pods_of(sick), about_of(service, sick)
    no_way = all(_has_no_way(each) for each in bad)
    whole = len(case.backends.usable(port) or case.backends.usable_anywhere(port))
    of = f"{len(backends)} tested backends (of {whole})" if whole > len(backends) else f"{len(backends)} backends"
    return Detection(
        about=about,
        message=f"{len(bad)} of {of} of Service {service.namespace}/{service.name} "
        f"{'fails' if len(bad) == 1 else 'fail'}: {_what(bad)}; the {'other answers' if len(good) == 1 else 'others answer'}"
        f"{f'; {apart.words}' if apart else ''}; {_share(service, len(bad), len(backends))}.",
        severity=Severity.WARN,
        evidence=tuple(_evidence(service, bad, good)),
        check=(*_logs(pods), at_endpoints(service.ref)),
        fix=() if no_way else _fixes(case, about, pods, apart),
        affected=Affected(len(bad), len(backends)),
        pods=frozenset(pod.name for pod in pods),
        key=(str(port), apart.kind if apart else ""),
        layer=Layer.ROUTING if no_way else None,
    )


def _share(service: Service, bad: int, of: int) -> str:
    """Return in words how many new connections fail, balanced at random, and what one more try of each makes of it."""
    fails = f"about {bad / of:.0%} of new connections fail"
    if service.spec.session_affinity == "ClientIP":
        return f"{fails}, of the same clients each time (sessionAffinity), whom a retry does not help"
    return f"{fails}, {(bad / of) ** 2:.0%} with one retry"


def _what(bad: Sequence[Failing]) -> str:
    """Name the bad ones with what they do, those that do the same together."""
    told: dict[str, list[Failing]] = {}
    for each in bad:
        told.setdefault(words_of(each.seen), []).append(each)
    return "; ".join(
        f"{listing([each.backend.label for each in group])} {words_of(group[0].seen, many=len(group) > 1)}"
        for group in list(told.values())[:3]
    )


def _evidence(service: Service, bad: Sequence[Failing], good: Sequence[Backend]) -> Iterator[Evidence]:
    for each in bad[:5]:
        pod = each.backend.pod
        kind = "http" if isinstance(each.seen.probe, Call) else "tcp"
        note = describe(each.backend)
        yield Evidence(pod.ref if pod else service.ref, kind, f"{each.backend.place} {words_of(each.seen)}", note)
    for fine in good[:2]:
        yield Evidence(fine.pod.ref if fine.pod else service.ref, "probe", f"{fine.place} answers", describe(fine))


def _logs(pods: Sequence[Pod]) -> tuple[str, ...]:
    return tuple(
        kubectl("logs", pod.name, "--all-containers", "--tail=50", namespace=pod.namespace) for pod in pods[:1]
    )


def _fixes(case: Case, about: Ref, pods: tuple[Pod, ...], apart: Discriminator | None) -> tuple[Fix, ...]:
    """Go back if it is the newest revision; leave pods of a foreign workload alone; else make new pods."""
    if apart and apart.kind in (Trait.IMAGE, Trait.REVISION) and (back := way_back(case, about, pods)):
        return back
    if (apart and apart.kind is Trait.WORKLOAD) or len(pods) > _MOST_DELETED:
        return ()
    risk = "its workload makes a new pod; save its log first, it goes with the pod"
    return tuple(
        Fix(about=pod.ref, command=kubectl("delete", "pod", pod.name, namespace=pod.namespace), risk=risk)
        for pod in pods
        if pod.workload
    )


def _has_no_way(each: Failing) -> bool:
    """Nothing came back to the SYN: that is the way to the pod, since a kernel answers for a dead application."""
    return not isinstance(each.seen.probe, Call) and each.seen.outcome in _NO_WAY


def _flaky(
    case: Case, service: Service, port: ServicePort, backends: Sequence[Backend], flaky: Sequence[Backend]
) -> Detection:
    pods = pods_of(flaky)
    is_asked = case.question.symptom is Symptom.INTERMITTENT and any(map(_is_shown, flaky))
    share = sum(_failing_part(each) for each in backends) / len(backends)
    apart = contrast(flaky, [each for each in backends if each not in flaky])
    return Detection(
        about=service.ref,
        message=f"{count(len(flaky), 'backend')} of {len(backends)} of Service {service.namespace}/{service.name} "
        f"failed in some of several tries (flaky): {listing([_counted(each) for each in flaky], most=5)}"
        f"{f'; {apart.words}' if apart else ''}; about {share:.0%} of "
        f"new connections failed, {share**2:.0%} with one retry.",
        severity=Severity.WARN if is_asked else Severity.INFO,
        confidence=Confidence.LIKELY if is_asked else Confidence.POSSIBLE,
        evidence=tuple(
            Evidence(each.pod.ref if each.pod else service.ref, "probe", f"{each.place} flaky", describe(each))
            for each in flaky[:5]
        ),
        check=_logs(pods),
        affected=Affected(len(flaky), len(backends)),
        pods=frozenset(pod.name for pod in pods),
        key=(str(port), "flaky"),
    )


def _is_shown(backend: Backend) -> bool:
    """Return whether several of many tries were answered with a failure; silence may be the way there (RTE-034)."""
    seen = _worst(backend)
    if seen is None or len(seen.outcomes) <= _FEW or seen.failed_tries < _SEVERAL:
        return False
    return any(each not in (Outcome.ANSWERED, Outcome.TIMEOUT) for each in seen.outcomes)


def _counted(backend: Backend) -> str:
    seen = _worst(backend)
    return f"{backend.label} {seen.failed_tries} of {len(seen.outcomes)}" if seen else backend.label


def _failing_part(backend: Backend) -> float:
    seen = _worst(backend)
    return seen.failed_tries / len(seen.outcomes) if seen else 0.0


def _worst(backend: Backend) -> Observation | None:
    """Return the probe of which most tries failed, of those that were made more than once."""
    several = [each for each in (backend.tcp, *backend.http) if each and each.outcomes]
    return max(several, key=lambda each: each.failed_tries / len(each.outcomes), default=None)
