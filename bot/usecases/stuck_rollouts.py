"""Pods that cannot start while others serve: no Service is broken by them, but a triage tells them.

The Deployment controller keeps old pods until new ones are ready
(https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment), so every call still succeeds, and
`why` tells such pods as context; so it does of a pod that waits for a place, a volume or an address beside others that run,
and of a revision whose pods the API server refuses. A workload that no Service selects is told as itself.
Whoever asks what is broken in a namespace means them, too: the next eviction ends the last pod that works.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.checks.facts.pod_state import ready_by
from bot.checks.facts.refusals import newest_refused, refusing_namespaces
from bot.checks.facts.rollouts import revisions
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.question.question import Question
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Finding, Layer
from bot.model.snapshot import Snapshot
from bot.usecases.context import context_as_warning
from bot.usecases.stand_ins import is_unserved, served, stand_in
from bot.usecases.waits_in_vain import waits_in_vain

_START = timedelta(minutes=10)  # of an image to be pulled, a node to be added, a volume to be made


def stuck_rollouts(snapshot: Snapshot, namespaces: tuple[str, ...]) -> Iterator[tuple[Finding, tuple[Service, ...]]]:
    """Yield what keeps pods of a workload from being ready, as a warning, with the Services that the others serve.

    `namespaces`: of these alone; none given: of all.
    """
    for place in namespaces or sorted({each.namespace for each in snapshot.pods}):
        for about, pods in snapshot.pods_by_workload(place).items():
            held = about and (_newest_if_sick(snapshot, about, pods) or _beside_refused(snapshot, about, pods))
            if about and (sick := held or _first_waiting(snapshot, pods)):
                services = snapshot.services_selecting(sick)
                if services and (found := _cause(snapshot, about, sick, services[0])):
                    yield found, services
                elif not services and (found := _of_unserved(snapshot, about, sick)):
                    yield found, ()


def _newest_if_sick(snapshot: Snapshot, about: Ref, pods: Sequence[Pod]) -> Pod | None:
    """Return a pod of the newest revision, where none of it is ready and one of an older revision is."""
    live = [each for each in _live(pods) if each.revision]
    if len({each.revision for each in live}) < 2:  # noqa: PLR2004 (an old and a new one)
        return None
    newest = _newest(snapshot, about, live)
    own = [each for each in live if each.revision == newest]
    return own[0] if own and not any(each.is_ready for each in own) and any(each.is_ready for each in live) else None


def _newest(snapshot: Snapshot, about: Ref, live: Sequence[Pod]) -> str:
    """Return the revision of a workload's newest pods: a Deployment may go back to an older one."""
    if about.kind == "Deployment":
        born = revisions(snapshot, about)
        return max(born, key=lambda name: born[name], default="")
    made = [(each.metadata.creation_timestamp, each.revision) for each in live]
    return max(((at, name) for at, name in made if at), default=(None, ""))[1]


def _beside_refused(snapshot: Snapshot, about: Ref, pods: Sequence[Pod]) -> Pod | None:
    """Return a ready pod of a Deployment whose newest revision is refused: for good, or for longer than a start takes."""
    workload = snapshot.workload(about) if about.namespace in refusing_namespaces(snapshot) else None
    live = _live(pods)
    said = newest_refused(Case(Question(), snapshot), workload, live) if workload else None
    is_late = said is not None and said.since is not None and snapshot.age(said.since) > _START
    is_held = is_late or (said is not None and said.is_final)
    return next((each for each in live if each.is_ready), None) if is_held else None


def _of_unserved(snapshot: Snapshot, about: Ref, sick: Pod) -> Finding | None:
    """Return what holds back pods of a workload that no Service selects."""
    workload = snapshot.workload(about)
    if workload is None or not is_unserved(snapshot, workload):
        return None
    service = stand_in(workload)
    found = _cause(served(snapshot, (service,)), about, sick, service)
    return found if found and service.name not in found.message else None


def _first_waiting(snapshot: Snapshot, pods: Sequence[Pod]) -> Pod | None:
    """Return a pod that has waited to begin for longer than a start takes, or in vain, where another one is ready."""
    live = _live(pods)
    pending = (each for each in live if each.status.phase == "Pending")
    waiting = (each for each in pending if _is_late(snapshot, each) or waits_in_vain(snapshot, each))
    return next(waiting, None) if any(each.is_ready for each in live) else None


def _live(pods: Sequence[Pod]) -> list[Pod]:
    return [each for each in pods if not each.is_terminal and not each.is_terminating]


def _is_late(snapshot: Snapshot, pod: Pod) -> bool:
    born = pod.metadata.creation_timestamp
    return born is not None and snapshot.age(born) > _START


def _cause(snapshot: Snapshot, about: Ref, sick: Pod, service: Service) -> Finding | None:
    """Return the first thing that is sure of the workload's pods and takes no call away; None while they may still start."""
    question = Question(service=service.name, namespace=service.namespace)
    if ready_by(Case(question, snapshot), sick):
        return None
    return context_as_warning(snapshot, service, lambda found: _is_sure(found, about, sick), in_table=True)


def _is_sure(found: Finding, about: Ref, sick: Pod) -> bool:
    is_its_node = found.about.kind == "Node" and any(each.object == sick.ref for each in found.evidence)
    return found.confidence is not Confidence.POSSIBLE and (
        is_its_node or (found.about == about and found.layer is Layer.APPLICATION)
    )
