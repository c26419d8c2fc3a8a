"""The Service's target port is a name that its pods do not have

## Meaning
`targetPort` may be a name, like `http`. Kubernetes then looks for a container port of that name, with the same
protocol, in each pod. Pods without it are left out for this port, although they are ready and may serve other ports
of the Service.

## Impact
If no pod has the name, every request to that port fails while the pods look healthy. If some have it, only those
share the load; often it is the new version that lost the name, and the outage comes when the rollout ends.

## How it is detected
The name is looked up in the containers and native sidecars of every pod the Service selects, protocol included, as
the EndpointSlice controller does. A quoted number such as `"http8080"` is a name, too. Native sidecars (init containers
with `restartPolicy: Always`) are looked at since Kubernetes 1.32: where they alone have the name, and the controller's slices
list the pods without the port, the cluster is older.

## When it stays silent
For numbers, which need no container port. For headless Services, whose names resolve without ports. Different numbers
under one name are a feature: versions may listen on different ports. A port that was not asked for is a warning while others
of the Service are served, and context if it is one for metrics, health or administration: charts offer it, and whether the
pods are to serve it is a value of theirs. So it is where pods of another workload, which declare no port at all (consumers of
a queue that share the labels), lack the port beside those that serve it.

## Fix
Give the container port the name, or let the Service use the name or number that the pods do have. A patch is printed
where the pods agree on exactly one port of that protocol, metrics and health ports aside.

## Known limits
Whether anything listens on the port that the pods declare is another question (RTE-010).
"""

from collections.abc import Iterator

from msgspec.structs import replace

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints_whole, get_field
from bot.checks.facts.ownership import managed_by
from bot.checks.facts.pod_groups import Group, grouped
from bot.checks.routing._open_ports import is_side_port
from bot.checks.routing._other_services import is_of_another
from bot.model.call.hop import Hop
from bot.model.call.lag import of_sidecars
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import ContainerPort, Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.kubectl import kubectl
from bot.model.question.suggest import is_slip
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Fix, Severity, Written
from bot.model.text import listing


def names_a_port(case: Case) -> bool:
    """Return whether a port asked about leads to one by its name."""
    return any(isinstance(each.target, str) for each in case.ports)


@check(
    "RTE-011",
    "named-target-port-unresolved",
    hop=Hop.ENDPOINTS,
    needs=("services", "pods"),
    uses=("endpointslices",),
    causes=(Effect.ENDPOINT_MISSING,),
    when=names_a_port,
    silent_when_plain=True,
    only=(Occasion.NOT_PLAIN, Occasion.BACKENDS),
)
def named_target_port_unresolved(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None or service.is_headless or service.is_external_name:
        return
    pods = tuple(pod for pod in case.backends.pods if not pod.is_terminating)
    for port in case.ports:
        lacking = tuple(pod for pod in pods if port.resolve(pod) is None)
        if lacking and not (len(lacking) == len(pods) and case.backends.usable_anywhere(port)):
            found = _found(service, port, pods, lacking, _severity(case, port, pods, lacking))
            yield replace(found, fix=_fixes(case, service, port, pods)) if len(lacking) == len(pods) else found
    for port in of_sidecars(case):
        yield _of_sidecars(case, service, port, pods)


def _severity(case: Case, port: ServicePort, pods: tuple[Pod, ...], lacking: tuple[Pod, ...]) -> Severity:
    """Where nothing serves the port, the name is to blame only if a pod would be ready but for it.

    A port that nobody asked for, beside one that is served, is a warning: the Service's callers may never use it; and
    context where it is none of the application's own.
    """
    if len(lacking) == len(pods):
        if case.question.port is not None or not any(_is_served(case, each, pods) for each in case.ports):
            return Severity.FAIL
        return Severity.INFO if is_side_port(port.port, port.name) else Severity.WARN
    if _is_served(case, port, pods):
        return Severity.INFO if _are_bystanders(lacking, pods) else Severity.WARN
    return Severity.FAIL if any(pod.is_ready for pod in lacking) else Severity.INFO


def _are_bystanders(lacking: tuple[Pod, ...], pods: tuple[Pod, ...]) -> bool:
    """Return whether all that lack the port declare none at all, and whose have it are of other workloads: consumers of a
    queue that share the labels, which no call of that port ever meant.
    """
    owners = {each.workload for each in pods if each not in lacking}
    return all(not _declared(each) and each.workload and each.workload not in owners for each in lacking)


def _is_served(case: Case, port: ServicePort, pods: tuple[Pod, ...]) -> bool:
    """Return whether a port has a usable endpoint; where EndpointSlices were not read, whether a ready pod has the port."""
    if case.service and case.snapshot.has("endpointslices", case.service.namespace):
        return bool(case.backends.usable_anywhere(port))
    return any(each.is_ready and port.resolve(each) is not None for each in pods)


def _found(
    service: Service, port: ServicePort, pods: tuple[Pod, ...], lacking: tuple[Pod, ...], severity: Severity
) -> Detection:
    all_lack = len(lacking) == len(pods)
    names = sorted({_in_words(each) for pod in lacking for each in _declared(pod)})
    declare = "it declares" if len(lacking) == 1 else "they declare"
    has = f"{declare} {listing(names) or 'no port at all'}"
    lack = "lacks" if len(lacking) == 1 else "lack"
    all_of_them = f"none of its {len(pods)} pods has" if len(pods) > 1 else "its only pod does not have"
    who = all_of_them if all_lack else f"{len(lacking)} of {len(pods)} pods {lack}"
    noun = "a container port of that name" if all_lack else "it"
    return Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} sends port {port.port} to the port named {port.target} "
        f"({port.protocol}), and {who} {noun}: {has}.",
        severity=severity,
        evidence=(
            Evidence(service.ref, "spec.ports.targetPort", port.target, f"of port {port}"),
            *(_lacks(group) for group in grouped(lacking)[:4]),
        ),
        check=(get_field(service.ref, "ports"), at_endpoints_whole(service.ref), _ports_of(service)),
        affected=Affected(len(lacking), len(pods)),
        pods=frozenset(pod.name for pod in lacking),
        key=(str(port), str(port.target)),
        written=Written(service.ref, ("spec", "ports"), begins=False),
    )


