"""StatefulSets whose `serviceName` names no Service, beside a headless Service of another name: their pods have no names.

Each pod's name lies below the Service of `serviceName`
(https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id). Nobody has to call one: charts
name such a Service, and their members find each other by the addresses of a headless one. So nothing is told where all are
ready; else it is a warning, and where none of several is ready a failure: peers that cannot find each other end, or wait.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from bot.checks.engine.judge import judge
from bot.checks.engine.registry import checks_by_code
from bot.model.call.named_hosts import ANY_SERVICE
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.kube.workloads import StatefulSet
from bot.model.question.question import Question, Source
from bot.model.result.effects import Effect
from bot.model.result.finding import Finding, Severity
from bot.model.snapshot import Snapshot
from bot.model.views.caller import Caller


def nameless_members(snapshot: Snapshot, namespaces: tuple[str, ...]) -> Iterator[tuple[Finding, tuple[Service, ...]]]:
    """Yield what is said of the first pod's name below each such Service, with the Service; all of them where none serves.

    `namespaces`: of these alone; none given: of all.
    """
    for each in snapshot.stateful_sets:
        if (namespaces and each.namespace not in namespaces) or not _names_nothing(snapshot, each):
            continue
        for service in snapshot.services_in(each.namespace):
            pods = snapshot.pods_behind(service)
            if not service.is_headless or not each.makes(service.selector) or all(pod.is_ready for pod in pods):
                continue
            if found := _of_member(snapshot, each, service):
                needs_names = len(pods) > 1 or _looks_itself_up(snapshot, pods[0], service)
                if needs_names and not any(pod.is_ready for pod in pods):
                    yield replace(found, severity=Severity.FAIL), tuple(snapshot.services_selecting(pods[0]))
                else:
                    yield found, (service,)


def _looks_itself_up(snapshot: Snapshot, pod: Pod, service: Service) -> bool:
    """Return whether a single member is told its own name below the Service, as the seed of a cluster of one."""
    told = Caller(snapshot, Source(namespace=pod.namespace, pod=pod.name)).hosts(ANY_SERVICE)
    return any(each.named.host.split(".")[:2] == [pod.name, service.name] for each in told)


def _names_nothing(snapshot: Snapshot, each: StatefulSet) -> bool:
    if not each.spec.service_name or not snapshot.was_listed(Service, each.namespace):
        return False
    return snapshot.service(each.namespace, each.spec.service_name) is None


def _of_member(snapshot: Snapshot, owner: StatefulSet, service: Service) -> Finding | None:
    name = f"{owner.name}-{owner.ordinals.start}.{service.name}.{service.namespace}"
    question = Question(service=service.name, namespace=service.namespace, cluster=snapshot.cluster, name=name)
    findings = judge(Case(question, snapshot)).findings
    found = next((each for each in findings if each.about == owner.ref and _is_of_name(each)), None)
    return replace(found, severity=Severity.WARN, since=owner.metadata.creation_timestamp) if found else None


def _is_of_name(found: Finding) -> bool:
    return checks_by_code()[found.code].shows is Effect.NAME_WITHOUT_ADDRESS
