"""A pod on its node of which no container has begun, though nothing that a status holds says why.

Sandbox, volumes and images are told in Events alone, which are kept for an hour and are written ever more seldom: so a pod
that hangs for long may have none. https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase
"""

from datetime import datetime

from msgspec import Struct

from bot.checks.facts.pod_state import PATIENCE, last_end, trouble_of
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.text import one_line

_TEXT = 240
# Where a start that is under way is told: these say no more than that.
_STEPS = ("Scheduled", "Pulled", "Created", "SuccessfulAttachVolume", "SuccessfulMountVolume", "Killing")


class NotBegun(Struct, frozen=True):
    """Since when a pod has been on its node, and the newest word about it; `said` is empty where there is none."""

    since: datetime
    reason: str = ""
    said: str = ""


def not_begun(case: Case, pod: Pod) -> NotBegun | None:
    """Return since when a pod waits to begin, if that is longer than a start takes; None where a container has begun.

    None as well where a trouble of its own is known, or its node is lost: these say more.
    """
    since = _placed(pod)
    if since is None or not case.snapshot.is_older(since, PATIENCE) or pod.status.phase != "Pending":
        return None
    if case.snapshot.is_lost(pod.spec.node_name) or trouble_of(case, pod):
        return None
    if any(each.state.running or last_end(each) or each.restart_count for each in pod.container_statuses):
        return None
    told = [each for each in case.snapshot.events_about(pod.ref) if each.reason not in _STEPS]
    newest = next((each for each in told if case.snapshot.is_recent(each.last_seen)), None)
    return NotBegun(since, newest.reason, one_line(newest.text, limit=_TEXT)) if newest else NotBegun(since)


def not_begun_words(case: Case, pod: Pod, found: NotBegun) -> str:
    """Return it in words, with what is not known, e.g. `no container of it has begun since 02:00 UTC, and no Event …`."""
    begin = f"no container of it has begun since it was placed on node {pod.spec.node_name} at {found.since:%H:%M} UTC"
    if found.reason:
        return f"{begin} ({found.reason}: {found.said.rstrip('. ')})"
    if not case.snapshot.has("events", pod.namespace):
        return f"{begin}; its Events, which may say why, were not read"
    return f"{begin}, and no Event of the last hour says why: only the kubelet of that node knows"


def _placed(pod: Pod) -> datetime | None:
    """Return when it was placed on its node."""
    if not pod.spec.node_name:
        return None
    scheduled = pod.condition("PodScheduled")
    known = (scheduled.last_transition_time if scheduled else None) or pod.status.start_time
    return known or pod.metadata.creation_timestamp
