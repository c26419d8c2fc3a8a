"""A headless Service maps no ports, and the pods listen on another one

## Meaning
A headless Service has no ClusterIP: its name gives the addresses of the pods, and callers connect to these themselves. No
proxy stands between that would turn the Service's `port` into its `targetPort`. Who calls the Service's port meets the
pods at that very number. So it is with the name of one endpoint, of a pod or of an address with dashes, under any Service.

## Impact
Connections are refused, since nothing listens on that port of the pods, while the port that they do listen on works.

## How it is detected
The port that was asked for is one of the headless Service's, its `targetPort` is another number, and no pod declares the
number that was asked for. A refused connection makes it certain. Where no port was asked for and callers are refused, it is
possible that they call the Service's port: a warning.

## When it stays silent
If no port was asked for, without a complaint that would fit (the routing verdict then says which port callers have to use),
or the pods' own was. If a pod declares the number that is called as well. Where the two are the same.
For callers that read the port from SRV records, which hold the pods' own.

## Fix
Call the port of the pods. Or make the Service one with a ClusterIP, which maps ports; a Service cannot be changed from
headless to one with a ClusterIP, it has to be made again.

## Known limits
An application may listen on a port that it does not declare: without a measurement this is likely.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints_whole, get_field
from bot.model.call.hop import Hop
from bot.model.call.hops.endpoints import behind
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.probe import Outcome, Purpose
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Severity
from bot.model.text import count


def asks_headless_port(case: Case) -> bool:
    """Return whether a port of a headless Service, or of one endpoint, was asked for, or callers of any port are refused."""
    asks = case.question.port is not None or case.question.symptom is Symptom.REFUSED
    return asks and case.service is not None and (case.service.is_headless or bool(case.backends.one))


@check(
    "RTE-020",
    "headless-port-not-mapped",
    hop=Hop.ENDPOINTS,
    needs=("services", "endpointslices", "pods"),
    fits=(Symptom.REFUSED,),
    when=asks_headless_port,
    silent_when_plain=True,
    only=(Occasion.SAID,),
)
def headless_port_not_mapped(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    for port in case.ports:
        pods = {pod.name: pod for _, pod in behind(case) if pod is not None}
        numbers = {number for pod in pods.values() if (number := port.resolve(pod))}
        if pods and numbers and port.port not in numbers and not any(_declares(each, port) for each in pods.values()):
            yield _found(case, service, port, tuple(pods.values()), sorted(numbers))


def _declares(pod: Pod, port: ServicePort) -> bool:
    return any(
        (each.container_port, each.protocol) == (port.port, port.protocol)
        for container in pod.serving_containers
        for each in container.ports or ()
    )


def _confidence(case: Case, port: ServicePort, pod: Pod) -> Confidence:
    connects = (*case.measured.tcp(), *case.measured.tcp(Purpose.CANDIDATE))
    tried = [each for each in connects if each.place[1] == port.port and each.place[0] in pod.ips]
    return Confidence.CERTAIN if any(each.outcome is Outcome.REFUSED for each in tried) else Confidence.LIKELY


def _found(case: Case, service: Service, port: ServicePort, pods: tuple[Pod, ...], numbers: list[int]) -> Detection:
    first = min(pods, key=lambda each: each.name)
    asked = case.question.port is not None
    meets = "which callers have to use" if asked else f"and who calls port {port.port} is refused"
    past = "is headless" if service.is_headless else f"is called past its ClusterIP, at {case.host} itself"
    return Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} {past}, so port {port.port} is not mapped: its "
        f"{count(len(pods), 'pod')} {'listens' if len(pods) == 1 else 'listen'} on {numbers[0]}, {meets}.",
        severity=Severity.FAIL if asked else Severity.WARN,
        confidence=_confidence(case, port, first) if asked else Confidence.POSSIBLE,
        evidence=(
            Evidence(service.ref, "spec.clusterIP", service.spec.cluster_ip, "no proxy on this way, no port mapping"),
            Evidence(service.ref, "spec.ports.targetPort", port.target, f"of port {port}"),
            Evidence(first.ref, "spec.containers.ports", numbers, "no container declares the port that is called"),
        ),
        check=(get_field(service.ref, "ports"), at_endpoints_whole(service.ref)),
        key=(str(port),),
    )
