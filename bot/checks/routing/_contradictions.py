"""The contradiction that shows a node which does not translate a ClusterIP: it fails, and every endpoint behind it answers."""

from ipaddress import ip_address

from msgspec import Struct

from bot.checks.facts.dns_replicas import SETTLED
from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint, local_to
from bot.model.kube.services import Service, ServicePort
from bot.model.memo import memo
from bot.model.policy.parties import Party
from bot.model.policy.rules import Direction
from bot.model.probe import Observation, Outcome, Purpose

FAILS = (Outcome.TIMEOUT, Outcome.REFUSED, Outcome.UNREACHABLE)


class Contradiction(Struct, frozen=True):
    """The virtual IP failed, and these endpoints behind it answered."""

    port: ServicePort
    virtual: Observation
    endpoints: tuple[Endpoint, ...]

    @property
    def address(self) -> str:
        address, port = self.virtual.place
        return f"{address}:{port}"


@memo
def contradictions(case: Case) -> tuple[Contradiction, ...]:
    """Return the TCP ports asked about whose ClusterIP failed from the measuring pod's node while all endpoints answered it."""
    service = case.service
    if service is None or not service.cluster_ips or _is_fresh(case, service):
        return ()
    if not case.vantage.node or not case.vantage.is_in_cluster:
        return ()
    ports = (port for port in case.ports if port.protocol == "TCP")
    return tuple(each for port in ports if (each := _contradiction(case, service, port)))


def _contradiction(case: Case, service: Service, port: ServicePort) -> Contradiction | None:
    """T1 fails, all of T2 work, and nothing else explains it."""
    virtual = next((each for each in case.measured.tcp(Purpose.SERVICE) if _is_of(each, service, port)), None)
    if virtual is None or virtual.outcome not in FAILS:
        return None
    endpoints = tuple(each for each in case.backends.usable_anywhere(port) if _same_family(each, service))
    seen = {each: case.measured.tcp_to(each) for each in endpoints}
    tried = [each for each in seen.values() if each]
    if not tried or any(each.outcome is not Outcome.ANSWERED for each in tried):
        return None
    if service.local_only and not local_to(case.backends.endpoints(port), case.vantage.node):
        return None
    if not _admitted(case, service, port, endpoints):
        return None
    return Contradiction(port, virtual, tuple(each for each, one in seen.items() if one))


def _is_of(seen: Observation, service: Service, port: ServicePort) -> bool:
    return seen.place == (service.cluster_ips[0], port.port)


def _same_family(endpoint: Endpoint, service: Service) -> bool:
    return _version(endpoint.address) == _version(service.cluster_ips[0])


def _version(address: str) -> int:
    try:
        return ip_address(address).version
    except ValueError:
        return 0


def _is_fresh(case: Case, service: Service) -> bool:
    """Rules follow within seconds, not at once: a Service or its endpoints of the last minute prove nothing."""
    born = service.metadata.creation_timestamp
    ready = [pod.ready_since for pod in case.backends.pods if pod.is_ready and pod.ready_since]
    moments = [*([born] if born else []), *([min(ready)] if ready else [])]
    return any(case.snapshot.age(each) < SETTLED for each in moments)


def _admitted(case: Case, service: Service, port: ServicePort, endpoints: tuple[Endpoint, ...]) -> bool:
    """Policies let the measuring pod through, as the API means them and as networks do that see the ClusterIP itself."""
    worker = case.measured.policies.party
    if worker is None:
        return False
    decisions = [case.policies.decide(worker, case.backends.party(each, port), each.port, "TCP") for each in endpoints]
    if any(each.decision != "allow" for each in decisions):
        return False
    return not _is_isolated(case, worker) or _admits_virtual(case, service, port, worker)


def _is_isolated(case: Case, worker: Party) -> bool:
    return bool(case.policies.isolating(Direction.EGRESS, worker))


def _admits_virtual(case: Case, service: Service, port: ServicePort, worker: Party) -> bool:
    virtual = case.policies.address(service.cluster_ips[0])
    return case.policies.decide(worker, virtual, port.port, "TCP").decision == "allow"
