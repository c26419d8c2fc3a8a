"""The endpoints: does each address that takes this call belong to a pod of this Service, as far as was read?

An address of no known pod is sound only where a probe reached it. The one exception is the API server's own Service,
`default/kubernetes`: its controller writes its addresses, and it has just answered this run.
"""

from bot.model.call.doubt import doubt_words
from bot.model.call.sight import (
    Sight,
    failing,
    gap_words,
    no_service,
    off_path,
    sound,
    unknown,
    unplaced_caller,
    unsure_place,
)
from bot.model.case import Case
from bot.model.gaps import LIVE_STATE, UNSELECTED_SLICES
from bot.model.kube.endpoints import Endpoint, local_to
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.memo import memo
from bot.model.probe import Observation, Outcome, TcpConnect
from bot.model.question.question import Symptom
from bot.model.refs import family_of
from bot.model.result.status import Basis
from bot.model.text import count, listing

_REACHED = (Outcome.ANSWERED, Outcome.REFUSED, Outcome.RESET)  # a refusal proves the way to it as well


def endpoints(case: Case) -> Sight:
    """Return whether the endpoints that take this call are known for what they are."""
    service = case.service
    if service is None:
        return no_service(case)
    if service.is_external_name:
        return off_path("an ExternalName has no endpoints")
    if why := _unread(case, service):
        return unknown(why)
    if case.backends.only_local and (why := unplaced_caller(case) or _anywhere(case)):
        return unknown(f"on which node the caller is, where its traffic stays, is not known: {why}")
    if why := _other_family(case, service):
        return unknown(why, Basis.CONFIG)
    if not case.backends.all_usable:
        return _none(case, service)
    tried = {each.place: each for each in case.measured.tcp()} if case.observations else {}
    if why := _lost(case, tried):
        return failing(why)
    if why := doubt_words(case, TcpConnect):
        return unknown(why, Basis.PROBED)
    if why := foreign_words(case, tried):
        return unknown(why, Basis.CONFIG)
    why = gap_words(case, LIVE_STATE)
    return unknown(why) if why else _seen(case, tried)


def _unread(case: Case, service: Service) -> str:
    """Why the Service's slices are not known; those of a Service without a selector cannot be computed."""
    why = gap_words(case, "endpointslices", service.namespace)
    if why or service.selector.pairs or case.snapshot.slices_of(service):
        return why
    return gap_words(case, UNSELECTED_SLICES)


def _anywhere(case: Case) -> str:
    if case.question.entry:
        return ""
    return unsure_place(case, lambda node: has_local(case, node), "endpoint")


def _other_family(case: Case, service: Service) -> str:
    """Return that the caller's pod has no address of a family that is called; empty where it has, or is not known."""
    pod, address = case.caller.pod, case.question.address
    if pod is None or not pod.ips:
        return ""
    own = {family_of(each) for each in pod.ips}
    ips = (address,) if address else service.cluster_ips or published(case)
    called = {family_of(each) for each in ips}
    if not called or own & called:
        return ""
    return f"the caller has IPv{min(own)} addresses alone, and what is called is IPv{min(called)}"


def has_local(case: Case, node: str) -> bool:
    """Return whether a node has an endpoint of each port that has one anywhere."""
    served = (port for port in case.ports if case.backends.usable_anywhere(port))
    return all(local_to(case.backends.endpoints(port), node) for port in served)


def published(case: Case) -> tuple[str, ...]:
    """Return the addresses that a headless Service's name has: those of its ready endpoints, whatever their ports."""
    slices = case.snapshot.slices_of(case.service) if case.service else ()
    ready = (each for one in slices for each in one.endpoints or () if each.conditions.ready is not False)
    return tuple(sorted({each.addresses[0] for each in ready if each.addresses}))


def _none(case: Case, service: Service) -> Sight:
    ports = listing([str(port) for port in case.ports])
    if service.is_headless:
        if addresses := published(case):
            return sound(
                f"{count(len(addresses), 'address', 'addresses')} of the headless Service, each at its pod's own port"
            )
        return unknown(f"no endpoint is usable behind the headless Service {service.name}", Basis.CONFIG)
    return failing(f"no endpoint takes traffic behind {ports}", Basis.CONFIG)


