"""A node rejects the connection to its pods: no route to host

## Meaning
Whoever connects to these endpoints is told at once that there is no route to the host. Neither a closed port nor a policy
that drops says that: it is a firewall on the node that rejects (firewalld, ufw), or an address that nobody has any more.

## Impact
Every connection to these endpoints fails at once.

## How it is detected
Measured: every endpoint that was tried ended as unreachable. It is likely for pods on the host network, which share the
node's firewall, and possible for others. What settles it: `iptables -S INPUT` or `firewall-cmd --list-all` on the node.

## When it stays silent
If some endpoint answers, or ends in another way. Without a measurement. Right after a pod was deleted its address is
unreachable for some seconds: pods that became ready in the last minute do not count.

## Fix
Open the port on the nodes, or move the pods off the host network. Where the pod network's own range is rejected, add its
interface to the firewall's trusted zone.

## Known limits
The firewall of a node, and of a cloud around it, is not in the API.
"""

from collections.abc import Iterator
from datetime import timedelta

from bot.checks.engine.check import check
from bot.model.call.hop import Hop
from bot.model.call.hops.endpoints import behind
from bot.model.case import Case
from bot.model.kubectl import kubectl
from bot.model.probe import Outcome
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence
from bot.model.text import count, listing

_SETTLED = timedelta(minutes=1)


@check(
    "RTE-036",
    "host-firewall",
    hop=Hop.NODE,
    needs=("services", "endpointslices"),
    uses=("pods",),
    causes=(Effect.BACKEND_FAILS,),
    fits=(Symptom.TIMEOUT,),
    by_probes=True,
)
def host_firewall(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    tried = [(each, pod, seen) for each, pod in behind(case) if (seen := case.measured.tcp_to(each))]
    if not tried or any(seen.outcome is not Outcome.UNREACHABLE for _, _, seen in tried):
        return
    pods = [pod for _, pod, _ in tried if pod is not None]
    if any(each.ready_since and case.snapshot.age(each.ready_since) < _SETTLED for each in pods):
        return
    on_host = bool(pods) and all(each.spec.host_network for each in pods)
    nodes = sorted({each.spec.node_name for each in pods if each.spec.node_name})
    yield Detection(
        about=service.ref,
        message=f"{count(len(tried), 'endpoint')} of Service {service.namespace}/{service.name} "
        f"{'gives' if len(tried) == 1 else 'give'} no route to host at once"
        f"{f', on node {listing(nodes, 3)}' if nodes else ''}: a firewall there rejects, or the address is nobody's.",
        confidence=Confidence.LIKELY if on_host else Confidence.POSSIBLE,
        evidence=tuple(
            Evidence(service.ref, "tcp", "unreachable", f"{each.address}:{each.port}") for each, _, _ in tried[:4]
        ),
        check=(
            kubectl("get", "pods", "-l", str(service.selector), "-o", "wide", namespace=service.namespace),
            kubectl("get", "nodes", "-o", "wide"),
        ),
        affected=Affected(len(tried), len(tried)),
        pods=frozenset(each.name for each in pods),
    )
