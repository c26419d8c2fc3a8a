"""Where a pod's configuration says that it listens, held against the port that is called."""

from bot.model.case import Case
from bot.model.kube.bound_addresses import BoundAddress, bound_addresses
from bot.model.kube.pods import Container, Pod
from bot.model.kube.services import ServicePort
from bot.model.planning.http import answers_kubelet, declared_ports

# Sidecars that pass traffic on to the application's loopback address.
_PROXIES = ("istio-proxy", "linkerd-proxy", "consul-dataplane", "envoy", "kuma-sidecar", "daprd", "nginx", "haproxy")


def serving(pod: Pod, number: int) -> Container | None:
    """Return the container that serves a port: the one that declares it, else the only one; None where nobody can tell."""
    containers = pod.serving_containers
    if any(each.name.startswith(_PROXIES) for each in containers) and len(containers) > 1:
        return None
    declaring = [each for each in containers if any(port.container_port == number for port in each.ports or ())]
    if len(declaring) == 1:
        return declaring[0]
    return containers[0] if len(containers) == 1 else None


def loopback_only(case: Case, pod: Pod, port: ServicePort) -> tuple[Container, BoundAddress] | None:
    """Return the container and the address by which a port cannot be reached from outside of its pod; None where it may.

    A probe of the kubelet that passes on this port calls the pod's own address, and so proves the contrary.
    """
    number = port.resolve(pod)
    container = serving(pod, number) if number else None
    if number is None or container is None or answers_kubelet(pod, number):
        return None
    bound = [each for each in bound_addresses(container) if each.port in (None, number)]
    if not bound or not all(_is_cut_off(case, each) for each in bound):
        return None
    return container, bound[0]


def _is_cut_off(case: Case, bound: BoundAddress) -> bool:
    if bound.is_loopback:
        return True
    families = case.service.families if case.service else ()
    return case.backends.family == "IPv6" or families == ("IPv6",)  # 0.0.0.0 takes IPv4 alone


def declares(pod: Pod, number: int | None) -> bool:
    """Return whether one of a pod's containers lists a port, at which it may well listen, too."""
    return any(each.container_port == number for one in pod.serving_containers for each in one.ports or ())


def listens_rather(pod: Pod, number: int, called: int) -> bool:
    """Return whether a pod lists one port and not the one that is called, at which no probe of the kubelet calls it either."""
    return declares(pod, number) and not declares(pod, called) and called not in declared_ports(pod)
