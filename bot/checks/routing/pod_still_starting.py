"""The pods are still within the time that their probes give them to start

## Meaning
The containers run, and have not yet passed the startup or readiness probe that may go on failing for some time after a
start. That is no fault: it is how long the application may take.

## Impact
The Service is without these pods until they are ready; if they are all there is, every connection fails until then: that
is a failure, which ends by itself.

## How it is detected
A container that never restarted runs for less than its probes allow: the startup probe's delay and `failureThreshold` times
`periodSeconds`, then the readiness probe's delay and first success. The message says until when that is.

## When it stays silent
Once the time is over: then the probe fails (APP-008, APP-009). For containers that have restarted, which fail and do not
start. For containers without probes.

## Fix
Wait. If it always takes that long, keep the old pods until the new ones are ready (RollingUpdate with `maxUnavailable: 0`),
or give the application less to do before it serves. A restart begins the wait anew.

## Known limits
That the application will be ready in time is not known, only that it still may.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.checks.facts.pod_groups import Group, affected, grouped, severity
from bot.checks.facts.pod_state import ready_by
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence, Severity


def has_unready_pod(case: Case) -> bool:
    """Return whether a pod of the Service that does not end is not ready."""
    return any(not each.is_ready and not each.is_terminating for each in case.backends.pods)


@check(
    "RTE-006",
    "pod-still-starting",
    hop=Hop.BACKEND,
    needs=("services", "pods"),
    uses=("endpointslices",),
    causes=(Effect.POD_NOT_READY,),
    when=has_unready_pod,
    silent_when_plain=True,
    only=(Occasion.UNSTEADY,),
)
def pod_still_starting(case: Case) -> Iterator[Detection]:
    for group in grouped(each for each in case.backends.pods if _starts(case, each)):
        yield _found(case, group)


def _starts(case: Case, pod: Pod) -> bool:
    return not pod.is_ready and not case.snapshot.is_lost(pod.spec.node_name) and ready_by(case, pod) is not None


def _found(case: Case, group: Group) -> Detection:
    moments = [moment for each in group.pods if (moment := ready_by(case, each))]
    nobody = severity(case, group) is Severity.FAIL and all(_starts(case, each) for each in case.backends.unready_pods)
    return Detection(
        about=group.about,
        message=f"{group.whose} {'is' if len(group.pods) == 1 else 'are'} still starting, and should be ready by "
        f"{max(moments):%H:%M} UTC: that is the time their probes allow.",
        severity=Severity.FAIL if nobody else Severity.INFO,
        evidence=tuple(
            Evidence(each.ref, "status.containerStatuses.started", value=False, note=f"ready by {moment:%H:%M} UTC")
            for each in group.pods[:4]
            if (moment := ready_by(case, each))
        ),
        check=(describe(group.pods[0].ref),),
        affected=affected(case, group),
        pods=group.names,
        since=group.since,
    )
