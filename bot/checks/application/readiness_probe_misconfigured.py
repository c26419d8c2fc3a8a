"""The readiness probe asks the wrong thing

## Meaning
The kubelet asks a container again and again whether it is ready: this is its readiness probe. Here the application
runs and answers, but the readiness probe asks a path, port or protocol that it does not serve. So the pod is never
ready, and the Service hands it no traffic.

## Impact
A working application gets no request. If all pods are affected, as after a rollout, every request fails.

## How it is detected
A pod runs, is not ready, and has had the time that its startup and readiness probes give it. Either k8snet itself asked
both places and only the Service's target port answered (certain). Or the kubelet's recent Kubernetes Event
"Readiness probe failed" shows a wrong question: HTTP 404 or another 4xx, HTTPS against plain HTTP, a refusal from a port
that the Service does not use, silence by gRPC at a port that no container declares, a command that the image does not have
(likely). Or it names a port that the container does not define (certain).

## When it stays silent
If the target port does not answer either, or answers 5xx: then the application is down and its readiness probe is
right. If all that is known is a time-out or a 5xx of the readiness probe. While the pod is still starting. If only a
readiness gate is missing (RTE-005). For 408, 425 and 429, which speak of load.

## Fix
Where another path or port was seen to answer, the printed patch makes the readiness probe ask there. It is the simplest
thing that answers and may say less about the application's health than a path made for it: correct it later. Where the port
told the kubelet that it speaks the other of HTTP and HTTPS, the patch asks in that; what the path then answers nobody has seen.

## Known limits
If the workload changed in the meantime, or the pod was made by hand, no patch is printed (a pod's readiness probe cannot
be changed). With several readiness probes in one pod the Kubernetes Events cannot be told apart; then only k8snet's own
probes count. `httpGet.protocol: HTTP2` of a manifest is no proof that the kubelet asks so: API servers whose gate
H2CContainerProbe is off (1.37's default) drop it, and the stored pod, which is read here, is asked by HTTP/1.1.
"""

from collections.abc import Iterator

from bot.checks.application._readiness_probes import Misasked, misasked
from bot.checks.engine.check import check
from bot.checks.facts import pod_groups
from bot.checks.facts.commands import describe, get_of_containers
from bot.checks.facts.ownership import managed_by
from bot.checks.facts.pod_groups import TroubledGroup
from bot.checks.facts.pod_state import Trouble, Troubled
from bot.checks.facts.probe_failures import asked
from bot.checks.facts.rollouts import way_back
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import Container, ContainerProbe
from bot.model.kube.workloads import ReplicaSet
from bot.model.planning.http import port_number
from bot.model.probe import GrpcHealth, HttpGet, Observation, TcpConnect
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix

_FIRST_ERROR = 400
_SAYS_LESS = "the new question may say less about the application's health than was meant"
_NOT_SEEN = "what the path answers then nobody has seen"


@check(
    "APP-008",
    "readiness-probe-misconfigured",
    hop=Hop.BACKEND,
    needs=("services", "pods"),
    uses=("workloads", "events", "endpointslices"),
    causes=(Effect.POD_NOT_READY,),
    silent_when_plain=True,
    only=(Occasion.UNSTEADY,),
)
def readiness_probe_misconfigured(case: Case) -> Iterator[Detection]:
    for group in pod_groups.groups(case, Trouble.UNREADY):
        judged = [(each, wrong) for each in group.members if (wrong := misasked(case, each))]
        if judged:
            # A measurement says more than a Kubernetes Event, and an answer more than none.
            each, wrong = min(judged, key=lambda pair: (not pair[1].is_proven, pair[1].answered is None))
            yield _found(case, group, each, wrong)


def _found(case: Case, group: TroubledGroup, each: Troubled, wrong: Misasked) -> Detection:
    container = each.container
    assert container is not None
    assert container.readiness_probe is not None
    question = asked(container, container.readiness_probe)
    beside = f", while the application {_answers(wrong.answered)}" if wrong.answered else ""
    return Detection(
        about=group.about,
        message=f"The readiness probe of container {container.name} of {group.whose} ({question}) {wrong.gets}{beside}.",
        severity=pod_groups.severity(case, group),
        confidence=Confidence.CERTAIN if wrong.is_proven else Confidence.LIKELY,
        evidence=tuple(_evidence(group, each, question, wrong)),
        check=(_declared(each), describe(each.pod.ref)),
        fix=_fixes(case, group, container, wrong) or way_back(case, group.about, group.pods),
        affected=pod_groups.affected(case, group),
        pods=group.names,
        key=(container.name, question),
        since=group.since,
    )


