"""A rollout ends pods while requests still reach them

## Meaning
When a pod is replaced, two things begin at once: its process is told to end (SIGTERM), and every node learns to send it no new
connections. A process that ends at once is still called for a second or more. A pod without a readiness probe is called before
it can answer.

## Impact
A burst of refused or reset connections, or of 502 and 503 at proxies, at each rollout and scale-down; nothing in between.

## How it is detected
Somebody sees refused or reset connections, 5xx or failures now and then, and a rollout of the Service's pods goes on now or
began within fifteen minutes; and its pods have no readiness probe, no preStop pause, or are all ended before new ones begin
(strategy Recreate). Whether a program ends gracefully by itself nobody can see, so a missing preStop alone is only possible.

## When it stays silent
Without such a complaint: a rollout is nothing unusual. Where no rollout goes on, or a pod fails for a cause of its own: it
restarts, or a probe found one that is ready for a minute failing beside others (APP-013). Where the pods have a readiness
probe and a preStop hook.

## Fix
The printed patch lets each container wait ten seconds before it is told to end, which is enough for all nodes to hear of it
(`preStop.sleep`, from Kubernetes 1.30 on). A program that stops accepting, finishes what it has and then ends does the same.

## Known limits
When the errors were seen is not known, only that they were: it may be a coincidence.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from bot.checks.engine.check import check
from bot.checks.facts.backends import failures, pods_of, probed
from bot.checks.facts.ownership import managed_by
from bot.checks.facts.rollouts import HASH, revisions
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.call.steady import restarts_often
from bot.model.case import Case
from bot.model.kube.pods import Container, Pod
from bot.model.kube.workloads import Deployment, Workload
from bot.model.kubectl import kubectl, resource
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import listing

_FITS = (Symptom.REFUSED, Symptom.RESET, Symptom.SERVER_ERROR, Symptom.INTERMITTENT)
_FRESH = timedelta(minutes=15)
_ON_ITS_WAY = timedelta(minutes=1)
_PAUSE = 10  # seconds
_RECREATE = "Recreate"


class Rollout(Struct, frozen=True):
    """Pods of one Deployment that are being replaced: its newest ones, the others, and when the newest revision began."""

    about: Ref
    new: tuple[Pod, ...]
    old: tuple[Pod, ...]
    began: datetime


@check(
    "APP-019",
    "rollout-drops-requests",
    hop=Hop.BACKEND,
    needs=("services", "pods"),
    uses=("workloads",),
    fits=_FITS,
    when=lambda case: case.question.symptom in _FITS,
    silent_when_plain=True,
    only=(Occasion.SAID,),
)
def rollout_drops_requests(case: Case) -> Iterator[Detection]:
    made_by = {each.workload for each in case.backends.pods if each.workload and each.workload.kind == "Deployment"}
    for about in sorted(made_by):
        rollout = _rollout(case, about)
        if rollout is None or _fails_by_itself(case, rollout):
            continue
        workload = case.snapshot.workload(about)
        if lacking := _lacking(rollout, workload):
            yield _found(rollout, workload, lacking)


def _rollout(case: Case, about: Ref) -> Rollout | None:
    """Return the rollout that goes on or began lately; None where there is one revision alone, or the newest is not new.

    Revisions are told by `pod-template-hash`; one whose pods are all gone is known by its ReplicaSet.
    """
    pods = [each for each in case.backends.pods if each.workload == about and each.labels.get(HASH)]
    born = revisions(case.snapshot, about)
    if len(born) < 2:  # noqa: PLR2004 (an old and a new one)
        return None
    newest = max(born, key=lambda name: born[name])
    new = tuple(each for each in pods if each.labels.get(HASH) == newest)
    old = tuple(each for each in pods if each.labels.get(HASH) != newest)
    is_fresh = not case.snapshot.is_older(born[newest], _FRESH)
    return Rollout(about, new, old, born[newest]) if new and (is_fresh or old) else None


def _fails_by_itself(case: Case, rollout: Rollout) -> bool:
    """Return whether a pod shows a cause of its own; one that has just got ready may still be on its way."""
    if any(each.restart_count for pod in rollout.new for each in pod.container_statuses):
        return True
    if any(restarts_often(case.snapshot, pod) for pod in rollout.old):
        return True
    sick = pods_of(each.backend for port in case.ports for each in failures(probed(case, port)))
    return any(pod.ready_since and case.snapshot.is_older(pod.ready_since, _ON_ITS_WAY) for pod in sick)


def _lacking(rollout: Rollout, workload: Workload | None) -> tuple[str, ...]:
    """Return in words what lets requests fail while pods are replaced, the surest first."""
    containers = [each for pod in (rollout.old or rollout.new)[:1] for each in pod.spec.containers or ()]
    found = []
    if workload and workload.spec.strategy and workload.spec.strategy.type == _RECREATE:
        found.append("all old pods are ended before new ones begin (strategy Recreate)")
    if not any(each.readiness_probe for each in containers):
        found.append("the pods have no readiness probe, so that they are called before they can answer")
    if not any(each.lifecycle and each.lifecycle.pre_stop for each in containers):
        found.append("no preStop hook holds a pod back that is still called while it ends")
    return tuple(found)


def _found(rollout: Rollout, workload: Workload | None, lacking: Sequence[str]) -> Detection:
    about, sure = rollout.about, len(lacking) > 1 or "preStop" not in lacking[0]
    what = f"{resource(about)}/{about.name}"
    return Detection(
        about=about,
        message=f"{about} has been replacing its pods since {rollout.began:%H:%M} UTC, and {listing(list(lacking))}.",
        severity=Severity.WARN if sure else Severity.INFO,
        confidence=Confidence.LIKELY if sure else Confidence.POSSIBLE,
        evidence=(
            *(Evidence(each.ref, f"metadata.labels[{HASH}]", each.labels[HASH], "old") for each in rollout.old[:2]),
            *(Evidence(each.ref, f"metadata.labels[{HASH}]", each.labels[HASH], "new") for each in rollout.new[:2]),
        ),
        check=(
            kubectl("rollout", "history", what, namespace=about.namespace),
            kubectl("get", "pods", "--sort-by=.metadata.creationTimestamp", "-o", "wide", namespace=about.namespace),
        ),
        fix=_fixes(workload),
        pods=frozenset(each.name for each in (*rollout.new, *rollout.old)),
        key=("rollout",),
        since=rollout.began,
    )


def _fixes(workload: Workload | None) -> tuple[Fix, ...]:
    """Let every container wait before it is told to end; none where the template is not known or has hooks already."""
    containers: tuple[Container, ...] = (workload.spec.template.spec.containers or ()) if workload else ()
    if not isinstance(workload, Deployment) or not containers or any(each.lifecycle for each in containers):
        return ()
    hook = {"preStop": {"sleep": {"seconds": _PAUSE}}}
    base = "/spec/template/spec/containers"
    change = tuple(
        {"op": "add", "path": f"{base}/{place}/lifecycle", "value": hook} for place in range(len(containers))
    )
    risk = f"starts another rollout; each pod ends {_PAUSE} s later, and Kubernetes before 1.30 knows no sleep"
    return (Fix(about=workload.ref, operations=change, risk=f"{risk}{managed_by(workload)}"),)
