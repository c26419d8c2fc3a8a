"""The application listens where only its own pod can reach it

## Meaning
A program that listens on 127.0.0.1, `localhost` or ::1 takes connections from its own pod alone. One that listens on 0.0.0.0
takes IPv4 alone, so that an IPv6 address of the Service leads nowhere.

## Impact
Every connection is refused, from every pod. `kubectl port-forward` and `curl localhost` inside of the pod work, which is why
the application looks healthy.

## How it is detected
By arguments and variables that servers use for the address they listen on (`--bind 127.0.0.1:8080`, `HOST=localhost`), of the
container that serves the port. Where our connections, or the kubelet's readiness probe, are refused on that port as well it is
certain; without a measurement it is possible.

## When it stays silent
Where a readiness probe on that port passes (the kubelet calls the pod's address), or any endpoint takes a connection. Where the
address is that of another port (metrics), another container serves the port, or a proxy beside it passes traffic on. Without
an address in arguments or variables: then a refused port is RTE-010.

## Fix
Listen on all addresses: `0.0.0.0`, or `::` for both families. Where a variable says it the printed command sets it.

## Known limits
What a configuration file or the program itself says is not seen. Of programs that listen on 127.0.0.1 unless told otherwise
uvicorn, `flask run`, `fastapi dev` and `hugo server` are known, where the pod's own command names them.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts import pod_groups
from bot.checks.facts.commands import describe, get_fields, get_of_containers
from bot.checks.facts.listening import loopback_only
from bot.checks.facts.ownership import managed_by
from bot.checks.facts.pod_groups import Group, grouped
from bot.checks.facts.probe_failures import Failing, last_failure
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.bound_addresses import BoundAddress
from bot.model.kube.pods import Container, Pod
from bot.model.kube.services import ServicePort
from bot.model.probe import Outcome
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity, Variable

_HAVE_TEMPLATES = ("Deployment", "StatefulSet", "DaemonSet")


@check(
    "APP-010",
    "listens-on-loopback",
    hop=Hop.APPLICATION,
    needs=("services", "pods"),
    uses=("events", "endpointslices", "workloads"),
    causes=(Effect.PORT_REFUSES, Effect.POD_NOT_READY),
    fits=(Symptom.REFUSED,),
    when=lambda case: not case.in_table,
    silent_when_plain=True,
    only=(Occasion.BACKENDS,),
)
def listens_on_loopback(case: Case) -> Iterator[Detection]:
    for port in case.ports:
        if port.protocol == "TCP":
            for group in grouped(each for each in case.backends.pods if not each.is_terminating):
                first = group.pods[0]
                found = loopback_only(case, first, port)
                if found and not _accepts(case, port):
                    yield _found(case, group, port, *found)


def _accepts(case: Case, port: ServicePort) -> bool:
    tried = (case.measured.tcp_to(each) for each in case.backends.usable_anywhere(port))
    return any(each is not None and each.outcome is Outcome.ANSWERED for each in tried)


def _found(case: Case, group: Group, port: ServicePort, container: Container, bound: BoundAddress) -> Detection:
    refused, number = _refused(case, group, port, container), port.resolve(group.pods[0])
    seen = f", and {refused}" if refused else ""
    return Detection(
        about=group.about,
        message=f"Container {container.name} of {group.whose} {_told(bound)}{seen}: "
        f"port {number} is closed to everybody else.",
        severity=pod_groups.severity(case, group, partly=Severity.FAIL) if refused else Severity.WARN,
        confidence=Confidence.CERTAIN if refused else Confidence.POSSIBLE,
        evidence=(
            Evidence(group.pods[0].ref, _place(container, bound), bound.written, _note(bound)),
            *((Evidence(group.pods[0].ref, f"port {number}", refused),) if refused else ()),
        ),
        check=(*_settings(group.pods[0], bound), describe(group.pods[0].ref)),
        fix=_fixes(case, group, container, bound),
        pods=group.names,
        key=(container.name, str(port)),
        since=group.since if refused else None,
    )


def _told(bound: BoundAddress) -> str:
    if bound.told_by:
        reach = "where only the pod itself can connect"
        return f"runs `{bound.written}`, which listens on {bound.host} unless {bound.told_by} says another address, {reach}"
    reach = "where only the pod itself can connect" if bound.is_loopback else "which is IPv4 alone"
    return f"is told to listen on {bound.host} ({bound.written}), {reach}"


def _note(bound: BoundAddress) -> str:
    return f"without {bound.told_by}" if bound.told_by else "an address to listen on"


def _refused(case: Case, group: Group, port: ServicePort, container: Container) -> str:
    """Return who was refused: our own connections, or the kubelet's; empty where nothing was measured."""
    addresses = {ip for each in group.pods for ip in each.ips}
    tried = [case.measured.tcp_to(each) for each in case.backends.usable_anywhere(port) if each.address in addresses]
    seen = [each for each in tried if each is not None]
    if seen and all(each.outcome is Outcome.REFUSED for each in seen):
        return "our connections are refused"
    for pod in group.pods:
        failure = last_failure(case, pod, container)
        if failure and not pod.is_ready and failure.kind is Failing.REFUSED and failure.port == port.resolve(pod):
            return "the kubelet's readiness probe is refused"
    return ""


def _place(container: Container, bound: BoundAddress) -> str:
    return f"spec.containers[{container.name}].{'env' if bound.variable else 'args'}"


def _settings(pod: Pod, bound: BoundAddress) -> tuple[str, ...]:
    """Show where the address is written: the arguments, or that variable alone."""
    if bound.variable:
        path = f'.spec.containers[*].env[?(@.name=="{bound.variable}")].value'
        return (get_fields(pod.ref, {bound.variable: path}),)
    return (get_of_containers(pod.ref, "command", "args"),)


def _fixes(case: Case, group: Group, container: Container, bound: BoundAddress) -> tuple[Fix, ...]:
    workload = case.snapshot.workload(group.about)
    if not bound.variable or not bound.is_loopback or workload is None or group.about.kind not in _HAVE_TEMPLATES:
        return ()
    value = bound.written.partition("=")[2].replace(bound.host, "0.0.0.0")  # noqa: S104 (told, not bound to)
    risk = f"starts a rollout of all its pods; it then takes connections from every pod{managed_by(workload)}"
    return (Fix(about=group.about, variable=Variable(container.name, bound.variable, value), risk=risk),)
