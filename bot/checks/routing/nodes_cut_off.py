"""The pod network of a node is cut off

## Meaning
Pods of one node reach each other, and those of another node do not reach them. The control plane sees nothing of it, since
the kubelet and the readiness probes stay on their node.

## Impact
The share of the connections that goes to endpoints on that node times out.

## How it is detected
Measured: from another node, at least two endpoints on one node time out and every endpoint elsewhere answers; the node is
Ready. Or, without a measurement, by what the cluster says of a node of the endpoints or of the caller: its condition
`NetworkUnavailable` is True, the agent of its network plugin is not ready, or it has the same end of the tunnel between nodes
as another one (annotations of flannel and Calico: the address of a NAT or of a bridge, which each machine has).

## When it stays silent
If one endpoint of the node answers. If the node is lost (RTE-008). For a single endpoint, which may fail by itself (APP-013).
If policies may have stopped the probes. Where the endpoints that are said to be cut off answer all the same.

## Fix
Look at the network plugin's agent on that node, and restart it. Between nodes the ports of the overlay have to be open: UDP
8472 or 4789 (VXLAN), 6081 (Geneve), 51820 (WireGuard), IP protocol 4 (IPIP), TCP 179 (BGP). The agent is told which address
to take: flannel by `--iface`, Calico by `IP_AUTODETECTION_METHOD`.

## Known limits
Which of two nodes is to blame cannot be told from one of them.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.model.call.hop import Hop
from bot.model.call.hops.endpoints import behind
from bot.model.call.hops.node import shared_ends, without_network
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.services import Service
from bot.model.kubectl import kubectl
from bot.model.probe import Outcome
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Severity
from bot.model.text import count

_SILENT = (Outcome.TIMEOUT, Outcome.UNREACHABLE)
_SEVERAL = 2


def may_be_cut_off(case: Case) -> bool:
    """Return whether something was measured, or some node is said to have no pod network."""
    told = without_network(case.snapshot) or shared_ends(case.snapshot)
    return case.service is not None and (bool(case.observations) or bool(told))


@check(
    "RTE-030",
    "nodes-cut-off",
    hop=Hop.NODE,
    needs=("services", "endpointslices", "nodes"),
    uses=("pods",),
    causes=(Effect.BACKEND_FAILS,),
    fits=(Symptom.TIMEOUT, Symptom.INTERMITTENT),
    when=may_be_cut_off,
    silent_when_plain=True,
    only=(Occasion.NOT_PLAIN, Occasion.BACKENDS),
)
def nodes_cut_off(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    by_node: dict[str, list[Endpoint]] = {}
    for each, pod in behind(case):
        node = each.node_of(pod)
        if node and not case.snapshot.is_lost(node):
            by_node.setdefault(node, []).append(each)
    measured = [*_measured(case, by_node)]
    for node in measured:
        yield _found(case, service, node, by_node, said="")
    told = without_network(case.snapshot)
    for node in sorted(told.keys() & {*by_node, case.caller.node}):
        if not measured and not _answers(case, by_node.get(node, [])):
            yield _found(case, service, node, by_node, said=told[node])
    if not by_node.keys() <= {case.caller.node}:
        yield from _of_one_end(case, service, by_node)


def _of_one_end(case: Case, service: Service, by_node: dict[str, list[Endpoint]]) -> Iterator[Detection]:
    """Yield the nodes of the endpoints to which packets of other nodes do not find."""
    told = shared_ends(case.snapshot)
    for node in sorted(told.keys() & by_node.keys() - {case.caller.node}):
        if not _answers(case, by_node[node]):
            yield _found(case, service, node, by_node, said=told[node])


def _measured(case: Case, by_node: dict[str, list[Endpoint]]) -> Iterator[str]:
    """Nodes of which no endpoint answers, several were tried, and all of the others do answer."""
    if not case.vantage.is_in_cluster or not case.observations:
        return
    seen = {
        node: [one.outcome for each in those if (one := case.measured.tcp_to(each))] for node, those in by_node.items()
    }
    dead = [
        node for node, outcomes in seen.items() if len(outcomes) >= _SEVERAL and all(one in _SILENT for one in outcomes)
    ]
    rest = [one for node, outcomes in seen.items() if node not in dead for one in outcomes]
    if rest and all(one is Outcome.ANSWERED for one in rest):
        yield from (node for node in dead if node != case.vantage.node)


def _answers(case: Case, endpoints: list[Endpoint]) -> bool:
    return any((one := case.measured.tcp_to(each)) and one.outcome is Outcome.ANSWERED for each in endpoints)


def _found(case: Case, service: Service, node: str, by_node: dict[str, list[Endpoint]], *, said: str) -> Detection:
    own, whole = by_node.get(node, []), sum(map(len, by_node.values()))
    seen = (
        f"all {count(len(own), 'endpoint')} on it give no answer from node {case.vantage.node}, and those elsewhere do"
    )
    return Detection(
        about=Ref("Node", node),
        message=f"The pod network of node {node} is cut off for Service {service.namespace}/{service.name}: {said or seen}.",
        severity=Severity.WARN,
        confidence=Confidence.LIKELY if said else Confidence.CERTAIN,
        evidence=tuple(Evidence(service.ref, "endpoints.addresses", each.address, f"on {node}") for each in own[:4]),
        check=(
            describe(Ref("Node", node)),
            kubectl("get", "pods", "-o", "wide", "--field-selector", f"spec.nodeName={node}", namespace="kube-system"),
        ),
        affected=Affected(len(own), whole) if own else None,
        pods=frozenset(each.pod for each in own if each.pod),
    )
