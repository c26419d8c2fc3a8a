"""Containers that the kubelet killed because a probe failed, by its `Killing` Events.

A sidecar's says `Init container NAME failed liveness probe`, without "will be restarted"
(https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/kubelet/kuberuntime/kuberuntime_manager.go).
"""

from msgspec import Struct

from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.pattern import pattern
from bot.model.text import one_line

_KILLED = pattern(r"^(?:Init c|C)ontainer (\S+) failed (liveness|startup) probe")
_TEXT = 160
_HOOK = 300


class Kill(Struct, frozen=True):
    """The newest kill: by which probe (`Liveness` or `Startup`), and the kubelet's words."""

    probe: str
    said: str


def failed_hook(case: Case, pod: Pod, container: str) -> str:
    """Return what the kubelet said of a container's postStart hook that failed within the hour; it ends the container then.

    The hook's output and exit code stand in the waiting reason PostStartHookError, for a few seconds only; older kubelets wrote
    them into the Event. Empty where none failed.
    """
    failed = case.snapshot.events_about(pod.ref, "FailedPostStartHook")
    recent = (each for each in failed if each.container in ("", container) and case.snapshot.is_recent(each.last_seen))
    return next((one_line(each.text, limit=_HOOK) for each in recent), "")


def kill_of(case: Case, pod: Pod, container: str) -> Kill | None:
    """Return the newest kill of a container by a probe within the hour; None where no Event tells of one."""
    for event in case.snapshot.events_about(pod.ref, "Killing"):
        found = _KILLED.match(event.message)
        if found and found[1] == container and case.snapshot.is_recent(event.last_seen):
            return Kill(found[2].capitalize(), one_line(event.message, limit=_TEXT))
    return None
