"""A probe kills the container again and again

## Meaning
The kubelet restarts a container whose liveness probe fails failureThreshold times in a row, or whose startup probe has not
passed in time. The program did not end by itself: it was asked to stop, so its exit code says nothing about it.

## Impact
Each kill drops the container's connections, and between kills the kubelet waits longer and longer (up to five minutes). If
it happens to all pods of the Service at once, as with a probe that asks a dependency, every request fails meanwhile.

## How it is detected
A container of a selected pod is down, or came back within the last ten minutes, and the kubelet's Killing Event of the last
hour says that its liveness or startup probe failed. The probe's own last failure is quoted.

## When it stays silent
A container that ends by itself is a crash loop (APP-001), also where a liveness probe is declared. A probe that cannot be
carried out (`errored`) never kills. Kills that are over, and manual restarts, are not told.

## Fix
If the program is slow to start, give it a startupProbe: where a liveness probe without one was refused as soon as it could
be, the printed patch copies it and waits for five minutes. If the program answers late under load, raise timeoutSeconds
or failureThreshold. A liveness probe that asks a database restarts all replicas when the database is slow: ask it in the
readiness probe instead. If the pods came with a recent rollout, going back is printed.

## Known limits
Kubernetes Events are kept for an hour, and only 25 of a kind are written in a row: an old kill may not be seen any more, and
is then told as a crash loop.
"""

from collections.abc import Iterator
from datetime import timedelta

from bot.checks.application._crash_evidence import last_words, logs_before
from bot.checks.engine.check import check
from bot.checks.facts import pod_groups
from bot.checks.facts.commands import describe
from bot.checks.facts.ownership import managed_by
from bot.checks.facts.pod_groups import TroubledGroup
from bot.checks.facts.pod_state import Trouble, Troubled
from bot.checks.facts.probe_failures import Failing, Failure, asked, declared, last_failure
from bot.checks.facts.probe_kills import Kill, kill_of
from bot.checks.facts.rollouts import fills_wanted_number, way_back
from bot.checks.facts.waiting import awaited_by
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import ContainerProbe
from bot.model.kube.workloads import ReplicaSet
from bot.model.kubectl import kubectl
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import count

_TO_START = 300  # seconds for a program that does not listen in time
_GRACE = timedelta(minutes=1)  # terminationGracePeriodSeconds is half a minute unless said otherwise


@check(
    "APP-009",
    "liveness-kill-loop",
    hop=Hop.BACKEND,
    needs=("services", "pods"),
    uses=("workloads", "events", "logs", "endpointslices", "dependencies"),
    shows=Effect.CONTAINER_CRASHES,
    causes=(Effect.PROCESS_NOT_RUNNING, Effect.BACKEND_FAILS),
    fits=(Symptom.REFUSED,),
    silent_when_plain=True,
    only=(Occasion.UNSTEADY,),
)
def liveness_kill_loop(case: Case) -> Iterator[Detection]:
    for group in pod_groups.groups(case, Trouble.CRASH):
        killed = [(each, kill) for each in group.members if (kill := kill_of(case, each.pod, group.container))]
        if killed:
            yield _found(case, group, *killed[0])


def _found(case: Case, group: TroubledGroup, each: Troubled, kill: Kill) -> Detection:
    restarts = each.status.restart_count if each.status else 0
    failure = last_failure(case, each.pod, each.container, of=kill.probe) if each.container else None
    probe = declared(each.container, kill.probe) if each.container else None
    question = f" ({asked(each.container, probe)})" if each.container and probe else ""
    said = f", of which {failure.quoted}" if failure else ""
    partly = Severity.INFO if fills_wanted_number(case, group.about, group.pods) else Severity.WARN
    return Detection(
        about=group.about,
        message=f"Container {group.container} of {group.whose} is killed by its {kill.probe.lower()} probe{question}{said}; "
        f"{count(restarts, 'restart')} of {each.pod.name}.",
        severity=pod_groups.severity(case, group, partly=partly),
        confidence=Confidence.CERTAIN if restarts > 1 else Confidence.LIKELY,
        evidence=tuple(_evidence(group, each, kill, failure))
        + _declared(each, kill, probe)
        + tuple(last_words(case, group)),
        check=(_events(each), logs_before(each), describe(each.pod.ref)),
        fix=way_back(case, group.about, group.pods) or _time_to_start(case, group, each, failure),
        affected=pod_groups.affected(case, group),
        pods=group.names,
        key=(group.container, kill.probe),
        since=group.began(case.snapshot),
        waits_for=awaited_by(case, group),
    )


def _time_to_start(case: Case, group: TroubledGroup, each: Troubled, failure: Failure | None) -> tuple[Fix, ...]:
    """Let a startup probe ask what the liveness probe asks, where nothing listened yet."""
    workload, container = case.snapshot.workload(group.about), each.container
    if (
        failure is None
        or failure.kind is not Failing.REFUSED
        or isinstance(workload, ReplicaSet | None)
        or container is None
    ):
        return ()
    probe = container.liveness_probe
    places = [
        place
        for place, known in enumerate(workload.spec.template.spec.containers or ())
        if (known.name, known.liveness_probe, known.startup_probe) == (container.name, probe, None)
    ]
    if probe is None or len(places) != 1 or _ran_longer(each, probe):
        return ()
    base = f"/spec/template/spec/containers/{places[0]}"
    tries = max(probe.failure_threshold, -(-_TO_START // max(probe.period_seconds, 1)))
    copied = {"op": "copy", "from": f"{base}/livenessProbe", "path": f"{base}/startupProbe"}
    longer = {"op": "add", "path": f"{base}/startupProbe/failureThreshold", "value": tries}
    risk = f"starts a rollout; gives it {tries * probe.period_seconds} s to start, which helps only if time is what it lacks"
    return (Fix(about=group.about, operations=(copied, longer), risk=f"{risk}{managed_by(workload)}"),)


def _ran_longer(each: Troubled, probe: ContainerProbe) -> bool:
    """Return whether it lived longer than such a probe lets live what never listens: then it did start."""
    ended = each.ended
    if ended is None or ended.started_at is None or ended.finished_at is None:
        return False
    seconds = probe.initial_delay_seconds + (probe.failure_threshold + 1) * probe.period_seconds
    return ended.finished_at - ended.started_at > timedelta(seconds=seconds) + _GRACE


def _evidence(group: TroubledGroup, each: Troubled, kill: Kill, failure: Failure | None) -> Iterator[Evidence]:
    yield Evidence(each.pod.ref, "events[Killing]", kill.said, f"{group.whose}: {group.listed}")
    if failure:
        yield Evidence(each.pod.ref, "events[Unhealthy]", failure.text, f"{kill.probe.lower()} probe")


def _declared(each: Troubled, kill: Kill, probe: ContainerProbe | None) -> tuple[Evidence, ...]:
    if probe is None or each.container is None:
        return ()
    value = (
        f"{asked(each.container, probe)}, timeoutSeconds {probe.timeout_seconds}, periodSeconds "
        f"{probe.period_seconds}, failureThreshold {probe.failure_threshold}"
    )
    return (Evidence(each.pod.ref, f"spec.containers[{each.container.name}].{kill.probe.lower()}Probe", value),)


def _events(each: Troubled) -> str:
    selector = f"--field-selector=involvedObject.name={each.pod.name},reason=Unhealthy"
    return kubectl("get", "events", selector, namespace=each.pod.namespace)
