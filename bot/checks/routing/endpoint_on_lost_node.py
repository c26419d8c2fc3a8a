"""Endpoints on a node that is lost

## Meaning
The control plane has no news from a node, or its kubelet says that it is not ready. Pods there may be dead, cut off,
or fine: nobody can tell from the API. For up to a minute their endpoints stay ready and get their share of the
traffic; then their pods are marked unready.

## Impact
While the endpoints are still listed, the share of requests that is sent to them times out. Afterwards the Service has
fewer endpoints; if all its pods were there, none.

## How it is detected
The node's Ready condition is not True, or it carries the taint `unreachable` or `not-ready` with NoExecute, or the Node
no longer exists. Where Nodes were not read, pods tell: the control plane takes readiness away from every pod of a node
that it has no news from, and their containers stay ready. Then the endpoints on it, and the pods on it that are unready,
are looked at. A measurement decides: endpoints that time out prove it, endpoints that answer are fine and the finding is
context only.

## When it stays silent
For nodes without endpoints of this Service. Where Nodes were not read and any pod of the node is ready. Other node
conditions (memory, disk, those of node-problem-detector) do not matter here.

## Fix
Look at the node: repair or replace it. Delete its pods by force only once the node is really gone, or two copies may
run.

## Known limits
A stopped kubelet does not stop the pods: without a measurement this is likely, not certain.
"""

from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints_whole, at_readiness, describe
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.pods import Pod
from bot.model.kube.quiet import is_quiet
from bot.model.kube.workloads import Node
from bot.model.kubectl import kubectl
from bot.model.probe import Outcome
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Severity
from bot.model.text import count, listing, one_line

_SILENT = (Outcome.TIMEOUT, Outcome.UNREACHABLE)


class Lost(Struct, frozen=True):
    """What this Service has on one lost node: endpoints still listed, and pods that are no longer ready."""

    name: str
    node: Node | None
    endpoints: tuple[Endpoint, ...]
    pods: tuple[Pod, ...]


def has_lost_node(case: Case) -> bool:
    """Return whether anything that was read is on a lost node."""
    return bool(case.snapshot.lost_nodes)


@check(
    "RTE-008",
    "endpoint-on-lost-node",
    hop=Hop.NODE,
    needs=("services", "endpointslices"),
    uses=("nodes", "pods"),
    causes=(Effect.ENDPOINT_MISSING, Effect.BACKEND_FAILS),
    fits=(Symptom.TIMEOUT, Symptom.INTERMITTENT),
    when=has_lost_node,
    silent_when_plain=True,
    only=(Occasion.NOT_PLAIN, Occasion.BACKENDS),
)
def endpoint_on_lost_node(case: Case) -> Iterator[Detection]:
    if case.service is None:
        return
    if not any(case.snapshot.is_lost(each) for each in _nodes(case)):
        return  # as with nearly all
    listed = tuple(sorted({each for port in case.ports for each in case.backends.usable_anywhere(port)}))
    for lost in _lost(case, listed):
        any_left = not all(case.snapshot.is_lost(_node_of(case, each)) for each in listed)
        yield _found(case, lost, listed, any_left=any_left)


def _nodes(case: Case) -> set[str]:
    """Return the names of the nodes that the Service's endpoints and pods are on."""
    ends = {_node_of(case, each) for port in case.ports for each in case.backends.usable_anywhere(port)}
    return ends | {each.spec.node_name for each in case.backends.pods}


def _node_of(case: Case, endpoint: Endpoint) -> str:
    if endpoint.node:
        return endpoint.node
    pod = case.backends.pod_of(endpoint)
    return pod.spec.node_name if pod else ""


def _lost(case: Case, listed: tuple[Endpoint, ...]) -> Iterator[Lost]:
    endpoints: dict[str, list[Endpoint]] = defaultdict(list)
    pods: dict[str, list[Pod]] = defaultdict(list)
    for endpoint in listed:
        if case.snapshot.is_lost(name := _node_of(case, endpoint)):
            endpoints[name].append(endpoint)
    for pod in case.backends.pods:
        if not pod.is_ready and case.snapshot.is_lost(name := pod.spec.node_name):
            pods[name].append(pod)
    for name in sorted({*endpoints, *pods}):
        yield Lost(name, case.snapshot.node(name), tuple(endpoints[name]), tuple(pods[name]))


