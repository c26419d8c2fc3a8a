"""Two live pods have one address

## Meaning
Every pod on the pod network has an IP address of its own. Here another live pod has that of a pod behind this Service: the
network's address management gave it out twice, usually after a crash or a restore of its data.

## Impact
Connections to that address reach now the one and now the other, or are reset when the way changes between two packets.

## How it is detected
Another pod that runs, is not on the host network and does not end has the same address in `podIPs`, on whatever node.

## When it stays silent
For pods on the host network, which share their node's address. For pods that have ended, and pods that are ending: these
keep the address in their status after the network has taken it back. For pods on lost nodes, of which nobody has news.

## Fix
Delete both pods; each is made again with an address of its own. Then look at the network plugin's address management.

## Known limits
A live question reads the pods of the Service and those of its caller; a table reads all of its scope.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.model.call.hop import Hop
from bot.model.call.hops.endpoints import behind
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kubectl import kubectl
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Detection, Evidence, Fix, Severity
from bot.model.text import listing


def has_shared_address(case: Case) -> bool:
    """Return whether some address of a pod is that of two, in all that was read."""
    return bool(case.snapshot.shared_addresses) and case.service is not None


@check(
    "RTE-035",
    "duplicate-pod-address",
    hop=Hop.ENDPOINTS,
    needs=("services", "endpointslices", "pods"),
    uses=("nodes",),
    causes=(Effect.BACKEND_FAILS,),
    fits=(Symptom.RESET, Symptom.INTERMITTENT),
    when=has_shared_address,
    silent_when_plain=True,
    only=(Occasion.NOT_PLAIN, Occasion.BACKENDS),
)
def duplicate_pod_address(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    found = {pod.name: (pod, twins) for _, pod in behind(case) if pod is not None and (twins := _twins(case, pod))}
    whole = len({each.address for each in case.backends.all_usable})
    for pod, twins in found.values():
        names = [f"{each.namespace}/{each.name}" for each in twins]
        yield Detection(
            about=pod.ref,
            message=f"The address {pod.ip} of pod {pod.namespace}/{pod.name} behind Service {service.name} is that of "
            f"{listing(names)}, too.",
            severity=Severity.FAIL if len(found) == whole else Severity.WARN,
            evidence=tuple(Evidence(each.ref, "status.podIP", each.ip, each.spec.node_name) for each in (pod, *twins)),
            check=(kubectl("get", "pods", "-A", "-o", "wide", "--field-selector", f"status.podIP={pod.ip}"),),
            fix=tuple(_fix(each) for each in (pod, *twins) if each.workload),
            affected=Affected(1, whole),
            pods=frozenset({pod.name}),
            key=(pod.ip,),
        )


def _twins(case: Case, pod: Pod) -> tuple[Pod, ...]:
    if pod.ip not in case.snapshot.shared_addresses or not _counts(case, pod):
        return ()
    return tuple(
        each for each in case.snapshot.pods if each.ref != pod.ref and pod.ip in each.ips and _counts(case, each)
    )


def _counts(case: Case, pod: Pod) -> bool:
    is_away = pod.is_terminal or pod.is_terminating or pod.spec.host_network
    return not is_away and not case.snapshot.is_lost(pod.spec.node_name)


def _fix(pod: Pod) -> Fix:
    risk = "its workload makes a new one with another address; its connections end"
    return Fix(about=pod.ref, command=kubectl("delete", "pod", pod.name, namespace=pod.namespace), risk=risk)
