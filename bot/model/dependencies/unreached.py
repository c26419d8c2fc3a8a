"""Whom a host means that no Service has: the workload that serves the port, and that nobody can call by a name."""

from collections.abc import Iterable

from bot.model.dependencies.telemetry import sounds_like_telemetry
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
    serving = [each for each in beside if each.name.partition("-")[0] == first and port in _numbers(each)]
    return len(serving) == 1 and not any(
        not each.is_headless and serving[0].makes(each.selector) for each in snapshot.services_in(namespace)
    )


def _numbers(workload: Workload) -> set[int]:
    containers = workload.spec.template.spec.containers or ()
    return {each.container_port for one in containers for each in one.ports or ()}
