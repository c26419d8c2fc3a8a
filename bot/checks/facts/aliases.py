"""What an ExternalName leads to, as far as the API tells. Its target is looked up as it is, without any search domain.

https://kubernetes.io/docs/concepts/services-networking/service/#externalname; the answers are in failure-modes C.2.
"""

import re

from msgspec import Struct

from bot.checks.facts.lookups import is_listed
from bot.model.call.alias import aliased, chain, host_in, service_named, target_of
from bot.model.case import Case
from bot.model.dns.configured import configured_cache, reply_for
from bot.model.dns.corefile.reply import Source
from bot.model.kube.endpoints import called
from bot.model.kube.services import EndpointSlice, Service
from bot.model.pattern import pattern
from bot.model.question.suggest import is_slip
from bot.model.refs import is_ip, service_fqdn
from bot.model.text import one_line

_LONGEST = 120  # characters of a target that is quoted
_SERVICE_LABELS = 2
# Plugins that answer, or rewrite, before the kubernetes plugin or beside it.
_OWN_ANSWERS = pattern(r"^\s*(?:rewrite|template|hosts|file|auto|etcd)\b", re.MULTILINE)


class Dangling(Struct, frozen=True):
    """Why the target leads nowhere, as a clause. `meant` is what it should be, where that is known."""

    why: str
    is_proven: bool = True
    meant: str = ""


def inside(case: Case, target: str) -> tuple[str, str] | None:
    """Return Service name and namespace of a target that is a Service's full name in this cluster."""
    known = service_named(case.snapshot, target)
    return (known.name, known.namespace) if known else None


def looks_short(case: Case, target: str) -> str:
    """Return the full name that a target may be short for: `NAME.NAMESPACE` or `NAME.NAMESPACE.svc` of this cluster."""
    parts = target.removesuffix(".svc").split(".")
    is_ours = len(parts) == _SERVICE_LABELS and (
        target.endswith(".svc") or case.snapshot.namespace(parts[1]) is not None
    )
    return _full(case, parts[0], parts[1]) if is_ours else ""


def dangling(case: Case, service: Service) -> Dangling | None:
    """Judge the target by configuration, to the end of its chain; None where it may be right or nobody can tell."""
    if circle := _circle(case, service):
        return circle
    last = chain(case.snapshot, service)[-1]
    found = _judged(case, last)
    if found is None or last is service:
        return found
    end = f"its chain ends at {last.name}.{last.namespace}, an alias of {one_line(target_of(last), limit=_LONGEST)}"
    return Dangling(f"{end}: {found.why}", found.is_proven)


def _judged(case: Case, service: Service) -> Dangling | None:
    """Judge the target of an alias that is no further alias of this cluster."""
    target = target_of(service)
    if is_ip(target):
        return Dangling("it is an IP address, which DNS takes for a name")
    if place := inside(case, target):
        return _missing(case, *place) or _nameless(case, *place, host_in(case.snapshot, target))
    return _outside_svc(case, target) or _unqualified(case, service, target)


def _circle(case: Case, service: Service) -> Dangling | None:
    """Aliases that lead back to themselves."""
    way = chain(case.snapshot, service)
    back = aliased(case.snapshot, way[-1])
    following = case.snapshot.service(back.namespace, back.name) if back else None
    if following is None or following not in way:
        return None
    names = " → ".join(f"{each.name}.{each.namespace}" for each in (*way[1:], following))
    return Dangling(f"it leads in a circle ({names})" if len(way) > 1 else "it is the alias itself")


def _missing(case: Case, name: str, namespace: str) -> Dangling | None:
    """A Service that is not there, where that can be known: its namespace is not there, or its Services were listed."""
    answer = reply_for(case.snapshot, _full(case, name, namespace), servers=case.caller.resolv_conf.nameservers)
    if case.snapshot.service(namespace, name) or (answer and answer.source is Source.UNKNOWN):
        return None
    if case.snapshot.namespaces and case.snapshot.has("namespaces") and not case.snapshot.namespace(namespace):
        return Dangling(f"there is no namespace {namespace}", is_proven=not _rewrites(case))
    if not is_listed(case, namespace):
        return None
    known = case.snapshot.services_in(namespace) if case.snapshot.may_name(namespace) else ()
    slips = [each.name for each in known if is_slip(name, each.name)]
    meant = _full(case, slips[0], namespace) if len(slips) == 1 else ""
    return Dangling(f"{namespace} has no Service {name}", is_proven=not _rewrites(case), meant=meant)


def _nameless(case: Case, name: str, namespace: str, host: str) -> Dangling | None:
    """The name of an endpoint that the Service does not have: an alias has none, others have those of ready endpoints."""
    service = case.snapshot.service(namespace, name)
    if not host or service is None:
        return None
    if service.is_external_name:
        return Dangling(f"{namespace}/{name} is an alias itself, with no names below it", is_proven=not _rewrites(case))
    if not case.snapshot.was_listed(EndpointSlice, namespace, name) or called(case.snapshot.slices_of(service), host):
        return None
    return Dangling(f"{namespace}/{name} has no ready endpoint that is called {host}", is_proven=not _rewrites(case))


def _outside_svc(case: Case, target: str) -> Dangling | None:
    """In the cluster's zone CoreDNS knows names below `svc` and `pod` only: without it they are NXDOMAIN."""
    left = target.removesuffix(f".{case.snapshot.zone}")
    if left == target or {"svc", "pod"} & set(left.split(".")):
        return None
    parts = left.split(".")
    known = len(parts) == _SERVICE_LABELS and case.snapshot.service(parts[1], parts[0])
    meant = _full(case, *parts) if known else ""
    return Dangling("it lacks the part svc before the zone", is_proven=not _rewrites(case), meant=meant)


def _unqualified(case: Case, service: Service, target: str) -> Dangling | None:
    """A short name of a Service, which only a search domain would complete."""
    parts = target.removesuffix(".svc").split(".")
    place = (parts[0], parts[1] if len(parts) == _SERVICE_LABELS else service.namespace)
    known = case.snapshot.service(place[1], place[0])
    if len(parts) > _SERVICE_LABELS or known is None or known is service:
        return None
    return Dangling("it is a short name, which no search domain completes", is_proven=False, meant=_full(case, *place))


def _rewrites(case: Case) -> bool:
    """The Corefile may answer names of the cluster's zone by itself; one that was not read may, too."""
    if not case.snapshot.has("corefile"):
        return True
    cache = configured_cache(case.snapshot)
    texts = (*(each.text for each in case.dns.places), cache.text if cache else "")
    return any(_OWN_ANSWERS.search(each) for each in texts)


def _full(case: Case, name: str, namespace: str) -> str:
    return service_fqdn(name, namespace, case.snapshot.zone).removesuffix(".")
