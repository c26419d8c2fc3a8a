"""What asking the DNS pods one by one gave (failure-modes DNS-002): each is judged by the API's truth and its siblings.

Rule: one lost datagram is no fault, and a name that no sibling answers rightly accuses nobody. Of the ten tries that somebody
gets who sees it now and then, two that fail are a fault where a sibling answered all.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from msgspec import Struct

from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.pods import Pod
from bot.model.probe import Observation, Outcome, Purpose
from bot.model.refs import service_fqdn
from bot.model.text import listing

# What a replica may still have in its cache, or not yet from its watch: kubeadm's ttl is 30 s, twice that is no delay.
SETTLED = timedelta(seconds=60)
_CLOCKS = 5  # seconds that two clocks of a cluster may differ without anybody's fault
_SAYS = {
    Outcome.TIMEOUT: "gives no answer",
    Outcome.UNREACHABLE: "cannot be reached",
    Outcome.REFUSED: "refuses: nothing listens there",
    Outcome.NXDOMAIN: "says NXDOMAIN for {name}, which exists",
    Outcome.NO_DATA: "says that {name} has no address, which it has",
}
_ROUNDS = 4  # tries from which failures are counted one by one
_FEW = 2  # failed tries: one is noise
_CONTROL = ("default", "kubernetes")


class Replica(Struct, frozen=True):
    """One DNS pod that takes traffic, and what it was asked."""

    endpoint: Endpoint
    pod: Pod | None
    seen: tuple[Observation, ...]

    @property
    def node(self) -> str:
        return self.endpoint.node or (self.pod.spec.node_name if self.pod else "")

    @property
    def label(self) -> str:
        """Name it for a person: `coredns-2 (10.244.1.2, node-2)`."""
        place = ", ".join(each for each in (self.endpoint.address, self.node) if each)
        return f"{self.pod.name} ({place})" if self.pod else place


class Failing(Struct, frozen=True):
    """A replica that fails where a sibling does not, and the observations that show it."""

    replica: Replica
    faults: tuple[Observation, ...]

    @property
    def over(self) -> frozenset[str]:
        """The transports that fail: `udp`, `tcp`."""
        return frozenset(each.query.transport for each in self.faults)

    @property
    def is_silent(self) -> bool:
        """Nothing came back at all, so the way there may be at fault as well."""
        return all(each.outcome in (Outcome.TIMEOUT, Outcome.UNREACHABLE) for each in self.faults)


def replicas(case: Case) -> tuple[Replica, ...]:
    """Return the DNS pods in rotation that were asked, each by itself; those that are not ready do not count."""
    service = case.dns.service
    found = []
    for each in case.dns.usable:
        seen = tuple(one for one in case.measured.queries(Purpose.REPLICA) if one.query.server == each.address)
        if seen and service:
            pod = case.snapshot.pod(service.namespace, each.pod) if each.pod else None
            found.append(Replica(each, pod or case.snapshot.pod_by_ip(each.address), seen))
    return tuple(found)


def failing(case: Case) -> tuple[Failing, ...]:
    """Return the replicas that fail at something that another one does rightly."""
    known = replicas(case)
    found = [(each, _faults(case, each, known)) for each in known]
    return tuple(Failing(each, faults) for each, faults in found if faults)


def control_answered(case: Case) -> bool:
    """Some DNS pod answered the name that every cluster has, so the cluster's DNS is up."""
    return any(
        each.outcome is Outcome.ANSWERED and each.query.name == _control(case)
        for each in case.measured.queries(Purpose.REPLICA)
    )


def says(case: Case, seen: Observation) -> str:
    """What a replica does wrong, in words, e.g. `gives SERVFAIL for kubernetes.default.svc.cluster.local`."""
    name = seen.query.name.removesuffix(".")
    if comes_and_goes(seen):
        worst = Counter(each for each in seen.outcomes if each is not Outcome.ANSWERED).most_common(1)[0][0]
        return f"gives {str(worst).upper()} to {seen.failed_tries} of {len(seen.outcomes)} lookups of {name}"
    if seen.outcome is Outcome.ANSWERED:
        truth = listing(sorted(_truth(case, seen.query.name)))
        return f"answers {listing(seen.answers)} for {name}, whose ClusterIP is {truth}"
    words = _SAYS.get(seen.outcome, f"gives {str(seen.outcome).upper()} for {name}").format(name=name)
    return f"{words} over TCP" if seen.query.transport == "tcp" else words


