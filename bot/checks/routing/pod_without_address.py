"""Pods have a node and no address

## Meaning
The pod was scheduled, and the network plugin has not given it an address: its sandbox could not be made. No container of it
begins before that, and no EndpointSlice lists it.

## Impact
The Service is without these pods. If they are all there is, it has no endpoint.

## How it is detected
The pod has a node, is not on the host network, has no `podIP`, and the kubelet wrote `FailedCreatePodSandBox` within the
hour, with what the network plugin said.

## When it stays silent
For pods that wait for a volume or an image, which have no such event. For pods that got their address since. Where Kubernetes
Events could not be read. For pods on lost nodes (RTE-008).

## Fix
Look at the network plugin's agent on that node. `failed to assign an IP address`: the subnet, or the node's share of it, is
used up. `cni config uninitialized`, `subnet.env`, or a socket that is not there: the agent does not run.

## Known limits
The kubelet's event is kept for an hour; what it says is the plugin's own wording.
"""

from collections import defaultdict
from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.checks.facts.pod_groups import Group, affected, severity
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kubectl import kubectl
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence, Layer
from bot.model.text import listing, one_line

_REASON = "FailedCreatePodSandBox"


def has_pod_without_address(case: Case) -> bool:
    """Return whether a pod of the Service has a node and no address."""
    return any(not each.ip and each.spec.node_name and not each.is_terminating for each in case.backends.pods)


@check(
    "RTE-009",
    "pod-without-address",
    hop=Hop.BACKEND,
    layer=Layer.ROUTING,
    needs=("services", "pods"),
    uses=("events", "endpointslices"),
    causes=(Effect.POD_NOT_READY,),
    when=has_pod_without_address,
    silent_when_plain=True,
    only=(Occasion.UNSTEADY,),
)
def pod_without_address(case: Case) -> Iterator[Detection]:
    by_node: dict[str, list[Pod]] = defaultdict(list)
    for pod in case.backends.pods:
        if not pod.ip and not pod.is_terminating and not pod.spec.host_network and _said(case, pod):
            by_node[pod.spec.node_name].append(pod)
    for node, pods in sorted(by_node.items()):
        if node and not case.snapshot.is_lost(node):
            yield _found(case, node, tuple(pods))


def _said(case: Case, pod: Pod) -> str:
    """Return what the kubelet wrote last of the pod's sandbox, within the hour."""
    found = case.snapshot.events_about(pod.ref, _REASON)
    return next((one_line(each.message, limit=300) for each in found if case.snapshot.is_recent(each.last_seen)), "")


def _found(case: Case, node: str, pods: tuple[Pod, ...]) -> Detection:
    group = Group(Ref("Node", node), pods)
    first = min(pods, key=lambda each: each.name)
    many = len(pods) > 1
    return Detection(
        about=group.about,
        message=f"Pod{'s' if many else ''} {listing([each.name for each in pods], 3)} on node {node} "
        f"{'get' if many else 'gets'} no address from the network plugin: {_said(case, first)}",
        severity=severity(case, group),
        evidence=tuple(Evidence(each.ref, "events", _REASON, _said(case, each)) for each in pods[:3]),
        check=(
            describe(first.ref),
            kubectl("get", "pods", "-o", "wide", "--field-selector", f"spec.nodeName={node}", namespace="kube-system"),
        ),
        affected=affected(case, group),
        pods=group.names,
        key=(first.namespace,),
    )
