"""What the caller itself saw of its way: where it has a connection no policy is in doubt, and where it has none while the
worker has one, something on its way drops what it sends, whatever the objects say.
"""

from bot.model.call.sight import Sight, sound, unknown
from bot.model.case import Case
from bot.model.probe import DnsQuery, Observation, Outcome, Purpose, TcpConnect
from bot.model.result.status import Basis, Status
from bot.model.text import count
from bot.model.views.measurements import HEARD


def connected_by_caller(case: Case) -> Sight | None:
    """Return the policy hop as sound where the caller has a connection to every endpoint asked about, at every try.

    None where it has not, or where it did not measure all of them.
    """
    if not case.vantage.is_caller or case.question.entry is not None or not case.ports:
        return None
    if any(each.protocol != "TCP" for each in case.ports):
        return None
    ends = [each for port in case.ports for each in case.backends.usable(port)]
    seen = [case.measured.tcp_to(each) for each in ends]
    if not ends or any(each is None or not _is_steady(each) for each in seen):
        return None
    return sound(f"the caller itself has a connection to {count(len(ends), 'endpoint')}", Basis.PROBED)


def _is_steady(seen: Observation) -> bool:
    return seen.outcome is Outcome.ANSWERED and not seen.failed_tries


def with_connections(case: Case, sight: Sight) -> Sight:
    """Return what the objects say of policies, beside what the caller saw where that is otherwise."""
    if not case.elsewhere.observations:  # only one place measured, as for every row of a digest
        return sight
    seen = [each for each in case.measured.of_the_way if _is_endpoint(each)]
    if not seen:
        return sight
    of = sum(_is_endpoint(each) for each in case.observations)
    told = (
        f"the caller itself gets {seen[0].outcome} from {len(seen)} of {count(of, 'endpoint')}, which answer the worker"
    )
    return _beside(sight, told)


def _is_endpoint(seen: Observation) -> bool:
    return isinstance(seen.probe, TcpConnect) and seen.probe.purpose is Purpose.ENDPOINT


def heard_by_caller(case: Case) -> Sight | None:
    """Return the caller's access to its DNS as sound where its own nameserver answers it at every try; else None."""
    own = case.measured.queries(Purpose.OWN) if case.vantage.is_caller else ()
    if not own or any(each.outcome not in HEARD or any(one not in HEARD for one in each.outcomes) for each in own):
        return None
    return sound(f"{own[0].query.server} answers the caller itself", Basis.PROBED)


def resolved_by_caller(case: Case) -> str:
    """Return in words that the caller's own nameserver gives it an address of the Service; empty where it does not.

    Whoever that nameserver is: a node's own may know the cluster's names.
    """
    own = case.measured.queries(Purpose.OWN) if case.vantage.is_caller else ()
    service = case.service
    if service is None or service.is_external_name or not own:
        return ""
    right = set(service.cluster_ips) or {ip for pod in case.backends.pods for ip in pod.ips}
    if any(each.outcome is not Outcome.ANSWERED or each.failed_tries or not set(each.answers) <= right for each in own):
        return ""
    return f"{own[0].query.server} gives the caller itself {', '.join(own[0].answers[:2])}"


def with_lookups(case: Case, sight: Sight) -> Sight:
    """Return what the objects say of policies for lookups, beside what the caller saw where that is otherwise."""
    if not case.elsewhere.observations:  # only one place measured, as for every row of a digest
        return sight
    seen = [each for each in case.measured.of_the_way if isinstance(each.probe, DnsQuery)]
    if not seen:
        return sight
    return _beside(
        sight, f"the caller itself gets {seen[0].outcome} from {seen[0].query.server}, which answers the worker"
    )


def _beside(sight: Sight, told: str) -> Sight:
    if sight.status is Status.OK:
        return unknown(f"{sight.because}, and yet {told}", Basis.PROBED)
    return Sight(sight.status, sight.basis, f"{sight.because}; {told}")
