"""Small packets reach pods on other nodes, and large ones may not

## Meaning
Between nodes the pod network wraps each packet (VXLAN, IPIP, WireGuard, Geneve), which needs 20 to 80 bytes. Where the
pods' MTU leaves no room for that, large packets are dropped, and a firewall that drops ICMP keeps the sender from learning
it. Connecting and short answers work; a TLS handshake, an upload or a page never ends. Network cards that compute wrong
checksums for wrapped packets look alike.

## Impact
Connections between nodes come about and then hang, those within a node work.

## How it is detected
Measured from a pod: at least two endpoints on other nodes took a connection and sent no byte in answer to a GET, while
every endpoint on the pod's own node answered the same. It is possible, and context only. If one of those endpoints answered
another, shorter GET in the same run, size makes the difference: then it is likely, and a warning.

## When it stays silent
If an endpoint on the own node hangs, or one on another node answers the same path. If there is none on the own node to
compare with. Where connecting fails already (RTE-030). In a mesh, whose proxies accept for a dead application.

## Fix
The printed command asks the pod network for the largest packet that arrives. Lower the MTU of the network plugin below it
by what the overlay needs, let ICMP "fragmentation needed" pass, or clamp the MSS; for checksums: `ethtool -K flannel.1
tx-checksum-ip-generic off`.

## Known limits
An application that hangs on other nodes only looks the same. A ping that fails with every size proves nothing: ICMP may be
blocked.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.backends import Backend, probed
from bot.checks.facts.commands import on_node
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kube.services import Service, ServicePort
from bot.model.kubectl import kubectl
from bot.model.probe import Observation, Outcome, Purpose
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import count

_SEVERAL = 2
# An Ethernet MTU of 1500 less the headers of IPv4 and ICMP, and less what VXLAN takes.
_FULL, _WRAPPED = 1472, 1422


@check(
    "RTE-031",
    "mtu-black-hole",
    hop=Hop.NODE,
    needs=("services", "endpointslices"),
    uses=("pods", "nodes"),
    causes=(Effect.BACKEND_FAILS,),
    fits=(Symptom.TIMEOUT, Symptom.SLOW),
    by_probes=True,
)
def mtu_black_hole(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None or not case.vantage.is_in_cluster or not case.vantage.node or case.measured.policies.in_mesh:
        return
    for port in case.ports:
        backends = [each for each in probed(case, port) if each.http]
        for purpose in (Purpose.ENDPOINT, Purpose.ASKED, Purpose.ROOT):
            if hanging := _hanging_elsewhere(case, backends, purpose):
                yield _found(case, service, port, backends, hanging)
                return


def _hanging_elsewhere(case: Case, backends: list[Backend], purpose: Purpose) -> list[Backend]:
    """Return the backends of other nodes if all of these hang on what each backend of the own node answers."""
    asked = [(each, seen) for each in backends if (seen := each.on(purpose)) is not None]
    near = [(each, seen) for each, seen in asked if each.endpoint.node == case.vantage.node]
    far = [(each, seen) for each, seen in asked if each.endpoint.node not in ("", case.vantage.node)]
    if not near or len(far) < _SEVERAL or any(seen.outcome is not Outcome.ANSWERED for _, seen in near):
        return []
    return [each for each, _ in far] if all(each.hangs_on(seen) for each, seen in far) else []


def _shorter(backends: list[Backend]) -> list[tuple[Backend, Observation]]:
    """Return those that answered another GET in the same run, so that neither the way nor the program is dead."""
    return [(each, seen) for each in backends for seen in each.http if seen.outcome is Outcome.ANSWERED]


def _found(
    case: Case, service: Service, port: ServicePort, backends: list[Backend], hanging: list[Backend]
) -> Detection:
    shorter = _shorter(hanging)
    rest = "; another GET of the same pods was answered, so that size may make the difference" if shorter else ""
    node = hanging[0].endpoint.node
    return Detection(
        about=service.ref,
        message=f"{count(len(hanging), 'endpoint')} of Service {service.namespace}/{service.name} on other nodes than "
        f"{case.vantage.node} take connections and send nothing, and those on it answer: packets between nodes may be too "
        f"large for the pod network (MTU){rest}.",
        severity=Severity.WARN if shorter else Severity.INFO,
        confidence=Confidence.LIKELY if shorter else Confidence.POSSIBLE,
        evidence=(
            *(
                Evidence(service.ref, "http", "connected, then silence", f"{each.place} on {each.endpoint.node}")
                for each in hanging[:3]
            ),
            *(Evidence(service.ref, "http", "answered", f"{each.place}{seen.get.path}") for each, seen in shorter[:1]),
        ),
        check=(kubectl("get", "pods", "-o", "wide", namespace=service.namespace),),
        fix=(_settles(case.vantage.node, node, hanging[0].endpoint.address),),
        affected=Affected(len(hanging), len(backends)),
        pods=frozenset(each.pod.name for each in hanging if each.pod),
        key=(str(port),),
    )


def _settles(node: str, other: str, address: str) -> Fix:
    look = f"for s in {_FULL} {_WRAPPED} 1372 1272; do ping -c1 -W1 -M do -s $s {address} >/dev/null && echo $s arrives; done"
    risk = f"settles it for {node} to {other} and changes nothing; the pod that it starts has to be deleted afterwards"
    return Fix(about=Ref("Node", node), command=on_node(node, "sh", "-c", look), risk=risk)
