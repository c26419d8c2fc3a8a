"""The caller uses a port that the Service does not have

## Meaning
A Service listens only on the ports in its `spec.ports`, and protocol is part of a port: 53/TCP and 53/UDP are two.
The port asked about is not among them. Most often it is the container's port: the Service offers 80 and sends it on
to 8080, and the caller was told 8080.

## Impact
Every request to that port fails: a time-out with kube-proxy's iptables mode, refused with nftables and IPVS. Other
ports of the same Service are fine.

## How it is detected
The number or name that was asked about is compared with `spec.ports` of the Service, protocol included. Where an alias
(ExternalName) was asked for and no port was said, the ports that the alias lists are: nothing maps them, so callers that use
one need it at the Service in the end. That is a warning, since what callers use is not known, and context in a table.

## When it stays silent
If no port was asked about, but for an alias. For a call that an Ingress or a route sends on: that one names the wrong port.
For headless Services, where callers reach the pods' own ports, and for ExternalName Services, which are only an alias. If a
connection to the Service's address and that port was accepted.

## Fix
Correct the port in the caller's configuration. If many callers use the other port, open it on the Service too: the
printed patch adds it, where it is known that pods listen there.

## Known limits
The port your application really uses is not known: if none was given, all ports of the Service are examined instead.
"""

from collections.abc import Iterator
from typing import Any

from bot.checks.engine.check import check
from bot.checks.facts.commands import get_field
from bot.checks.facts.ownership import managed_by
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.services import Service, ServicePort
from bot.model.probe import Outcome, Purpose
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity, Written
from bot.model.text import count, listing


@check(
    "RTE-012",
    "port-not-in-service",
    hop=Hop.SERVICE,
    needs=("services",),
    uses=("pods",),
    fits=(Symptom.TIMEOUT,),
    silent_when_plain=True,
    only=(Occasion.SAID,),
)
def port_not_in_service(case: Case) -> Iterator[Detection]:
    service, asked = case.service, case.question.port
    if service is None or service.is_headless or service.is_external_name:
        return
    if asked is None:
        yield from _mapped_by_alias(case, service)
        return
    if case.ports:
        return
    if case.route:
        return  # it is the Ingress that names the port
    if _accepted(case) or (case.question.protocol_said and service.offered(asked, case.question.protocol)):
        return  # in another protocol it is offered (RTE-013)
    yield Detection(
        about=service.ref,
        message=_message(case, service, asked),
        evidence=(
            Evidence(service.ref, "spec.ports", [_in_words(port) for port in service.ports], f"asked was {asked}"),
        ),
        check=(get_field(service.ref, "ports"),),
        fix=_fixes(case, service, asked),
        key=(str(asked), case.question.protocol),
        written=Written(service.ref, ("spec", "ports"), begins=False),
    )


def _mapped_by_alias(case: Case, service: Service) -> Iterator[Detection]:
    """An alias is a name alone: ports in its spec lead nowhere, and callers that use them call these of the Service."""
    called = case.called
    alias = case.snapshot.service(called.namespace, called.service) if called and not case.route else None
    if alias is None or called is None or called.port is not None or not alias.is_external_name:
        return
    lacking = tuple(each for each in alias.ports if not service.offered(each.port, each.protocol))
    if not lacking:
        return
    ports, has = listing(list(map(str, lacking))), listing([str(each) for each in service.ports])
    yield Detection(
        about=alias.ref,
        message=f"Service {alias.namespace}/{alias.name} has port {ports}, and as an ExternalName it maps none: who calls it "
        f"there calls that port of Service {service.namespace}/{service.name}, which has {has or 'no port at all'}.",
        severity=Severity.INFO if case.in_table else Severity.WARN,
        confidence=Confidence.LIKELY,
        evidence=(
            Evidence(alias.ref, "spec.ports", [_in_words(each) for each in alias.ports], "not used by anything"),
            Evidence(
                service.ref, "spec.ports", [_in_words(each) for each in service.ports], "what is called in the end"
            ),
        ),
        check=(get_field(alias.ref, "ports"), get_field(service.ref, "ports")),
        key=("alias", *map(str, lacking)),
        written=Written(alias.ref, ("spec", "ports"), begins=False),
    )


def _accepted(case: Case) -> bool:
    """Something behind the Service's address took a connection on that port after all."""
    return any(
        each.outcome is Outcome.ANSWERED and each.probe.port == case.question.port
        for each in case.measured.tcp(Purpose.SERVICE)
    )


def _message(case: Case, service: Service, asked: int | str) -> str:
    named = f"named {asked}" if isinstance(asked, str) else f"{asked}/{case.question.protocol}"
    has = listing([_in_words(port) for port in service.ports])
    begin = f"Service {service.namespace}/{service.name} has no port {named}; it has {has or 'no port at all'}"
    hint = _hint(case, service, asked)
    return f"{begin}: {hint}." if hint else f"{begin}."


def _in_words(port: ServicePort) -> str:
    name = f" ({port.name})" if port.name else ""
    return f"{port}{name}" if port.target == port.port else f"{port}{name} → {port.target}"


def _hint(case: Case, service: Service, asked: int | str) -> str:
    for port in service.ports:
        if asked == port.target or asked in {port.resolve(pod) for pod in case.backends.pods}:
            return f"{asked} is the container's port, callers use {port.port}"
        if asked == port.node_port:
            return f"{asked} is the node port, for callers outside of the cluster; pods use {port.port}"
    if names := _containers(case, asked):
        return f"container {listing(names)} declares {asked}, but the Service does not offer it"
    return ""


def _containers(case: Case, asked: int | str) -> list[str]:
    """Names of the containers behind the Service that declare the port asked about."""
    return sorted(
        {
            container.name
            for pod in case.backends.pods
            for container in pod.serving_containers
            for port in container.ports or ()
            if asked in (port.container_port, port.name or None) and port.protocol == case.question.protocol
        }
    )


def _fixes(case: Case, service: Service, asked: int | str) -> tuple[Fix, ...]:
    """Open the container's port on the Service as well; only where its pods are known to use that number."""
    known = any(asked == port.target and port.protocol == case.question.protocol for port in service.ports)
    if not isinstance(asked, int) or not (known or _containers(case, asked)):
        return ()
    risk = f"better correct the caller: this opens {count(1, 'more port')} on the Service{managed_by(service)}"
    return (Fix(about=service.ref, operations=_opening(service, asked, case.question.protocol), risk=risk),)


def _opening(service: Service, number: int, protocol: str) -> tuple[dict[str, Any], ...]:
    """Add a port. With two ports every one needs a name (ServiceSpec.ports, core/v1), so a nameless one is named."""
    naming = tuple(
        {"op": "add", "path": f"/spec/ports/{index}/name", "value": f"port-{port.port}-{port.protocol.lower()}"}
        for index, port in enumerate(service.ports)
        if not port.name
    )
    name = f"port-{number}-{protocol.lower()}"
    added = {"name": name, "port": number, "protocol": protocol, "targetPort": number}
    return (*naming, {"op": "add", "path": "/spec/ports/-", "value": added})
