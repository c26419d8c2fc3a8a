"""Which backends are others by now than when they were read: what was measured of them is of no pod that is told of. Pure.

A rollout goes on while a question is answered. A pod that is taken away between the reading and a probe refuses or is silent,
and is no bad backend; so what failed is read again before it is accused.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping

from msgspec.structs import replace

from bot.model.call.onward import at_service
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice
from bot.model.probe import DnsQuery, Observation, Outcome, Purpose, asked_address
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot

# How a lookup ends that says something of the DNS pod that was asked, and not of the name.
_OF_THE_POD = (Outcome.TIMEOUT, Outcome.REFUSED, Outcome.UNREACHABLE, Outcome.RESET, Outcome.SERVFAIL, Outcome.ERROR)
_VIRTUAL = (Purpose.SERVICE, Purpose.ENTRY)  # one of all endpoints takes the call


def suspects(case: Case) -> tuple[Ref, ...]:
    """Return the Services of which a backend failed in a probe, the cluster's DNS among them; empty: nobody is accused."""
    call = at_service(case)
    seen = (*call.measured.counted, *call.measured_elsewhere.counted)
    is_blamed = bool(call.backends.all_usable) and any(map(_blames_backend, seen))
    found = [call.service_ref] if call.service and is_blamed else []
    if case.dns.service and any(map(_blames_dns_pod, seen)):
        found.append(case.dns.service.ref)
    return tuple(dict.fromkeys(found))


def moved(before: Snapshot, after: Snapshot, service: Ref) -> frozenset[str]:
    """Return the addresses of a Service behind which a later reading has another: come, gone, restarted, of other readiness."""
    old, new = _states(before, service), _states(after, service)
    return frozenset(each for each in old.keys() | new.keys() if old.get(each) != new.get(each))


def still_true(case: Case, gone: Mapping[Ref, frozenset[str]]) -> Case:
    """Return the case without what was measured of backends that are others by now, and of virtual IPs in front of them.

    `gone` has the addresses of each Service.
    """
    elsewhere = replace(case.elsewhere, observations=_kept(case, case.elsewhere.observations, gone))
    return replace(case, observations=_kept(case, case.observations, gone), elsewhere=elsewhere)


def _blames_backend(seen: Observation) -> bool:
    probe = seen.probe
    return not isinstance(probe, DnsQuery) and probe.purpose is not Purpose.CANDIDATE and seen.failed_tries > 0


def _blames_dns_pod(seen: Observation) -> bool:
    is_own = isinstance(seen.probe, DnsQuery) and seen.probe.purpose is Purpose.REPLICA
    return is_own and any(each in _OF_THE_POD for each in seen.outcomes or (seen.outcome,))


def _kept(case: Case, seen: tuple[Observation, ...], gone: Mapping[Ref, frozenset[str]]) -> tuple[Observation, ...]:
    addresses, is_of_call = frozenset[str]().union(*gone.values()), at_service(case).service_ref in gone
    return tuple(
        each
        for each in seen
        if asked_address(each.probe) not in addresses
        and not (is_of_call and not isinstance(each.probe, DnsQuery) and each.probe.purpose in _VIRTUAL)
    )


def _states(snapshot: Snapshot, ref: Ref) -> dict[str, Hashable]:
    """Return by address what slices and pods say of each backend of a Service, without what changes all the time."""
    service = snapshot.service(ref.namespace, ref.name)
    if service is None:
        return {}
    found: defaultdict[str, set[Hashable]] = defaultdict(set)
    for each in snapshot.slices_of(service):
        for address, state in _listed(each):
            found[address].add(state)
    for pod in snapshot.pods_selected(ref.namespace, service.selector):
        for address in pod.ips:
            found[address].add(_state(pod))
    return {address: frozenset(states) for address, states in found.items()}


def _listed(known: EndpointSlice) -> Iterator[tuple[str, Hashable]]:
    ports = tuple((each.name, each.protocol, each.port) for each in known.ports or ())
    for each in known.endpoints or ():
        pod = each.target_ref.name if each.target_ref else ""
        for address in each.addresses or ():
            yield address, (ports, each.conditions, pod)


def _state(pod: Pod) -> Hashable:
    restarts = tuple(each.restart_count for each in pod.container_statuses)
    return pod.name, pod.metadata.uid, pod.is_terminating, pod.is_terminal, pod.is_ready, restarts
