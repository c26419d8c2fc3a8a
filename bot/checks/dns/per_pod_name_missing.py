"""A pod of a StatefulSet has no name of its own under this Service

## Meaning
POD.SERVICE.NAMESPACE exists only where the Service is headless and is the one that the StatefulSet names in `serviceName`:
the controller puts both into the pod (`hostname`, `subdomain`), and EndpointSlices carry the host name from there.

## Impact
Peers that find each other by name (databases, brokers) get "Name or service not known" for each member, while the Service's
own name resolves to all of them.

## How it is detected
The name asked is resolved as the caller's pod resolves it and does not exist; its first label is a pod that the headless
Service selects, and that pod's StatefulSet names another Service.

## When it stays silent
If the name resolves. If the pod is not ready, which takes its name away until it is. If the Service is not headless, or the
StatefulSet could not be read.

## Fix
`serviceName` cannot be changed: make a headless Service of that name with the same selector, or create the StatefulSet anew.

## Known limits
Pods that set `hostname` and `subdomain` themselves are not looked at.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.model.call.asked_name import asked_name
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kube.workloads import StatefulSet
from bot.model.kubectl import kubectl, resource
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence


@check(
    "DNS-024",
    "per-pod-name-missing",
    hop=Hop.RECORD,
    needs=("services", "endpointslices", "pods"),
    uses=("workloads", "dns"),
    fits=(Symptom.NXDOMAIN,),
)
def per_pod_name_missing(case: Case) -> Iterator[Detection]:
    asked, service = asked_name(case), case.service
    if asked is None or service is None or not service.is_headless or not asked.is_denied:
        return
    label, _, rest = asked.name.partition(".")
    pod = case.snapshot.pod(service.namespace, label)
    if pod is None or not rest.startswith(service.name) or not pod.is_ready or pod not in case.backends.pods:
        return
    owner = case.snapshot.workload(pod.workload) if pod.workload else None
    if not isinstance(owner, StatefulSet) or owner.spec.service_name == service.name:
        return
    named = owner.spec.service_name
    yield Detection(
        about=owner.ref,
        message=f"{asked.name.rstrip('.')} does not exist: {owner.ref} has serviceName {named or '(none)'}, so its pods have "
        f"names under {named or 'no Service'} and none under {service.name}.",
        confidence=Confidence.CERTAIN,
        evidence=(
            Evidence(owner.ref, "spec.serviceName", named, f"the headless Service is {service.name}"),
            Evidence(service.ref, "names tried", [each.name for each in asked.steps], asked.conf.why),
        ),
        check=(
            kubectl(
                "get", resource(owner.ref), owner.name, "-o", "jsonpath={.spec.serviceName}", namespace=owner.namespace
            ),
        ),
        pods=frozenset({pod.name}),
        key=(service.name,),
    )