def comes_and_goes(seen: Observation) -> bool:
    """Return whether a name was answered most times, and failed more than once of many tries."""
    is_mixed = seen.outcome is Outcome.ANSWERED and len(seen.outcomes) >= _ROUNDS
    return is_mixed and seen.failed_tries >= _FEW


def _faults(case: Case, replica: Replica, known: tuple[Replica, ...]) -> tuple[Observation, ...]:
    """UDP: most tries of one name fail. TCP is tried once a name, so there two names must fail and none succeed."""
    bad = [each for each in replica.seen if _is_bad(case, each) and _a_sibling_can(case, replica, each, known)]
    udp = [each for each in bad if each.query.transport == "udp"]
    tcp = [each for each in bad if each.query.transport == "tcp"]
    tcp_works = any(each.query.transport == "tcp" and _is_good(case, each) for each in replica.seen)
    lost = sum(each.failed_tries for each in tcp)
    return (*udp, *(tcp if lost > 1 and not tcp_works else ()))


def _a_sibling_can(case: Case, replica: Replica, seen: Observation, known: tuple[Replica, ...]) -> bool:
    asked = (seen.query.name, seen.query.type, seen.query.transport)
    return any(
        (one.query.name, one.query.type, one.query.transport) == asked
        and _is_good(case, one)
        and not (comes_and_goes(seen) and one.failed_tries)
        for each in known
        if each is not replica
        for one in each.seen
    )


def _is_good(case: Case, seen: Observation) -> bool:
    truth = _truth(case, seen.query.name)
    return seen.outcome is Outcome.ANSWERED and (not truth or bool(truth & set(seen.answers)))


def _is_bad(case: Case, seen: Observation) -> bool:
    """SERVFAIL with authority is "not synced", a denial by old data "stale": findings of their own (DNS-006, DNS-007)."""
    query = seen.query
    if not _is_judged(case, query.name):
        return False
    if _is_good(case, seen):
        return comes_and_goes(seen)
    if (seen.outcome is Outcome.SERVFAIL and seen.detail.get("aa") is True) or is_stale(case, seen):
        return False
    return seen.outcome is Outcome.ANSWERED or seen.failed_tries * 2 > query.tries


def is_stale(case: Case, seen: Observation) -> bool:
    """Return whether a DNS pod denies the Service's name by data from before the Service was made.

    CoreDNS's serial of the zone is the Unix time of the last change that the replica heard of from the API server. A denial
    that it, or a cache before it, may still keep rightly does not count (failure-modes DNS-007, DNS-022).
    """
    query, service = seen.query, case.service
    if query.name != case.fqdn or seen.outcome is not Outcome.NXDOMAIN or not seen.detail.get("aa") or service is None:
        return False
    born, kept = service.metadata.creation_timestamp, timedelta(seconds=int(seen.detail.get("soa_minimum") or 0))
    if born is None or not case.snapshot.is_older(born, max(SETTLED, kept)):
        return False
    serial = int(seen.detail.get("soa_serial") or 0)
    return 0 < serial < born.timestamp() - _CLOCKS


def _is_judged(case: Case, name: str) -> bool:
    """The control name always; the Service's only where its answer is fixed: a ClusterIP that is not brand-new."""
    if name == _control(case):
        return True
    service = case.service
    if name != case.fqdn or service is None or not service.cluster_ips or service.is_external_name:
        return False
    born = service.metadata.creation_timestamp
    return born is None or case.snapshot.is_older(born, SETTLED)


def _truth(case: Case, name: str) -> frozenset[str]:
    """The addresses that the API gives a name; empty where they were not read."""
    service = case.service if name == case.fqdn else case.snapshot.service(*_CONTROL)
    return frozenset(service.cluster_ips) if service and name in (case.fqdn, _control(case)) else frozenset()


def _control(case: Case) -> str:
    namespace, name = _CONTROL
    return service_fqdn(name, namespace, case.snapshot.zone)


def answered_from(case: Case) -> Iterator[tuple[str, bool]]:
    """Yield node and "something came back" for each endpoint and DNS pod that was tried: a refusal came back, too."""
    lost = (Outcome.TIMEOUT, Outcome.UNREACHABLE)
    for each in replicas(case):
        yield each.node, any(one.outcome not in lost for one in each.seen)
    for one in case.measured.tcp():
        address = one.place[0]
        pod = case.snapshot.pod_by_ip(address)
        if pod is not None:
            yield pod.spec.node_name, one.outcome not in lost
