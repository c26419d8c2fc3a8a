"""Nothing listens on the port that the Service sends to

## Meaning
A Service maps its own port to a `targetPort` of the pods. The pods are ready and were reached, but on that port every
one of them refuses: no process listens there. Either the Service names the wrong port, or the application does not
listen where it should.

## Impact
Every request is refused at once, with every kind of cluster network, since it is the pod's own kernel that says no.

## How it is detected
By connecting: every endpoint of the port answered "refused". Then other ports that the pods may listen on are tried:
those they declare, those of their readiness probes, and usual ones. If another port accepts, the Service points at
the wrong one. If none does, the application listens nowhere, or only on localhost.

Without a measurement only a contradiction is told: every pod behind the port declares ports, and none of them is the one
that is sent to. That is possible: a warning to who asks, and context in a table or for a port of metrics that nobody
asked for. It is likely if a readiness probe that passes shows the container listening on another port that it declares, and
no other port of the Service leads to a declared one; if they declare the Service's own number (other than 80 and 443, which
are copied along); if another revision of them, whose ReplicaSet was kept, declared the one that is sent to; or if somebody else
than who wrote its selector wrote its ports after these pods were made (`managedFields`).

## When it stays silent
If any endpoint accepts a connection (APP-013), or the ClusterIP does. Where containers declare no port, or only ports
for metrics and health, or only those of an injected proxy: a port need not be declared to be listened on. Where a
variable tells their program to listen there (`PORT`, `SERVER_PORT`). For named target ports (RTE-011). For headless
Services. For Services without a selector, whose slices say where they lead. For UDP and SCTP a refusal cannot be told
from silence.

## Fix
Where exactly one other port is the likely one, the printed patch makes the Service send there. Otherwise let the
application listen on the target port, on all addresses (0.0.0.0 or ::) and not only on 127.0.0.1.

## Known limits
If a pod is ready by a readiness probe on this very port, its process does listen: then something on the way refuses,
e.g. a network policy that rejects instead of dropping (kube-router, k3s, k0s). This is told as a possibility only.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints, get_field, get_of_containers
from bot.checks.facts.ownership import managed_by
from bot.checks.routing._declared_ports import Kind, Suspicion, suspicion
from bot.checks.routing._open_ports import OtherPort, likely_port, other_ports
from bot.checks.routing._other_services import is_of_another
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.probe import Outcome
from bot.model.question.question import Symptom
from bot.model.result.changes import writer_of
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Fix, Layer, Written
from bot.model.text import count, listing


@check(
    "RTE-010",
    "target-port-not-listening",
    hop=Hop.ENDPOINTS,
    layer=Layer.APPLICATION,
    needs=("services", "endpointslices"),
    uses=("pods",),
    shows=Effect.PORT_REFUSES,
    fits=(Symptom.REFUSED,),
    silent_when_plain=True,
    only=(Occasion.NOT_PLAIN, Occasion.BACKENDS),
)
def target_port_not_listening(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    for port in case.ports:
        endpoints = case.backends.usable(port)
        seen = [each for each in map(case.measured.tcp_to, endpoints) if each is not None]
        if port.protocol == "TCP" and seen and all(each.outcome is Outcome.REFUSED for each in seen):
            yield _found(case, service, port, endpoints)
        elif suspected := suspicion(case, port, Kind.NUMBER):
            yield _suspected(case, service, suspected)


def _suspected(case: Case, service: Service, found: Suspicion) -> Detection:
    """The Service sends to a port that no container behind it declares, and nothing shows that it listens there."""
    declares = listing([f"{number}/{protocol}" for number, protocol, _ in found.declared])
    writer = found.rewritten
    shown = " and is ready by a probe there" if found.is_shown else ""
    shown += f"; {writer.manager} wrote the Service's ports after these pods were made" if writer else ""
    first = min(found.pods, key=lambda each: each.name)
    who = "its only pod does not declare" if len(found.pods) == 1 else f"none of its {len(found.pods)} pods declares"
    return Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} sends port {found.port.port} to {found.number}, which {who}: "
        f"{first.name} declares {declares or 'other ports'}{shown}.",
        severity=found.severity,
        confidence=found.confidence,
        evidence=(
            Evidence(service.ref, "spec.ports.targetPort", found.port.target, f"of port {found.port}"),
            Evidence(first.ref, "spec.containers.ports", [each[0] for each in found.declared], "what it declares"),
        ),
        check=(get_field(service.ref, "ports"), *_ports_of(found.pods)),
        fix=_declared(case, service, found),
        key=(str(found.port), "declared"),
        layer=Layer.ROUTING,
        written=Written(service.ref, ("spec", "ports")) if writer else None,
        since=_since(service, found.pods),
    )


def _since(service: Service, pods: tuple[Pod, ...]) -> datetime | None:
    """Return since when both stand as they are: the Service's ports, and the first of these pods; None where nobody knows."""
    writer, born = writer_of(service, "spec", "ports"), [each.metadata.creation_timestamp for each in pods]
    known = [each for each in born if each]
    return max(writer.time, min(known)) if writer and writer.time and known else None


