"""What a change sets free: pods that waited for a Service which then has an endpoint, as they are once they have gone on.

Whether these get ready only they can show, as of new pods (`new_pods`): here they are taken for ready, so that a proof does
not tell of a wait that is over.
"""

from collections.abc import Iterator

from bot.model.dependencies.dependencies import dependencies_of
from bot.model.kube.endpoints import endpoints_of, usable
from bot.model.kube.pods import Pod
from bot.model.refs import Ref
from bot.model.result.finding import Because
from bot.model.snapshot import Snapshot
from bot.usecases.new_pods import ready_again

_MOST_STEPS = 3  # one waits for the next: the chains that are followed have two, after the one that is asked about


def released(before: Snapshot, after: Snapshot) -> Snapshot:
    """Return the changed snapshot, in which the pods that waited for what has an endpoint by now are ready."""
    for _ in range(_MOST_STEPS):
        free = tuple(_free(before, after))
        if not free:
            break
        after = ready_again(after, free)
    return after


def _free(before: Snapshot, after: Snapshot) -> Iterator[Pod]:
    """Yield pods that are not ready, and waited for, or said that they could not reach, only what takes calls since."""
    opened = frozenset(_opened(before, after))
    if not opened:
        return
    for pod in after.pods:
        if pod.is_ready or pod.is_terminating or pod.is_terminal or not pod.ip:
            continue
        missed = {each.service for each in dependencies_of(after, (pod,)) if each.because is not Because.CALLS}
        if missed & opened and all(_takes_calls(after, each) for each in missed - opened):
            yield pod


def _opened(before: Snapshot, after: Snapshot) -> Iterator[Ref]:
    """Yield the Services whose slices were written anew, and which have an endpoint since."""
    old = {id(each) for each in before.slices}
    written = {(each.namespace, each.service_name) for each in after.slices if id(each) not in old}
    for namespace, name in sorted(written):
        ref = Ref("Service", name, namespace)
        if _takes_calls(after, ref) and not _takes_calls(before, ref):
            yield ref


def _takes_calls(snapshot: Snapshot, ref: Ref) -> bool:
    service = snapshot.service(ref.namespace, ref.name)
    slices = snapshot.slices_of(service) if service else ()
    return service is not None and any(usable(endpoints_of(slices, port)) for port in service.spec.ports or ())
