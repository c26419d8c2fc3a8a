"""How many pods a workload wants, and whether it has as many ready ones as it is to have at least."""

from collections.abc import Sequence

from bot.model.kube.pods import Pod
from bot.model.kube.workloads import DaemonSet, Deployment, Workload


def wanted_pods(workload: Workload) -> int:
    """Return how many pods a workload wants: a DaemonSet one a node that it belongs on, and one where it does not say."""
    return (
        (workload.status.desired_number_scheduled or 1) if isinstance(workload, DaemonSet) else workload.wanted_replicas
    )


def is_short(workload: Workload, own: Sequence[Pod]) -> bool:
    """Return whether it has fewer ready pods than it is meant to have at least: a Deployment says so itself."""
    available = next((each.status for each in workload.status.conditions or () if each.type == "Available"), "")
    if isinstance(workload, Deployment):
        return available == "False"
    return sum(each.is_ready for each in own) < wanted_pods(workload)