def _declared(case: Case, service: Service, found: Suspicion) -> tuple[Fix, ...]:
    """Send to the only port that they declare, unless it is what another port means."""
    if found.meant is None or is_of_another(case, found.port, found.meant[0]):
        return ()
    place = f"/spec/ports/{service.ports.index(found.port)}/targetPort"
    risk = (
        f"port {found.port.port} then leads to {found.meant[0]}; first make sure that nothing listens on {found.number}"
    )
    operation = {"op": "replace", "path": place, "value": found.meant[0]}
    return (Fix(about=service.ref, operations=(operation,), risk=f"{risk}{managed_by(service)}"),)


def _found(case: Case, service: Service, port: ServicePort, endpoints: tuple[Endpoint, ...]) -> Detection:
    probed = tuple(each for each in endpoints if case.measured.tcp_to(each))
    pods = tuple(pod for each in probed if (pod := case.backends.pod_of(each)))
    others = other_ports(case, probed, pods)
    own = tuple(each for each in others if each.is_application)
    contradicted = not own and any(_vouched(pod, port) for pod in pods)
    return Detection(
        about=service.ref,
        message=f"{_refused(service, port, probed)}; {_explained(probed, others, contradicted=contradicted)}.",
        confidence=Confidence.LIKELY if contradicted else Confidence.CERTAIN,
        evidence=tuple(_evidence(case, service, port, probed, others)),
        check=(get_field(service.ref, "ports"), at_endpoints(service.ref), *_ports_of(pods)),
        fix=_fixes(case, service, port, others),
        affected=Affected(len(probed), len(endpoints)),
        pods=frozenset(pod.name for pod in pods),
        key=(str(port),),
        layer=Layer.ROUTING if own or contradicted else Layer.APPLICATION,
    )


def _refused(service: Service, port: ServicePort, probed: tuple[Endpoint, ...]) -> str:
    numbers = listing(sorted({str(each.port) for each in probed}))
    by = f"all {count(len(probed), 'endpoint')}" if len(probed) > 1 else f"its only endpoint {probed[0].address}"
    return f"Service {service.namespace}/{service.name} sends port {port.port} to {numbers}, which {by} refused"


def _explained(probed: tuple[Endpoint, ...], others: tuple[OtherPort, ...], *, contradicted: bool) -> str:
    if own := [str(each) for each in others if each.is_application]:
        return f"port {listing(own)} of the same pods accepts connections"
    if contradicted:
        return (
            "yet the readiness probe on that port passes: something on the way may reject, e.g. a network policy, "
            "or the process has just stopped"
        )
    side = f"; only port {listing([str(each) for each in others])} accepts connections" if others else ""
    return f"nothing listens on port {probed[0].port} there, or only on localhost{side}"


def _vouched(pod: Pod, port: ServicePort) -> bool:
    """The pod is ready by a readiness probe that the kubelet makes to the very port."""
    number = port.resolve(pod)
    return pod.is_ready and any(
        container.readiness_probe is not None and _number(pod, container.readiness_probe.port) == number
        for container in pod.serving_containers
    )


def _number(pod: Pod, port: int | str | None) -> int | None:
    return pod.named_port(port) if isinstance(port, str) else port


def _evidence(
    case: Case, service: Service, port: ServicePort, probed: tuple[Endpoint, ...], others: tuple[OtherPort, ...]
) -> Iterator[Evidence]:
    yield Evidence(service.ref, "spec.ports.targetPort", port.target, f"of port {port.port}")
    for each in probed[:3]:
        pod = case.backends.pod_of(each)
        yield Evidence(pod.ref if pod else service.ref, "tcp", "refused", f"{each.address}:{each.port}")
    for each_open in others[:3]:
        yield Evidence(service.ref, "tcp", "answered", f"port {each_open} of its pods")


def _ports_of(pods: tuple[Pod, ...]) -> tuple[str, ...]:
    if not pods:
        return ()
    return (get_of_containers(min(pods, key=lambda pod: pod.name).ref, "ports"),)


def _fixes(case: Case, service: Service, port: ServicePort, others: tuple[OtherPort, ...]) -> tuple[Fix, ...]:
    number = likely_port(others)
    if number is None or is_of_another(case, port, number):
        return ()
    place = f"/spec/ports/{service.ports.index(port)}/targetPort"
    risk = f"port {port.port} then leads to {number} of the pods; make sure that this is the port callers want"
    operation = {"op": "replace", "path": place, "value": number}
    return (Fix(about=service.ref, operations=(operation,), risk=f"{risk}{managed_by(service)}"),)
