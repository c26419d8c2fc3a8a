"""The pods are Ready, but the application does not serve

## Meaning
Kubernetes sends traffic to every pod that is Ready, and a pod is Ready as soon as its readiness probe passes. Here the
readiness probe looks at the wrong thing, or there is none: the pods count as ready while the port or path that callers
use does not work.

## Impact
Every request fails although everything is green in `kubectl get pods`. A rollout of a broken version is not stopped.

## How it is detected
By measurement only. Either every endpoint refuses connections on the target port, no other port of the pods answers, and
no readiness probe looks at that port. Or every backend answers 5xx on the path that was asked for (certain) or on `/`
(likely), while the path it declares for readiness answers well.

## When it stays silent
A missing readiness probe alone is never reported. If another port of the pods answers, unless it is plainly a port for
administration: then the Service points at the wrong port (RTE-010). If a readiness probe does look at the refused port.
If only some backends are affected (APP-013).

## Fix
Mend the application: its log says why it does not listen, or listens on localhost only. Then let a readiness probe ask
the port and a path that need what callers need. There is no patch to print: a readiness probe that fails takes the pods
out of the Service and does not mend them.

## Known limits
From outside, an application that listens only on 127.0.0.1 cannot be told from one that does not listen. With network
policies around, a refusal may also come from a policy that rejects; then the finding is only "likely".
"""

from collections.abc import Iterator, Sequence

from bot.checks.engine.check import check
from bot.checks.facts.backends import Backend, about_of, all_of, pods_of, probed
from bot.checks.facts.commands import at_endpoints, get_of_containers
from bot.checks.facts.listening import loopback_only
from bot.checks.facts.probe_failures import asked
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.kubectl import kubectl
from bot.model.pattern import pattern
from bot.model.planning.http import port_number
from bot.model.probe import Outcome, Purpose
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence
from bot.model.text import count

# Names that people give to ports which are not for callers.
_ADMIN = pattern(r"admin|metric|health|mgmt|manage|monitor|status|probe|prom|actuator|debug")


@check(
    "APP-012",
    "ready-but-broken",
    hop=Hop.APPLICATION,
    needs=("services", "endpointslices", "pods"),
    uses=("nodes", "networkpolicies"),
    causes=(Effect.PORT_REFUSES,),
    by_probes=True,
)
def ready_but_broken(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    for port in case.ports:
        backends = probed(case, port)
        if not backends or not all(each.pod and each.pod.is_ready for each in backends):
            continue
        if all(_refuses_unseen(case, port, each) for each in backends):
            yield _refused(case, service, port, backends)
        elif purpose := _fails_behind_readiness(backends):
            yield _broken(case, service, port, backends, purpose)


def _refuses_unseen(case: Case, port: ServicePort, backend: Backend) -> bool:
    """The target port is refused, no readiness probe looks at it, and nothing for callers answers elsewhere."""
    pod, number = backend.pod, backend.endpoint.port
    if pod is None or backend.tcp is None or backend.tcp.outcome is not Outcome.REFUSED:
        return False
    if loopback_only(case, pod, port):
        return False  # its own configuration says why (APP-010)
    return number not in _watched(pod) and all(_is_for_admins(pod, number, each) for each in _answering(case, pod))


def _watched(pod: Pod) -> set[int | None]:
    """The ports that readiness probes of the pod ask."""
    return {port_number(each, each.readiness_probe.port) for each in pod.serving_containers if each.readiness_probe} - {
        None
    }


def _answering(case: Case, pod: Pod) -> list[int]:
    return [
        each.place[1]
        for each in case.measured.tcp(Purpose.CANDIDATE)
        if each.place[0] == pod.ip and each.outcome is Outcome.ANSWERED
    ]


def _is_for_admins(pod: Pod, target: int, number: int) -> bool:
    """The pod lists the target port as its own, and calls the answering one something like `metrics` or `admin`.

    Container ports prove nothing by themselves; here they only break a tie between two explanations.
    """
    named = {port.container_port: port.name for each in pod.serving_containers for port in each.ports or ()}
    return target in named and bool(_ADMIN.search(named.get(number, "").lower()))


def _refused(case: Case, service: Service, port: ServicePort, backends: Sequence[Backend]) -> Detection:
    pods, number = pods_of(backends), backends[0].endpoint.port
    which = f"all {count(len(backends), 'pod')} refuse it" if len(backends) > 1 else "its only pod refuses it"
    rejecting = any(each.namespace == service.namespace for each in case.snapshot.policies)
    return Detection(
        about=about_of(service, backends),
        message=f"Nothing listens on port {number} of the pods of Service {service.namespace}/{service.name} ({which}), "
        f"or only on their localhost; they are Ready all the same, because {_why_ready(pods[0])}.",
        confidence=Confidence.LIKELY if rejecting else Confidence.CERTAIN,
        evidence=tuple(_evidence(service, backends, "tcp", "refused")),
        check=_looks(service, pods),
        affected=Affected(len(backends), len(backends)),
        pods=frozenset(pod.name for pod in pods),
        key=(str(port), "refused"),
    )


def _why_ready(pod: Pod) -> str:
    probes = [(each, each.readiness_probe) for each in pod.serving_containers if each.readiness_probe]
    if not probes:
        return "they have no readiness probe"
    container, probe = probes[0]
    return f"their readiness probe asks only {asked(container, probe)}"


def _fails_behind_readiness(backends: Sequence[Backend]) -> Purpose | None:
    """The kind of path that answers 5xx everywhere while readiness passes everywhere: `asked`, `root` or None."""
    if all(each.says_ready for each in backends):
        for purpose in (Purpose.ASKED, Purpose.ROOT):
            seen = [each.on(purpose) for each in backends]
            if all(each is not None and each.outcome is Outcome.SERVER_ERROR for each in seen):
                return purpose
    return None


def _broken(
    case: Case, service: Service, port: ServicePort, backends: Sequence[Backend], purpose: Purpose
) -> Detection:
    pods, failed, passed = pods_of(backends), backends[0].on(purpose), backends[0].on(Purpose.ENDPOINT)
    assert failed is not None
    assert passed is not None
    paths = [each.get.path for each in (failed, passed)]
    answer = f"answer{'' if len(backends) > 1 else 's'} HTTP {failed.status} on {paths[0]}"
    return Detection(
        about=about_of(service, backends),
        message=f"{all_of(case, port, len(backends))} of Service {service.namespace}/{service.name} {answer}, "
        f"while the readiness path {paths[1]} answers {passed.status}, so that Kubernetes takes them for healthy.",
        confidence=Confidence.CERTAIN if purpose is Purpose.ASKED else Confidence.LIKELY,
        evidence=tuple(_evidence(service, backends, "http", f"HTTP {failed.status} on {paths[0]}")),
        check=_looks(service, pods),
        affected=Affected(len(backends), len(backends)),
        pods=frozenset(pod.name for pod in pods),
        key=(str(port), purpose),
    )


def _evidence(service: Service, backends: Sequence[Backend], field: str, value: str) -> Iterator[Evidence]:
    for each in backends[:5]:
        yield Evidence(each.pod.ref if each.pod else service.ref, field, value, f"{each.place}, Ready")


def _looks(service: Service, pods: Sequence[Pod]) -> tuple[str, ...]:
    first = pods[0]
    return (
        get_of_containers(first.ref, "readinessProbe"),
        kubectl("logs", first.name, "--all-containers", "--tail=50", namespace=first.namespace),
        at_endpoints(service.ref),
    )
