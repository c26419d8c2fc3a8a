"""The backends answer too late

## Meaning
The application answers, and takes long: it has more to do than its cpu limit or its number of pods allows, waits for
something that is slow itself, or cleans up memory. A pod whose readiness probe times out now and then leaves the endpoints
and comes back.

## Impact
Callers wait, time out, and try again, which makes it worse. While a pod is out of the endpoints the others get its share.

## How it is detected
By measurement: a GET of the path that the pod declares for readiness, of the question's path or of `/` took a second or more
to its first byte, which is when the kubelet's own probes give up by default. It is a warning where somebody sees it, or where
it is longer than the readiness probe waits; else context. Without a measurement the kubelet tells that the readiness probe of a
pod which is ready now, or was until minutes ago, timed out three times or more, the last within ten minutes: a warning where
somebody sees it slow or intermittent, else context. A cpu limit is named beside it, as a possibility; where an autoscaler
measures that the pods use nine tenths of it or more, they are held back, and that is likely the cause.

## When it stays silent
Where only `/` is slow, while a declared path answers at once. While a container starts: its first ten minutes. A cpu limit, or
a single late answer, is no fault by itself.

## Fix
`kubectl top` shows which container is at its limit: raise or remove its cpu limit, or run more pods (APP-016 for autoscalers).
There is no patch to print: how much it needs only its own metrics tell.

## Known limits
Throttling itself (`container_cpu_cfs_throttled_periods_total`) is a metric of the kubelet, which is not read; what pods use is
known by an autoscaler alone, as an average. A dependency that is slow looks the same from outside.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.checks.application._saturation import limit_words, saturated
from bot.checks.engine.check import check
from bot.checks.facts.backends import Backend, about_of, pods_of, probed
from bot.checks.facts.probe_failures import Failing, read_failure
from bot.model.call.hop import Hop
from bot.model.call.hops.application import LATELY, left_lately
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.kube.workloads import Event
from bot.model.kubectl import kubectl
from bot.model.probe import Observation, Outcome, Purpose
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Severity
from bot.model.text import count, listing

_FITS = (Symptom.SLOW, Symptom.TIMEOUT, Symptom.INTERMITTENT)
_LATE_MS = 1000.0  # timeoutSeconds of a probe, by default
_OFTEN = 3
_STARTING = timedelta(minutes=10)


def _may_be_slow(case: Case) -> bool:
    """Return whether something was measured, or Events and autoscalers may tell of one Service; a table asks none of them."""
    if case.observations:
        return True
    return not case.in_table and (bool(case.snapshot.events) or case.question.symptom in _FITS)


@check(
    "APP-015",
    "backends-slow",
    hop=Hop.APPLICATION,
    needs=("services", "pods"),
    uses=("events", "endpointslices", "autoscalers"),
    fits=_FITS,
    when=_may_be_slow,
    silent_when_plain=True,
)
def backends_slow(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    told: set[str] = set()
    for port in case.ports:
        backends = probed(case, port)
        late = [(each, seen) for each in backends if (seen := _late(each)) is not None]
        if late:
            told |= {pod.name for pod in pods_of(each for each, _ in late)}
            yield _measured(case, service, port, late, len(backends))
    flapping = [(pod, event) for pod in case.backends.pods if pod.name not in told and (event := _timed_out(case, pod))]
    if flapping:
        yield _flapping(case, service, flapping)
    if not told and not flapping and case.question.symptom in _FITS:
        yield from _held_back(case, service)


def _held_back(case: Case, service: Service) -> Iterator[Detection]:
    """Pods that use what their limits allow, where somebody finds them slow and nothing was measured of it."""
    made: dict[Ref | None, list[Pod]] = {}
    for pod in case.backends.pods:
        if pod.is_ready and not pod.is_terminating:
            made.setdefault(pod.workload, []).append(pod)
    for about, pods in made.items():
        if about is None or (found := saturated(case, pods)) is None:
            continue
        yield Detection(
            about=about,
            message=f"The pods of {about} {found.words}: the kernel holds them back, and they answer late.",
            severity=Severity.WARN,
            confidence=Confidence.LIKELY,
            evidence=(Evidence(found.by.ref, "status.currentMetrics", "; ".join(map(str, found.by.utilizations))),),
            check=(kubectl("top", "pods", "-l", str(service.selector), "--containers", namespace=service.namespace),),
            affected=Affected(len(pods), len(case.backends.pods)),
            pods=frozenset(each.name for each in pods),
            key=("saturated",),
        )


def _late(backend: Backend) -> Observation | None:
    """Return the answer that came late; the path that the pod declares for readiness speaks first, and clears `/`."""
    for purpose in (Purpose.ENDPOINT, Purpose.ASKED, Purpose.ROOT):
        seen = backend.on(purpose)
        if seen is None or seen.outcome is not Outcome.ANSWERED:
            continue
        if seen.ms >= _LATE_MS:
            return seen
        if purpose is Purpose.ENDPOINT and backend.on(Purpose.ASKED) is None:
            return None
    return None


def _measured(
    case: Case, service: Service, port: ServicePort, late: Sequence[tuple[Backend, Observation]], of: int
) -> Detection:
    backends = [each for each, _ in late]
    slowest = max((seen for _, seen in late), key=lambda each: each.ms)
    pods, whole = pods_of(backends), len(late) == of
    which = (
        f"all {count(of, 'backend')}"
        if whole and of > 1
        else "the only backend"
        if whole
        else f"{len(late)} of {of} backends"
    )
    return Detection(
        about=about_of(service, backends),
        message=f"Service {service.namespace}/{service.name} answers late: {which} took up to {slowest.ms / 1000:.1f} s for "
        f"{slowest.get.path} ({listing([each.label for each in backends], 3)}){limit_words(case, pods)}.",
        severity=Severity.WARN if case.question.symptom in _FITS or any(map(_is_given_up, late)) else Severity.INFO,
        confidence=Confidence.CERTAIN if slowest.get.purpose is not Purpose.ROOT else Confidence.LIKELY,
        evidence=tuple(
            Evidence(
                each.pod.ref if each.pod else service.ref, "http", f"{each.place}{seen.get.path}", f"{seen.ms:.0f} ms"
            )
            for each, seen in late[:5]
        ),
        check=_usage(service),
        affected=Affected(len(late), of),
        pods=frozenset(pod.name for pod in pods),
        key=(str(port), "late"),
    )


def _is_given_up(late: tuple[Backend, Observation]) -> bool:
    """Return whether the kubelet would not have waited so long: a readiness probe that fails takes the pod out."""
    backend, seen = late
    probes = [each.readiness_probe for each in backend.pod.serving_containers] if backend.pod else []
    waits = max((each.timeout_seconds for each in probes if each and each.http_get), default=0)
    return seen.get.purpose is Purpose.ENDPOINT and 0 < waits * 1000 < seen.ms


def _timed_out(case: Case, pod: Pod) -> Event | None:
    """Return the Event that a pod's readiness probe timed out often and lately; None while a container starts.

    Ready now, or unready for a moment after it had been ready: one that never gets ready is no matter of load.
    """
    if pod.is_terminating or not (pod.is_ready or _comes_and_goes(case, pod)):
        return None
    running = [each.state.running for each in pod.container_statuses if each.state.running]
    if any(each.started_at and case.snapshot.age(each.started_at) < _STARTING for each in running):
        return None
    probes = {each.name: each.readiness_probe for each in pod.serving_containers}
    for event in case.snapshot.events_about(pod.ref, "Unhealthy"):
        is_late = event.last_seen is not None and not case.snapshot.is_older(event.last_seen, _STARTING)
        is_often = event.text.startswith("Readiness probe") and (event.count or 1) >= _OFTEN
        if is_late and is_often and read_failure(event.text, probes.get(event.container)).kind is Failing.TIMEOUT:
            return event
    return None


def _comes_and_goes(case: Case, pod: Pod) -> bool:
    """Return whether a pod has just left the endpoints, and its readiness probe had failed before and got well again."""
    left = pod.ready_since
    if left is None or pod not in left_lately(case):
        return False
    told = [
        each for each in case.snapshot.events_about(pod.ref, "Unhealthy") if each.text.startswith("Readiness probe")
    ]
    return any(each.first_timestamp is not None and left - each.first_timestamp > LATELY for each in told)


def _flapping(case: Case, service: Service, flapping: Sequence[tuple[Pod, Event]]) -> Detection:
    pods, (first, event) = [pod for pod, _ in flapping], max(flapping, key=lambda each: each[1].count or 1)
    when = f", the last at {event.last_seen:%H:%M} UTC" if event.last_seen else ""
    left = first.ready_since if not first.is_ready else None
    now = f"out of the endpoints since {left:%H:%M} UTC, as" if left else "ready now, and out of the endpoints"
    return Detection(
        about=first.workload or first.ref,
        message=f"The readiness probe of {listing([each.name for each in pods], 3)} times out now and then "
        f"({event.count} times for {first.name}{when}): {now} whenever it fails{limit_words(case, pods)}.",
        severity=Severity.WARN if case.question.symptom in _FITS else Severity.INFO,
        confidence=Confidence.LIKELY,
        evidence=tuple(
            Evidence(pod.ref, "events[Unhealthy]", each.text, f"{each.count} times") for pod, each in flapping[:3]
        ),
        check=(*_usage(service), kubectl("describe", "pod", first.name, namespace=first.namespace)),
        affected=Affected(len(pods), len([each for each in case.backends.pods if not each.is_terminating])),
        pods=frozenset(each.name for each in pods),
        key=("flapping",),
    )


def _usage(service: Service) -> tuple[str, ...]:
    return (kubectl("describe", "pods", "-l", str(service.selector), namespace=service.namespace),)