def _found(case: Case, lost: Lost, listed: tuple[Endpoint, ...], *, any_left: bool) -> Detection:
    ref = Ref("Node", lost.name)
    seen = {each: seen.outcome for each in lost.endpoints if (seen := case.measured.tcp_to(each))}
    silent = [outcome for outcome in seen.values() if outcome in _SILENT]
    addresses = {each.address for each in lost.endpoints}
    condition = lost.node.readiness if lost.node else None
    quiet = [] if case.snapshot.has("nodes") else [each for each in lost.pods if is_quiet(each)]
    began = [each.ready_since for each in quiet if each.ready_since]
    return Detection(
        about=ref,
        message=f"{_state(lost, quiet)}; {_what(case, lost, answered=bool(seen) and not silent, silent=bool(silent))}.",
        severity=_severity(lost, answered=bool(seen) and not silent, any_left=any_left),
        confidence=Confidence.CERTAIN if silent or not (lost.endpoints or quiet) else Confidence.LIKELY,
        evidence=(
            *_said(ref, lost, quiet),
            *(Evidence(ref, "tcp", str(seen[each]), f"{each.address}:{each.port}") for each in sorted(seen)[:3]),
        ),
        check=_commands(case, lost),
        affected=Affected(len(addresses), len({each.address for each in listed})) if addresses else None,
        pods=frozenset((*(each.pod for each in lost.endpoints if each.pod), *(pod.name for pod in lost.pods))),
        since=condition.last_transition_time if condition else min(began, default=None),
    )


def _severity(lost: Lost, *, answered: bool, any_left: bool) -> Severity:
    """Listed endpoints that do not answer cost their share; unready pods are less capacity while others serve."""
    if answered or (any_left and not lost.endpoints):
        return Severity.INFO
    return Severity.WARN if any_left else Severity.FAIL


def _said(node: Ref, lost: Lost, quiet: list[Pod]) -> tuple[Evidence, ...]:
    """Return what the node says, or, where Nodes were not read, its pods."""
    if quiet:
        said = "its containers are ready, and no readiness gate is open"
        return tuple(Evidence(each.ref, "status.conditions[Ready]", "False", said) for each in quiet[:3])
    status = lost.node.readiness.status if lost.node else None
    return (Evidence(node, "status.conditions[Ready]", status, _reason(lost)),)


def _state(lost: Lost, quiet: list[Pod]) -> str:
    if quiet:
        return f"Node {lost.name} does not report, as its pods tell (Nodes were not read)"
    if lost.node is None:
        return f"Node {lost.name} no longer exists"
    words = {"Unknown": "does not report (Ready is Unknown)", "False": "is NotReady"}
    return f"Node {lost.name} {words.get(lost.node.readiness.status, 'is tainted as lost')}"


def _reason(lost: Lost) -> str:
    """Return the node's own words: those of its kubelet, or, where that is silent, of the node lifecycle controller."""
    if lost.node is None:
        return "no such Node"
    said = lost.node.readiness
    return ": ".join(filter(None, (said.reason, one_line(said.message or "", limit=300))))


def _what(case: Case, lost: Lost, *, answered: bool, silent: bool) -> str:
    service = f"{case.question.namespace}/{case.question.service}"
    addresses = {each.address for each in lost.endpoints}
    parts = []
    if addresses:
        does = ("answers", "gets traffic") if len(addresses) == 1 else ("answer", "get traffic")
        still = does[0] if answered else f"{does[1]}{' and did not answer' if silent else ''}"
        parts.append(f"{count(len(addresses), 'endpoint')} of Service {service} there still {still}")
    if lost.pods:
        names = listing(sorted(pod.name for pod in lost.pods), most=3)
        pods = count(len(lost.pods), "pod")
        parts.append(f"{pods} of Service {service} there ({names}) {'is' if len(lost.pods) == 1 else 'are'} not ready")
    return listing(parts)


def _commands(case: Case, lost: Lost) -> tuple[str, ...]:
    pods = at_readiness(case.question.namespace, lost.name)
    slices = at_endpoints_whole(case.service_ref)
    return (describe(Ref("Node", lost.name)), pods, slices) if lost.node else (kubectl("get", "nodes"), pods, slices)
