"""Pods of which the kubelet says no more: how a lost node shows where Nodes were not read."""

from bot.model.kube.pods import Pod


def is_quiet(pod: Pod) -> bool:
    """Return whether a pod's containers are ready and it is not, with no readiness gate: its node was marked as lost.

    https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller
    """
    if pod.is_ready or pod.spec.readiness_gates or not pod.container_statuses:
        return False
    containers = pod.condition("ContainersReady")
    is_said = containers is None or containers.status == "True"
    return is_said and pod.condition("Ready") is not None and all(each.ready for each in pod.container_statuses)
