"""Whether a pod stays up: one that restarts again and again is there now, and may not be so in a minute."""

from bot.model.kube.pods import Pod
from bot.model.snapshot import Snapshot

_RESTARTS = 3  # fewer are a rollout or a reboot
_OF_UNKNOWN_AGE = 2  # where they may have been just now: no fault is told of them there, and no `ok` either


def restarts_often(snapshot: Snapshot, pod: Pod) -> bool:
    """Return whether some container of a pod ended within the hour and has restarted more often than a rollout explains."""
    least = _RESTARTS if snapshot.is_dated else _OF_UNKNOWN_AGE
    return any(
        each.restart_count >= least
        and each.last_state.terminated is not None
        and snapshot.is_recent(each.last_state.terminated.finished_at)
        for each in pod.container_statuses
    )


def often_words(snapshot: Snapshot) -> str:
    """Return what is said of a pod that restarts often: whether it goes on is known only where a dump says when it was made."""
    return "restarts again and again" if snapshot.is_dated else "has restarted, and the dump does not say how long ago"


def restart_words(pod: Pod) -> str:
    """Return how a container that restarts ended, and how often, e.g. `OOMKilled, 9 restarts`."""
    worst = max(pod.container_statuses, key=lambda each: each.restart_count)
    ended = worst.last_state.terminated
    return f"{(ended and ended.reason) or 'ended'}, {worst.restart_count} restarts"
