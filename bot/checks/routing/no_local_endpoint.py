"""The Service keeps traffic on the caller's node, and that node has no endpoint

## Meaning
`internalTrafficPolicy: Local` hands a connection only to endpoints on the caller's own node. It never falls back to
others. The caller runs on a node where this Service has no endpoint that takes traffic.

## Impact
Every request from that node is dropped, so callers see a time-out, while the same Service works from other nodes. It
looks intermittent where callers are spread over many nodes.

## How it is detected
The policy is in force, the caller's node is known, and no endpoint on it is ready (or serving while it terminates),
while the Service does have endpoints elsewhere.

## When it stays silent
For headless and ExternalName Services, which have no traffic policy. For calls by another address than the ClusterIP. If
the Service has no endpoint at all (RTE-004). For the cluster's DNS, where a node-local cache answers. If a measurement from
the caller's node succeeded. Without a caller it is context only, or a warning for somebody who sees time-outs: which nodes
have no endpoint. Where only the caller's namespace was said, and a node that takes any pod has none, routing is *unknown*.

## Fix
Run a backend on every node that calls it (a DaemonSet that tolerates the node's taints), or allow other nodes: the
printed patch sets the policy back to Cluster. `trafficDistribution: PreferSameNode` prefers the node without
insisting on it.

## Known limits
A calling workload whose pods are on several nodes is judged for all its live pods: if only some of them are cut off,
it is a warning.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.local_traffic import calling_pods, cut_off, look_at_policy, policy_evidence
from bot.model.call.hop import Hop
from bot.model.call.hops.endpoints import has_local
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.node_local import node_local_caches
from bot.model.kube.endpoints import local_to
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.probe import Outcome, Purpose
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Severity
from bot.model.text import count, listing

_COMPLAINTS = (Symptom.TIMEOUT, Symptom.INTERMITTENT)


@check(
    "RTE-021",
    "no-local-endpoint",
    hop=Hop.ENDPOINTS,
    needs=("services", "endpointslices"),
    uses=("pods", "nodes", "source"),
    shows=Effect.NO_LOCAL_ENDPOINT,
    fits=_COMPLAINTS,
    silent_when_plain=True,
    only=(Occasion.UNUSUAL,),
)
def no_local_endpoint(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None or not service.local_only or case.question.entry or _is_before_cache(case, service):
        return
    served = tuple(port for port in case.ports if case.backends.usable_anywhere(port))
    callers = calling_pods(case)
    if not served:
        return
    if not callers:
        yield from _without_caller(case, service)
        return
    cut = [pod for pod in callers if _is_cut(case, served, pod.spec.node_name) and not _reached(case, pod)]
    if cut:
        yield _found(case, service, served, cut)


def _is_before_cache(case: Case, service: Service) -> bool:
    """Return whether it is the cluster's DNS, at whose address a node-local cache answers on each node."""
    dns = case.dns.service
    return dns is not None and dns.ref == service.ref and node_local_caches(case.snapshot) is not None


def _is_cut(case: Case, ports: tuple[ServicePort, ...], node: str) -> bool:
    return any(not local_to(case.backends.endpoints(port), node) for port in ports)


def _reached(case: Case, caller: Pod) -> bool:
    """A connection to the ClusterIP was made from the caller's own node, so its proxy does have an endpoint."""
    return case.vantage.node == caller.spec.node_name and any(
        each.outcome is Outcome.ANSWERED for each in case.measured.tcp(Purpose.SERVICE)
    )


def _found(case: Case, service: Service, ports: tuple[ServicePort, ...], cut: list[Pod]) -> Detection:
    where = sorted({each.node for port in ports for each in case.backends.usable_anywhere(port) if each.node})
    return cut_off(
        case,
        service,
        case.backends.pods,
        cut,
        keeps=f"Service {service.namespace}/{service.name} keeps traffic",
        lacks="endpoint of it",
        elsewhere=f"{listing(where) or 'another node'} has",
        risk="; Local is often on purpose, e.g. for an agent on every node",
    )


def _without_caller(case: Case, service: Service) -> Iterator[Detection]:
    nodes = sorted(each.name for each in case.snapshot.nodes if each.takes_any_pod and not has_local(case, each.name))
    if nodes:
        yield Detection(
            about=service.ref,
            message=f"Service {service.namespace}/{service.name} keeps traffic on the caller's node, and "
            f"{count(len(nodes), 'node')} of {len(case.snapshot.nodes)} ({listing(nodes)}) "
            f"{'has' if len(nodes) == 1 else 'have'} no endpoint of it: name the caller to know whether it is cut off.",
            severity=Severity.WARN if case.question.symptom in _COMPLAINTS else Severity.INFO,
            confidence=Confidence.POSSIBLE,
            evidence=policy_evidence(service, []),
            check=look_at_policy(service),
        )
