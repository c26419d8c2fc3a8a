"""A proxy variable of the caller catches its calls to the Service

## Meaning
`HTTP_PROXY` and its like send a program's HTTP calls to a proxy, but for the hosts that `NO_PROXY` names. The Service is not
among these, so the call leaves the pod for the proxy, which mostly knows neither the cluster's names nor its addresses.

## Impact
Answers of the proxy in place of the Service's: 403, 502, 503, 504, or a timeout. A test from another pod, without these
variables, is fine.

## How it is detected
The variables of the calling pod's containers are read, from ConfigMaps too. The hosts by which its configuration calls the
Service, else every name of the Service, are compared with `NO_PROXY` as Go, curl and Python's requests have it in common: an
entry leaves out the host of that name and all below it; a network leaves out addresses and never a name.

## When it stays silent
Without a known caller. For a Service that does not look like HTTP. If all the names that are called are left out. If the
proxy's value is empty, or comes from a Secret: then it is not known. Where only some of the Service's names are left out and
nobody knows which one is called, and for a proxy inside of the cluster, this is context and no verdict.

## Fix
Name the Service in `NO_PROXY`: `.svc` and `.cluster.local` fit full names only, so a short name needs an entry of its own.
The command is printed where the variable stands in the container itself.

## Known limits
Whether a program obeys these variables is its own affair: Java does not, Node.js does from version 24 on and where it is
told to. Programs differ in more than is compared here. Of the values only hosts, ports and networks are kept.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.caller_hosts import Leads, about_hosts, hosts, leads
from bot.checks.facts.commands import describe
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.call.proxies import ProxySettings, is_loopback, proxy_settings
from bot.model.case import Case
from bot.model.kube.pods import PROXY_VARIABLES, Container
from bot.model.planning.http import scheme_of, speaks_http
from bot.model.question.question import Symptom
from bot.model.refs import Ref, service_fqdn
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity, Variable
from bot.model.text import listing
from bot.model.views.configuration import meant_services, variables

_HAVE_TEMPLATES = ("Deployment", "StatefulSet", "DaemonSet")


def _has_proxy(case: Case) -> bool:
    spec = case.caller.spec if case.caller.is_known and case.service else None
    return spec is not None and any(
        each.env_from or any(one.name.upper() in PROXY_VARIABLES for one in each.env or ())
        for each in spec.serving_containers
    )


@check(
    "APP-023",
    "proxy-variable-catches-call",
    hop=Hop.CALLER,
    needs=("services", "source"),
    fits=(Symptom.SERVER_ERROR, Symptom.TIMEOUT, Symptom.REFUSED),
    when=_has_proxy,
    silent_when_plain=True,
    only=(Occasion.CALLER,),
)
def proxy_variable_catches_call(case: Case) -> Iterator[Detection]:
    spec, scheme = case.caller.spec, _scheme(case)
    if spec is None or not scheme:
        return
    for container in spec.serving_containers:
        known = variables(container, case.caller.config_map)
        settings = proxy_settings(known, scheme)
        if settings is None or settings.proxy is None or settings.exempt is None:
            continue
        asked, is_sure = _names(case)
        caught = tuple(each for each in asked if not settings.leaves_out(each))
        if caught:
            yield _told(case, container, settings, caught, is_sure=is_sure or caught == asked)
            return


def _told(
    case: Case, container: Container, settings: ProxySettings, caught: tuple[str, ...], *, is_sure: bool
) -> Detection:
    about = about_hosts(case)
    is_ours = _is_inside(case, settings)
    said = listing(settings.exempt) or "nothing" if settings.exempt is not None else "nothing"
    which = listing(caught, 2)
    aside = ", which is in the cluster itself" if is_ours else ""
    return Detection(
        about=about,
        message=f"{about} has {settings.variable}={settings.proxy}{aside}, and NO_PROXY names {said}: "
        f"HTTP calls of {which} go to the proxy.",
        severity=Severity.WARN if is_sure and not is_ours else Severity.INFO,
        confidence=Confidence.LIKELY if is_sure and not is_ours else Confidence.POSSIBLE,
        evidence=(
            Evidence(about, f"env {settings.variable}", settings.proxy, f"container {container.name}"),
            Evidence(about, "env NO_PROXY", ",".join(settings.exempt or ()) or None, f"leaves out no {caught[0]}"),
        ),
        check=(describe(about),),
        fix=tuple(_left_out(about, container, settings, caught)) if is_sure else (),
        key=(settings.variable, *caught),
    )


def _scheme(case: Case) -> str:
    """Return the scheme of the call; empty where the Service does not look like HTTP."""
    for port in case.ports:
        number = port.target if isinstance(port.target, int) else port.port
        if port.protocol == "TCP" and speaks_http(port, number, None):
            return scheme_of(port, number, None)
    return ""


def _names(case: Case) -> tuple[tuple[str, ...], bool]:
    """Return the hosts that may be called, and whether they are known to be: the address, the caller's own, or every name."""
    if case.question.address:
        return (case.question.address,), True
    own = tuple(
        dict.fromkeys(each.named.host for each in hosts(case) if leads(case, each.named.host)[0] is Leads.TO_IT)
    )
    if own:
        return own, True
    service, namespace = case.question.service, case.question.namespace
    short = (service,) if case.caller.namespace == namespace else ()
    full = service_fqdn(service, namespace, case.snapshot.zone).rstrip(".")
    return (*short, f"{service}.{namespace}", f"{service}.{namespace}.svc", full), False


def _is_inside(case: Case, settings: ProxySettings) -> bool:
    """Return whether the proxy is in the pod itself or a Service, which may know the cluster's names."""
    host = (settings.proxy or "").partition(":")[0]
    if is_loopback(host) or case.snapshot.service_by_ip(host) or case.snapshot.pod_by_ip(host):
        return True
    spaces = {each.name for each in case.snapshot.namespaces} if case.snapshot.has("namespaces") else set()
    return any(
        "." not in host or not spaces or space in spaces for _, space in meant_services(host, case.caller.namespace)
    )


def _left_out(about: Ref, container: Container, settings: ProxySettings, caught: tuple[str, ...]) -> Iterator[Fix]:
    """Add the hosts to NO_PROXY, where the container itself has the variable, or none has."""
    own = {each.name: each for each in container.env or ()}
    variable = next((each for each in ("NO_PROXY", "no_proxy") if each in own), "NO_PROXY")
    if about.kind not in _HAVE_TEMPLATES or (settings.exempt and (variable not in own or own[variable].value_from)):
        return
    value = ",".join((*(settings.exempt or ()), *caught))
    risk = f"restarts 1 workload, {about}; change it where it is kept, too"
    yield Fix(about=about, variable=Variable(container.name, variable, value), risk=risk)
