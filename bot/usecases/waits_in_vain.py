"""Whether a pod that no node has waits in vain: nobody is adding what it lacks.

Runs and rollouts wait for room as long as a node takes to come, and for a volume as long as it takes to be made; both are
no fault. Who adds nodes writes so at the pod: `TriggeredScaleUp`
(https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md#what-events-are-emitted-by-ca), or `Nominated`
(https://karpenter.sh/docs/troubleshooting/). A claim that is gone, or whose provisioner reports an error, is not helped by
waiting either.
"""

from datetime import timedelta

from bot.model.kube.pods import Pod
from bot.model.kube.volumes import PersistentVolumeClaim
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot

_ROOM = timedelta(minutes=5)
_VOLUME = timedelta(minutes=2)
_HELPERS = ("TriggeredScaleUp", "Nominated", "NominatedNode")
_REFUSED = "FailedScheduling"
_FAILED = ("ProvisioningFailed", "ClaimLost")
_LOST_WORDS = ("non-existent persistentvolume", " not found. not found")


def waits_in_vain(snapshot: Snapshot, pod: Pod) -> bool:
    """Return whether a pod has waited for longer than a decision takes, and objects show that nobody helps it."""
    born = pod.metadata.creation_timestamp
    if born is None or pod.spec.node_name:
        return False
    age = snapshot.age(born)
    return (age > _VOLUME and _lacks_volume(snapshot, pod)) or (age > _ROOM and _lacks_room(snapshot, pod))


def _lacks_room(snapshot: Snapshot, pod: Pod) -> bool:
    """Return whether the scheduler's own Event was read, and none of a helper."""
    placed = pod.condition("PodScheduled")
    if placed is None or placed.status != "False" or not snapshot.events_about(pod.ref, _REFUSED):
        return False
    return not any(snapshot.events_about(pod.ref, each) for each in _HELPERS)


def _lacks_volume(snapshot: Snapshot, pod: Pod) -> bool:
    placed = pod.condition("PodScheduled")
    said = placed.message or "" if placed and placed.status == "False" else ""
    if any(each in said for each in _LOST_WORDS):
        return True
    claims = (Ref("PersistentVolumeClaim", each, pod.namespace) for each in pod.claims)
    return any(_cannot_be_made(snapshot, each) for each in claims)


def _cannot_be_made(snapshot: Snapshot, ref: Ref) -> bool:
    known = snapshot.object(ref)
    if isinstance(known, PersistentVolumeClaim) and (known.is_bound or known.status.phase == "Lost"):
        return known.status.phase == "Lost"
    events = (event for reason in _FAILED for event in snapshot.events_about(ref, reason))
    return any(snapshot.is_recent(each.last_seen) for each in events)
