"""A node does not translate Service addresses

## Meaning
A Service's ClusterIP belongs to no machine. On every node a service proxy (kube-proxy, or what the network brings in its
place: Cilium, OVN-Kubernetes and others) turns it into the address of an endpoint. On this node that does not work for
this Service: the proxy is not running there, or its rules are out of date.

## Impact
Pods of that node cannot reach the Service by its name or ClusterIP, while the same Service works from other nodes. If the
proxy is down, more and more Services fail from there as their endpoints change; those that do not change go on working.

## How it is detected
By a contradiction, measured from one pod: the ClusterIP fails, and every endpoint answers when it is called directly on
its own port. Policies admit both ways of calling. Pods of kube-proxy on the node are looked at where they are known, and
only to say what is wrong with them.
Or, without a measurement, by the kube-proxy pod of the caller's own node: it is there, and crashes again and again or is
not ready. Its last rules stay, so this is a warning; where the Service or its endpoints changed since, it is a failure.

## When it stays silent
Where no kube-proxy pod is known on the caller's node: many clusters have none by design. If the ClusterIP connects from
that node. Measured from outside of the cluster, where ClusterIPs lead nowhere. If some endpoint failed, too. For a Service
or endpoints younger than a minute. With `internalTrafficPolicy: Local` and no endpoint on that node (RTE-021). If policies
isolate the measuring pod and name no block that holds the ClusterIP: some networks judge the ClusterIP itself (NPL-013).

## Fix
Look at the service proxy's pod on that node, and delete it if it is sick: its DaemonSet makes a new one. If that does not
help, drain the node and replace it.

## Known limits
Only the measuring pod's node is known, and of its own policies only those that were read. If the caller runs on another
node this is context only; without a caller it is a warning. Rules that another tool on the node removes or shadows
(RTE-033) look the same.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints_whole
from bot.checks.facts.pod_words import why
from bot.checks.routing._contradictions import FAILS, Contradiction, contradictions
from bot.model.call.hop import Hop
from bot.model.call.hops.proxy import sick_proxy, trouble
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.kubectl import kubectl
from bot.model.probe import Outcome, Purpose, VantageKind
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import count

_PROXY = ("k8s-app", "kube-proxy")


def may_be_wrong(case: Case) -> bool:
    """Return whether something was measured, or the kube-proxy of the caller's node is not well."""
    if case.service is None or not case.service.cluster_ips:
        return False
    return bool(case.observations) or (bool(case.proxy_node) and sick_proxy(case, case.proxy_node) is not None)


