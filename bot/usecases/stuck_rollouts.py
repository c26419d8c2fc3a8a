"""Rollouts that cannot go on while their old pods serve: no Service is broken by them, but a triage tells them.

The Deployment controller keeps old pods until new ones are ready
(https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment), so every call still succeeds, and
`why` tells such pods as context. Whoever asks what is broken in a namespace means them, too: the next eviction ends the last
pod that works.
"""

from collections.abc import Iterator, Sequence

from bot.checks.facts.rollouts import HASH, revisions
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Finding, Layer
from bot.model.snapshot import Snapshot
from bot.usecases.context import context_as_warning


def stuck_rollouts(snapshot: Snapshot, namespaces: tuple[str, ...]) -> Iterator[tuple[Finding, tuple[Service, ...]]]:
    """Yield what keeps new pods of a Deployment from being ready, as a warning, with the Services that old pods serve.

    `namespaces`: of these alone; none given: of all.
    """
    for place in namespaces or sorted({each.namespace for each in snapshot.pods}):
        for about, pods in snapshot.pods_by_workload(place).items():
            if about and about.kind == "Deployment" and (sick := _newest_if_sick(snapshot, about, pods)):
                services = snapshot.services_selecting(sick)
                if services and (found := _cause(snapshot, about, services[0])):
                    yield found, services


def _newest_if_sick(snapshot: Snapshot, about: Ref, pods: Sequence[Pod]) -> Pod | None:
    """Return a pod of the newest revision, where none of it is ready and one of an older revision is."""
    live = [each for each in pods if not each.is_terminal and not each.is_terminating and each.labels.get(HASH)]
    if len({each.labels[HASH] for each in live}) < 2:  # noqa: PLR2004 (an old and a new one)
        return None
    born = revisions(snapshot, about)
    newest = max(born, key=lambda name: born[name], default="")
    own = [each for each in live if each.labels[HASH] == newest]
    return own[0] if own and not any(each.is_ready for each in own) and any(each.is_ready for each in live) else None


def _cause(snapshot: Snapshot, about: Ref, service: Service) -> Finding | None:
    """Return the first thing that is sure of the Deployment's pods and takes no call away."""
    return context_as_warning(snapshot, service, lambda found: _is_sure(found, about), in_table=True)


def _is_sure(found: Finding, about: Ref) -> bool:
    return found.about == about and found.confidence is not Confidence.POSSIBLE and found.layer is Layer.APPLICATION
