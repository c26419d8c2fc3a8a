"""The Service sends to a port that neither its pods declare nor policies admit

## Meaning
Three objects say at which port these pods listen: the Service's `targetPort`, the pods' `containerPort` and the ports of the
NetworkPolicies that isolate them. Here the pods and the policies agree on a port, and the Service leads to another one.

## Impact
Policies drop every connection through this port of the Service, so callers time out. Were they to admit it, a port on which
nothing listens would refuse.

## How it is detected
Policies deny the caller (nobody known: everybody) on the target port of every ready pod. The pods declare other ports, and
not this one, no probe calls this one, and the same policies admit the same caller on one that they declare.

## When it stays silent
If a pod declares the target port, or a probe calls it: then it listens there, and the policies are wrong (NPL-001, NPL-004).
If policies admit none of the declared ports either, or only those for metrics and health, or those that another port of the
Service or another Service of these pods leads to. For named target ports (RTE-011), headless Services, and Services without a
selector.

## Fix
Where exactly one such port is declared and admitted, the printed patch makes the Service send there.

## Known limits
That pods listen where they declare to is likely, not certain.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints, get_field
from bot.checks.facts.listening import listens_rather
from bot.checks.facts.ownership import managed_by
from bot.checks.routing._open_ports import is_side_port
from bot.checks.routing._other_services import is_of_another
from bot.model.call.hop import Hop
from bot.model.call.hops.policy import Target, through_mesh
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import ContainerPort, Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.policy.parties import Party
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity, Written
from bot.model.text import count, listing


class Astray(Struct, frozen=True):
    """A port of the Service, the pods that it leads to, and the ports at which they are meant to be called."""

    port: ServicePort
    pods: tuple[Pod, ...]
    meant: tuple[int, ...]


@check(
    "RTE-039",
    "target-port-contradicted",
    hop=Hop.ENDPOINTS,
    needs=("services", "endpointslices", "pods", "networkpolicies"),
    uses=("namespaces", "workloads", "source"),
    shows=Effect.PORT_REFUSES,
    causes=(Effect.NOT_ADMITTED, Effect.PORT_REFUSES),
    fits=(Symptom.TIMEOUT, Symptom.REFUSED),
    silent_when_plain=True,
    only=(Occasion.POLICIES,),
)
def target_port_contradicted(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None or service.is_headless or not service.selector.pairs or case.question.entry:
        return
    found = [each for port in case.ports if (each := _astray(case, port))]
    severity = Severity.FAIL if len(found) == len(case.ports) else Severity.WARN
    for each in found:
        yield _found(service, each, severity)


def _astray(case: Case, port: ServicePort) -> Astray | None:
    """Return where a port leads to while pods and policies agree on another one; None where they do not."""
    number, behind = port.target, case.backends.behind(port)
    if not isinstance(number, int) or not behind or case.measured.policies_unenforced:
        return None
    pods = tuple(pod for _, pod in behind if pod is not None)
    if len(pods) < len(behind) or not all(_is_denied(case, case.policies.pod(each), number, port) for each in pods):
        return None
    shared = frozenset.intersection(*(frozenset(_meant(case, each, number, port)) for each in pods))
    meant = tuple(sorted(each for each in shared if not is_of_another(case, port, each)))
    return Astray(port, pods, meant) if meant else None


def _meant(case: Case, pod: Pod, number: int, port: ServicePort) -> Iterator[int]:
    """Yield the ports that a pod declares, and not the one that is called, and on which policies admit the same caller."""
    party = case.policies.pod(pod)
    for each in _own(pod, port):
        if listens_rather(pod, each.container_port, number) and _is_admitted(case, party, each.container_port, port):
            yield each.container_port


def _own(pod: Pod, port: ServicePort) -> Iterator[ContainerPort]:
    for each in (one for container in pod.serving_containers for one in container.ports or ()):
        if each.protocol != port.protocol:
            continue
        if each.container_port == port.port or not is_side_port(each.container_port, each.name):
            yield each


def _is_admitted(case: Case, party: Party, number: int, port: ServicePort) -> bool:
    """Return whether policies do not deny the caller; of nobody who is known, whether they admit anybody."""
    caller = case.caller.party
    if caller is None:
        return not case.policies.closes(party, number, port.protocol)
    return case.policies.decide(caller, party, number, port.protocol).decision != "deny"


def _is_denied(case: Case, party: Party, number: int, port: ServicePort) -> bool:
    return not (_is_admitted(case, party, number, port) or through_mesh(case, Target(port, number, party)))


def _found(service: Service, found: Astray, severity: Severity) -> Detection:
    port, first = found.port, min(found.pods, key=lambda each: each.name)
    meant = listing([f"{each}/{port.protocol}" for each in found.meant])
    who = (
        "its only pod does not declare"
        if len(found.pods) == 1
        else f"none of its {count(len(found.pods), 'pod')} declares"
    )
    return Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} sends port {port.port} to {port.target}, which {who} and "
        f"policies deny; {first.name} declares {meant}, and there they admit.",
        severity=severity,
        confidence=Confidence.LIKELY,
        evidence=(
            Evidence(service.ref, "spec.ports.targetPort", port.target, f"of port {port}"),
            Evidence(first.ref, "spec.containers.ports", list(found.meant), "what it declares and policies admit"),
        ),
        check=(get_field(service.ref, "ports"), at_endpoints(service.ref)),
        fix=_fixes(service, port, found.meant),
        key=(str(port), "contradicted"),
        written=Written(service.ref, ("spec", "ports")),
    )


def _fixes(service: Service, port: ServicePort, meant: Sequence[int]) -> tuple[Fix, ...]:
    if len(meant) != 1:
        return ()
    place = f"/spec/ports/{service.ports.index(port)}/targetPort"
    risk = f"port {port.port} then leads to {meant[0]}; first make sure that nothing listens on {port.target}"
    operation = {"op": "replace", "path": place, "value": meant[0]}
    return (Fix(about=service.ref, operations=(operation,), risk=f"{risk}{managed_by(service)}"),)
