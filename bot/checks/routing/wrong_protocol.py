"""The Service offers the port in another protocol than the one that is spoken

## Meaning
The protocol is part of a port: 53/TCP and 53/UDP are two ports, each with rules of its own. Either the caller asks for a
protocol in which the Service does not offer the port, or the Service offers it only in a protocol that no container behind
it declares for that port.

## Impact
Packets in the wrong protocol find no rule, and time out; or they reach the pods, where nothing listens for them.

## How it is detected
The protocol was said, and the Service has the port in another one only: that is certain. Or every pod behind the port
declares its number in another protocol and not in this one. That is possible, a warning to who asks and
context in a table; likely where a readiness probe that passes shows the container listening in TCP on this very port;
certain, and a failure, where every pod refuses the connection.

## When it stays silent
Where the Service offers the number in both protocols. If any endpoint, or the ClusterIP, accepts a connection. Where the
containers declare nothing: `protocol` defaults to TCP, and its absence is no error. A port that was asked without a
protocol takes the one in which it is offered.

## Fix
The printed patch sets the protocol that the containers declare, or opens the port in the protocol that was asked for. An
application that speaks both needs two ports of the Service.

## Known limits
UDP cannot be measured: silence is a correct answer there.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import get_field
from bot.checks.facts.ownership import managed_by
from bot.checks.routing._declared_ports import Kind, Suspicion, suspicion
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.services import Service, ServicePort
from bot.model.kubectl import kubectl
from bot.model.probe import Outcome
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity, Written
from bot.model.text import count


@check(
    "RTE-013",
    "wrong-protocol",
    hop=Hop.SERVICE,
    needs=("services",),
    uses=("pods", "endpointslices"),
    causes=(Effect.PORT_REFUSES,),
    fits=(Symptom.TIMEOUT, Symptom.REFUSED),
    silent_when_plain=True,
    only=(Occasion.NOT_PLAIN,),
)
def wrong_protocol(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None or service.is_external_name:
        return
    if other := other_protocol(case):
        yield _asked(case, service, other)
    for port in case.ports:
        if found := suspicion(case, port, Kind.PROTOCOL):
            yield _suspected(case, service, found)


def other_protocol(case: Case) -> ServicePort | None:
    """Return the port that was asked for in a protocol in which the Service does not offer it."""
    asked, service = case.question.port, case.service
    if service is None or asked is None or case.ports or service.is_headless or not case.question.protocol_said:
        return None
    return service.offered(asked, case.question.protocol)


def _asked(case: Case, service: Service, port: ServicePort) -> Detection:
    wanted = case.question.protocol
    return Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} offers {port.port} in {port.protocol} only, and was asked for "
        f"{port.port}/{wanted}.",
        evidence=(Evidence(service.ref, "spec.ports.protocol", port.protocol, f"asked was {wanted}"),),
        check=(get_field(service.ref, "ports"),),
        fix=_second(case, service, port),
        key=(str(port.port), wanted),
        written=Written(service.ref, ("spec", "ports"), begins=False),
    )


def _second(case: Case, service: Service, port: ServicePort) -> tuple[Fix, ...]:
    """Open the same port in the protocol that was asked for, where its pods declare it in that one."""
    wanted = case.question.protocol
    declared = {
        (one.container_port, one.protocol)
        for pod in case.backends.pods
        for each in pod.serving_containers
        for one in each.ports or ()
    }
    if not isinstance(port.target, int) or (port.target, wanted) not in declared:
        return ()
    added = {
        "name": f"port-{port.port}-{wanted.lower()}",
        "port": port.port,
        "protocol": wanted,
        "targetPort": port.target,
    }
    naming = tuple(
        {"op": "add", "path": f"/spec/ports/{index}/name", "value": f"port-{each.port}-{each.protocol.lower()}"}
        for index, each in enumerate(service.ports)
        if not each.name
    )
    risk = f"opens one more port of the Service{managed_by(service)}"
    return (
        Fix(about=service.ref, operations=(*naming, {"op": "add", "path": "/spec/ports/-", "value": added}), risk=risk),
    )


def _suspected(case: Case, service: Service, found: Suspicion) -> Detection:
    first = min(found.pods, key=lambda each: each.name)
    speaks = found.meant[1] if found.meant else "another protocol"
    refused = _refused(case, found.port)
    return Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} offers {found.port} to {found.number}, which its "
        f"{count(len(found.pods), 'pod')} declare{'s' if len(found.pods) == 1 else ''} for {speaks} only"
        f"{', and every one refuses the connection' if refused else ''}.",
        severity=Severity.FAIL if refused else found.severity,
        confidence=Confidence.CERTAIN if refused else found.confidence,
        evidence=(
            Evidence(service.ref, "spec.ports.protocol", found.port.protocol, f"of port {found.port.port}"),
            Evidence(first.ref, "spec.containers.ports.protocol", speaks, f"of port {found.number}"),
        ),
        check=(get_field(service.ref, "ports"), _ports_of(service)),
        fix=_declared(service, found),
        pods=frozenset(each.name for each in found.pods),
        key=(str(found.port), "declared"),
        written=Written(service.ref, ("spec", "ports")) if found.rewritten else None,
    )


def _refused(case: Case, port: ServicePort) -> bool:
    seen = [one for each in case.backends.usable(port) if (one := case.measured.tcp_to(each))]
    return port.protocol == "TCP" and bool(seen) and all(each.outcome is Outcome.REFUSED for each in seen)


def _ports_of(service: Service) -> str:
    columns = "custom-columns=NAME:.metadata.name,PORTS:.spec.containers[*].ports"
    return kubectl("get", "pods", "-l", str(service.selector), "-o", columns, namespace=service.namespace)


def _declared(service: Service, found: Suspicion) -> tuple[Fix, ...]:
    if found.meant is None:
        return ()
    place = f"/spec/ports/{service.ports.index(found.port)}/protocol"
    risk = f"callers in {found.port.protocol} are cut off, if there are any{managed_by(service)}"
    return (Fix(about=service.ref, operations=({"op": "add", "path": place, "value": found.meant[1]},), risk=risk),)
