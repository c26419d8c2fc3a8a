"""A Kafka broker sends its clients to an address at which they do not find it

## Meaning
A Kafka client connects to the Service once, to ask where the brokers are. From then on it connects to the addresses that it is
told, which each broker has from `advertised.listeners`. Here that is an address of the client's own pod, or a name that does
not exist where the client looks it up.

## Impact
The first connection works, so every test of the Service is well. Producing and consuming fail: "Connection to node 1
(localhost/127.0.0.1:9092) could not be established", or an unknown host.

## How it is detected
By the variables that the images of Apache, Confluent and Bitnami read (`KAFKA_ADVERTISED_LISTENERS`,
`KAFKA_CFG_ADVERTISED_LISTENERS`): what they say of the listener whose port the Service sends to (`KAFKA_LISTENERS`), of every
pod behind it. `localhost`, 127.0.0.1 and 0.0.0.0 are the client's own pod; a name of one label is looked up as the caller does.
A warning where nobody is known to call.

## When it stays silent
Where the caller is one of these pods. If the listener of that port is not known, or variables refer to others (`$(POD_NAME)`).
For listeners of other ports, for people before a `port-forward`. For a name that exists, or may exist.

## Fix
Let each broker advertise its own name under the headless Service (`PLAINTEXT://kafka-0.kafka-headless.shop:9092`). It is
another one in each pod, so no command is printed.

## Known limits
Files of configuration are not seen, nor what an operator writes into them. Names of several labels are not looked at.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.caller_hosts import Leads, leads
from bot.checks.facts.commands import get_fields
from bot.checks.facts.listening import serving
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.call.proxies import is_loopback
from bot.model.case import Case
from bot.model.kube.advertised import Advertised, advertised
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Severity
from bot.model.text import count

_ANY = "0.0.0.0"  # noqa: S104 (told to clients, not bound to)


@check(
    "APP-027",
    "broker-advertises-elsewhere",
    hop=Hop.APPLICATION,
    needs=("services", "endpointslices", "pods"),
    uses=("dns", "corefile", "namespaces", "source"),
    fits=(Symptom.REFUSED, Symptom.NXDOMAIN, Symptom.TIMEOUT),
    silent_when_plain=True,
    only=(Occasion.BACKENDS,),
)
def broker_advertises_elsewhere(case: Case) -> Iterator[Detection]:
    service, caller = case.service, case.caller.pod
    for port in case.ports if service else ():
        pods = tuple(pod for _, pod in case.backends.behind(port) if pod is not None)
        astray = [(pod, told) for pod in pods if (told := _astray(case, port, pod))]
        if service and astray and len(astray) == len(pods) and caller not in pods:
            yield _found(case, service, port, astray)


def _astray(case: Case, port: ServicePort, pod: Pod) -> Advertised | None:
    """Return what a broker tells clients of this port, where they do not find it there; None where they may."""
    number = port.resolve(pod)
    container = serving(pod, number) if number else None
    told = advertised(container, number) if container and number else ()
    return told[0] if told and all(_is_astray(case, each.host) for each in told) else None


def _is_clients_own(host: str) -> bool:
    return is_loopback(host) or host == _ANY


def _is_astray(case: Case, host: str) -> bool:
    if _is_clients_own(host):
        return True
    return bool(host.strip("_")) and "." not in host and case.caller.is_known and leads(case, host)[0] is Leads.NOWHERE


def _found(case: Case, service: Service, port: ServicePort, astray: list[tuple[Pod, Advertised]]) -> Detection:
    pod, told = astray[0]
    who = pod.name if len(astray) == 1 else f"all {count(len(astray), 'broker')}, {pod.name} first,"
    where = (
        "which is the client's own pod"
        if _is_clients_own(told.host)
        else "a name that does not exist where the caller asks for it"
    )
    tells = "tells" if len(astray) == 1 else "tell"
    is_whole = case.caller.is_known and (len(case.ports) == 1 or case.question.port is not None)
    path = f'.spec.containers[*].env[?(@.name=="{told.variable}")].value'
    return Detection(
        about=service.ref,
        message=f"Behind {service.ref} port {port.port}, {who} {tells} clients to connect to {told.host}:{told.port} "
        f"({told.variable}), {where}: the first connection works, and no other.",
        severity=Severity.FAIL if is_whole else Severity.WARN,
        confidence=Confidence.LIKELY,
        evidence=(Evidence(pod.ref, f"env {told.variable}", told.written, "what clients are told"),),
        check=(get_fields(pod.ref, {told.variable: path}),),
        pods=frozenset(each.name for each, _ in astray),
        key=(str(port), "advertised"),
    )
