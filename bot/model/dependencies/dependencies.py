"""Which Services pods depend on, as the objects show it: what their commands call, and what their words could not reach.

Other than names no value of a variable and no ConfigMap is read (docs/limits.md, "Promises"): what is only configured there
is not known.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bot.model.dependencies.places import Place, called_in, failed_in
from bot.model.kube.pods import Container, ContainerStatus, Pod
from bot.model.refs import Ref, is_ip, is_label
from bot.model.result.finding import Because, Dependency, Evidence
from bot.model.snapshot import Snapshot
from bot.model.text import one_line

_WORDS = 240
# Reasons for which the runtime, not the program, wrote a termination message.
_OF_RUNTIME = ("StartError", "ContainerCannotRun")


_ORDER = {each: place for place, each in enumerate(Because)}


def dependencies_of(snapshot: Snapshot, pods: Iterable[Pod], *, known_only: bool = True) -> tuple[Dependency, ...]:
    """Return the Services that pods depend on, each once a container, those with the best evidence first.

    A word of a log that may only mean a Service is left out where there is none of that name, unless what there is has
    still to be read (`known_only` False).
    """
    found: dict[tuple[Ref, str], Dependency] = {}
    named = (
        each
        for pod in pods
        for named in _of_pod(snapshot, pod)
        if (each := _depends(snapshot, pod.namespace, named, known_only=known_only))
    )
    for each in sorted(named, key=lambda each: _ORDER[each.because]):
        found.setdefault((each.service, each.container), each)
    return tuple(found.values())


def addresses_of(snapshot: Snapshot, pods: Iterable[Pod]) -> tuple[str, ...]:
    """Return the addresses that these pods say they cannot reach, and that no Service or pod of the snapshot has."""
    hosts = (named.place.host for pod in pods for named in _of_pod(snapshot, pod) if named.because is not Because.CALLS)
    return tuple(
        each
        for each in hosts
        if is_ip(each) and snapshot.service_by_ip(each) is None and snapshot.pod_by_ip(each) is None
    )


def refused_for(snapshot: Snapshot, said: str, holder: Ref, field: str) -> tuple[Dependency, ...]:
    """Return the Services that the API server could not call, by its refusal of an object."""
    evidence = Evidence(holder, field, one_line(said, limit=_WORDS))
    found = (
        _depends(snapshot, holder.namespace, _Named(place, Because.REFUSED, "", evidence)) for place in failed_in(said)
    )
    return tuple(each for each in found if each)


def service_of(snapshot: Snapshot, host: str, namespace: str, *, known_only: bool = True) -> Ref | None:
    """Return the Service that a host means to a pod of a namespace; None for what can be none.

    One that is not in the snapshot is named where only a Service of the cluster can be meant: a single label, or a name
    under `svc`; unless `known_only`, `NAME.NAMESPACE`, too.
    """
    if is_ip(host):
        known = snapshot.service_by_ip(host)
        return known.ref if known else None
    labels = host.removesuffix(".").removesuffix(f".{snapshot.zone}").split(".")
    if not all(is_label(each) for each in labels) or labels == ["localhost"]:
        return None
    if len(labels) == 1:
        return Ref("Service", labels[0], namespace)
    if "svc" in labels[2:]:
        at = labels.index("svc", 2)
        return Ref("Service", labels[at - 2], labels[at - 1])
    of_pod = (labels[1], labels[2]) if len(labels) > 2 else (labels[1], namespace)  # noqa: PLR2004 (POD.SERVICE.NAMESPACE)
    pairs = ((labels[0], labels[1]), of_pod)
    found = next((Ref("Service", name, place) for name, place in pairs if snapshot.service(place, name)), None)
    return found if found or known_only or len(labels) > 2 else Ref("Service", *pairs[0])  # noqa: PLR2004 (as above)


class _Named(NamedTuple):
    """A place, what names it, and in which container."""

    place: Place
    because: Because
    container: str
    evidence: Evidence


def _of_pod(snapshot: Snapshot, pod: Pod) -> Iterator[_Named]:
    statuses = {each.name: each for each in pod.container_statuses}
    for field, containers in (("initContainers", pod.spec.init_containers), ("containers", pod.spec.containers)):
        is_init = field == "initContainers"
        for each in containers or ():
            waits = is_init and each.restart_policy != "Always" and not _has_ended_well(statuses.get(each.name))
            if waits or not is_init:
                yield from _commanded(pod, each, field, Because.WAITS if waits else Because.CALLS)
            for evidence in _words_of(snapshot, pod, each.name, statuses.get(each.name)):
                for place in failed_in(str(evidence.value)):
                    yield _Named(place, Because.SAID, each.name, evidence)


def _has_ended_well(status: ContainerStatus | None) -> bool:
    ended = status.state.terminated if status else None
    return ended is not None and ended.exit_code == 0


def _commanded(pod: Pod, container: Container, field: str, because: Because) -> Iterator[_Named]:
    for place in called_in((*(container.command or ()), *(container.args or ()))):
        words = one_line(place.words, limit=_WORDS)
        yield _Named(
            place, because, container.name, Evidence(pod.ref, f"spec.{field}[{container.name}].command", words)
        )


def _words_of(snapshot: Snapshot, pod: Pod, container: str, status: ContainerStatus | None) -> Iterator[Evidence]:
    """Yield the container's last words, the newest first, and what its failed probe printed."""
    for line in reversed(snapshot.log_of(pod.namespace, pod.name, container)):
        yield Evidence(pod.ref, f"log of {container}", one_line(line, limit=_WORDS))
    ended = (status.state.terminated or status.last_state.terminated) if status else None
    if ended and ended.message and ended.reason not in _OF_RUNTIME:
        field = f"status.containerStatuses[{container}].lastState.terminated.message"
        yield Evidence(pod.ref, field, one_line(ended.message, limit=_WORDS))
    for event in snapshot.events_about(pod.ref, "Unhealthy"):
        if event.container == container and snapshot.is_recent(event.last_seen):
            yield Evidence(pod.ref, "events[Unhealthy]", one_line(event.text, limit=_WORDS))


def _depends(snapshot: Snapshot, namespace: str, named: _Named, *, known_only: bool = True) -> Dependency | None:
    place = named.place
    service = service_of(snapshot, place.host, namespace, known_only=known_only)
    exists = service is not None and snapshot.service(service.namespace, service.name) is not None
    is_only_a_word = named.because in (Because.SAID, Because.REFUSED) and not place.lookup and known_only
    if service is None or (is_only_a_word and not exists):
        return None
    return Dependency(service, place.port, named.because, named.container, named.evidence, exists, place.lookup)
