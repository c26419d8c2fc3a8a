"""Whether a trouble came with a rollout: the sick pods are of the newest revision, and an older one exists.

Only then is going back a way out. `pod-template-hash` tells revisions of a Deployment apart (deployment controller).
"""

from datetime import datetime

from bot.checks.facts.ownership import managed_by
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.workloads import DaemonSet
from bot.model.kubectl import kubectl, resource
from bot.model.refs import Ref
from bot.model.result.changes import WINDOW
from bot.model.result.finding import Fix
from bot.model.snapshot import Snapshot

HASH = "pod-template-hash"
_WITHOUT_SURGE = ("StatefulSet", "Pod")


def way_back(case: Case, about: Ref, sick: tuple[Pod, ...]) -> tuple[Fix, ...]:
    """Return `kubectl rollout undo` where all sick pods are of a Deployment's newest revision, and that one is recent."""
    hashes = {pod.labels.get(HASH, "") for pod in sick}
    if about.kind != "Deployment" or len(hashes) != 1 or "" in hashes:
        return ()
    born = revisions(case.snapshot, about)
    own = born.pop(hashes.pop(), None)
    if own is None or not born or case.snapshot.is_older(own, WINDOW) or any(each > own for each in born.values()):
        return ()
    known = case.snapshot.workload(about)
    command = kubectl("rollout", "undo", f"{resource(about)}/{about.name}", namespace=about.namespace)
    risk = "puts all its pods back to the revision before; what the new one brought is gone until it is mended"
    return (Fix(about=about, command=command, risk=f"{risk}{managed_by(known) if known else ''}"),)


def fills_wanted_number(case: Case, about: Ref, sick: tuple[Pod, ...]) -> bool:
    """Return whether a workload has all ready pods it wants beside the sick ones, which were never ready themselves.

    That is a rollout with surge that cannot go on: the old pods serve, so nothing is lost (failure-modes APP-003). Where
    workloads were not read nobody knows what it wants, and nothing is said to be lost; but a StatefulSet makes no pod more than
    it wants, whatever its rollout (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies).
    """
    workload = case.snapshot.workload(about)
    names = {pod.name for pod in sick if not pod.is_ready}
    if workload is None and not case.snapshot.has("workloads", about.namespace):
        return about.kind not in _WITHOUT_SURGE and len(names) == len(sick)
    if workload is None or isinstance(workload, DaemonSet) or len(names) != len(sick):
        return False
    ready = [
        each for each in case.backends.pods if each.workload == about and each.is_ready and not each.is_terminating
    ]
    return len(ready) >= workload.wanted_replicas > 0


def revisions(snapshot: Snapshot, about: Ref) -> dict[str, datetime]:
    """Return for each pod-template-hash of a Deployment when its first ReplicaSet or pod was made."""
    sets = snapshot.revisions_of(about)
    pods = snapshot.pods_by_workload(about.namespace).get(about, ())
    found: dict[str, datetime] = {}
    for each in (*sets, *pods):
        born, name = each.metadata.creation_timestamp, each.labels.get(HASH)
        if born and name and (name not in found or born < found[name]):
            found[name] = born
    return found
