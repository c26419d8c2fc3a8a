"""A node rejects the connection to its pods: no route to host

## Meaning
Whoever connects to these endpoints is told at once that there is no route to the host, although their pods are there and
ready. Neither a closed port nor a policy that drops says that: it is a firewall on the way that rejects (firewalld, ufw), or
a node that has no route to its pod.

## Impact
Every connection to these endpoints fails at once.

## How it is detected
Measured: every endpoint that was tried ended as unreachable, or, beside another on its node that did, in silence: a node
limits how many ICMP errors it sends to one address (RFC 1812 4.3.2.8). The kubelet calls their pods ready, so the addresses
are somebody's. Which of the two it is nobody can see from here, so it is likely, never certain. What settles it: `iptables -S
INPUT` or `firewall-cmd --list-all` on the node.

## When it stays silent
If some endpoint answers, or ends in another way. Without a measurement. For addresses of no pod that is ready: those may be
nobody's (RTE-016, RTE-017, RTE-018). Right after a pod was deleted its address is unreachable for some seconds: pods that
became ready in the last minute do not count.

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
from bot.model.kube.pods import Pod
from bot.model.kubectl import kubectl
from bot.model.probe import Outcome
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence
from bot.model.text import count, listing

_SETTLED = timedelta(minutes=1)
_REJECTED = (Outcome.UNREACHABLE, Outcome.TIMEOUT)  # the second: an error too many, that was not sent


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
    pods = [pod for _, pod, _ in tried if pod is not None and _is_there(case, pod)]
    if not tried or len(pods) < len(tried) or any(seen.outcome not in _REJECTED for _, _, seen in tried):
        return
    nodes = sorted({each.spec.node_name for each in pods})
    told = [(each, pod) for each, pod, seen in tried if seen.outcome is Outcome.UNREACHABLE]
    if {pod.spec.node_name for _, pod in told if pod is not None} != set(nodes):
        return
    share = " (its pods share the node's own firewall)" if all(each.spec.host_network for each in pods) else ""
    one = len(tried) == 1
    yield Detection(
        about=service.ref,
        message=f"{count(len(tried), 'endpoint')} of Service {service.namespace}/{service.name} "
        f"{'gives' if one else 'give'} no route to host at once, though {'its pod is' if one else 'their pods are'} ready: "
        f"a firewall on node {listing(nodes, 3)} rejects{share}, or it has no route to {'that pod' if one else 'them'}.",
        confidence=Confidence.LIKELY,
        evidence=tuple(
            Evidence(service.ref, "tcp", "unreachable", f"{each.address}:{each.port}") for each, _ in told[:4]
        ),
        check=(
            kubectl("get", "pods", "-l", str(service.selector), "-o", "wide", namespace=service.namespace),
            kubectl("get", "nodes", "-o", "wide"),
        ),
        affected=Affected(len(tried), len(tried)),
        pods=frozenset(each.name for each in pods),
    )


def _is_there(case: Case, pod: Pod) -> bool:
    """The kubelet calls it ready, on a node that is not lost, and has for a minute: its address is its own."""
    if not pod.is_ready or pod.is_terminating or case.snapshot.is_lost(pod.spec.node_name):
        return False
    return pod.ready_since is None or case.snapshot.age(pod.ready_since) >= _SETTLED
