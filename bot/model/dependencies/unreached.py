"""Whom a host means that no Service has: the workload that serves the port, and that nobody can call by a name."""

from collections.abc import Iterable, Iterator

from bot.model.dependencies.telemetry import sounds_like_telemetry
from bot.model.kube.pods import Container
from bot.model.kube.workloads import Workload
from bot.model.snapshot import Snapshot


def serves_unreached(
    snapshot: Snapshot, beside: Iterable[Workload], name: str, namespace: str, port: int | None
) -> bool:
    """Return whether one workload alone has the port that is called, begins as this name does, and has no ClusterIP.

    `api-service:51200` beside a Deployment `api-server` that declares 51200. Collectors of traces are named in charts that
    never install them.
    """
    if port is None or sounds_like_telemetry(name, port) or not snapshot.has("services", namespace):
        return False
    first = name.partition("-")[0]
    serving = [each for each in beside if each.name.partition("-")[0] == first and port in ports_of([each])]
    return len(serving) == 1 and not has_address(snapshot, serving[0])


def is_without_ports(snapshot: Snapshot, beside: Iterable[Workload], name: str, port: int | None) -> bool:
    """Return whether the one workload of this very name declares no port, so it may have this one, and has no ClusterIP."""
    own = [each for each in beside if each.name == name]
    if port is None or len(own) != 1 or sounds_like_telemetry(name, port):
        return False
    return not ports_of(own) and not has_address(snapshot, own[0]) and snapshot.has("services", own[0].namespace)


def ports_of(workloads: Iterable[Workload]) -> set[int]:
    """Return what the containers of these workloads declare, and the numbers that their probes call."""
    containers = [one for each in workloads for one in each.spec.template.spec.containers or ()]
    declared = {each.container_port for one in containers for each in one.ports or ()}
    return declared | {port for one in containers for port in _probed(one)}


def _probed(container: Container) -> Iterator[int]:
    probes = (container.readiness_probe, container.liveness_probe, container.startup_probe)
    return (each.port for each in probes if each and isinstance(each.port, int))


def has_address(snapshot: Snapshot, workload: Workload) -> bool:
    """Return whether a Service with an address of its own selects what a workload makes; one for a part of its ports, too."""
    return any(
        not each.is_headless and workload.makes(each.selector) for each in snapshot.services_in(workload.namespace)
    )
