"""DNS pods are killed for memory, or end again and again under their load

## Meaning
CoreDNS keeps every Service and endpoint of the cluster, and every query that waits for an upstream server, in memory. It
needs more than its limit allows, and the kernel kills it (OOMKilled).

## Impact
Each kill loses all lookups of that replica, and the next seconds' as well: bursts of "Temporary failure in name
resolution" and lookups of five seconds. If the replicas are killed together, nothing resolves until one is back.

## How it is detected
The last end of a DNS pod's container has the reason OOMKilled and is less than an hour old. With its restarts and its
limit. It is a warning while replicas take traffic, since they do between two kills.

## When it stays silent
If the kill is more than an hour ago: that is history. For crashes with another reason (a wrong Corefile is DNS-004). For
pods that are not behind the DNS Service.

## Fix
Raise the memory limit: the printed patch doubles it. CoreDNS needs about 54 MB and 1 MB for every thousand pods and
Services (https://github.com/coredns/deployment/blob/master/kubernetes/Scaling_CoreDNS.md), more where queries pile up
because upstream servers are slow. Fewer queries help as well: names with a trailing dot, a lower `ndots`, NodeLocal DNSCache.

## Known limits
CPU throttling and refused queries (`max_concurrent`) are counters of CoreDNS's own metrics, which are not read.
"""

from collections.abc import Iterator

from msgspec import Struct

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_pods, describe
from bot.checks.facts.ownership import managed_by
from bot.checks.facts.pod_state import OUT_OF_MEMORY
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import Container, ContainerStatus, Pod, Terminated
from bot.model.kube.services import Service
from bot.model.kubectl import kubectl
from bot.model.pattern import pattern
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import count

_QUANTITY = pattern(r"(?P<number>\d+)(?P<unit>Ki|Mi|Gi|k|M|G|)")


class Killed(Struct, frozen=True):
    """A DNS pod's container that was killed for memory within the hour."""

    pod: Pod
    status: ContainerStatus
    ended: Terminated

    @property
    def container(self) -> Container | None:
        """Return its specification."""
        return next((each for each in self.pod.serving_containers if each.name == self.status.name), None)

    @property
    def limit(self) -> str:
        """Return its memory limit as it is written; empty without one."""
        return _limit(self.container) if self.container else ""


@check(
    "DNS-003",
    "dns-overloaded",
    hop=Hop.DNS_SERVER,
    needs=("dns",),
    uses=("workloads", "nodes"),
    causes=(Effect.DNS_SERVERS_DOWN,),
    fits=(Symptom.INTERMITTENT, Symptom.SLOW),
    of_cluster=True,
    only=(Occasion.DNS_ODD,),
)
def dns_overloaded(case: Case) -> Iterator[Detection]:
    service = case.dns.service
    killed = [found for pod in case.dns.pods if (found := _killed(case, pod))] if service else []
    if service and killed:
        yield _found(case, service, killed)


def _killed(case: Case, pod: Pod) -> Killed | None:
    if pod.is_terminating or pod.is_terminal or case.snapshot.is_lost(pod.spec.node_name):
        return None
    for status in pod.container_statuses:
        for ended in (status.state.terminated, status.last_state.terminated):
            if ended and ended.reason == OUT_OF_MEMORY and case.snapshot.is_recent(ended.finished_at):
                return Killed(pod, status, ended)
    return None


def _found(case: Case, service: Service, killed: list[Killed]) -> Detection:
    pods, worst = len(case.dns.pods), max(killed, key=lambda each: each.status.restart_count)
    last = max((each.ended.finished_at for each in killed if each.ended.finished_at), default=None)
    when = f", last at {last:%H:%M} UTC" if last else ""
    limit = f" at its limit of {worst.limit}" if worst.limit else ""
    verb = "was" if len(killed) == 1 else "were"
    return Detection(
        about=worst.pod.workload or service.ref,
        message=f"{len(killed)} of {count(pods, 'DNS pod')} {verb} killed for memory (OOMKilled){limit}{when}; "
        f"{count(worst.status.restart_count, 'restart')} of {worst.pod.name}: lookups fail in bursts.",
        severity=Severity.WARN if case.dns.usable else Severity.FAIL,
        confidence=Confidence.CERTAIN,
        evidence=tuple(_evidence(killed)),
        check=(
            at_pods(service.namespace, service.selector),
            describe(worst.pod.ref),
            kubectl("top", "pods", "-l", str(service.selector), namespace=service.namespace),
        ),
        fix=_fixes(case, worst),
        affected=Affected(len(killed), pods),
        pods=frozenset(each.pod.name for each in killed),
        key=(OUT_OF_MEMORY,),
        since=min((each.ended.finished_at for each in killed if each.ended.finished_at), default=None),
    )


def _limit(container: Container) -> str:
    resources = container.resources
    return str(((resources and resources.limits) or {}).get("memory", ""))


def _evidence(killed: list[Killed]) -> Iterator[Evidence]:
    for each in killed[:3]:
        place, ended = f"status.containerStatuses[{each.status.name}].lastState", each.ended.finished_at
        note = f"{count(each.status.restart_count, 'restart')}{f', ended {ended:%H:%M} UTC' if ended else ''}"
        yield Evidence(each.pod.ref, place, OUT_OF_MEMORY, note)
    first = killed[0]
    note = "" if first.limit else "no limit of its own: its node or its pod ran out"
    place = f"spec.containers[{first.status.name}].resources.limits.memory"
    yield Evidence(first.pod.ref, place, first.limit or None, note)


def _fixes(case: Case, killed: Killed) -> tuple[Fix, ...]:
    """Double the limit in the workload's template; only where limit and workload were read."""
    owner = case.snapshot.workload(killed.pod.workload) if killed.pod.workload else None
    written = _QUANTITY.fullmatch(killed.limit)
    containers = list(owner.spec.template.spec.containers or ()) if owner else []
    at = next((place for place, each in enumerate(containers) if each.name == killed.status.name), None)
    if owner is None or written is None or at is None or _limit(containers[at]) != killed.limit:
        return ()
    more = f"{int(written['number']) * 2}{written['unit']}"
    path = f"/spec/template/spec/containers/{at}/resources/limits/memory"
    risk = f"restarts the DNS pods one after the other; their nodes need the memory{managed_by(owner)}"
    return (Fix(about=owner.ref, operations=({"op": "replace", "path": path, "value": more},), risk=risk),)
