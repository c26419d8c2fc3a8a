"""Occasions: without which a check has nothing to say, seen in a case before the check's file is loaded.

A check names its own (`only`); most questions give occasion to a third of the checks, and a `why` on a dump loads no others.
An occasion may be there for nothing, never missing: what cannot be told is one (`tests/judge/test_occasions.py`).
"""

from collections.abc import Callable, Iterable
from enum import StrEnum

from bot.model.call.copied_selector import twins_of
from bot.model.call.hops.policy import targets
from bot.model.call.lookup import finds_own_name
from bot.model.call.plain import are_steady, is_plain, is_usual
from bot.model.case import Case
from bot.model.dns.cluster_dns import DNS_PORT
from bot.model.dns.node_local import node_local_caches
from bot.model.dns.search.guess import chosen_resolver
from bot.model.memo import memo
from bot.model.policy.index import ADMIN_KINDS


class Occasion(StrEnum):
    """What a case must have."""

    SAID = (
        "said"  # more than a Service's name (a port, a caller, a symptom, a longer name, an alias …), or a measurement
    )
    CALLER = "caller"  # somebody said who calls
    ROUTE = "route"  # an Ingress or a route sends the call on
    NO_SERVICE = "no service"  # the Service is not there
    NOT_PLAIN = "not plain"  # see `bot.model.call.plain`
    UNUSUAL = (
        "unusual"  # a Service of another kind than nearly all: headless, an alias, two families, local traffic only …
    )
    BACKENDS = "backends"  # it has a pod, or an endpoint, whatever port and state that has
    NO_POD = "no pod"  # its selector finds none that lives, or it has none
    UNSTEADY = "unsteady"  # one of its pods is not ready, is going, or has a container that waits or ever ended
    DNS_ODD = "dns odd"  # the same of the DNS pods; or their Service lacks endpoints or TCP, or keeps to a node, or has a cache
    OUTSIDE = "outside"  # the Service is an alias, which may lead out of the cluster; or something was measured
    TWIN = "twin"  # its pods are called otherwise than it, and as another Service of the same selector
    POLICIES = "policies"  # there is a policy that can be evaluated
    DENIED = "denied"  # policies do not plainly admit whoever calls, somebody or nobody named, to each end
    RESOLVER = "resolver"  # somebody said which resolver the caller has, or its images or its configuration tell
    LOOKUP_ODD = (
        "lookup odd"  # the first name of the caller's search that has an address is not plainly the Service's own
    )


def gives(case: Case, asked: Iterable[Occasion]) -> bool:
    """Return whether a case gives all of these; so it does where something was not read, since nobody knows what that would be.

    Each is looked at when first asked for. One that breaks is given: a check that breaks, too, is then told as its own gap.
    """
    if case.snapshot.gaps:
        return True
    known = _known(case)
    for each in asked:
        given = known.get(each)
        if given is None:
            try:
                given = bool(_GIVEN[each](case))
            except Exception:  # noqa: BLE001 (as above)
                given = True
            known[each] = given
        if not given:
            return False
    return True


@memo
def _known(_: Case) -> dict[Occasion, bool]:
    return {}


def _is_said(case: Case) -> bool:
    asked = case.question
    more = asked.source or asked.symptom or asked.port is not None or asked.entry or asked.address or asked.resolver
    return bool(more or asked.scheme or case.observations or case.route or case.called) or asked.name not in (
        "",
        asked.service,
    )


def _has_backends(case: Case) -> bool:
    listed = case.snapshot.slices_of(case.service) if case.service else ()
    return bool(case.backends.selected) or any(each.endpoints for each in listed)


def _is_unsteady(case: Case) -> bool:
    return bool(case.observations) or not are_steady(case.backends.selected)


def _is_dns_odd(case: Case) -> bool:
    dns = case.dns
    if case.observations or dns.service is None or not dns.usable or not are_steady(dns.pods) or dns.service.local_only:
        return True
    protocols = {each.protocol for each in dns.service.ports if each.port == DNS_PORT}
    return protocols == {"UDP"} or node_local_caches(case.snapshot) is not None


def _leads_outside(case: Case) -> bool:
    return bool(case.observations) or (case.service is not None and case.service.is_external_name)


def _has_policies(case: Case) -> bool:
    return bool(case.snapshot.policies) or any(case.snapshot.all(each) for each in ADMIN_KINDS)


def _is_denied(case: Case) -> bool:
    """Return whether some end is denied, open, or not known: most calls are plainly admitted, and no policy is to be told."""
    if not _has_policies(case):
        return False
    caller = case.caller.party
    return caller is None or any(
        case.policies.decide(caller, each.party, each.number, each.port.protocol).decision != "allow"
        for each in targets(case)
    )


def _is_lookup_odd(case: Case) -> bool:
    return bool(case.observations) or not finds_own_name(case)


def _tells_resolver(case: Case) -> bool:
    if chosen_resolver(case.question, case.caller).resolver:
        return True
    return case.caller.is_known and any(each.named.run_time for each in case.caller.hosts(case.question.service))


_GIVEN: dict[Occasion, Callable[[Case], bool]] = {
    Occasion.SAID: _is_said,
    Occasion.CALLER: lambda case: case.caller.is_known,
    Occasion.ROUTE: lambda case: case.route is not None,
    Occasion.NO_SERVICE: lambda case: case.service is None,
    Occasion.NOT_PLAIN: lambda case: not is_plain(case),
    Occasion.UNUSUAL: lambda case: case.service is None or not is_usual(case.service),
    Occasion.BACKENDS: _has_backends,
    Occasion.NO_POD: lambda case: not case.backends.pods,
    Occasion.UNSTEADY: _is_unsteady,
    Occasion.DNS_ODD: _is_dns_odd,
    Occasion.OUTSIDE: _leads_outside,
    Occasion.TWIN: lambda case: bool(twins_of(case)),
    Occasion.POLICIES: _has_policies,
    Occasion.DENIED: _is_denied,
    Occasion.RESOLVER: _tells_resolver,
    Occasion.LOOKUP_ODD: _is_lookup_odd,
}