def _of_sidecars(case: Case, service: Service, port: ServicePort, pods: tuple[Pod, ...]) -> Detection:
    """The name is right, and this cluster's controller does not look where it stands; a number needs no look."""
    numbers = {port.resolve(pod) for pod in pods}
    return Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} sends port {port.port} to the port named {port.target} "
        f"({port.protocol}), which native sidecars of its pods have, and the EndpointSlices list the pods without it: before "
        "Kubernetes 1.32 the names of ports are looked up in ordinary containers alone.",
        severity=_severity(case, port, pods, pods),
        confidence=Confidence.LIKELY,
        evidence=(
            Evidence(service.ref, "spec.ports.targetPort", port.target, f"of port {port}"),
            *(Evidence(pod.ref, "spec.initContainers.ports", port.target, str(port.resolve(pod))) for pod in pods[:4]),
        ),
        check=(get_field(service.ref, "ports"), at_endpoints_whole(service.ref), kubectl("version")),
        fix=_to(service, port, numbers.pop()) if len(numbers) == 1 else (),
        affected=Affected(len(pods), len(pods)),
        pods=frozenset(pod.name for pod in pods),
        key=(str(port), str(port.target)),
    )


def _lacks(group: Group) -> Evidence:
    names = sorted({_in_words(port) for pod in group.pods for port in _declared(pod)})
    where = listing(sorted(pod.name for pod in group.pods), most=3)
    return Evidence(group.about, "spec.containers.ports", names, where)


def _declared(pod: Pod) -> tuple[ContainerPort, ...]:
    return tuple(port for container in pod.serving_containers for port in container.ports or ())


def _in_words(port: ContainerPort) -> str:
    return f"{port.name or 'nameless'} {port.container_port}/{port.protocol}"


def _ports_of(service: Service) -> str:
    columns = "custom-columns=NAME:.metadata.name,PORTS:.spec.containers[*].ports"
    return kubectl("get", "pods", "-l", str(service.selector), "-o", columns, namespace=service.namespace)


def _fixes(case: Case, service: Service, port: ServicePort, pods: tuple[Pod, ...]) -> tuple[Fix, ...]:
    """Point to what all pods declare: a name that was mistyped, else the only port of that protocol that no other one means."""
    target = _meant(port, pods)
    return () if target is None or is_of_another(case, port, target) else _to(service, port, target)


def _to(service: Service, port: ServicePort, target: str | int | None) -> tuple[Fix, ...]:
    place = f"/spec/ports/{service.ports.index(port)}/targetPort"
    risk = f"port {port.port} then leads to {target} of the pods; make sure that the application serves there"
    operation = {"op": "replace", "path": place, "value": target}
    return (Fix(about=service.ref, operations=(operation,), risk=f"{risk}{managed_by(service)}"),)


def _meant(port: ServicePort, pods: tuple[Pod, ...]) -> str | int | None:
    fitting = [
        {
            each
            for each in _declared(pod)
            if each.protocol == port.protocol and not is_side_port(each.container_port, each.name)
        }
        for pod in pods
    ]
    shared_names = set.intersection(*({each.name for each in declared if each.name} for declared in fitting))
    slips = [name for name in sorted(shared_names) if is_slip(str(port.target), name)]
    if len(slips) == 1:
        return slips[0]
    if any(len(declared) != 1 for declared in fitting):
        return None
    if len(shared_names) == 1:
        return shared_names.pop()
    numbers = {each.container_port for declared in fitting for each in declared}
    return numbers.pop() if len(numbers) == 1 else None
