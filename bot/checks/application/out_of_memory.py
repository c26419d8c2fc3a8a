"""A container is killed because it runs out of memory

## Meaning
A container used more memory than its limit allows, or its node had none left. The kernel killed its process at once:
Kubernetes calls this OOMKilled. The container is then started again.

## Impact
Each kill breaks all requests in flight ("connection reset", EOF), and until the restart the pod refuses connections. If
all pods of the Service are killed again and again, every request fails.

## How it is detected
The last end of a container of a selected pod has the reason OOMKilled and is less than an hour old, or the container is
waiting to be restarted after it. Its memory limit is shown. A SIGKILL (exit code 137) without that word counts if the
node reported a system-wide lack of memory at the time (Kubernetes Event SystemOOM): likely, not certain.

## When it stays silent
If the kill is more than an hour ago and the container has been running since: that is history.

## Fix
Raise the limit, or mend the leak; which of them, the growth of its memory over time tells. If it began with a recent
rollout, going back is printed. A new limit is not printed, since the right number is not known.

## Known limits
If only a child process is killed, the container goes on and Kubernetes does not see it. Usage over time is not read.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.checks.application._crash_evidence import how_it_ended, last_words, logs_before
from bot.checks.engine.check import check
from bot.checks.facts import pod_groups, pod_state
from bot.checks.facts.commands import describe, get_of_containers
from bot.checks.facts.pod_groups import TroubledGroup
from bot.checks.facts.pod_state import Trouble
from bot.checks.facts.rollouts import fills_wanted_number, way_back
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Severity
from bot.model.text import count


@check(
    "APP-002",
    "out-of-memory",
    hop=Hop.BACKEND,
    needs=("services", "pods"),
    uses=("workloads", "events", "logs", "endpointslices"),
    causes=(Effect.PROCESS_NOT_RUNNING, Effect.BACKEND_FAILS),
    fits=(Symptom.RESET,),
    silent_when_plain=True,
    only=(Occasion.UNSTEADY,),
)
def out_of_memory(case: Case) -> Iterator[Detection]:
    for group in pod_groups.groups(case, Trouble.MEMORY):
        told = any(each.ended and each.ended.reason == pod_state.OUT_OF_MEMORY for each in group.members)
        partly = Severity.INFO if fills_wanted_number(case, group.about, group.pods) else Severity.WARN
        yield Detection(
            about=group.about,
            message=_message(group, is_told=told),
            severity=pod_groups.severity(case, group, partly=partly),
            confidence=Confidence.CERTAIN if told else Confidence.LIKELY,
            evidence=tuple(_evidence(case, group)),
            check=(describe(group.first.pod.ref), _limits(group), logs_before(group.first)),
            fix=way_back(case, group.about, group.pods),
            affected=pod_groups.affected(case, group),
            pods=group.names,
            key=(group.container,),
            since=_since(case, group),
        )


def _since(case: Case, group: TroubledGroup) -> datetime | None:
    """Return since when they are down; of those that serve again, when one was killed."""
    down = None if any(each.is_ready for each in group.pods) else group.began(case.snapshot)
    ended = (each.ended.finished_at for each in group.members if each.ended)
    return min((each for each in (down, *ended) if each), default=None)


def _message(group: TroubledGroup, *, is_told: bool) -> str:
    worst = max(group.members, key=lambda each: each.status.restart_count if each.status else 0)
    restarts, ended = worst.status.restart_count if worst.status else 0, worst.ended
    when = f", last at {ended.finished_at:%H:%M} UTC" if ended and ended.finished_at else ""
    often = f"; {count(restarts, 'restart')} of {worst.pod.name}" if restarts else ""
    what = f"was killed for memory (OOMKilled){f' at its limit of {limit}' if (limit := _limit(group)) else ''}"
    if not is_told:
        what = f"was killed (exit code 137) while its node {worst.pod.spec.node_name} ran out of memory (SystemOOM)"
    return f"Container {group.container} of {group.whose} {what}{when}{often}."


def _limit(group: TroubledGroup) -> str:
    resources = group.first.container.resources if group.first.container else None
    return str(((resources and resources.limits) or {}).get("memory", ""))


def _evidence(case: Case, group: TroubledGroup) -> Iterator[Evidence]:
    for each in group.members[:3]:
        yield how_it_ended(each)
    limit = _limit(group)
    note = "" if limit else "no limit of its own: its node or its pod ran out"
    yield Evidence(
        group.first.pod.ref, f"spec.containers[{group.container}].resources.limits.memory", limit or None, note
    )
    for event in pod_state.node_out_of_memory(case, group.first.pod)[:1]:
        yield Evidence(event.ref, "message", event.message, f"on node {group.first.pod.spec.node_name}")
    yield from last_words(case, group)


def _limits(group: TroubledGroup) -> str:
    return get_of_containers(group.first.pod.ref, "resources")
