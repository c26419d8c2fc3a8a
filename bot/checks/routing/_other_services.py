"""Whether a port of the pods is already what another port of a Service means: then no fix sends this one there, too."""

from bot.model.case import Case
from bot.model.kube.services import Service, ServicePort


def is_of_another(case: Case, port: ServicePort, target: int | str) -> bool:
    """Return whether the Service's other ports, or other Services of the same pods, lead to this port of theirs.

    A Service with the same port is no other one: a headless twin, or a second name, is for the same callers.
    """
    service, numbers = case.service, _numbers(case, target)
    if service is None:
        return False
    own = (each for each in service.ports if each != port)
    return any(_leads(case, service, each) & numbers for each in own) or any(
        _leads(case, other, each) & numbers
        for other in case.snapshot.services_in(service.namespace)
        if other.ref != service.ref and any(other.selector.matches(pod.labels) for pod in case.backends.pods)
        for each in other.ports
        if each.protocol == port.protocol and each.port != port.port
    )


def _numbers(case: Case, target: int | str) -> set[int]:
    if isinstance(target, int):
        return {target}
    return {number for pod in case.backends.pods if (number := pod.named_port(target)) is not None}


def _leads(case: Case, service: Service, port: ServicePort) -> set[int]:
    """Return the numbers at the pods that a Service's port leads to."""
    slices = (each for known in case.snapshot.slices_of(service) for each in known.ports or ())
    return {each.port for each in slices if each.port and (each.name or "") == (port.name or "")}
