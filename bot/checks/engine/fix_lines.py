"""A fix as it is told, with what has to follow where its workload does not go on by itself. Pure.

A StatefulSet goes pod by pod: while one of its pods is not ready it replaces none, not even that one by a better template,
so a change of the template is nothing until the pod is deleted. The update strategy OnDelete replaces no pod at all.
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
"""

from bot.model.kube.pods import Pod
from bot.model.kube.workloads import DaemonSet, Workload
from bot.model.kubectl import kubectl
from bot.model.result.finding import Fix, FixLine
from bot.model.snapshot import Snapshot
from bot.model.text import listing

_MOST = 10  # pods that are named in one command


def fix_line(snapshot: Snapshot, fix: Fix) -> FixLine:
    """Return the commands of a fix, a line each, and its risk in words."""
    workload = snapshot.workload(fix.about) if _changes_template(fix) else None
    held = _held_back(snapshot, workload) if workload else ()
    if not held:
        return FixLine(command=fix.rendered, risk=fix.risk)
    names = [each.name for each in held]
    ended = kubectl("delete", "pod", *names, namespace=fix.about.namespace)
    why = f"{fix.about.kind} {fix.about.name} replaces {listing(names, 3)} by itself only when ready, so it is deleted"
    return FixLine(command=f"{fix.rendered}\n{ended}", risk=f"{fix.risk}; {why}" if fix.risk else why)


def _changes_template(fix: Fix) -> bool:
    if fix.about.kind not in ("StatefulSet", "DaemonSet"):
        return False
    if fix.variable is not None:
        return True
    paths = (str(each.get("path", "")) for each in fix.operations or ())
    return any(path.startswith("/spec/template") for path in paths) or "template" in (
        (fix.merge or {}).get("spec") or {}
    )


def _held_back(snapshot: Snapshot, workload: Workload) -> tuple[Pod, ...]:
    """Return the pods that are not ready, where their workload waits for them; none where it replaces them."""
    strategy, policy = workload.spec.update_strategy, workload.spec.pod_management_policy
    is_by_hand = strategy is not None and strategy.type == "OnDelete"
    if not is_by_hand and (isinstance(workload, DaemonSet) or policy == "Parallel"):
        return ()
    pods = snapshot.pods_by_workload(workload.namespace).get(workload.ref, ())
    return tuple(each for each in pods if not each.is_ready and not each.is_terminating)[:_MOST]
