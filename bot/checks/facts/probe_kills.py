"""Containers that the kubelet killed because a probe failed, by its `Killing` Events.

A sidecar's says `Init container NAME failed liveness probe`, without "will be restarted"
(https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/kubelet/kuberuntime/kuberuntime_manager.go).
"""

import re

from msgspec import Struct

from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.text import one_line

_KILLED = re.compile(r"^(?:Init c|C)ontainer (\S+) failed (liveness|startup) probe")
_TEXT = 160


class Kill(Struct, frozen=True):
    """The newest kill: by which probe (`Liveness` or `Startup`), and the kubelet's words."""

    probe: str
    said: str


def kill_of(case: Case, pod: Pod, container: str) -> Kill | None:
    """Return the newest kill of a container by a probe within the hour; None where no Event tells of one."""
    for event in case.snapshot.events_about(pod.ref, "Killing"):
        found = _KILLED.match(event.message)
        if found and found[1] == container and case.snapshot.is_recent(event.last_seen):
            return Kill(found[2].capitalize(), one_line(event.message, limit=_TEXT))
    return None
