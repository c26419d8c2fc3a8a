"""What a crashed container leaves behind: its exit code, who killed it, its last words."""

from collections.abc import Iterator

from bot.checks.application._exit_codes import exit_words
from bot.checks.facts.pod_groups import TroubledGroup
from bot.checks.facts.pod_state import NOT_STARTED, Troubled
from bot.model.case import Case
from bot.model.kubectl import kubectl
from bot.model.result.finding import Evidence
from bot.model.text import count, one_line

# The end of a log says why; more lines are what the printed command is for.
LAST_LINES = 3
_LINE = 300


def how_it_ended(each: Troubled) -> Evidence:
    """The container's last end, in the words of the kubelet and its exit code."""
    ended, restarts = each.ended, each.status.restart_count if each.status else 0
    name = each.container.name if each.container else ""
    field = f"status.containerStatuses[{name}].lastState.terminated"
    if ended is None:
        return Evidence(each.pod.ref, field, each.reason, count(restarts, "restart"))
    when = f" at {ended.finished_at:%Y-%m-%d %H:%M:%S} UTC" if ended.finished_at else ""
    value = f"{ended.reason or 'ended'}, {exit_words(ended)}{when}"
    return Evidence(each.pod.ref, field, value, count(restarts, "restart"))


def termination_message(each: Troubled) -> str:
    """Return what the program wrote to its termination file, or the end of its log where the pod asks for that.

    https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/
    """
    if each.ended is None or each.ended.reason in NOT_STARTED:
        return ""  # then these are the words of the container runtime
    return one_line(each.ended.message or "", limit=_LINE)


def last_words(case: Case, group: TroubledGroup) -> Iterator[Evidence]:
    """The termination message and the last lines of the first log there is; the pods of a workload crash alike."""
    for each in group.members:
        if said := termination_message(each):
            field = f"status.containerStatuses[{group.container}].lastState.terminated.message"
            yield Evidence(each.pod.ref, field, said)
            break
    for each in group.members:
        lines = case.snapshot.log_of(each.pod.namespace, each.pod.name, group.container)
        told = [line for line in (one_line(line, limit=_LINE) for line in lines) if line]
        if told:
            yield from (Evidence(each.pod.ref, f"log of {group.container}", line) for line in told[-LAST_LINES:])
            return


def logs_before(each: Troubled) -> str:
    """Show the log of the run that crashed; `--previous` is an error where there was none."""
    name = each.container.name if each.container else ""
    previous = ("--previous",) if each.status and each.status.last_state.terminated else ()
    return kubectl("logs", each.pod.name, "-c", name, *previous, "--tail=50", namespace=each.pod.namespace)
