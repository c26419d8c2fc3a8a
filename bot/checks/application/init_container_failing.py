"""An init container fails or does not end

## Meaning
Init containers run one after the other before the application, and each has to end well. Here one fails again and again,
or keeps running, e.g. because it waits for a database or another Service. The application itself has not begun.

## Impact
The affected pods take no traffic. If they are all of the Service's pods, every request fails.

## How it is detected
In a selected pod an init container waits with CrashLoopBackOff or ended with an error (certain), or has been running for
more than a minute while the pod is not ready (likely). Its exit code and the last lines of its log are shown, and the
Services that its command calls (`nc -z db 5432`, `-h db`, a URL) or its log could not reach.

Where an init container of a mesh has sent the pod's connections to a proxy that begins only after the init containers, that is
said, too: the later ones have no network.

## When it stays silent
For native sidecars (`restartPolicy: Always`), which keep running by design. If the image is missing (APP-003) or the
container cannot be made (APP-004). If other pods serve, this is told as context only.

## Fix
Its log says why it fails; mend that. A Service that it waits for is judged, too: if every call of that one fails, its fault
is the root, told with its own commands. If the failing pods came with a recent rollout, going back is printed.

## Known limits
A host that stands in a variable or a file is not known, and a Service of another namespace is judged by what was read of it. A
long migration looks like one that is stuck.
"""

from collections.abc import Iterator

from bot.checks.application._crash_evidence import how_it_ended, last_words, termination_message
from bot.checks.application._exit_codes import exit_words
from bot.checks.application._node_and_mesh import before_proxy
from bot.checks.engine.check import check
from bot.checks.facts import pod_groups
from bot.checks.facts.commands import describe
from bot.checks.facts.pod_state import Trouble, Troubled
from bot.checks.facts.rollouts import way_back
from bot.checks.facts.waiting import awaited_by, missing_of, named_by, wait_words
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kubectl import kubectl
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence


@check(
    "APP-006",
    "init-container-failing",
    hop=Hop.BACKEND,
    needs=("services", "pods"),
    uses=("workloads", "logs", "endpointslices", "dependencies"),
    shows=Effect.INIT_NOT_ENDED,
    causes=(Effect.PROCESS_NOT_RUNNING,),
    silent_when_plain=True,
    only=(Occasion.UNSTEADY,),
)
def init_container_failing(case: Case) -> Iterator[Detection]:
    for group in pod_groups.groups(case, Trouble.INIT):
        failing = next((each for each in group.members if not _is_running(each)), None)
        first = failing or group.first
        awaited = awaited_by(case, group)
        what = (
            f"{_what(first, is_explained=bool(awaited))}{_said(first)}{wait_words(case, awaited)}{before_proxy(first)}"
        )
        yield Detection(
            about=group.about,
            message=f"Init container {group.container} of {group.whose} {what}; the application has not begun.",
            severity=pod_groups.severity(case, group),
            confidence=Confidence.CERTAIN if failing else Confidence.LIKELY,
            evidence=(*(_evidence(each) for each in group.members[:3]), *named_by(awaited), *last_words(case, group)),
            check=(_logs(first), describe(first.pod.ref)),
            fix=way_back(case, group.about, group.pods),
            affected=pod_groups.affected(case, group),
            pods=group.names,
            key=(group.container,),
            since=group.since,
            waits_for=awaited,
            common=missing_of(case, awaited),
        )


def _is_running(each: Troubled) -> bool:
    return each.status is not None and each.status.state.running is not None


def _said(each: Troubled) -> str:
    said = "" if _is_running(each) else termination_message(each)
    return f', saying "{said}"' if said else ""


def _what(each: Troubled, *, is_explained: bool) -> str:
    running = each.status.state.running if each.status else None
    if running and running.started_at:
        return f"has been running since {running.started_at:%Y-%m-%d %H:%M} UTC and has not ended"
    return f"keeps failing: {exit_words(each.ended, is_explained=is_explained)}" if each.ended else "keeps failing"


def _evidence(each: Troubled) -> Evidence:
    running = each.status.state.running if each.status else None
    if running is None:
        return how_it_ended(each)
    name = each.container.name if each.container else ""
    return Evidence(each.pod.ref, f"status.initContainerStatuses[{name}].state", "running", "it has to end first")


def _logs(each: Troubled) -> str:
    """Without `--previous`: a failed init container keeps its log until it is started again."""
    name = each.container.name if each.container else ""
    return kubectl("logs", each.pod.name, "-c", name, "--tail=50", namespace=each.pod.namespace)