@check(
    "RTE-032",
    "service-proxy-not-working",
    hop=Hop.PROXY,
    needs=("services", "endpointslices", "networkpolicies"),
    uses=("pods", "dns"),
    fits=(Symptom.TIMEOUT,),
    when=may_be_wrong,
    silent_when_plain=True,
    only=(Occasion.SAID, Occasion.BACKENDS),
)
def service_proxy_not_working(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    if found := contradictions(case):
        yield _found(case, service, found, case.vantage.node)
    else:
        yield from _by_pod(case, service)


def _found(case: Case, service: Service, found: tuple[Contradiction, ...], node: str) -> Detection:
    first, proxies = found[0], _proxies(case, node)
    sick = [pod for pod in proxies if not pod.is_ready]
    answered = len({each.address for one in found for each in one.endpoints})
    proxy = f"; {sick[0].name} there is not ready: {why(case, sick[0])}" if sick else ""
    return Detection(
        about=Ref("Node", node),
        message=f"Node {node} does not translate the ClusterIP {first.address} of Service {service.namespace}/"
        f"{service.name}: {_told(first)}, and {_answers(answered)} when called directly{_extent(case)}{proxy}.",
        severity=_severity(case, node),
        confidence=Confidence.CERTAIN if sick else Confidence.LIKELY,
        evidence=tuple(_evidence(service, found, proxies, case)),
        check=_commands(service, node),
        fix=_fixes(sick),
        key=(f"{service.namespace}/{service.name}",),
        since=min((pod.ready_since for pod in sick if pod.ready_since), default=None),
    )


def _by_pod(case: Case, service: Service) -> Iterator[Detection]:
    """The kube-proxy pod of the caller's node is not well, and nothing shows that its rules are up to date all the same."""
    node = case.proxy_node
    sick = sick_proxy(case, node) if node else None
    if sick is None or (case.vantage.node == node and _connects(case)):
        return
    since = sick.ready_since if not sick.is_ready else None
    changed = _changed_since(case, service, since) if since else ""
    whose = "the caller's" if node == case.caller.node else "the called"
    yield Detection(
        about=Ref("Node", node),
        message=f"kube-proxy {sick.name} of {whose} node {node} does not run steadily ({trouble(sick)}): what changes of "
        f"Service {service.namespace}/{service.name} is not translated there{f', and {changed} since' if changed else ''}.",
        severity=Severity.FAIL if changed else Severity.WARN,
        confidence=Confidence.LIKELY,
        evidence=(Evidence(sick.ref, "status.conditions[Ready]", sick.is_ready, trouble(sick)),),
        check=_commands(service, node),
        fix=_fixes([sick]),
        key=(f"{service.namespace}/{service.name}",),
        since=since,
    )


def _connects(case: Case) -> bool:
    return any(each.outcome is Outcome.ANSWERED for each in case.measured.tcp(Purpose.SERVICE))


def _changed_since(case: Case, service: Service, moment: datetime) -> str:
    """Return in words what kube-proxy can not have seen any more: a newer Service, or newer endpoints."""
    born = service.metadata.creation_timestamp
    if born and born > moment:
        return "the Service was made"
    ready = [
        each.name for each in case.backends.pods if each.is_ready and each.ready_since and each.ready_since > moment
    ]
    return f"{count(len(ready), 'pod')} became ready" if ready else ""


def _told(found: Contradiction) -> str:
    words = {Outcome.TIMEOUT: "it gives no answer", Outcome.REFUSED: "it is refused"}
    return words.get(found.virtual.outcome, "it is unreachable")


def _answers(endpoints: int) -> str:
    return "its endpoint answers" if endpoints == 1 else f"all {count(endpoints, 'endpoint')} answer"


def _extent(case: Case) -> str:
    """The DNS Service has a ClusterIP, too; a cache on the node may answer for it, so only its failure says something."""
    virtual = [each for each in case.measured.queries(Purpose.SERVICE) if each.outcome in FAILS]
    direct = [each for each in case.measured.queries(Purpose.REPLICA) if each.outcome is Outcome.ANSWERED]
    return "; the ClusterIP of the DNS fails from there, too" if virtual and direct else ""


def _severity(case: Case, node: str) -> Severity:
    """It concerns callers on this node; where the caller is elsewhere nothing was measured of its own."""
    if case.vantage.kind is VantageKind.CALLER or case.caller.node == node:
        return Severity.FAIL
    return Severity.INFO if case.caller.node else Severity.WARN


def _proxies(case: Case, node: str) -> tuple[Pod, ...]:
    """Pods of kube-proxy on the node, as kubeadm labels them; where there is none nothing follows from it."""
    key, value = _PROXY
    found = (pod for pod in case.snapshot.pods if pod.spec.node_name == node and pod.labels.get(key) == value)
    return tuple(pod for pod in found if not pod.is_terminal)


def _evidence(
    service: Service, found: tuple[Contradiction, ...], proxies: tuple[Pod, ...], case: Case
) -> Iterator[Evidence]:
    for each in found[:2]:
        yield Evidence(
            service.ref, "tcp", str(each.virtual.outcome), f"ClusterIP {each.address} from {case.vantage.node}"
        )
        for one in each.endpoints[:3]:
            yield Evidence(service.ref, "tcp", "answered", f"endpoint {one.address}:{one.port} {one.node}".rstrip())
    for pod in proxies[:2]:
        yield Evidence(pod.ref, "status.conditions[Ready]", pod.is_ready, "" if pod.is_ready else why(case, pod))


def _commands(service: Service, node: str) -> tuple[str, ...]:
    on_node = f"spec.nodeName={node}"
    return (
        kubectl("get", "pods", "-o", "wide", "--field-selector", on_node, namespace="kube-system"),
        kubectl("logs", "-l", "=".join(_PROXY), "--tail=30", "--prefix", namespace="kube-system"),
        at_endpoints_whole(service.ref),
    )


def _fixes(sick: list[Pod]) -> tuple[Fix, ...]:
    risk = "its DaemonSet makes a new one; connections of the node stay, new ones may fail for some seconds"
    return tuple(
        Fix(about=pod.ref, command=kubectl("delete", "pod", pod.name, namespace=pod.namespace), risk=risk)
        for pod in sick[:1]
        if pod.workload
    )