def _seen(case: Case, tried: dict[tuple[str, int], Observation]) -> Sight:
    own = [each for each in case.backends.all_usable if (each.address, each.port) in tried] if tried else []
    if own:
        return sound(f"{len(own)} of {count(len(own), 'endpoint')} reached{_unmapped(case)}", Basis.PROBED)
    number = len({each.address for each in case.backends.all_usable})
    return sound(f"{count(number, 'usable endpoint')} behind {_served(case)}{_unmapped(case)}")


def _served(case: Case) -> str:
    """Return the ports that have endpoints, and those beside them that have none."""
    served = [each for each in case.ports if case.backends.usable(each)]
    bare = [str(each) for each in case.ports if each not in served]
    return f"{listing([str(each) for each in served])}{f', and none behind {listing(bare)}' if bare else ''}"


def _unmapped(case: Case) -> str:
    """Return in words which port callers of a headless Service have to use, where it is not the Service's (RTE-020)."""
    if case.service is None or not case.service.is_headless:
        return ""
    unmapped = {
        (port.port, each.port) for port in case.ports for each in case.backends.usable(port) if each.port != port.port
    }
    if not unmapped:
        return ""
    pairs = [f"{own}, not {offered}" for offered, own in sorted(unmapped)]
    return f"; the Service is headless and maps no port: callers use the pods' own {listing(pairs, 3)}"


def _lost(case: Case, tried: dict[tuple[str, int], Observation]) -> str:
    if not tried:
        return ""
    own = [seen for each in case.backends.all_usable if (seen := tried.get((each.address, each.port)))]
    reached = sum(each.outcome in _REACHED for each in own)
    if reached == len(own):
        return ""
    return f"{reached} of {count(len(own), 'endpoint')} reached from here"


# --- whose endpoints


def is_api_server(service: Service) -> bool:
    """Return whether it is the Service of the API server itself, whose endpoints are no pods of its selector."""
    return service.is_api_server


@memo
def behind(case: Case) -> tuple[tuple[Endpoint, Pod | None], ...]:
    """Return the usable endpoints, each with the pod behind it, as far as that was read."""
    backends = case.backends
    if len(case.ports) == 1:
        return backends.behind(case.ports[0])
    return tuple((each, backends.pod_of(each)) for each in backends.all_usable)


@memo
def foreign(case: Case) -> tuple[Endpoint, ...]:
    """Return the usable endpoints whose address no live pod has that was read (RTE-016, RTE-017)."""
    return tuple(each for each, pod in behind(case) if pod is None or not _is_of(pod, each))


def _is_of(pod: Pod, endpoint: Endpoint) -> bool:
    return not pod.is_terminal and (pod.ip == endpoint.address or endpoint.address in pod.ips or not pod.ips)


def foreign_words(case: Case, tried: dict[tuple[str, int], Observation]) -> str:
    """Return in words which endpoints belong to no known pod and were not reached; empty where none is left."""
    assert case.service is not None
    if is_api_server(case.service):
        why = gap_words(case, "nodes") if case.question.symptom in (Symptom.TIMEOUT, Symptom.INTERMITTENT) else ""
        return f"whether each address is that of a node is not known: {why}" if why else ""
    strangers = foreign(case)
    if not strangers:
        return ""
    answered = {place for place, seen in tried.items() if seen.outcome in _REACHED}
    left = [each for each in strangers if (each.address, each.port) not in answered]
    if not left:
        return ""
    which = listing(sorted({each.address for each in left}), 3)
    why = gap_words(case, "pods", case.service.namespace)
    rest = f": {why}" if why else ", and nothing has reached it"
    belong = "belongs" if len(left) == 1 else "belong"
    return f"{len(left)} of {count(len(case.backends.all_usable), 'endpoint')} ({which}) {belong} to no pod that was read{rest}"