def _answers(seen: Observation) -> str:
    if isinstance(seen.probe, HttpGet):
        return f"answers HTTP {seen.status} on :{seen.probe.port}{seen.probe.path}"
    if isinstance(seen.probe, GrpcHealth):
        return f"speaks gRPC on port {seen.probe.port}"
    return f"accepts connections on port {seen.probe.port}"


def _evidence(group: TroubledGroup, each: Troubled, question: str, wrong: Misasked) -> Iterator[Evidence]:
    name = each.container.name if each.container else ""
    yield Evidence(each.pod.ref, f"spec.containers[{name}].readinessProbe", question, f"not ready: {group.listed}")
    yield from wrong.evidence
    if wrong.answered:
        yield Evidence(each.pod.ref, "probe", _answers(wrong.answered))


def _declared(each: Troubled) -> str:
    return get_of_containers(each.pod.ref, "readinessProbe")


def _fixes(case: Case, group: TroubledGroup, container: Container, wrong: Misasked) -> tuple[Fix, ...]:
    """Patch the workload's template where it still is what the pods have, and something was seen to answer."""
    workload = case.snapshot.workload(group.about)
    answered = wrong.answered
    if workload is None or isinstance(workload, ReplicaSet) or container.readiness_probe is None:
        return ()
    places = [
        place
        for place, each in enumerate(workload.spec.template.spec.containers or ())
        if (each.name, each.readiness_probe) == (container.name, container.readiness_probe)
    ]
    operations = (
        _operations(container, container.readiness_probe, answered) if answered else _by_words(container, wrong)
    )
    if len(places) != 1 or not operations:
        return ()
    base = f"/spec/template/spec/containers/{places[0]}/readinessProbe"
    risk = f"starts a rollout of all pods; {_NOT_SEEN if wrong.scheme and not answered else _SAYS_LESS}"
    written = tuple({**each, "path": f"{base}{each['path']}"} for each in operations)
    return (Fix(about=group.about, operations=written, risk=f"{risk}{managed_by(workload)}"),)


def _by_words(container: Container, wrong: Misasked) -> list[dict[str, object]]:
    """Ask as the server's own answer to the kubelet says: in the other scheme, or by connecting to a gRPC server."""
    probe = container.readiness_probe
    if probe and probe.http_get and wrong.scheme:
        return [{"op": "add", "path": "/httpGet/scheme", "value": wrong.scheme}]
    if probe is None or probe.grpc is None or not wrong.is_about_health:
        return []
    return [{"op": "remove", "path": "/grpc"}, {"op": "add", "path": "/tcpSocket", "value": {"port": probe.grpc.port}}]


def _operations(container: Container, probe: ContainerProbe, answered: Observation) -> list[dict[str, object]]:
    """Ask what answered instead; `add` writes a member whether or not it is there (RFC 6902, 4.1)."""
    number, seen = port_number(container, probe.port), answered.probe
    found: list[dict[str, object]] = []
    if probe.http_get and isinstance(seen, HttpGet) and answered.status < _FIRST_ERROR:
        wanted = {"path": seen.path, "port": seen.port, "scheme": seen.scheme.upper()}
        now = {"path": probe.http_get.path, "port": number, "scheme": probe.http_get.scheme}
        found = [
            {"op": "add", "path": f"/httpGet/{name}", "value": wanted[name]}
            for name in wanted
            if wanted[name] != now[name]
        ]
        if probe.http_get.host:
            found.append({"op": "remove", "path": "/httpGet/host"})
    elif probe.tcp_socket and not isinstance(seen, HttpGet) and number != seen.port:
        found = [{"op": "add", "path": "/tcpSocket/port", "value": seen.port}]
    elif probe.grpc and isinstance(seen, TcpConnect | GrpcHealth):
        found = [{"op": "remove", "path": "/grpc"}, {"op": "add", "path": "/tcpSocket", "value": {"port": seen.port}}]
    return found
