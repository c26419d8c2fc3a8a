"""What the cluster's DNS answers for a name, by the objects alone (DNS specification 1.1.0, failure-modes C.2). Pure.

Only names of the cluster's zone have an answer here; what another server would say is unknown.
https://github.com/kubernetes/dns/blob/master/docs/specification.md
"""

from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.answers import Answer, SearchStep
from bot.model.dns.search.resolver import Resolver
from bot.model.dns.search.simulate import missing
from bot.model.dns.search.table import WALKED
from bot.model.kube.services import EndpointSlice, Service, SliceEndpoint
from bot.model.probe import Outcome
from bot.model.refs import family_of
from bot.model.snapshot import Snapshot

_NOTHING = Outcome.NXDOMAIN


def walk_saved(
    name: str, conf: ResolvConf, snapshot: Snapshot, resolvers: tuple[Resolver, ...] = WALKED
) -> tuple[SearchStep, ...]:
    """Return the steps of a search as `bot.probes.walk` does, each with the answer that the objects lead to."""
    found: list[SearchStep] = []
    if not conf.nameservers:
        return ()
    while wanted := missing(name, conf, found, resolvers):
        found.append(step(wanted, snapshot))
    return tuple(found)


def step(name: str, snapshot: Snapshot) -> SearchStep:
    """Answer one absolute name, for A and AAAA."""
    found = _addresses(name.lower().rstrip("."), snapshot)
    if isinstance(found, Outcome):
        return SearchStep(name, Answer(found), Answer(found))
    a, aaaa = (_answer([each for each in found if family_of(each) == family]) for family in (4, 6))
    return SearchStep(name, a, aaaa)


def _answer(addresses: list[str]) -> Answer:
    return Answer(Outcome.ANSWERED if addresses else Outcome.NO_DATA, tuple(addresses))


def _addresses(name: str, snapshot: Snapshot) -> tuple[str, ...] | Outcome:
    zone = snapshot.zone.rstrip(".").lower()
    if name != zone and not name.endswith(f".{zone}"):
        return Outcome.NOT_RUN
    match name.removesuffix(zone).rstrip(".").split("."):
        case [*left, service, namespace, "svc"]:
            known = snapshot.service(namespace, service)
            return _of_service(tuple(left), known, snapshot) if known else _NOTHING
        case [""] | ["svc"]:
            return ()
        case [namespace, "svc"]:
            return () if snapshot.services_in(namespace) else _NOTHING
    return _NOTHING


def _of_service(left: tuple[str, ...], service: Service, snapshot: Snapshot) -> tuple[str, ...] | Outcome:
    """A ClusterIP Service resolves whatever its endpoints do; a headless one only to those that are ready."""
    if service.is_external_name:
        return _of_alias(service, snapshot) if not left else _NOTHING
    if not left and not service.is_headless:
        return tuple(service.cluster_ips)
    ready = [word for each in snapshot.slices_of(service) for word in _ready(each)]
    chosen = [word for word in ready if not left or (word.hostname or "",) == left]
    found = tuple(sorted({(word.addresses or ("",))[0] for word in chosen}))
    return found or _NOTHING


def _of_alias(service: Service, snapshot: Snapshot) -> tuple[str, ...] | Outcome:
    """The target's answer; one hop, since an alias of an alias may go round."""
    target = service.spec.external_name.lower().rstrip(".")
    labels = target.removesuffix(snapshot.zone).rstrip(".").split(".")
    known = snapshot.service(labels[1], labels[0]) if len(labels) == 3 and labels[2] == "svc" else None  # noqa: PLR2004 (SERVICE.NAMESPACE.svc)
    if known and known.is_external_name:
        return Outcome.NOT_RUN
    found = _addresses(target, snapshot)
    return () if found is _NOTHING else found


def _ready(found: EndpointSlice) -> list[SliceEndpoint]:
    """CoreDNS publishes ready endpoints, nil counts as ready, and has no fallback to draining ones."""
    return [each for each in found.endpoints or () if each.addresses and each.conditions.ready is not False]
