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
the Service has no endpoint at all (RTE-004). If a measurement from the caller's node succeeded. Without a caller it is
context only: which nodes have no endpoint. Where only the caller's namespace was said, and a node that takes any pod has none,
routing is *unknown*.

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
from bot.checks.facts.commands import at_endpoints_whole, get_field
from bot.checks.facts.ownership import managed_by
from bot.checks.facts.pod_words import why
from bot.model.call.hop import Hop
from bot.model.call.hops.endpoints import has_local
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.endpoints import local_to
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.kubectl import kubectl
from bot.model.probe import Outcome, Purpose
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence, Fix, Severity, Written
from bot.model.text import count, listing
from bot.model.views.caller import workload_ref


@check(
    "RTE-021",
    "no-local-endpoint",
    hop=Hop.ENDPOINTS,
    needs=("services", "endpointslices"),
    uses=("pods", "nodes", "source"),
    shows=Effect.NO_LOCAL_ENDPOINT,
    fits=(Symptom.TIMEOUT, Symptom.INTERMITTENT),
    silent_when_plain=True,
    only=(Occasion.UNUSUAL,),
)
def no_local_endpoint(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None or not service.local_only or case.question.entry:
        return
    served = tuple(port for port in case.ports if case.backends.usable_anywhere(port))
    callers = _callers(case)
    if not served:
        return
    if not callers:
        yield from _without_caller(case, service)
        return
    cut = [pod for pod in callers if _is_cut(case, served, pod.spec.node_name) and not _reached(case, pod)]
    if cut:
        yield _found(case, service, served, callers, cut)


def _callers(case: Case) -> tuple[Pod, ...]:
    """The calling pod, or all live pods of the calling workload, as far as their node is known."""
    source = case.question.source
    if source is None:
        return ()
    wanted = workload_ref(source)
    if source.pod or wanted is None:
        found = [case.caller.pod] if case.caller.pod else []
    else:
        made = case.snapshot.pods_by_workload(source.namespace).get(wanted, ())
        found = [pod for pod in made if not pod.is_terminal]
    return tuple(pod for pod in found if pod.spec.node_name)


def _is_cut(case: Case, ports: tuple[ServicePort, ...], node: str) -> bool:
    return any(not local_to(case.backends.endpoints(port), node) for port in ports)


def _reached(case: Case, caller: Pod) -> bool:
    """A connection to the ClusterIP was made from the caller's own node, so its proxy does have an endpoint."""
    return case.vantage.node == caller.spec.node_name and any(
        each.outcome is Outcome.ANSWERED for each in case.measured.tcp(Purpose.SERVICE)
    )


def _found(
    case: Case, service: Service, ports: tuple[ServicePort, ...], callers: tuple[Pod, ...], cut: list[Pod]
) -> Detection:
    nodes = sorted({pod.spec.node_name for pod in cut})
    where = sorted({each.node for port in ports for each in case.backends.usable_anywhere(port) if each.node})
    some = "" if len(cut) == len(callers) else f" ({len(cut)} of {len(callers)} calling pods are there)"
    return Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} keeps traffic on the caller's node "
        f"(internalTrafficPolicy: Local), and {listing(nodes)} has no endpoint of it{some}; "
        f"{listing(where) or 'another node'} has.",
        severity=Severity.FAIL if len(cut) == len(callers) else Severity.WARN,
        evidence=(
            Evidence(service.ref, "spec.internalTrafficPolicy", "Local", "never falls back to other nodes"),
            *(Evidence(pod.ref, "spec.nodeName", pod.spec.node_name, "the caller") for pod in cut[:3]),
            *_there(case, nodes),
        ),
        check=_commands(service),
        fix=(_fix(service),),
        key=tuple(nodes),
        written=Written(service.ref, ("spec", "internalTrafficPolicy"), begins=False),
        common=f"{service.ref} spec.internalTrafficPolicy",
    )


def _there(case: Case, nodes: list[str]) -> Iterator[Evidence]:
    """Pods of the Service on those nodes that do not serve, and why: often the real cause."""
    for pod in case.backends.pods:
        if pod.spec.node_name in nodes:
            yield Evidence(
                pod.ref, "status.conditions[Ready]", pod.is_ready, f"on {pod.spec.node_name}: {why(case, pod)}"
            )


def _without_caller(case: Case, service: Service) -> Iterator[Detection]:
    nodes = sorted(each.name for each in case.snapshot.nodes if each.takes_any_pod and not has_local(case, each.name))
    if nodes:
        yield Detection(
            about=service.ref,
            message=f"Service {service.namespace}/{service.name} keeps traffic on the caller's node, and "
            f"{count(len(nodes), 'node')} of {len(case.snapshot.nodes)} ({listing(nodes)}) "
            f"{'has' if len(nodes) == 1 else 'have'} no endpoint of it: name the caller to know whether it is cut off.",
            severity=Severity.INFO,
            evidence=(Evidence(service.ref, "spec.internalTrafficPolicy", "Local", "never falls back to other nodes"),),
            check=_commands(service),
        )


def _commands(service: Service) -> tuple[str, ...]:
    return (
        get_field(service.ref, "internalTrafficPolicy"),
        at_endpoints_whole(service.ref),
        kubectl("get", "nodes", "-o", "wide"),
    )


def _fix(service: Service) -> Fix:
    risk = (
        f"traffic then crosses nodes; Local is often on purpose, e.g. for an agent on every node{managed_by(service)}"
    )
    return Fix(about=service.ref, merge={"spec": {"internalTrafficPolicy": "Cluster"}}, risk=risk)
