"""The hosts that the caller's own configuration names, where they lead, and the change that makes one right.

What is told of a value is host and port, never more.
"""

from collections.abc import Iterator
from enum import StrEnum

from bot.checks.facts.ownership import managed_by
from bot.model.call.asked_name import asked_for, resolved
from bot.model.call.lookup import finds_own_name
from bot.model.case import Case
from bot.model.dns.zone import DEFAULT_ZONE
from bot.model.gaps import NAMED_SERVICES
from bot.model.question.suggest import is_slip, may_be_domain
from bot.model.refs import Ref, service_fqdn
from bot.model.result.finding import Evidence, Fix, Variable
from bot.model.views.configuration import ConfiguredHost, meant_services

# What has to be read to say where any name leads.
_SETTLE = ("dns", "corefile", "namespaces")
_HAVE_TEMPLATES = ("Deployment", "StatefulSet", "DaemonSet")


class Leads(StrEnum):
    """Where a host name leads from the caller's pod, by the cluster's objects."""

    TO_IT = "to the Service that was asked about"
    ELSEWHERE = "to something else in the cluster"
    NOWHERE = "to no Service"
    UNKNOWN = "nobody knows"


def hosts(case: Case) -> tuple[ConfiguredHost, ...]:
    """Return the hosts in the caller's configuration that concern the Service."""
    return case.caller.hosts(case.question.service)


def about_hosts(case: Case) -> Ref:
    """Return the caller's workload, else its pod: what has the configuration."""
    return case.caller.ref or Ref("Namespace", case.caller.namespace)


def host_evidence(case: Case, found: ConfiguredHost, note: str = "") -> Evidence:
    """Return a host and where it stands."""
    said = "; ".join(filter(None, (f"container {found.container}" if found.container else "", note)))
    return Evidence(found.config or about_hosts(case), found.place, str(found.named), said)


def leads(case: Case, host: str) -> tuple[Leads, str]:
    """Return where a host name leads, and the full name that it ends at, where there is one."""
    name = host.rstrip(".")
    if not all(case.snapshot.has(each) for each in _SETTLE):
        return _leads_by_name(case, name)
    own = case.fqdn.rstrip(".")
    if host.lower() == asked_for(case) and finds_own_name(case):
        return Leads.TO_IT, own
    walked = resolved(case, host)
    if walked is None:
        return Leads.UNKNOWN, ""
    below = any(each.name.lower().rstrip(".").endswith(f".{own}") for each in walked.steps)  # a name of one of its pods
    if walked.tries(own) or (below and not walked.found):
        return Leads.TO_IT, own
    if walked.found:
        hit = walked.found[0].hit.rstrip(".")
        return (Leads.TO_IT if hit.endswith(f".{own}") else Leads.ELSEWHERE), hit
    known = _is_looked_for(case, name)
    return (Leads.NOWHERE if walked.is_denied and known else Leads.UNKNOWN), ""


def _leads_by_name(case: Case, name: str) -> tuple[Leads, str]:
    """Return where a name of the caller's own namespace leads if the cluster's DNS, which was not read, is as it should be.

    A name of no Service leads nowhere only as a slip of the one that was asked about: other ones may be known outside.
    """
    own, snapshot = case.caller.namespace, case.snapshot
    service, *place = name.lower().split(".")
    written: tuple[list[str], ...] = ([], [own], [own, "svc"], [own, "svc", *DEFAULT_ZONE.split(".")])
    if place not in written or not case.caller.resolv_conf.reaches_cluster:
        return Leads.UNKNOWN, ""
    if not (snapshot.has("services", own) and snapshot.has(NAMED_SERVICES, own)):
        return Leads.UNKNOWN, ""
    if case.caller.spec and any(name in (each.hostnames or ()) for each in case.caller.spec.host_aliases or ()):
        return Leads.UNKNOWN, ""
    found = snapshot.service(own, service)
    if found is None:
        return (Leads.NOWHERE if is_slip(service, case.question.service) else Leads.UNKNOWN), ""
    is_asked = case.service is not None and found.ref == case.service.ref
    return (Leads.TO_IT if is_asked else Leads.ELSEWHERE), service_fqdn(service, own, DEFAULT_ZONE)


def _is_looked_for(case: Case, name: str) -> bool:
    """Return whether the Services that a name may mean would be known, and no server outside of the cluster may know it."""
    meant = meant_services(name.replace("_", "-"), case.caller.namespace)  # no Service has a name with an underscore
    if not meant or not case.snapshot.namespaces or not case.snapshot.has("namespaces"):
        return False
    needs = ("services", NAMED_SERVICES)
    if any(not case.snapshot.has(need, place) for _, place in meant for need in needs):
        return False
    return not may_be_domain(name, [each.name for each in case.snapshot.namespaces])


def set_host(case: Case, found: ConfiguredHost, host: str, port: int | None = None) -> Iterator[Fix]:
    """Yield the change that puts another host in its place; none where more stands around it, which was not read.

    Where the port stands apart and is all that is wrong, it is the port that is changed.
    """
    named = found.named
    if named.beside and host != named.host:
        port = named.port
    calls = host + (f":{port or named.port}" if port or named.port else "")
    if not named.beside:
        yield from _set(case, found, found.variable, (f"{named.scheme}{named}", f"{named.scheme}{calls}"), calls)
    elif host != named.host:
        yield from _set(case, found, found.variable, (named.host, host), calls)
    elif port:
        yield from _set(case, found, named.beside, (str(named.port), str(port)), calls)


def _set(case: Case, found: ConfiguredHost, variable: str, change: tuple[str, str], calls: str) -> Iterator[Fix]:
    """Yield the change that gives a variable another value, where the one that it has is this whole."""
    whole, right = change
    if found.named.is_cut or not found.variable:
        return
    if found.config:
        yield from _in_config(case, found, variable, change, calls)
        return
    about, own = about_hosts(case), found.value if variable == found.variable else _value(case, found, variable)
    if own.strip().rstrip("/") == whole and about.kind in _HAVE_TEMPLATES:
        risk = f"restarts 1 workload, {about}; change it where it is kept, too"
        yield Fix(about=about, variable=Variable(found.container, variable, right), risk=risk, calls=calls)


def _value(case: Case, found: ConfiguredHost, variable: str) -> str:
    """Return what the container itself says of a variable."""
    containers = case.caller.spec.serving_containers if case.caller.spec else ()
    own = (each for one in containers if one.name == found.container for each in one.env or ())
    return next((each.value or "" for each in own if each.name == variable), "")


def _in_config(case: Case, found: ConfiguredHost, variable: str, change: tuple[str, str], calls: str) -> Iterator[Fix]:
    """Change the key of a ConfigMap that is a variable of the caller: it is read when a pod starts."""
    config = case.caller.config_map(found.config.name) if found.config else None
    prefix = found.variable.removesuffix(found.key)
    key = found.key if variable == found.variable else variable.removeprefix(prefix)
    text, (whole, right) = (config.data or {}).get(key, "") if config else "", change
    if config is None or text.strip().rstrip("/").removeprefix(f"{found.named.key}=") != whole:
        return
    risk = f"pods read it when they start: restart {about_hosts(case)} afterwards{managed_by(config)}"
    yield Fix(about=config.ref, merge={"data": {key: right}}, risk=risk, calls=calls)
