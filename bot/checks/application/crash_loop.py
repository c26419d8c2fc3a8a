"""A container keeps crashing

## Meaning
The main process of a container ends soon after each start. Kubernetes starts it again with growing pauses (up to five
minutes): that waiting is called CrashLoopBackOff; the kubelet of Kubernetes 1.37 shows the last end instead while the
pause is shorter than a minute. The pod is up only for short moments, if at all.

## Impact
While the container is down its pod takes no traffic. If this holds for all pods of the Service, every request fails,
usually "connection refused". If other pods are fine, requests fail only around each crash.

## How it is detected
A container of a selected pod waits with CrashLoopBackOff, has just ended, or came back from a crash within the last ten
minutes. Its last exit code, the number of restarts, failed liveness probes and the last lines of its log are shown.

## When it stays silent
If the container was killed for memory (APP-002) or could never be started (APP-004), which are causes of their own.
After one restart from which the pod became ready. If the restarts are older than ten minutes. For init containers
(APP-006).

## Fix
Read the log of the crashed run: the reason nearly always stands in its last lines. If the crashes began with a rollout,
going back to the revision before is printed; otherwise there is no fix that would be safe to print. Where its last words name
a Service that could not be reached or resolved, that one is judged as this pod would ask about it: if every call fails, its
fault is the root (an unbound volume of a database, DNS settings of the pod itself).

## Known limits
What the application did not log cannot be known. Exit code 137 without "OOMKilled" says that somebody sent SIGKILL, not
who; a failed liveness probe is named if its Kubernetes Event is still there (they live for one hour). New pods that
crash in a rollout while the old ones still fill the wanted number are told as context only.
"""

from collections.abc import Iterator

from bot.checks.application._crash_evidence import how_it_ended, last_words, logs_before, termination_message
from bot.checks.application._exit_codes import exit_words
from bot.checks.application._node_and_mesh import taken_port
from bot.checks.application._service_links import link_words, service_link, without_links
from bot.checks.engine.check import check
from bot.checks.facts import pod_groups
from bot.checks.facts.commands import describe
from bot.checks.facts.pod_groups import TroubledGroup
from bot.checks.facts.pod_state import Trouble, Troubled
from bot.checks.facts.probe_kills import failed_hook, kill_of
from bot.checks.facts.rollouts import fills_wanted_number, way_back
from bot.checks.facts.waiting import awaited_by, miss_words, missing_of
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Severity
from bot.model.text import count


@check(
    "APP-001",
    "crash-loop",
    hop=Hop.BACKEND,
    needs=("services", "pods"),
    uses=("workloads", "events", "logs", "endpointslices", "dependencies"),
    shows=Effect.CONTAINER_CRASHES,
    causes=(Effect.PROCESS_NOT_RUNNING, Effect.BACKEND_FAILS),
    fits=(Symptom.REFUSED,),
    silent_when_plain=True,
    only=(Occasion.UNSTEADY,),
)
def crash_loop(case: Case) -> Iterator[Detection]:
    for group in pod_groups.groups(case, Trouble.CRASH):
        if any(kill_of(case, each.pod, group.container) for each in group.members):
            continue  # it did not end by itself (APP-009)
        said = tuple(last_words(case, group))
        link = service_link(case, group.about.namespace, " ".join(str(each.value) for each in said))
        partly = Severity.INFO if fills_wanted_number(case, group.about, group.pods) else Severity.WARN
        awaited = awaited_by(case, group)
        yield Detection(
            about=group.about,
            message=_message(case, group, f"{link_words(link)}{miss_words(case, awaited)}"),
            severity=pod_groups.severity(case, group, partly=partly),
            confidence=Confidence.CERTAIN if any(_is_again(each) for each in group.members) else Confidence.LIKELY,
            evidence=(*map(how_it_ended, group.members[:3]), *said),
            check=(logs_before(group.first), describe(group.first.pod.ref)),
            fix=without_links(case, group, link) or way_back(case, group.about, group.pods),
            affected=pod_groups.affected(case, group),
            pods=group.names,
            key=(group.container,),
            since=group.began(case.snapshot),
            waits_for=awaited,
            common=missing_of(case, awaited),
        )


def _message(case: Case, group: TroubledGroup, because: str) -> str:
    worst = max(group.members, key=lambda each: each.status.restart_count if each.status else 0)
    ended, restarts = worst.ended, worst.status.restart_count if worst.status else 0
    verb = "keeps crashing" if restarts > 1 or _is_waiting(worst) else "has crashed" if restarts else "has ended"
    how = f": {exit_words(ended, is_explained=bool(because))}" if ended else ""
    if hook := next(filter(None, (failed_hook(case, each.pod, group.container) for each in group.members)), ""):
        how = f': its postStart hook fails ("{hook}"), and the kubelet ends it then, so its exit code says nothing'
    when = f", the last one at {ended.finished_at:%H:%M} UTC" if ended and ended.finished_at else ""
    often = f"; {count(restarts, 'restart')} of {worst.pod.name}{when}" if restarts else ""
    port = taken_port(worst)
    return f"Container {group.container} of {group.whose} {verb}{how}{_said(group)}{because}{port}{often}."


def _said(group: TroubledGroup) -> str:
    """Return what the program left as its termination message: often the only word of it that the API has."""
    said = next(filter(None, map(termination_message, group.members)), "")
    return f', saying "{said}"' if said else ""


def _is_waiting(each: Troubled) -> bool:
    return each.status is not None and each.status.state.waiting is not None


def _is_again(each: Troubled) -> bool:
    """It is down now, or crashed before; one restart that it runs on from may be over (a rebooted node)."""
    return each.status is not None and (each.status.state.running is None or each.status.restart_count > 1)
